/** The value below which `share` of the samples lie. */
export function quantile(samples: readonly number[], share: number): number {
  const sorted = [...samples].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** The middle of the samples. */
export function median(samples: readonly number[]): number {
  return quantile(samples, 0.5);
}

/**
 * Times two actions in turns, so that both meet the same machine, and returns both medians in
 * milliseconds. An action returns its own time when not all that it does counts.
 */
export async function pairedMedians(
  rounds: number,
  measured: () => Timed,
  baseline: () => Timed,
): Promise<{ measured: number; baseline: number }> {
  const samples = { measured: [] as number[], baseline: [] as number[] };
  // The first round finds cold caches.
  for (let round = -1; round < rounds; round++) {
    const isFirst = round % 2 === 0;
    const own = isFirst ? await elapsed(measured) : undefined;
    const other = await elapsed(baseline);
    const late = own ?? (await elapsed(measured));
    if (round < 0) continue;
    samples.measured.push(late);
    samples.baseline.push(other);
  }
  return { measured: median(samples.measured), baseline: median(samples.baseline) };
}

type Timed = void | number | Promise<void | number>;

async function elapsed(action: () => Timed): Promise<number> {
  const startedAt = performance.now();
  const own = await action();
  return own ?? performance.now() - startedAt;
}
