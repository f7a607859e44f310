-- Times are integer milliseconds. CHECK holds closed sets only, so a new agent needs no migration.

create table meta (
  key text primary key,
  value text not null
) strict, without rowid;

-- The epoch tells a restored or re-made database from the one that a cursor was taken in.
insert into meta (key, value) values
  ('epoch', lower(hex(randomblob(8)))),
  ('floor', '0');

create table project (
  id text primary key,
  path text not null unique,
  origin text,
  host text,
  owner text,
  repo text,
  default_branch text not null,
  config text not null default '{}' check (json_valid(config)),
  trust_hash text,
  -- Never reused: a deleted session's branch must not be adopted by a later one.
  next_number integer not null default 1,
  created_at integer not null,
  updated_at integer not null,
  archived_at integer
) strict;

create table session (
  id text primary key,
  project_id text not null references project (id),
  number integer not null,
  kind text not null default 'worker' check (kind in ('worker', 'orchestrator')),
  title text not null,
  agent text not null,
  model text,
  mode text not null default 'default'
    check (mode in ('default', 'accept-edits', 'auto', 'bypass')),
  runtime text not null check (runtime in ('pty', 'tmux')),
  issue text,
  command text,
  branch text not null,
  base_ref text not null,
  base_sha text not null,
  worktree_path text not null,
  runtime_handle text check (json_valid(runtime_handle)),
  launch_id text,
  launched_at integer,
  agent_session_id text,
  activity text not null default 'idle'
    check (activity in ('active', 'idle', 'waiting_input', 'blocked', 'exited')),
  activity_at integer not null,
  -- What a dialog or question asks, as JSON {kind, text}.
  activity_detail text check (json_valid(activity_detail)),
  first_signal_at integer,
  last_signal_at integer,
  is_terminated integer not null default 0 check (is_terminated in (0, 1)),
  termination_reason text check (
    termination_reason in ('killed', 'agent_exited', 'agent_failed', 'runtime_lost', 'pr_merged')
  ),
  terminated_at integer,
  exit_code integer,
  exit_signal text,
  exited_at integer,
  kill_requested_at integer,
  detecting_attempts integer not null default 0,
  detecting_started_at integer,
  detecting_evidence_hash text,
  healthy_probes integer not null default 0,
  stuck_at integer,
  terminate_on_merge integer not null default 1 check (terminate_on_merge in (0, 1)),
  -- Set when cleanup first saw the session; it acts after the grace period.
  cleanup_at integer,
  -- Set when the worktree was removed after its work went into escrow.
  purged_at integer,
  escrow_ref text,
  revision integer not null default 1,
  created_at integer not null,
  updated_at integer not null,
  -- Last, because a long text makes SQLite walk overflow pages to reach what comes after it.
  prompt text not null default '',
  unique (project_id, number),
  -- A reason is only for what has ended, and what has ended has a reason.
  check ((is_terminated = 1) = (termination_reason is not null))
) strict;

create index session_live on session (is_terminated, project_id, number);

create table evidence (
  session_id text not null references session (id) on delete cascade,
  source text not null
    check (
      source in (
        'hook', 'process', 'terminal', 'screen', 'git', 'github', 'person', 'conversation'
      )
    ),
  verdict text not null,
  detail text not null default '',
  at integer not null,
  primary key (session_id, source)
) strict, without rowid;

