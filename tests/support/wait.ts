/**
 * Waits until a look returns something other than undefined or false, and returns it.
 * Fails with the last error, or with a plain message, when the time is over.
 */
export async function waitFor<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  { withinMs = 5000, what = "condition" }: { withinMs?: number; what?: string } = {},
): Promise<T> {
  const deadline = Date.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      cause = error;
    }
    if (Date.now() >= deadline) {
      throw new Error(`${what} did not come within ${withinMs} ms`, { cause });
    }
    await Bun.sleep(5);
  }
}
