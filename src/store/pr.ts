import type { PrFacts } from "../domain/pr.ts";
import type { Reader } from "./store.ts";

/** The pull requests that sessions own, by session, newest first: one read for all. */
export function prsBySession(reader: Reader): Map<string, PrFacts[]> {
  const found = new Map<string, PrFacts[]>();
  for (const pr of reader.all<PrFacts & { sessionId: string }>("prList")) {
    const known = found.get(pr.sessionId);
    if (known) known.push(pr);
    else found.set(pr.sessionId, [pr]);
  }
  return found;
}

/** The pull requests of one session, newest first. */
export function prsOfSession(reader: Reader, sessionId: string): PrFacts[] {
  return reader.all<PrFacts>("prOfSession", { sessionId });
}
