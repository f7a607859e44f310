import { type HookEvent, type HookMeaning, toolCall } from "../domain/hook.ts";
import { conversation, text, toolText } from "./payload.ts";

type Payload = Record<string, unknown>;

/** The `readHook` of an adapter: what an event means, with the conversation its payload names. */
export function hookReader(
  meaningOf: (event: string, payload: Payload) => HookMeaning | undefined,
) {
  return (event: string, payload: Payload): HookEvent | undefined => {
    const meaning = meaningOf(event, payload);
    if (meaning === undefined) return undefined;
    const isOfChild = text(payload, "agent_id") !== "";
    return { meaning: isOfChild ? ofChild(meaning) : meaning, ...conversation(payload) };
  };
}

/** What a sub-agent begins or ends is no turn of the session. */
function ofChild(meaning: HookMeaning): HookMeaning {
  const { kind } = meaning;
  const isOfTurn = kind === "prompted" || kind === "turn_ended" || kind === "turn_failed";
  return isOfTurn ? { kind: "alive" } : meaning;
}

/**
 * The meaning of the events that Claude Code has named, and that Codex and Qwen Code raise under
 * the same names with the same fields; undefined for any other event.
 */
export function sharedMeaning(event: string, payload: Payload): HookMeaning | undefined {
  const tool = text(payload, "tool_name");
  const input = payload["tool_input"];
  const call = toolCall(tool, input);
  switch (event) {
    case "SessionStart":
      return { kind: "started" };
    case "UserPromptSubmit":
      return { kind: "prompted", prompt: text(payload, "prompt") };
    case "PreToolUse":
      return { kind: "tool_started", call };
    case "PermissionRequest":
      return { kind: "asked", dialog: "approval", text: toolText(tool, input), call };
    case "PostToolUse":
      return { kind: "tool_ended", call };
    case "Stop":
      return { kind: "turn_ended" };
    default:
      return undefined;
  }
}
