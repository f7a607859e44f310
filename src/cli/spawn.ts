import { readFileSync } from "node:fs";

import { permissionModes } from "../domain/session.ts";
import { chooseProject } from "../engine/project.ts";
import { recover } from "../engine/recovery.ts";
import { spawn as spawnSession } from "../engine/spawn.ts";
import { sessionView } from "../engine/view.ts";
import { AoError, messageOf } from "../error.ts";
import { runtimeNames } from "../runtime/port.ts";
import { command } from "./command.ts";

export const spawn = command({
  meta: { name: "spawn", description: "Start an agent in a worktree of its own" },
  details:
    "Prints the session's id once its agent really runs. When any step fails, or on ctrl-C, " +
    "everything is undone. The task may also come from a file or from standard input.",
  args: {
    prompt: { type: "positional", required: false, description: "The task" },
    agent: { type: "string", description: "Kind of agent", complete: "agent" },
    model: { type: "string", description: "Model, as the agent names it" },
    mode: {
      type: "enum",
      options: [...permissionModes],
      description: "How much the agent may do without asking",
    },
    base: { type: "string", description: "Branch, tag or commit to start from" },
    branch: { type: "string", description: "Name of the new branch (default ao/<id>/root)" },
    issue: { type: "string", description: "Issue that the task is about" },
    title: { type: "string", description: "Title (default: first line of the task)" },
    "prompt-file": {
      type: "string",
      description: "Read the task from a file, or - for standard input",
      valueHint: "file",
      complete: "file",
    },
    runtime: { type: "enum", options: [...runtimeNames], description: "Where its terminal lives" },
    command: {
      type: "string",
      description: "Run any program instead of an agent; {prompt} stands for the task",
      valueHint: "line",
      complete: "command",
    },
  },
  example: 'ao spawn "make checkout idempotent" --agent codex',
  async run({ output, openEngine, globals }, args) {
    const prompt = await readPrompt(args.prompt, args["prompt-file"]);
    const engine = await openEngine();
    const project = chooseProject(engine, globals.project, process.cwd());
    await recover(engine, (operation) => operation.projectId === project.id);
    const { "prompt-file": _file, ...rest } = args;
    const session = await spawnSession(engine, { ...rest, project, prompt });
    output.result(sessionView(engine, session.id), () => session.id);
    output.note(`watch it: \`ao attach ${session.id}\``);
  },
});

async function readPrompt(text: string | undefined, file: string | undefined): Promise<string> {
  if (text !== undefined && file !== undefined) {
    throw new AoError("usage", "the task was given twice", "leave out one of them");
  }
  if (file === undefined) return text ?? "";
  try {
    return file === "-" ? await Bun.stdin.text() : readFileSync(file, "utf8");
  } catch (error) {
    throw new AoError("usage", `${file} cannot be read: ${messageOf(error)}`, undefined, {
      cause: error,
    });
  }
}
