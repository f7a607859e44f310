import type { Notification } from "../../../src/web/page/model/notice.ts";
import type {
  Agent,
  Diff,
  Message,
  Project,
  Session,
  StreamedEvent,
  Why,
} from "../../../src/web/page/model/wire.ts";

/** The moment at which all that is canned was seen. */
export const seenAt = Date.now();

/** A time so many minutes ago. */
export function minutesAgo(minutes: number): string {
  return new Date(seenAt - minutes * 60_000).toISOString();
}

/** A session as the API sends it. */
export function session(number: number, change: Partial<Session> = {}): Session {
  return {
    id: `shop-${number}`,
    projectId: "shop",
    title: "make checkout idempotent",
    agent: "claude-code",
    model: null,
    mode: "default",
    runtime: "pty",
    branch: `ao/shop-${number}/root`,
    baseRef: "main",
    baseSha: "9c1de0f".padEnd(40, "0"),
    worktreePath: `/srv/ao/worktrees/shop/shop-${number}`,
    status: "working",
    prStatus: null,
    activity: "active",
    activityDetail: null,
    activityAt: minutesAgo(number),
    isTerminated: false,
    terminationReason: null,
    exitCode: null,
    exitSignal: null,
    agentSessionId: "5b2f63a1-0c1d-4a8e-9d5f-3c2a1b0f9e8d",
    issue: null,
    escrowRef: null,
    isPurged: false,
    createdAt: minutesAgo(number + 60),
    updatedAt: minutesAgo(number),
    prs: [],
    ...change,
  };
}

/** A pull request of a session's list. */
export function prOf(number: number, change: Partial<Session["prs"][number]> = {}) {
  return {
    url: `https://github.com/acme/shop/pull/${number}`,
    number,
    title: "Make checkout idempotent",
    state: "open",
    ci: "passing",
    review: "approved",
    mergeability: "mergeable",
    ...change,
  };
}

const asks = {
  kind: "approval",
  text: "Bash: psql shop -c 'alter table orders add outbox_id uuid'",
};
/** More than any card has room for, with markup in it. */
export const longTitle =
  "rewrite the checkout so that it never charges twice even when the payment provider answers " +
  "after the client gave up, and keep/the/very/long/path/src/checkout/idempotency/outbox.ts " +
  "<script>alert(1)</script> " +
  "w".repeat(90);

/** A day's board: every column has something. */
export const sessions: Session[] = [
  session(1, { status: "needs_approval", activity: "blocked", activityDetail: asks }),
  session(2, {
    title: "why does the nightly import take four hours?",
    status: "needs_input",
    activity: "waiting_input",
    activityDetail: { kind: "question", text: "Which of the two indexes may I drop?" },
    agent: "codex",
  }),
  session(3, {
    title: longTitle,
    status: "mergeable",
    activity: "idle",
    prs: [prOf(231), prOf(232, { state: "merged" })],
  }),
  session(4, { title: "outbox table for order events", agent: "opencode" }),
  session(5, { title: "port the importer to streams", prs: [prOf(240, { ci: "pending" })] }),
  session(6, {
    title: "drop the legacy tax rules",
    status: "ci_failed",
    activity: "idle",
    prs: [prOf(228, { ci: "failing" })],
  }),
  session(7, {
    title: "webhooks with retries",
    status: "changes_requested",
    activity: "idle",
    prs: [prOf(219, { review: "changes_requested" })],
  }),
  session(8, {
    title: "upgrade the ORM",
    status: "merged",
    isTerminated: true,
    prs: [prOf(201, { state: "merged" })],
  }),
  session(9, { title: "flaky cart test", status: "lost", isTerminated: true }),
  session(10, {
    title: "measure cold start",
    status: "done",
    isTerminated: true,
    agent: "command",
    exitCode: 0,
  }),
];

/** Many at once, over all statuses that a board shows. */
export const crowd: Session[] = Array.from({ length: 40 }, (_, index) => {
  const like = sessions[index % sessions.length];
  return { ...session(index + 1, like), id: `shop-${index + 1}` };
});

