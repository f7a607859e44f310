import { dlopen } from "bun:ffi";

const calls = {
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  sendto: { args: ["i32", "ptr", "usize", "i32", "ptr", "u32"], returns: "i64" },
  close: { args: ["i32"], returns: "i32" },
} as const;

const names = ["libc.so.6", `libc.musl-${process.arch === "x64" ? "x86_64" : "aarch64"}.so.1`];

let symbols: ReturnType<typeof load> | undefined;

/**
 * Calls of the C library that Bun has no function for: datagrams on a Unix socket. A program
 * (`systemd-notify`) would do too, but costs a process at every beat of the watchdog.
 */
export function systemLibrary() {
  symbols ??= load();
  return symbols;
}

function load() {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      return dlopen(name, calls).symbols;
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, `none of ${names.join(", ")} can be loaded`);
}
