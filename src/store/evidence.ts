import type { Reader, Transaction } from "./store.ts";

export type EvidenceSource =
  "hook" | "process" | "terminal" | "screen" | "git" | "github" | "person" | "conversation";

/** The latest that one source told about a session. */
export interface Evidence {
  source: EvidenceSource;
  verdict: string;
  detail: string;
  /** Unix milliseconds. */
  at: number;
}

/** Keeps the latest observation of a source. It writes no event. */
export function recordEvidence(
  tx: Transaction,
  sessionId: string,
  evidence: Omit<Evidence, "at">,
): void {
  tx.change("evidenceUpsert", { sessionId, ...evidence, at: tx.now });
}

/** The latest of one source; undefined where none was kept. */
export function findEvidence(
  reader: Reader,
  sessionId: string,
  source: EvidenceSource,
): Evidence | undefined {
  return listEvidence(reader, sessionId).find((one) => one.source === source);
}

/** The latest of each source that was kept. */
export function listEvidence(reader: Reader, sessionId: string): Evidence[] {
  return reader.all<Evidence>("evidenceList", { sessionId });
}