export const projects: Project[] = ["shop", "billing"].map((id) => ({
  id,
  path: `/srv/src/${id}`,
  origin: `git@github.com:acme/${id}.git`,
  defaultBranch: "main",
  config: { agent: "codex", setup: ["npm ci", "npm run build"] },
  isTrusted: id === "shop",
  isArchived: false,
  createdAt: minutesAgo(9_000),
  updatedAt: minutesAgo(100),
}));

export const agents: Agent[] = ["claude-code", "codex", "command"].map((name) => ({
  name,
  title: name,
  isTried: true,
  isInstalled: name !== "codex",
  path: null,
  version: null,
  minimumVersion: null,
  isTooOld: false,
  authentication: "unknown",
  hasSignals: true,
  receipts: "hook",
  canResume: true,
  modes: ["default"],
  installHint: "",
  source: "ao",
  definition: null,
}));

/** The evidence behind a session's status. */
export function whyOf({ id, status }: Session): Why {
  return {
    sessionId: id,
    status,
    rule: "an approval dialog is on its screen",
    evidence: [
      {
        source: "process",
        verdict: "runtime alive, agent alive",
        detail: "pid 4122",
        at: minutesAgo(0),
      },
      { source: "hook", verdict: "blocked", detail: asks.text, at: minutesAgo(1) },
      {
        source: "git",
        verdict: "uncommitted work",
        detail: `ao/${id}/root at 9c1de0f`,
        at: minutesAgo(0),
      },
    ],
    contradictions: [],
    operation: null,
    messages: [],
  };
}

const states: Message["state"][] = ["queued", "submitted", "acked", "failed"];

/** One message in each of the states that a person may see. */
export function messagesOf({ id }: Session): Message[] {
  return states.map((state, index) => ({
    id: `m${index}`,
    sessionId: id,
    source: index === 3 ? "feedback" : "person",
    sender: null,
    state,
    attempts: 1,
    receipt: null,
    error: state === "failed" ? "no receipt came; a dialog is on the screen" : null,
    bytes: 40,
    text: "use the outbox table, and keep the old column for one release",
    createdAt: minutesAgo(index * 7),
    updatedAt: minutesAgo(index * 7),
    submittedAt: null,
    ackedAt: null,
  }));
}

/** A change of three files, one of them new, one renamed. */
export function diffOf({ id }: Session): Diff {
  const diff = [
    "diff --git a/src/checkout.ts b/src/checkout.ts",
    "index 1111111..2222222 100644",
    "--- a/src/checkout.ts",
    "+++ b/src/checkout.ts",
    "@@ -10,6 +10,8 @@ export async function checkout(cart: Cart) {",
    "   const total = sum(cart);",
    "-  await charge(total);",
    "+  const key = keyOf(cart);",
    "+  await outbox.put(key, { total });",
    `+  // ${"a line that goes on and on ".repeat(8)}`,
    "   return receipt(total);",
    " }",
    "diff --git a/sql/0002_outbox.sql b/sql/0002_outbox.sql",
    "new file mode 100644",
    "--- /dev/null",
    "+++ b/sql/0002_outbox.sql",
    "@@ -0,0 +1,2 @@",
    "+create table outbox (key text primary key);",
    "+",
    "diff --git a/old.md b/notes.md",
    "similarity index 100%",
    "rename from old.md",
    "rename to notes.md",
    "",
  ].join("\n");
  return { id, files: 3, additions: 5, deletions: 1, diff };
}

export const notifications: Notification[] = [
  ["needs_approval", "shop-1 asks for approval", asks.text],
  ["ready_to_merge", "#231 can be merged", "CI passes, and it is approved."],
  ["stuck", "shop-9 is stuck", ""],
].map(([type = "", title = "", body = ""], index) => ({
  id: `n${index}`,
  ...{ type, title, body, projectId: "shop", prKey: null },
  sessionId: `shop-${index + 1}`,
  prUrl: null,
  createdAt: minutesAgo(index * 20),
  seenAt: null,
  resolvedAt: index === 2 ? minutesAgo(1) : null,
}));

/** What the log holds of these sessions. */
export const events: StreamedEvent[] = sessions.flatMap(({ id, title, activity }, index) =>
  ["session_created", "session_updated"].map((type, step) => ({
    seq: index * 2 + step + 1,
    at: minutesAgo(100 - index * 2 - step),
    projectId: "shop",
    sessionId: id,
    type,
    payload: { id, title, activity },
  })),
);
