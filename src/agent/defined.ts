import type { AgentDefinition } from "../domain/agent-definition.ts";
import { permissionModes } from "../domain/session.ts";
import { AoError } from "../error.ts";
import { splitLine } from "./command.ts";
import type { AgentAdapter, AgentLaunch, KnownDialog, LaunchRequest } from "./port.ts";
import { promptArgument } from "./prompt.ts";
import { refuseTask, usualFolders } from "./recipes.ts";

const dialogKinds = ["approval", "question", "trust", "login"] as const;

/**
 * The adapter of an agent that a person has defined. What it does is seen on its terminal only:
 * it has no hooks and gives no receipts. Throws `usage` for a line that cannot be split.
 */
export function definedAgent(name: string, definition: AgentDefinition): AgentAdapter {
  const { command, resume, patterns = {} } = definition;
  const modes = { default: "", ...definition.modes };
  const [program = ""] = splitLine(command);
  const conversationWord = "{conversation}";
  const isChosen = command.includes(conversationWord);
  return {
    name,
    title: name,
    isTried: false,
    programs: [program],
    searchPaths: usualFolders,
    installHint: `ao agent show ${name}`,
    hasSignals: false,
    receipts: "none",
    acceptsSteering: false,
    conversation: isChosen ? "chosen" : resume === undefined ? "none" : "folder",
    typesTask: definition.typePrompt ?? false,
    missingModes: permissionModes.filter((mode) => modes[mode] === undefined),
    dialogs: dialogKinds.flatMap((kind) => {
      return compile(patterns[kind]).map((pattern): KnownDialog => ({ kind, pattern }));
    }),
    screen: { working: compile(patterns.working), ready: compile(patterns.ready) },
    launch: (request) => launch(name, definition, request),
    ...(resume === undefined
      ? {}
      : { resume: (request) => ({ argv: startOf(name, definition, resume, request) }) }),
  };
}

/**
 * Finds what only splitting shows: an open quote, an operator, a resume that needs an id which the
 * command did not bring. Returns the key and what is wrong with it.
 */
export function definitionProblem({
  command,
  prompt,
  typePrompt,
  model,
  resume,
  modes = {},
}: AgentDefinition): { key: string; message: string } | undefined {
  if (!command.trim()) return { key: "command", message: "is empty" };
  const lines = { command, prompt, model, resume };
  const named = Object.entries(modes).map(([mode, line]) => [`modes.${mode}`, line] as const);
  for (const [key, line] of [...Object.entries(lines), ...named]) {
    try {
      splitLine(line ?? "");
    } catch (error) {
      if (error instanceof AoError) return { key, message: `cannot be run: ${error.message}` };
      throw error;
    }
  }
  if (prompt !== undefined && typePrompt === true) {
    return { key: "typePrompt", message: "and `prompt` exclude each other" };
  }
  if (resume?.includes("{conversation}") && !command.includes("{conversation}")) {
    const message = "names `{conversation}`, which `command` did not give to the program";
    return { key: "resume", message };
  }
  return undefined;
}

function launch(name: string, definition: AgentDefinition, request: LaunchRequest): AgentLaunch {
  const { command, prompt, typePrompt } = definition;
  if (prompt === undefined && typePrompt !== true) refuseTask(name, request);
  const hasTask = prompt !== undefined && request.prompt !== "";
  const task = hasTask ? wordsOf(prompt, request) : [];
  return { argv: [...startOf(name, definition, command, request), ...task] };
}

/** The command line with the words of its mode and its model. */
function startOf(
  name: string,
  { model, modes = {} }: AgentDefinition,
  line: string,
  request: LaunchRequest,
): string[] {
  if (request.model !== null && model === undefined) {
    const hint = `add \`model = "--model {model}"\`, say, to [agents.${name}]`;
    throw new AoError("usage", `agent ${name} takes no model`, hint);
  }
  return [
    ...wordsOf(line, request),
    ...wordsOf(modes[request.mode] ?? "", request),
    ...(request.model === null ? [] : wordsOf(model ?? "", request)),
  ];
}

/** Splits first and fills in then: what is filled in is never split. */
function wordsOf(line: string, request: LaunchRequest): string[] {
  const values = new Map([
    ["worktree", request.worktree],
    ["sessionDir", request.sessionDir],
    ["systemPrompt", request.systemPrompt],
    ["conversation", request.agentSessionId ?? ""],
    ["prompt", promptArgument(request)],
    ["promptFile", request.promptFile],
    ["model", request.model ?? ""],
  ]);
  return splitLine(line).map((word) =>
    word.replaceAll(/\{([A-Za-z]+)\}/g, (whole, name: string) => values.get(name) ?? whole),
  );
}

function compile(patterns: string | string[] = []): RegExp[] {
  return [patterns].flat().map((pattern) => new RegExp(pattern, "m"));
}
