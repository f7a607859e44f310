import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";
import { join } from "node:path";

const defaultMaxBytes = 8 * 1024 * 1024;

/**
 * `terminal.log`: everything an agent printed, raw, for reading after its end. At its limit it
 * becomes `terminal.log.1` (the one before it goes). It is a convenience: where it cannot be
 * written (a full disk), the agent goes on and the log has a gap.
 */
export class TerminalLog {
  /** Something could not be written. */
  hasGap = false;
  private file: number | undefined;
  private size = 0;
  private readonly path: string;

  constructor(
    sessionDir: string,
    private readonly maxBytes = defaultMaxBytes,
  ) {
    this.path = join(sessionDir, "terminal.log");
    this.attempt(() => this.open());
  }

  append(bytes: Uint8Array): void {
    this.attempt(() => {
      if (this.size + bytes.length > this.maxBytes && this.size > 0) this.rotate();
      if (this.file === undefined) this.open();
      if (this.file === undefined) return;
      this.size += writeSync(this.file, bytes);
    });
  }

  close(): void {
    if (this.file !== undefined) closeSync(this.file);
    this.file = undefined;
  }

  private open(): void {
    this.file = openSync(this.path, "a", 0o600);
    this.size = fstatSync(this.file).size;
  }

  private rotate(): void {
    this.close();
    renameSync(this.path, `${this.path}.1`);
    this.open();
  }

  private attempt(action: () => void): void {
    try {
      action();
    } catch {
      this.hasGap = true;
    }
  }
}
