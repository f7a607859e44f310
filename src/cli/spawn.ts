import { permissionModes } from "../domain/session.ts";
import type { Engine } from "../engine/engine.ts";
import { chooseProject } from "../engine/project.ts";
import { recover } from "../engine/recovery.ts";
import type { SpawnRequest } from "../engine/spawn-request.ts";
import { spawn as spawnSession } from "../engine/spawn.ts";
import { sessionView } from "../engine/view.ts";
import { AoError } from "../error.ts";
import { runtimeNames } from "../runtime/port.ts";
import { command } from "./command.ts";
import { readText } from "./input.ts";

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
    issue: {
      type: "string",
      valueHint: "number",
      description: "Issue to work on: its texts go into the task",
    },
    title: { type: "string", description: "Title (default: first line of the task)" },
    "prompt-file": {
      type: "string",
      description: "Read the task from a file, or - for standard input",
      valueHint: "file",
      complete: "file",
    },
    "claim-pr": {
      type: "string",
      description: "Work on this pull request, which the session owns then",
      valueHint: "pr",
      complete: "pr",
    },
    takeover: {
      type: "boolean",
      default: true,
      description: "Refuse when a session that has not ended owns the pull request",
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
  async run({ output, openEngine, globals, interrupt }, args) {
    const { prompt: text, "prompt-file": file, "claim-pr": reference, takeover, ...rest } = args;
    if (!takeover && reference === undefined) {
      const hint = 'ao spawn --claim-pr 231 --no-takeover "task"';
      throw new AoError("usage", "--no-takeover is of use only with --claim-pr", hint);
    }
    const claim = reference === undefined ? undefined : { reference, takeover };
    const prompt = (await readText({ what: "the task", text, file, interrupt })) ?? "";
    const engine = await openEngine();
    const project = chooseProject(engine, globals.project, process.cwd());
    await recover(engine, (operation) => operation.projectId === project.id);
    const request = await readIssue(engine, { ...rest, project, prompt, claim });
    const session = await spawnSession(engine, request);
    output.result(sessionView(engine, session.id), () => session.id);
    output.note(`watch it: \`ao attach ${session.id}\``);
  },
});

/** The request with what its issue says; who names none loads nothing of GitHub. */
async function readIssue(engine: Engine, request: SpawnRequest): Promise<SpawnRequest> {
  if (request.issue === undefined) return request;
  const { withIssue } = await import("../engine/github/issue.ts");
  return await withIssue(engine, request);
}
