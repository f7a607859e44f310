import type { Session } from "../model/wire.ts";
import { act, pathOf } from "./http.ts";

/** Allows what an agent asks for, once, or refuses it: only what this session shows. */
export async function answerDialog(
  { id, activityDetail }: Pick<Session, "id" | "activityDetail">,
  isDenied: boolean,
): Promise<void> {
  const path = pathOf`/sessions/${id}/approve`;
  const answer = { deny: isDenied, asked: activityDetail?.text ?? "" };
  const { isAnswered } = await act<{ isAnswered: boolean }>("POST", path, answer);
  if (!isAnswered) throw new Error("the key was pressed, but the dialog is still on the screen");
}

/** Ends a session; its worktree and its work stay. Returns what was left over, in words. */
export async function killSession(id: string): Promise<void> {
  const path = pathOf`/sessions/${id}/kill`;
  const killed = await act<{ survivors: number[]; escrowError: string | null }>("POST", path);
  if (killed.survivors.length > 0) {
    throw new Error(`these processes could not be ended: ${killed.survivors.join(", ")}`);
  }
  if (killed.escrowError !== null) {
    throw new Error(`it has ended, but its work is only in the worktree: ${killed.escrowError}`);
  }
}

/** Brings a session back; tells whether the agent's own conversation goes on. */
export async function restoreSession(id: string): Promise<"native" | "fresh"> {
  const path = pathOf`/sessions/${id}/restore`;
  return (await act<{ conversation: "native" | "fresh" }>("POST", path)).conversation;
}

/** Whether there is a dialog that can be answered from here. */
export function asksForApproval({ status }: Pick<Session, "status">): boolean {
  return status === "needs_approval";
}
