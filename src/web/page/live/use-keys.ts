import { useEffect, useRef } from "preact/hooks";

import { readKey, sequenceMs, type Shortcut } from "../model/keys.ts";

/**
 * Listens for shortcuts while a component is shown. Keys in fields, in the terminal and in open
 * dialogs belong to those.
 */
export function useKeys(
  shortcuts: readonly Shortcut[],
  run: (command: string, event: KeyboardEvent) => void,
): void {
  const begun = useRef({ key: "", at: 0 });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTaken(event)) return;
      const isFresh = event.timeStamp - begun.current.at < sequenceMs;
      const { command, pending } = readKey(shortcuts, isFresh ? begun.current.key : "", event.key);
      begun.current = { key: pending, at: event.timeStamp };
      if (command !== undefined) run(command, event);
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
}

function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  if (!(target instanceof HTMLElement)) return false;
  if (document.querySelector("dialog[open]")) return true;
  // A dialog that was closed just now keeps the focus for a moment.
  if (target.closest("dialog")) return false;
  if (target.closest("input, textarea, select, .xterm, [contenteditable]")) return true;
  return event.key === "Enter" && target.closest("button, a, summary") !== null;
}
