import type { PrFacts } from "../../src/domain/pr.ts";
import type { Session } from "../../src/domain/session.ts";

/** A session that was launched a minute ago and has said nothing yet. */
export function sessionWith(given: Partial<Session> = {}): Session {
  return {
    id: "shop-1",
    projectId: "shop",
    number: 1,
    kind: "worker",
    title: "outbox",
    agent: "claude-code",
    model: null,
    mode: "default",
    runtime: "pty",
    issue: null,
    command: null,
    branch: "ao/shop-1/root",
    baseRef: "main",
    baseSha: "0".repeat(40),
    worktreePath: "/srv/worktrees/shop-1",
    runtimeHandle: null,
    launchId: "launch-1",
    launchedAt: 0,
    agentSessionId: null,
    activity: "idle",
    activityAt: 0,
    activityDetail: null,
    firstSignalAt: null,
    lastSignalAt: null,
    isTerminated: false,
    terminationReason: null,
    terminatedAt: null,
    exitCode: null,
    exitSignal: null,
    exitedAt: null,
    killRequestedAt: null,
    detectingAttempts: 0,
    detectingStartedAt: null,
    detectingEvidenceHash: null,
    healthyProbes: 0,
    stuckAt: null,
    terminateOnMerge: true,
    cleanupAt: null,
    purgedAt: null,
    escrowRef: null,
    revision: 1,
    createdAt: 0,
    updatedAt: 0,
    ...given,
  };
}

let prNumber = 0;

/** An open pull request that is fine in every way but not known to be mergeable. */
export function prWith(given: Partial<PrFacts> = {}): PrFacts {
  prNumber += 1;
  return {
    key: `github.com/acme/shop#${prNumber}`,
    url: `https://github.com/acme/shop/pull/${prNumber}`,
    number: prNumber,
    sessionId: "shop-1",
    title: "Outbox",
    state: "open",
    ci: "passing",
    review: "none",
    mergeability: "unknown",
    headRef: `head-${prNumber}`,
    baseRef: "main",
    unresolvedThreads: 0,
    ...given,
  };
}
