import type { ITheme } from "@xterm/xterm";

/** Agents draw for a dark terminal, so it is dark on a light page too. */
export const terminalTheme: ITheme = {
  background: "#14171a",
  foreground: "#d7dbe0",
  cursor: "#d7dbe0",
  cursorAccent: "#14171a",
  selectionBackground: "#3a4a5a",
  black: "#1d2227",
  red: "#ef6b73",
  green: "#79c38b",
  yellow: "#dcb65f",
  blue: "#6fa8dc",
  magenta: "#c294d8",
  cyan: "#5fbdbd",
  white: "#c9ced4",
  brightBlack: "#7a848e",
  brightRed: "#ff8a90",
  brightGreen: "#95dba6",
  brightYellow: "#f0cd7d",
  brightBlue: "#8fc1ee",
  brightMagenta: "#d9b1ea",
  brightCyan: "#82d6d6",
  brightWhite: "#f2f4f6",
};
