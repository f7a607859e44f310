import type { Engine } from "../../engine/engine.ts";
import type { PrRow } from "../../store/observation.ts";
import type { Globals } from "../command.ts";

/** The pull request that a command is about. */
export const pullArgument = {
  type: "positional",
  description: "Number, page or key of the pull request",
  complete: "pr",
} as const;

/** The pull request that was typed. Throws `usage`, `not_found`, `unavailable`. */
export async function chosenPull(engine: Engine, globals: Globals, text: string): Promise<PrRow> {
  const { findPull } = await import("../../engine/github/pull-reference.ts");
  return await findPull(engine, { text, projectId: globals.project, cwd: process.cwd() });
}

/** The pull request that was typed, as GitHub has it now. Throws the same. */
export async function freshPull(engine: Engine, globals: Globals, text: string): Promise<PrRow> {
  const { observePull } = await import("../../engine/github/record-pull.ts");
  return await observePull(engine, await chosenPull(engine, globals, text));
}
