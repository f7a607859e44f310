import { decodeHistory } from "./history.ts";
import { cursorReport, foldSteps } from "./render.ts";

/**
 * `ao __render [cursor]`: reads a packed history from standard input and prints it folded, or only
 * where the cursor stands.
 */
export async function renderFromInput(what?: string): Promise<void> {
  const { steps } = decodeHistory(new Uint8Array(await Bun.stdin.arrayBuffer()));
  await Bun.write(Bun.stdout, await (what === "cursor" ? cursorReport(steps) : foldSteps(steps)));
}
