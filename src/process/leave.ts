import { existsSync } from "node:fs";

/** Programs that do nothing, and succeed. */
const nothing = ["/usr/bin/true", "/bin/true"];

/**
 * Ends this process at once with exit code 0, as a kill would: nothing is closed or flushed. Does
 * nothing where that cannot be done; then the process ends in the ordinary way.
 */
export function leaveAtOnce(): void {
  const program = nothing.find((path) => existsSync(path));
  // Every ordinary end closes what is open first, `process.exit()` included.
  if (program !== undefined) process.execve?.(program, ["true"], {});
}
