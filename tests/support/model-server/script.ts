import type { Answer, Request, Tool, Turn } from "./conversation.ts";
import { record, text } from "./json.ts";

/** What the script of a prompt comes to for one request. */
export interface Scripted {
  answer: Answer;
  /** How long the model thinks first. */
  delayMs: number;
}

type Directive = { kind: "sh" | "ask" | "say" | "slow" | "fail"; argument: string };

/**
 * What the model does next, by the directives in the last prompt of the person: `[[sh COMMAND]]`
 * calls the agent's shell, `[[ask COMMAND]]` does so beyond the sandbox where the agent has one,
 * `[[slow MS]]` thinks, `[[say TEXT]]` ends the turn with a text, `[[fail]]` with an API error.
 * Each result of a tool is one call done. The server needs no memory for that.
 */
export function nextAnswer(request: Request): Scripted {
  if (request.answerSchema) {
    return { answer: say(JSON.stringify(sampleOf(request.answerSchema))), delayMs: 0 };
  }
  const shell = request.tools.find(({ name }) => shellNames.has(name));
  const { turns } = request;
  const last = turns.findLastIndex(isPrompt);
  const prompt = last < 0 ? "" : promptText(turns[last]);
  // A request without tools is one of the agent's own, for a title or a summary.
  if (!shell) return { answer: say(`ok ${firstWords(prompt)}`), delayMs: 0 };
  let done = turns.slice(last + 1).filter(({ role }) => role === "tool").length;
  let delayMs = 0;
  for (const { kind, argument } of directivesOf(prompt)) {
    if (kind === "sh" || kind === "ask") {
      if (done-- > 0) delayMs = 0;
      else return { answer: call(shell, argument, kind === "ask"), delayMs };
    } else if (done > 0) continue;
    else if (kind === "slow") delayMs += Number(argument);
    else if (kind === "fail") return { answer: { kind: "error", message: "scripted" }, delayMs };
    else return { answer: say(argument), delayMs };
  }
  return { answer: say(`ok ${firstWords(prompt)}`), delayMs };
}

/** The texts of the last prompt of the person, without what the agent has put around it. */
export function promptText(turn: Turn | undefined): string {
  return (turn?.blocks ?? []).map((block) => block.replace(wrapper, "")).join("\n");
}

/** Whether a turn is a person's, and not one that the agent has made up. */
export function isPrompt(turn: Turn): boolean {
  return turn.role === "user" && promptText(turn).trim() !== "";
}

/** Context that agents send in the person's name. */
const wrapperNames = [
  "system-reminder",
  "environment_context",
  "session_context",
  "user_instructions",
  "INSTRUCTIONS",
  "current_datetime",
  "reminder",
  "turn_aborted",
  "hook_context",
];
const wrapper = new RegExp(
  `<(${wrapperNames.join("|")})>[\\s\\S]*?</\\1>|^# AGENTS\\.md[\\s\\S]*$`,
  "g",
);

const shellNames = new Set(["Bash", "bash", "shell", "exec_command", "run_shell_command"]);

function directivesOf(prompt: string): Directive[] {
  return [...prompt.matchAll(/\[\[(sh|ask|say|slow|fail)(?: ([\s\S]*?))?\]\]/g)].map(
    ([, kind, argument = ""]) => ({ kind: kind as Directive["kind"], argument }),
  );
}

function say(answer: string): Answer {
  return { kind: "text", text: answer };
}

function call(tool: Tool, command: string, isBeyondSandbox: boolean): Answer {
  const input: Record<string, unknown> = {};
  const properties = record(tool.schema["properties"]);
  for (const [name, schema] of Object.entries(properties)) {
    const isList = text(record(schema)["type"]) === "array";
    if (name === "command" || name === "cmd")
      input[name] = isList ? ["sh", "-c", command] : command;
    else if (name === "description") input[name] = "scripted step";
    else if (name === "is_background") input[name] = false;
    else if (isBeyondSandbox && name === "sandbox_permissions") input[name] = "require_escalated";
    else if (isBeyondSandbox && name === "justification") input[name] = "scripted escalation";
  }
  const id = `call_${crypto.randomUUID().replaceAll("-", "").slice(0, 24)}`;
  return { kind: "call", id, tool: tool.name, input };
}

function firstWords(prompt: string): string {
  return prompt.trim().split(/\s+/).slice(0, 6).join(" ").slice(0, 80);
}

/** The smallest value that a JSON schema allows, as far as agents' schemas go. */
function sampleOf(schema: Record<string, unknown>): unknown {
  const choices = schema["enum"];
  if (Array.isArray(choices)) return choices[0];
  switch (text(schema["type"]).toLowerCase()) {
    case "object": {
      const properties = Object.entries(record(schema["properties"]));
      return Object.fromEntries(properties.map(([name, one]) => [name, sampleOf(record(one))]));
    }
    case "array":
      return [];
    case "boolean":
      return false;
    case "number":
    case "integer":
      return 0;
    default:
      return "ok";
  }
}
