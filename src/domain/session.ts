/** What the agent last reported. `blocked`: an approval or question dialog is on its screen. */
export const activities = ["active", "idle", "waiting_input", "blocked", "exited"] as const;
export type Activity = (typeof activities)[number];

/** How much an agent may do without asking. */
export const permissionModes = ["default", "accept-edits", "auto", "bypass"] as const;
export type PermissionMode = (typeof permissionModes)[number];

/** Why a session ended; only a terminated session has one. */
export const terminationReasons = [
  "killed",
  "agent_exited",
  "agent_failed",
  "runtime_lost",
  "pr_merged",
] as const;
export type TerminationReason = (typeof terminationReasons)[number];

/** What a dialog asks. */
export interface Dialog {
  kind: "approval" | "question" | "trust" | "login";
  text: string;
  /** The tool call that raised it; its end takes the dialog away. */
  call?: string;
}

/** What a dialog or question on the agent's screen asks. */
export interface ActivityDetail extends Dialog {
  /** What came up meanwhile and is shown once this is answered, as of sub-agents side by side. */
  behind?: Dialog[];
}

/** One agent's session, as stored. Times are Unix milliseconds. */
export interface Session {
  id: string;
  projectId: string;
  number: number;
  kind: "worker" | "orchestrator";
  title: string;
  agent: string;
  model: string | null;
  mode: PermissionMode;
  runtime: "pty" | "tmux";
  issue: string | null;
  /** The command line of the agent `command`. */
  command: string | null;
  branch: string;
  baseRef: string;
  baseSha: string;
  worktreePath: string;
  /** JSON of the runtime's handle, or null while nothing was launched. */
  runtimeHandle: string | null;
  launchId: string | null;
  /** When the present launch was confirmed; null while it is being launched. */
  launchedAt: number | null;
  /** The agent's own conversation id, for resuming. */
  agentSessionId: string | null;
  activity: Activity;
  activityAt: number;
  activityDetail: ActivityDetail | null;
  firstSignalAt: number | null;
  lastSignalAt: number | null;
  isTerminated: boolean;
  terminationReason: TerminationReason | null;
  terminatedAt: number | null;
  exitCode: number | null;
  exitSignal: string | null;
  exitedAt: number | null;
  killRequestedAt: number | null;
  detectingAttempts: number;
  detectingStartedAt: number | null;
  detectingEvidenceHash: string | null;
  healthyProbes: number;
  stuckAt: number | null;
  terminateOnMerge: boolean;
  cleanupAt: number | null;
  purgedAt: number | null;
  escrowRef: string | null;
  revision: number;
  createdAt: number;
  updatedAt: number;
}

/** As what a session ends when it is killed: by then its agent may have ended by itself. */
export function reasonAfterExit(
  session: Pick<Session, "exitedAt" | "exitCode" | "killRequestedAt">,
): TerminationReason {
  const { exitedAt, killRequestedAt } = session;
  // What a kill ended has not ended by itself.
  const isByItself = exitedAt !== null && exitedAt < (killRequestedAt ?? Infinity);
  if (!isByItself) return "killed";
  return session.exitCode === 0 ? "agent_exited" : "agent_failed";
}
