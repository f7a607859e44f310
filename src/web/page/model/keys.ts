/** A shortcut as the sheet shows it. Two keys are typed one after the other. */
export interface Shortcut {
  keys: string;
  does: string;
  command: string;
}

/** Shortcuts that hold everywhere but in a field. */
export const everywhere: readonly Shortcut[] = [
  { keys: "g b", does: "Go to the board", command: "go-board" },
  { keys: "g p", does: "Go to pull requests", command: "go-prs" },
  { keys: "g i", does: "Go to the inbox", command: "go-inbox" },
  { keys: "g e", does: "Go to events", command: "go-events" },
  { keys: "g s", does: "Go to projects and settings", command: "go-projects" },
  { keys: "n", does: "Start a new session", command: "new" },
  { keys: "t", does: "Light, dark, or as the system has it", command: "theme" },
  { keys: "?", does: "Show this sheet", command: "help" },
];

export const onBoard: readonly Shortcut[] = [
  { keys: "j", does: "Next session", command: "down" },
  { keys: "k", does: "Previous session", command: "up" },
  { keys: "h", does: "Column to the left", command: "left" },
  { keys: "l", does: "Column to the right", command: "right" },
  { keys: "Enter", does: "Open the session", command: "open" },
  { keys: "a", does: "Approve what it asks, once", command: "approve" },
  { keys: "d", does: "Deny what it asks", command: "deny" },
  { keys: "/", does: "Search the board", command: "search" },
];

export const onSession: readonly Shortcut[] = [
  { keys: "1", does: "Terminal", command: "tab-terminal" },
  { keys: "2", does: "Diff", command: "tab-diff" },
  { keys: "3", does: "Pull request", command: "tab-pr" },
  { keys: "4", does: "Events", command: "tab-events" },
  { keys: "m", does: "Write a message", command: "message" },
  { keys: "a", does: "Approve what it asks, once", command: "approve" },
  { keys: "d", does: "Deny what it asks", command: "deny" },
  { keys: "u", does: "Back to the board", command: "go-board" },
];

/** How long the second key of two may take, in milliseconds. */
export const sequenceMs = 1_200;

/** What a key leads to: a command, or a first key that waits for its second. */
export interface KeyResult {
  command: string | undefined;
  pending: string;
}

/** Reads one key, after `pending` if a first key was typed just before. */
export function readKey(shortcuts: readonly Shortcut[], pending: string, key: string): KeyResult {
  const typed = pending === "" ? key : `${pending} ${key}`;
  const found = shortcuts.find(({ keys }) => keys === typed);
  if (found) return { command: found.command, pending: "" };
  const isBegun = shortcuts.some(({ keys }) => keys.startsWith(`${typed} `));
  if (isBegun) return { command: undefined, pending: typed };
  // A second key that leads nowhere may itself be a shortcut.
  return pending === "" ? { command: undefined, pending: "" } : readKey(shortcuts, "", key);
}
