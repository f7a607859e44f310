import { AoError } from "../../error.ts";

/** The session that a command is about, when it is not the one that the command runs in. */
export const sessionArgument = {
  type: "positional",
  required: false,
  description: "Session id",
  complete: "session",
} as const;

/** The session that a command means: the one typed, or the one it runs in. Throws `usage`. */
export function chosenSession(typed: string | undefined): string {
  const id = typed ?? process.env["AO_SESSION_ID"];
  if (id) return id;
  throw new AoError("usage", "missing argument <session>", "ao ls");
}
