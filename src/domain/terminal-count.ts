/** What an emulator does line by line: scroll, insert and delete lines. */
const byLine = ["S", "T", "^", "L", "M"];

/** What it does cell by cell: go by tabs, repeat a character. */
const byCell = ["I", "Z", "b"];

/** As much of an emulator as is needed here. */
interface Emulator {
  readonly rows: number;
  readonly cols: number;
  parser: {
    registerCsiHandler(
      id: { final: string },
      handle: (params: (number | number[])[]) => boolean,
    ): unknown;
  };
}

/**
 * Lets an emulator leave out what its screen is not large enough for: a few bytes of an agent's
 * output (`CSI 2147483647 S`) would keep it busy for an hour, and its whole process with it.
 */
export function refuseHugeCounts(emulator: Emulator): void {
  const refuse = (final: string, most: () => number) =>
    emulator.parser.registerCsiHandler({ final }, ([count = 0]) => Number(count) > most());
  for (const final of byLine) refuse(final, () => emulator.rows);
  for (const final of byCell) refuse(final, () => emulator.rows * emulator.cols);
}
