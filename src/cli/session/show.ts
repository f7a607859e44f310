import { join } from "node:path";

import { briefPass } from "../../engine/pass.ts";
import { sessionDirectory } from "../../engine/paths.ts";
import { type SessionView, sessionView } from "../../engine/view.ts";
import { AoError } from "../../error.ts";
import { launchPath, readLaunchSpec } from "../../runtime/launch.ts";
import { sessionPrompt } from "../../store/session.ts";
import { command } from "../command.ts";
import { oneLine } from "../text.ts";
import { chosenSession, sessionArgument } from "./id.ts";

export const show = command({
  meta: { name: "show", description: "Show all that is known of a session" },
  args: {
    session: sessionArgument,
    env: { type: "boolean", description: "Names (not values) of its agent's environment" },
    prompt: { type: "boolean", description: "Only the task that it was given" },
  },
  example: "ao session show shop-1",
  async run({ output, openEngine, dataDir }, args) {
    const id = chosenSession(args.session);
    const engine = await openEngine();
    await briefPass(engine);
    const view = sessionView(engine, id);
    if (args.prompt) {
      const prompt = sessionPrompt(engine.store, id);
      return output.result({ id, prompt }, () => prompt.replace(/\n$/, ""));
    }
    if (args.env) {
      const names = environmentNames(sessionDirectory(dataDir, id), id);
      return output.result({ id, env: names }, () => names.join("\n"));
    }
    output.result(view, () => {
      const told = { ...view, prs: view.prs.map(prText) };
      const rows = Object.entries(told).map(([name, value]) => [name, textOf(value)] as const);
      const width = Math.max(...rows.map(([name]) => name.length));
      return rows
        .filter(([, value]) => value !== "")
        .map(([name, value]) => `${name.padEnd(width)}  ${value}`)
        .join("\n");
    });
  },
});

function environmentNames(sessionDir: string, id: string): string[] {
  try {
    return Object.keys(readLaunchSpec(launchPath(sessionDir)).env).sort();
  } catch (error) {
    const path = join(sessionDir, "launch.json");
    const hint = `ao why ${id}`;
    throw new AoError("not_found", `session ${id} has no ${path}`, hint, { cause: error });
  }
}

function prText({ number, state, ci, review, url }: SessionView["prs"][number]): string {
  return `#${number} ${state}, CI ${ci}, review ${review} (${url})`;
}

function textOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(textOf).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : oneLine(String(value));
}
