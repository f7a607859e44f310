/**
 * Waits until `look` gives something other than undefined or false, and returns it. Fails with
 * `what` when that does not happen within the time.
 */
export async function waitFor<Value>(
  look: () => Value | undefined | false | Promise<Value | undefined | false>,
  options: { withinMs?: number; what?: string } = {},
): Promise<Value> {
  const withinMs = options.withinMs ?? 5_000;
  const deadline = performance.now() + withinMs;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > deadline) {
      throw new Error(`${options.what ?? "condition"} did not come within ${withinMs} ms`);
    }
    await Bun.sleep(5);
  }
}
