import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const script = join(dirname(import.meta.dir), "fixtures", "bin", "supervisor.sh");

/** The programs of a supervisor on a path of their own, which tell how they were called. */
export class FakeSupervisor {
  readonly #folder: string;
  /** For whoever shall find them instead of the machine's own. */
  readonly env: { SUPERVISOR: string; PATH: string };

  constructor(folder: string, path: string) {
    this.#folder = join(folder, "supervisor");
    const bin = join(folder, "supervisor-bin");
    mkdirSync(this.#folder);
    mkdirSync(bin);
    for (const name of ["systemctl", "launchctl", "loginctl", "journalctl"]) {
      symlinkSync(script, join(bin, name));
    }
    this.env = { SUPERVISOR: this.#folder, PATH: `${bin}:${path}` };
  }

  /** The calls since the last look, without the mere questions unless `all` is asked for. */
  calls(options: { all?: boolean } = {}): string[] {
    const path = join(this.#folder, "calls");
    if (!existsSync(path)) return [];
    const lines = readFileSync(path, "utf8").trimEnd().split("\n");
    rmSync(path);
    return lines.filter((line) => options.all || !/^\w+ (--user )?(show|print)/.test(line));
  }

  /** Has calls fail that match, as `grep` reads it; without a pattern, none any more. */
  failAt(pattern?: string): void {
    const path = join(this.#folder, "fails");
    if (pattern === undefined) rmSync(path, { force: true });
    else writeFileSync(path, `${pattern}\n`);
  }

  /** Says which process it runs. */
  runs(pid: number): void {
    writeFileSync(join(this.#folder, "pid"), String(pid));
  }
}
