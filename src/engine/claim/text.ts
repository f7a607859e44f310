import { label } from "../../domain/foreign.ts";
import type { PrObservation } from "../../domain/observation.ts";
import { queueMessage } from "../../store/message.ts";
import { findSession } from "../../store/session.ts";
import type { Transaction } from "../../store/store.ts";
import type { PushTarget } from "./look.ts";

/** The branch on which a session works on a pull request: its head branch may be in use. */
export function prBranch(sessionId: string, number: number): string {
  return `ao/${sessionId}/pr-${number}`;
}

/** What a session that works on a pull request starts from, and where its work shall go. */
export function baseOf({ baseRef, headSha }: Pick<PrObservation, "baseRef" | "headSha">) {
  return { baseRef: `origin/${baseRef}`, baseSha: headSha };
}

interface PrNamed {
  number: number;
  url: string;
}

/** What an agent must know of a pull request that is its own from now on. */
export function ownerText(pr: PrNamed, stand: { branch: string; push: PushTarget } | null): string {
  const lines = [
    `Pull request #${pr.number} is yours: ${label(pr.url)}`,
    "What CI and reviewers say of it will be told to you.",
  ];
  if (!stand) return [...lines, "Your worktree was left as it is."].join("\n");
  lines.push(`Your worktree stands on branch ${stand.branch}, at the head of the pull request.`);
  lines.push(
    stand.push.isAllowed
      ? "A plain `git push` on that branch updates the pull request."
      : "Its head is in a repository that takes no pushes from here: commit, but do not push.",
  );
  return lines.join("\n");
}

/** Tells the agent that had a pull request, unless it has ended, that another one has it. */
export function tellDonor(
  tx: Transaction,
  pr: PrNamed,
  { donor, owner, operation }: { donor: string | null; owner: string; operation: string },
): void {
  const session = donor === null ? undefined : findSession(tx, donor);
  if (!session || session.isTerminated) return;
  queueMessage(tx, {
    id: crypto.randomUUID(),
    sessionId: session.id,
    source: "engine",
    dedupeKey: `claim ${operation}`,
    body:
      `Pull request #${pr.number} belongs to session ${owner} from now on: ${label(pr.url)}\n` +
      "Do not push to it any more.",
  });
}