create table pr (
  -- host/owner/repo#n, lower-cased, so that spelling never makes a second row.
  key text primary key check (key = lower(key)),
  url text not null,
  number integer not null,
  project_id text not null references project (id),
  session_id text references session (id),
  state text not null check (state in ('draft', 'open', 'merged', 'closed')),
  ci text not null default 'unknown'
    check (ci in ('unknown', 'none', 'pending', 'passing', 'failing')),
  review text not null default 'none'
    check (review in ('none', 'approved', 'changes_requested', 'review_required')),
  mergeability text not null default 'unknown'
    check (mergeability in ('unknown', 'mergeable', 'conflicting', 'blocked', 'unstable')),
  merge_reasons text not null default '[]' check (json_valid(merge_reasons)),
  conflict_files text not null default '[]' check (json_valid(conflict_files)),
  title text not null default '',
  author text not null default '',
  head_ref text not null default '',
  head_sha text not null default '',
  head_repo text not null default '',
  base_ref text not null default '',
  base_sha text not null default '',
  merge_sha text,
  additions integer not null default 0,
  deletions integer not null default 0,
  changed_files integer not null default 0,
  unresolved_threads integer not null default 0,
  metadata_hash text not null default '',
  ci_hash text not null default '',
  review_hash text not null default '',
  observed_at integer not null,
  ci_observed_at integer,
  review_observed_at integer,
  created_at integer not null,
  updated_at integer not null
) strict;

create index pr_session on pr (session_id);
create index pr_project on pr (project_id, state);
-- A renamed repository keeps its key here, and is known by its page's new address.
create index pr_url on pr (url);

create table pr_check (
  pr_key text not null references pr (key) on delete cascade,
  name text not null,
  head_sha text not null,
  status text not null check (
    status in ('unknown', 'queued', 'in_progress', 'passed', 'failed', 'skipped', 'cancelled')
  ),
  conclusion text not null default '',
  url text not null default '',
  summary text not null default '',
  failing_step text not null default '',
  log_tail text not null default '',
  created_at integer not null,
  updated_at integer not null,
  primary key (pr_key, name, head_sha)
) strict;

create index pr_check_history on pr_check (pr_key, name, created_at);

create table pr_review (
  pr_key text not null references pr (key) on delete cascade,
  id text not null,
  author text not null,
  association text not null default '',
  is_bot integer not null default 0 check (is_bot in (0, 1)),
  state text not null
    check (state in ('commented', 'approved', 'changes_requested', 'dismissed', 'pending')),
  body text not null default '',
  url text not null default '',
  submitted_at integer not null,
  primary key (pr_key, id)
) strict, without rowid;

create table pr_review_thread (
  pr_key text not null references pr (key) on delete cascade,
  id text not null,
  path text not null default '',
  line integer,
  is_resolved integer not null default 0 check (is_resolved in (0, 1)),
  is_outdated integer not null default 0 check (is_outdated in (0, 1)),
  updated_at integer not null,
  primary key (pr_key, id)
) strict, without rowid;

create table pr_comment (
  pr_key text not null references pr (key) on delete cascade,
  id text not null,
  -- Empty for a comment on the conversation itself.
  thread_id text not null default '',
  author text not null,
  association text not null default '',
  is_bot integer not null default 0 check (is_bot in (0, 1)),
  body text not null default '',
  url text not null default '',
  created_at integer not null,
  primary key (pr_key, id)
) strict, without rowid;

create index pr_comment_thread on pr_comment (pr_key, thread_id);

create table message (
  id text primary key,
  -- Rises with each message, so that a session's inbox is delivered in order.
  position integer not null unique,
  session_id text not null references session (id) on delete cascade,
  source text not null check (source in ('person', 'session', 'feedback', 'engine')),
  sender text,
  dedupe_key text,
  state text not null default 'queued' check (
    state in ('queued', 'delivering', 'submitted', 'acked', 'refused', 'failed', 'expired')
  ),
  attempts integer not null default 0,
  launch_id text,
  receipt text,
  error text,
  text_hash text not null,
  bytes integer not null,
  created_at integer not null,
  updated_at integer not null,
  submitted_at integer,
  acked_at integer,
  body text not null
) strict;

create unique index message_dedupe on message (session_id, dedupe_key)
  where dedupe_key is not null;
create index message_session on message (session_id, position);
create index message_inbox on message (session_id, position)
  where state in ('queued', 'delivering');

create table feedback (
  session_id text not null references session (id) on delete cascade,
  pr_key text not null references pr (key) on delete cascade,
  reaction text not null,
  -- What was told: short names of its points, or a word for what a person was told.
  signature text not null,
  -- Those of its points that the agent had heard before the last message.
  heard text not null default '',
  -- The commit that it was about.
  round text not null default '',
  attempts integer not null default 0,
  -- Messages so far. It names the next one, so it outlives what was told.
  sent integer not null default 0,
  message_id text,
  first_at integer not null,
  last_at integer not null,
  escalated_at integer,
  primary key (session_id, pr_key, reaction)
) strict, without rowid;

