import type { Topic } from "./command.ts";

const json = `Every command takes --json and then prints data only, as a stable contract:

  lists        {"sessions": [...]}, {"projects": [...]}, {"escrows": [...]}
  one thing    the bare object
  ao events    one object a line

Times are RFC 3339 in UTC with milliseconds. Fields may be added, never renamed
or removed.

A session:
  id projectId title agent model mode runtime branch baseRef baseSha
  worktreePath status prStatus activity activityDetail activityAt isTerminated
  terminationReason exitCode exitSignal agentSessionId issue escrowRef isPurged
  createdAt updatedAt prs

A project:
  id path origin defaultBranch config isTrusted isArchived createdAt updatedAt

An event:
  seq at projectId sessionId type payload
  \`ao events --schema\` prints every type with the fields of its payload.

The daemon (\`ao daemon status\`):
  dataDir isRunning pid startedAt version commit isOutdated loopsPid unit
  thisVersion thisCommit
  unit: supervisor name path isInstalled state program isProgramThere

status is one of:
  spawning working idle needs_approval needs_input stuck detecting exited
  no_signal unknown ci_failed merge_conflict changes_requested draft ci_pending
  review_pending pr_open approved mergeable
  and for a session that has ended: merged done failed killed lost

With --json an error is still told as text on stderr, and stdout stays empty.`;

const exitCodes = `  0    done
  1    failed
  2    wrong usage
  3    not found
  4    conflict, or refused to keep work safe
  5    unavailable: agent, network, store, GitHub
  6    timed out, or not confirmed
  70   a defect of ao
  130  interrupted`;

const environment = `  AO_DATA_DIR     the data directory (default ~/.ao); --data-dir wins
  AO_PROJECT_ID   the default project; set inside a session
  AO_SESSION_ID   the default session; set inside a session
  AO_PROMPT_FILE  inside a session: the file that holds its task
  NO_COLOR        no colours

An agent gets the environment of the shell that ran \`ao spawn\`, without the
marks of an enclosing agent, plus the project's \`env\`.`;

/** Pages of \`ao help <topic>\`. */
export const topics: Record<string, Topic> = {
  json: { description: "What --json prints", text: json },
  "exit-codes": { description: "What the exit code tells", text: exitCodes },
  environment: { description: "Variables that ao reads and sets", text: environment },
};
