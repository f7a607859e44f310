import { samplePr } from "./store.ts";

type Values = Record<string, string | number | null>;

/** A row of a table, and what an update of each of its columns does to the log. */
export interface TableSample {
  key: Values;
  row: Values;
  /** Columns whose change is told, with another value. */
  loud: Values;
  /** Columns whose change is not told, with another value. */
  silent: Values;
  /** The event of the insert and of an update; an update of some columns has one of its own. */
  inserted: string | null;
  updated: string | null;
  special?: Record<string, string>;
}

const prKey = samplePr.key;
const session = { session_id: "shop-1" };

/** Every table that triggers look at, but for project and session, which have functions. */
export const tableSamples: Record<string, TableSample> = {
  project: {
    key: { id: "shop" },
    row: {},
    inserted: null,
    updated: "project_updated",
    loud: {
      path: "/srv/moved",
      origin: "git@example.org:acme/shop.git",
      default_branch: "trunk",
      config: '{"agent":"codex"}',
      trust_hash: "hash",
      archived_at: 5,
    },
    special: { archived_at: "project_archived" },
    silent: { host: "h", owner: "o", repo: "r", next_number: 90, created_at: 9, updated_at: 9 },
  },
  session: {
    key: { id: "shop-1" },
    row: {},
    inserted: null,
    updated: "session_updated",
    loud: {
      title: "another",
      agent: "codex",
      model: "big",
      mode: "auto",
      runtime: "tmux",
      issue: "214",
      branch: "mine",
      base_ref: "trunk",
      worktree_path: "/srv/elsewhere",
      launched_at: null,
      launch_id: "launch-2",
      agent_session_id: "conversation",
      activity: "active",
      activity_detail: '{"kind":"question","text":"?"}',
      first_signal_at: 3,
      exit_code: 1,
      exit_signal: "SIGKILL",
      kill_requested_at: 4,
      detecting_started_at: 5,
      stuck_at: 6,
      purged_at: 7,
    },
    silent: {
      kind: "orchestrator",
      command: "x",
      base_sha: "1".repeat(40),
      runtime_handle: "{}",
      activity_at: 1,
      last_signal_at: 1,
      terminated_at: 1,
      exited_at: 1,
      detecting_attempts: 1,
      detecting_evidence_hash: "h",
      healthy_probes: 1,
      terminate_on_merge: 0,
      cleanup_at: 1,
      escrow_ref: "refs/ao/escrow/shop-1/1",
      revision: 99,
      created_at: 1,
      updated_at: 1,
      prompt: "other",
    },
  },
  pr: {
    key: { key: prKey },
    row: samplePr,
    inserted: "pr_created",
    updated: "pr_updated",
    loud: {
      url: "https://other",
      session_id: null,
      state: "merged",
      ci: "failing",
      review: "approved",
      mergeability: "conflicting",
      merge_reasons: '["x"]',
      title: "another",
      author: "bo",
      head_ref: "other",
      head_sha: "bbbb",
      base_ref: "trunk",
      unresolved_threads: 3,
    },
    special: { session_id: "pr_session_changed" },
    silent: {
      conflict_files: '["a"]',
      head_repo: "acme/shop",
      base_sha: "c",
      merge_sha: "d",
      additions: 1,
      deletions: 1,
      changed_files: 1,
      metadata_hash: "m",
      ci_hash: "c",
      review_hash: "r",
      observed_at: 2,
      ci_observed_at: 2,
      review_observed_at: 2,
      created_at: 2,
      updated_at: 2,
    },
  },
  pr_check: {
    key: { pr_key: prKey, name: "build", head_sha: "aaaa" },
    row: { status: "in_progress", conclusion: "", created_at: 1, updated_at: 1 },
    inserted: "pr_check_recorded",
    updated: "pr_check_recorded",
    loud: { status: "failed", conclusion: "failure", url: "https://ci", failing_step: "lint" },
    silent: { summary: "s", log_tail: "boom", created_at: 2, updated_at: 2 },
  },
  pr_review: {
    key: { pr_key: prKey, id: "r1" },
    row: { author: "bo", state: "approved", submitted_at: 1 },
    inserted: "pr_review_submitted",
    updated: null,
    loud: {},
    silent: {
      author: "cy",
      association: "MEMBER",
      is_bot: 1,
      state: "dismissed",
      body: "b",
      url: "u",
      submitted_at: 2,
    },
  },
  pr_review_thread: {
    key: { pr_key: prKey, id: "t1" },
    row: { path: "a.ts", line: 3, is_resolved: 0, updated_at: 1 },
    inserted: "pr_review_thread_added",
    updated: "pr_review_thread_resolved",
    loud: { is_resolved: 1 },
    silent: { path: "b.ts", line: 4, is_outdated: 1, updated_at: 2 },
  },
  pr_comment: {
    key: { pr_key: prKey, id: "c1" },
    row: { author: "bo", created_at: 1 },
    inserted: "pr_comment_added",
    updated: null,
    loud: {},
    silent: {
      thread_id: "t1",
      author: "cy",
      association: "NONE",
      is_bot: 1,
      body: "b",
      url: "u",
      created_at: 2,
    },
  },
  message: {
    key: { id: "m1" },
    row: {
      ...session,
      position: 1,
      source: "person",
      text_hash: "h",
      bytes: 2,
      created_at: 1,
      updated_at: 1,
      body: "go",
    },
    inserted: "message_updated",
    updated: "message_updated",
    loud: { state: "submitted" },
    silent: {
      position: 2,
      source: "engine",
      sender: "shop-2",
      dedupe_key: "k",
      attempts: 1,
      launch_id: "l",
      receipt: "r",
      error: "e",
      text_hash: "i",
      bytes: 3,
      created_at: 2,
      updated_at: 2,
      submitted_at: 2,
      acked_at: 2,
      body: "gone",
    },
  },
  notification: {
    key: { id: "n1" },
    row: { ...session, project_id: "shop", type: "stuck", title: "stuck", created_at: 1 },
    inserted: "notification_created",
    updated: "notification_resolved",
    loud: { resolved_at: 2, seen_at: 2 },
    special: { seen_at: "notification_read" },
    silent: { pr_key: prKey, type: "x", title: "t", body: "b", created_at: 2 },
  },
  feedback: {
    key: { ...session, pr_key: prKey, reaction: "ci_failed" },
    row: { signature: "s", first_at: 1, last_at: 1 },
    inserted: null,
    updated: "feedback_escalated",
    loud: { escalated_at: 2 },
    silent: {
      signature: "t",
      heard: "a",
      round: "b",
      attempts: 1,
      sent: 1,
      message_id: "m1",
      first_at: 2,
      last_at: 2,
    },
  },
};

/** Columns that a test of single columns cannot change alone, or that never change. */
export const fixedColumns: Record<string, string[]> = {
  session: ["project_id", "number", "is_terminated", "termination_reason"],
  pr: ["number", "project_id"],
  message: ["session_id"],
  notification: ["project_id", "session_id"],
};
