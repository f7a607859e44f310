import type { Topic } from "./command.ts";

const json = `Every command takes --json and then prints data only, as a stable contract:

  lists        {"sessions": [...]}, {"projects": [...]}, {"prs": [...]},
               {"issues": [...]}, {"escrows": [...]}, {"notifications": [...]}
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

A pull request:
  key url number projectId sessionId title author status state ci review
  mergeability mergeReasons isReady headRef headSha baseRef unresolvedThreads
  additions deletions changedFiles createdAt updatedAt observedAt

\`ao pr show\` adds:
  obstacles conflictFiles checks reviews threads stackedOn

An issue:
  number title url state author labels assignees sessions createdAt updatedAt

A notification:
  id type projectId sessionId prKey prUrl title body createdAt seenAt resolvedAt

An event:
  seq at projectId sessionId type payload
  \`ao events --schema\` prints every type with the fields of its payload.

The daemon (\`ao daemon status\`):
  dataDir isRunning pid startedAt version commit url isOutdated loopsPid
  unit thisVersion thisCommit
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

  AO_GITHUB_TOKEN    the login for GitHub; then GITHUB_TOKEN, GH_TOKEN, and what
                     \`gh auth login\` keeps
  AO_GITHUB_API_URL  where the API of GitHub is asked instead
  GH_HOST            the Enterprise Server that these are for, and that
                     a GH_ENTERPRISE_TOKEN is for

An agent gets the environment of the shell that ran \`ao spawn\`, without the
marks of an enclosing agent, plus the project's \`env\`.`;

const agents = `Any program can be an agent, by a table in ~/.ao/config.toml (yours), or in
.ao/config.toml of a repository (the team's; without effect until you have
trusted it with \`ao project trust\`):

  [agents.pi]
  command = "pi --session {conversation}"
  prompt = "-- {prompt}"
  model = "--model {model}"
  resume = "pi --resume {conversation}"
  modes = { accept-edits = "--edits", bypass = "--yolo" }

  [agents.pi.patterns]
  approval = '^Allow .*\\?'
  working = "esc to interrupt"
  ready = '^> *$'

  command     the program and the words that it is always started with
  prompt      words added where there is a task: {prompt}, or {promptFile}
  typePrompt  true instead of prompt: the task is typed once the program is up
  model       words added where a model was chosen
  resume      continues the conversation; without {conversation}: the last one
              of the folder
  modes       words added in a permission mode; another mode is refused
  patterns    what its screen shows, as regular expressions (one or a list):
              approval, question, trust, login: a dialog; working; ready

{conversation}, {worktree}, {sessionDir} and {systemPrompt} may stand in every
line but modes. No shell runs the lines. A built-in name cannot be taken.`;

/** Pages of \`ao help <topic>\`. */
export const topics: Record<string, Topic> = {
  json: { description: "What --json prints", text: json },
  "exit-codes": { description: "What the exit code tells", text: exitCodes },
  agents: { description: "Define an agent of your own", text: agents },
  environment: { description: "Variables that ao reads and sets", text: environment },
};
