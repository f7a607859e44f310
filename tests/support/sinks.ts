import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const recorder = join(import.meta.dir, "../fixtures/bin/recorder.ts");

/** One call of a program that stands in for a way out. */
export interface Told {
  name: string;
  argv: string[];
  input: string;
  pid: number;
  env: string[];
}

/** Programs that write down what they are told, in a folder of their own. */
export class Recorder {
  readonly bin: string;
  readonly #file: string;

  constructor(readonly home: string) {
    this.bin = join(home, "bin");
    this.#file = join(home, "told");
    mkdirSync(this.bin, { recursive: true });
    for (const name of ["notify-send", "osascript", "chat"]) {
      const text = `#!/bin/sh\nexec '${process.execPath}' '${recorder}' ${name} "$@"\n`;
      writeFileSync(join(this.bin, name), text, { mode: 0o755 });
    }
  }

  /** From now on, a program `hangs`, `fails`, or `dawdles` until the next call; nothing: none. */
  behave(habit: "" | `${string} ${"hangs" | "fails" | "dawdles"}`): void {
    writeFileSync(join(this.home, "habit"), habit);
  }

  /** Every call so far, in order. */
  told(name?: string): Told[] {
    if (!existsSync(this.#file)) return [];
    const lines = readFileSync(this.#file, "utf8").trimEnd().split("\n");
    const calls: Told[] = lines.map((line) => JSON.parse(line));
    return calls.filter((call) => name === undefined || call.name === name);
  }
}
