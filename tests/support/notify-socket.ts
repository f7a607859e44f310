import { dlopen } from "bun:ffi";

// Loaded with the first socket: other systems have no such library.
const load = () =>
  dlopen("libc.so.6", {
    socket: { args: ["i32", "i32", "i32"], returns: "i32" },
    bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
    recv: { args: ["i32", "ptr", "usize", "i32"], returns: "i64" },
    close: { args: ["i32"], returns: "i32" },
  }).symbols;

/** A socket of datagrams as a service manager has one; Linux with glibc only. */
export class NotifySocket implements Disposable {
  /** All that was told so far, a line each. */
  readonly lines: string[] = [];
  readonly #library = load();
  readonly #file: number;

  /** A path, or `@name` for one without a file. */
  constructor(readonly address: string) {
    const isAbstract = address.startsWith("@");
    const name = Buffer.from(isAbstract ? `\0${address.slice(1)}` : `${address}\0`);
    const bytes = Buffer.concat([Buffer.from([1, 0]), name]);
    this.#file = this.#library.socket(1, 2, 0);
    const result = this.#library.bind(this.#file, bytes, bytes.length);
    if (result !== 0) throw new Error(`cannot bind ${address}`);
  }

  /** Reads what has come since; returns how often this line was told in all. */
  count(line: string): number {
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const length = Number(this.#library.recv(this.#file, buffer, buffer.length, 0x40));
      if (length < 0) return this.lines.filter((one) => one === line).length;
      this.lines.push(...buffer.toString("utf8", 0, length).split("\n"));
    }
  }

  [Symbol.dispose](): void {
    this.#library.close(this.#file);
  }
}
