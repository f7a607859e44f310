/** `failed`: the probe broke; `unknown`: not attempted. Neither is a death. */
export type ProbeVerdict = "alive" | "dead" | "failed" | "unknown";

/** What one look at a session's runtime and agent found. */
export interface Observation {
  runtime: ProbeVerdict;
  agent: ProbeVerdict;
  /** The agent's end, where a record of it was found. */
  exit?: { exitCode: number | null; signal: string | null; at: number } | undefined;
  /** What was seen, in words. */
  detail: string;
}

/** What an observation means for a session. */
export type Verdict = "killed" | "healthy" | "exited" | "lost" | "detecting";

/** A signal this young contradicts a runtime that looks gone. */
export const recentSignalMs = 60_000;

/** Equal attempts, and the age of an episode, after which detecting becomes stuck. */
export const stuckAfterAttempts = 3;
export const stuckAfterMs = 5 * 60_000;

/** Healthy probes in a row that end detecting and stuck. */
export const healthyProbesNeeded = 2;

/** The probe table of DESIGN §5, first row that matches. */
export function judge(
  seen: Observation,
  session: { killRequestedAt: number | null; lastSignalAt: number | null },
  now: number,
): Verdict {
  if (session.killRequestedAt !== null) return "killed";
  if (seen.exit) return "exited";
  if (seen.runtime === "alive" && (seen.agent === "alive" || seen.agent === "unknown")) {
    return "healthy";
  }
  if (seen.runtime === "dead" && seen.agent !== "alive" && seen.agent !== "failed") {
    const signalAge = now - (session.lastSignalAt ?? -Infinity);
    return signalAge < recentSignalMs ? "detecting" : "lost";
  }
  return "detecting";
}

/** The hash of evidence text without the times in it, so that the same trouble stays the same. */
export function evidenceHash(text: string): string {
  const timeless = text
    .replaceAll(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?/g, "")
    .replaceAll(/\b\d{1,2}:\d\d(:\d\d)?\b/g, "")
    .replaceAll(/\b\d{10,13}\b/g, "")
    .replaceAll(/\b\d+(\.\d+)? ?(ms|s|sec|seconds?|min|minutes?|h|hours?|d|days?)\b/g, "")
    .replaceAll(/\s+/g, " ")
    .trim();
  return new Bun.CryptoHasher("sha256").update(timeless).digest("hex");
}

/** Deaths in one pass that are an outage of the runtime rather than so many deaths. */
export function isOutage(lost: number, probed: number): boolean {
  return lost >= 5 && lost * 2 > probed;
}

/** How long an outage of the runtime may last before its sessions are given up. */
export const outageDeadlineMs = 5 * 60_000;
