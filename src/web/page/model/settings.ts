import type { Config } from "../../../domain/config.ts";
import { configDefaults } from "../../../domain/config.ts";

/** How a setting is edited. A list has one entry a line. */
export interface Setting {
  key: keyof Config;
  title: string;
  kind: "text" | "number" | "flag" | "list" | "choice";
  choices?: readonly string[];
  help: string;
}

/** The settings of a project that the page edits, in the order in which it shows them. */
export const settings: readonly Setting[] = [
  { key: "agent", title: "Agent", kind: "text", help: "A name that ao agent ls prints." },
  { key: "model", title: "Model", kind: "text", help: "As the agent names it." },
  {
    key: "mode",
    title: "Mode",
    kind: "choice",
    choices: ["default", "accept-edits", "auto", "bypass"],
    help: "How much an agent may do without asking.",
  },
  {
    key: "runtime",
    title: "Terminal",
    kind: "choice",
    choices: ["pty", "tmux"],
    help: "Where an agent's terminal lives.",
  },
  { key: "base", title: "Base", kind: "text", help: "The branch that sessions start from." },
  {
    key: "terminateOnMerge",
    title: "End a session with its merge",
    kind: "flag",
    help: "Once no pull request of it is open.",
  },
  {
    key: "symlinks",
    title: "Symlinks",
    kind: "list",
    help: "Paths of the repository that a worktree links to, one a line.",
  },
  { key: "setup", title: "Setup", kind: "list", help: "Commands in a new worktree, one a line." },
  {
    key: "teardown",
    title: "Teardown",
    kind: "list",
    help: "Commands before a worktree goes away, one a line.",
  },
  {
    key: "setupTimeoutSeconds",
    title: "Setup may take",
    kind: "number",
    help: "Seconds for each command.",
  },
  {
    key: "cleanupGraceSeconds",
    title: "Keep ended worktrees",
    kind: "number",
    help: "Seconds before ao session cleanup removes one.",
  },
];

/** A setting's value as a field holds it; empty where the project sets nothing itself. */
export function fieldOf(setting: Setting, config: Record<string, unknown>): string {
  const value = config[setting.key];
  if (value === undefined || value === null) return "";
  return Array.isArray(value) ? value.join("\n") : String(value);
}

/** What a field's text means to the API; null takes the project's own value away. */
export function valueOf(setting: Setting, text: string): unknown {
  if (text.trim() === "") return null;
  if (setting.kind === "number") return Number(text);
  if (setting.kind === "flag") return text === "true";
  if (setting.kind === "list")
    return text
      .split("\n")
      .map((line) => line.trim())
      .filter(Boolean);
  return text.trim();
}

/** What `ao` does where nothing is set anywhere. */
export function defaultOf(setting: Setting): string {
  const defaults: Config = configDefaults;
  return fieldOf(setting, { [setting.key]: defaults[setting.key] }) || "none";
}