create index feedback_pr on feedback (pr_key);

create table notification (
  id text primary key,
  project_id text not null references project (id),
  session_id text references session (id) on delete cascade,
  pr_key text references pr (key) on delete cascade,
  type text not null,
  title text not null,
  body text not null default '',
  created_at integer not null,
  seen_at integer,
  resolved_at integer
) strict;

-- One open notification of a kind for a thing, however often it is noticed.
create unique index notification_open
  on notification (type, project_id, ifnull(session_id, ''), ifnull(pr_key, ''))
  where resolved_at is null;
create index notification_recent on notification (created_at);
create index notification_session on notification (session_id);
create index notification_pr on notification (pr_key);

-- What was handed to a way out of `ao`. The row is written before the attempt: one that was begun
-- and never ended is not tried again, so that nothing is told twice.
create table notification_delivery (
  sink text not null check (sink in ('desktop', 'command')),
  notification_id text not null references notification (id) on delete cascade,
  -- What came together is told as one message.
  batch text not null,
  state text not null check (state in ('sending', 'sent', 'failed', 'unconfirmed')),
  attempts integer not null,
  owner_pid integer not null,
  owner_start text not null,
  started_at integer not null,
  ended_at integer,
  error text,
  primary key (sink, notification_id)
) strict, without rowid;

create index notification_delivery_recent on notification_delivery (sink, started_at);
create index notification_delivery_notification on notification_delivery (notification_id);

create table operation (
  id text primary key,
  kind text not null check (
    kind in ('spawn', 'kill', 'restore', 'cleanup', 'claim', 'remove', 'recover')
  ),
  -- No foreign key: the journal outlives the row that an undone spawn removes.
  session_id text not null,
  project_id text not null,
  step text not null,
  data text not null default '{}' check (json_valid(data)),
  owner_pid integer not null,
  owner_start text not null,
  attempts integer not null default 0,
  started_at integer not null,
  updated_at integer not null,
  finished_at integer,
  failed_at integer,
  error text
) strict;

-- Two operations on one session at a time would undo each other.
create unique index operation_open on operation (session_id) where finished_at is null;
create index operation_ended on operation (finished_at) where finished_at is not null;

create table lease (
  name text primary key,
  owner_pid integer not null,
  owner_start text not null,
  -- Rises with each new owner; a write that carries an older one changes nothing.
  token integer not null,
  acquired_at integer not null,
  expires_at integer not null
) strict, without rowid;

-- Every conversation that `ao` has made, or meant to make, in another program's store: written
-- first, so that none is lost sight of. No foreign key: it outlives the row of an undone spawn.
create table conversation (
  -- Stands in the conversation itself too, and finds one whose id was never learned.
  marker text primary key,
  session_id text not null,
  -- Which of the program's stores it lives in, and for which directory it was made.
  upstream text not null,
  directory text not null,
  conversation_id text,
  state text not null check (state in ('creating', 'current', 'discarded')),
  owner_pid integer not null,
  owner_start text not null,
  created_at integer not null,
  updated_at integer not null,
  check (state <> 'current' or conversation_id is not null)
) strict, without rowid;

create index conversation_session on conversation (session_id);
create index conversation_unsettled on conversation (upstream) where state <> 'current';

create table consumer (
  name text primary key,
  epoch text not null,
  seq integer not null,
  updated_at integer not null
) strict, without rowid;

-- No foreign keys: an event outlives what it tells of.
create table change_log (
  seq integer primary key autoincrement,
  at integer not null,
  project_id text not null,
  session_id text,
  type text not null,
  payload text not null check (json_valid(payload))
) strict;

create index change_log_project on change_log (project_id, seq);
create index change_log_session on change_log (session_id, seq) where session_id is not null;
