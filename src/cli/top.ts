import { briefPass } from "../engine/pass.ts";
import { AoError } from "../error.ts";
import { getProject } from "../store/project.ts";
import { command } from "./command.ts";

export const top = command({
  meta: { name: "top", description: "Watch and steer all sessions on one screen" },
  details:
    "Sessions by what needs you, as it changes; what ended within the last day is at the bottom. " +
    "Arrows select; enter attaches, s sends a text, y and n answer an approval, x ends a " +
    "session, o shows the pull request, ? lists the keys, q quits.",
  args: {},
  example: "ao top",
  async run(context) {
    const { output, globals } = context;
    if (!process.stdin.isTTY || !output.isTerminal || output.isJson) {
      throw new AoError("usage", "top wants a terminal", "ao ls");
    }
    const engine = await context.openEngine();
    if (globals.project !== undefined) getProject(engine.store, globals.project);
    await briefPass(engine);
    const { LiveBoard } = await import("./board/live.ts");
    return await new LiveBoard(context, engine, globals.project).run();
  },
});
