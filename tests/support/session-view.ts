import type { SessionView } from "../../src/engine/view.ts";

/** A session as it is shown, idle since the beginning of 2026. */
export function viewWith(given: Partial<SessionView> = {}): SessionView {
  const { id = "shop-1" } = given;
  return {
    id,
    projectId: "shop",
    title: `title of ${id}`,
    agent: "claude-code",
    model: null,
    mode: "default",
    runtime: "pty",
    branch: `ao/${id}/root`,
    baseRef: "main",
    baseSha: "0".repeat(40),
    worktreePath: `/srv/worktrees/${id}`,
    status: "idle",
    prStatus: null,
    activity: "idle",
    activityDetail: null,
    activityAt: "2026-01-01T00:00:00.000Z",
    isTerminated: false,
    terminationReason: null,
    exitCode: null,
    exitSignal: null,
    agentSessionId: null,
    issue: null,
    escrowRef: null,
    isPurged: false,
    createdAt: "2026-01-01T00:00:00.000Z",
    updatedAt: "2026-01-01T00:00:00.000Z",
    prs: [],
    ...given,
  };
}
