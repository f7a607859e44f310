-- Made by: UPDATE_GOLDEN=1 bun test tests/store/schema.test.ts

CREATE TABLE change_log (
  seq integer primary key autoincrement,
  at integer not null,
  project_id text not null,
  session_id text,
  type text not null,
  payload text not null check (json_valid(payload))
) strict;

CREATE TABLE consumer (
  name text primary key,
  epoch text not null,
  seq integer not null,
  updated_at integer not null
) strict, without rowid;

CREATE TABLE conversation (
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

CREATE TABLE evidence (
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

CREATE TABLE feedback (
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

CREATE TABLE lease (
  name text primary key,
  owner_pid integer not null,
  owner_start text not null,
  -- Rises with each new owner; a write that carries an older one changes nothing.
  token integer not null,
  acquired_at integer not null,
  expires_at integer not null
) strict, without rowid;

CREATE TABLE message (
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

CREATE TABLE meta (
  key text primary key,
  value text not null
) strict, without rowid;

CREATE TABLE notification (
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

CREATE TABLE notification_delivery (
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

CREATE TABLE operation (
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

CREATE TABLE pr (
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

CREATE TABLE pr_check (
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

CREATE TABLE pr_comment (
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

CREATE TABLE pr_review (
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

CREATE TABLE pr_review_thread (
  pr_key text not null references pr (key) on delete cascade,
  id text not null,
  path text not null default '',
  line integer,
  is_resolved integer not null default 0 check (is_resolved in (0, 1)),
  is_outdated integer not null default 0 check (is_outdated in (0, 1)),
  updated_at integer not null,
  primary key (pr_key, id)
) strict, without rowid;

CREATE TABLE project (
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

CREATE TABLE session (
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

CREATE INDEX change_log_project on change_log (project_id, seq);

CREATE INDEX change_log_session on change_log (session_id, seq) where session_id is not null;

CREATE INDEX conversation_session on conversation (session_id);

CREATE INDEX conversation_unsettled on conversation (upstream) where state <> 'current';

CREATE INDEX feedback_pr on feedback (pr_key);

CREATE UNIQUE INDEX message_dedupe on message (session_id, dedupe_key)
  where dedupe_key is not null;

CREATE INDEX message_inbox on message (session_id, position)
  where state in ('queued', 'delivering');

CREATE INDEX message_session on message (session_id, position);

CREATE INDEX notification_delivery_notification on notification_delivery (notification_id);

CREATE INDEX notification_delivery_recent on notification_delivery (sink, started_at);

CREATE UNIQUE INDEX notification_open
  on notification (type, project_id, ifnull(session_id, ''), ifnull(pr_key, ''))
  where resolved_at is null;

CREATE INDEX notification_pr on notification (pr_key);

CREATE INDEX notification_recent on notification (created_at);

CREATE INDEX notification_session on notification (session_id);

CREATE INDEX operation_ended on operation (finished_at) where finished_at is not null;

CREATE UNIQUE INDEX operation_open on operation (session_id) where finished_at is null;

CREATE INDEX pr_check_history on pr_check (pr_key, name, created_at);

CREATE INDEX pr_comment_thread on pr_comment (pr_key, thread_id);

CREATE INDEX pr_project on pr (project_id, state);

CREATE INDEX pr_session on pr (session_id);

CREATE INDEX pr_url on pr (url);

CREATE INDEX session_live on session (is_terminated, project_id, number);

CREATE VIEW message_payload as
select
  message.id as id,
  session.project_id as project_id,
  message.session_id as session_id,
  json_object(
    'id', message.id,
    'sessionId', message.session_id,
    'source', message.source,
    'sender', message.sender,
    'state', message.state,
    'attempts', message.attempts,
    'bytes', message.bytes,
    'error', message.error
  ) as payload
from message
join session on session.id = message.session_id;

CREATE VIEW notification_payload as
select
  id,
  json_object(
    'id', id,
    'type', type,
    'sessionId', session_id,
    'prKey', pr_key,
    'title', title,
    'body', body,
    'isRead', json(iif(seen_at is null, 'false', 'true')),
    'isResolved', json(iif(resolved_at is null, 'false', 'true'))
  ) as payload
from notification;

CREATE VIEW pr_payload as
select
  key,
  json_object(
    'key', key,
    'url', url,
    'number', number,
    'projectId', project_id,
    'sessionId', session_id,
    'title', title,
    'author', author,
    'state', state,
    'ci', ci,
    'review', review,
    'mergeability', mergeability,
    'mergeReasons', json(merge_reasons),
    'headRef', head_ref,
    'headSha', head_sha,
    'baseRef', base_ref,
    'unresolvedThreads', unresolved_threads
  ) as payload
from pr;

CREATE VIEW pr_row as
select
  key,
  url,
  number,
  project_id as projectId,
  session_id as sessionId,
  state,
  ci,
  review,
  mergeability,
  merge_reasons as mergeReasons,
  conflict_files as conflictFiles,
  title,
  author,
  head_ref as headRef,
  head_sha as headSha,
  head_repo as headRepo,
  base_ref as baseRef,
  base_sha as baseSha,
  merge_sha as mergeSha,
  additions,
  deletions,
  changed_files as changedFiles,
  unresolved_threads as unresolvedThreads,
  review_hash as reviewHash,
  observed_at as observedAt,
  ci_observed_at as ciObservedAt,
  review_observed_at as reviewObservedAt,
  created_at as createdAt,
  updated_at as updatedAt
from pr;

CREATE VIEW project_payload as
select
  id,
  json_object(
    'id', id,
    'path', path,
    'origin', origin,
    'defaultBranch', default_branch,
    'config', json(config),
    'isTrusted', json(iif(trust_hash is null, 'false', 'true')),
    'isArchived', json(iif(archived_at is null, 'false', 'true'))
  ) as payload
from project;

CREATE VIEW session_payload as
select
  id,
  project_id,
  json_object(
    'id', id,
    'projectId', project_id,
    'title', title,
    'agent', agent,
    'model', model,
    'mode', mode,
    'runtime', runtime,
    'issue', issue,
    'branch', branch,
    'baseRef', base_ref,
    'worktreePath', worktree_path,
    'activity', activity,
    'activityDetail', json(activity_detail),
    'hasSignal', json(iif(first_signal_at is null, 'false', 'true')),
    'isLaunched', json(iif(launched_at is null, 'false', 'true')),
    'isDetecting', json(iif(detecting_started_at is null, 'false', 'true')),
    'isStuck', json(iif(stuck_at is null, 'false', 'true')),
    'isKillRequested', json(iif(kill_requested_at is null, 'false', 'true')),
    'isTerminated', json(iif(is_terminated = 1, 'true', 'false')),
    'terminationReason', termination_reason,
    'exitCode', exit_code,
    'exitSignal', exit_signal,
    'agentSessionId', agent_session_id,
    'isPurged', json(iif(purged_at is null, 'false', 'true'))
  ) as payload
from session;

CREATE VIEW session_row as
select
  id,
  project_id,
  is_terminated,
  number,
  project_id as projectId,
  kind,
  title,
  agent,
  model,
  mode,
  runtime,
  issue,
  command,
  branch,
  base_ref as baseRef,
  base_sha as baseSha,
  worktree_path as worktreePath,
  runtime_handle as runtimeHandle,
  launch_id as launchId,
  launched_at as launchedAt,
  agent_session_id as agentSessionId,
  activity,
  activity_at as activityAt,
  activity_detail as activityDetail,
  first_signal_at as firstSignalAt,
  last_signal_at as lastSignalAt,
  is_terminated as isTerminated,
  termination_reason as terminationReason,
  terminated_at as terminatedAt,
  exit_code as exitCode,
  exit_signal as exitSignal,
  exited_at as exitedAt,
  kill_requested_at as killRequestedAt,
  detecting_attempts as detectingAttempts,
  detecting_started_at as detectingStartedAt,
  detecting_evidence_hash as detectingEvidenceHash,
  healthy_probes as healthyProbes,
  stuck_at as stuckAt,
  terminate_on_merge as terminateOnMerge,
  cleanup_at as cleanupAt,
  purged_at as purgedAt,
  escrow_ref as escrowRef,
  revision,
  created_at as createdAt,
  updated_at as updatedAt
from session;

CREATE TRIGGER feedback_escalated after update on feedback
when old.escalated_at is null and new.escalated_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'feedback_escalated',
    json_object('sessionId', id, 'prKey', new.pr_key, 'reaction', new.reaction,
      'attempts', new.attempts)
  from session where id = new.session_id;
end;

CREATE TRIGGER feedback_escalated_at_once after insert on feedback
when new.escalated_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'feedback_escalated',
    json_object('sessionId', id, 'prKey', new.pr_key, 'reaction', new.reaction,
      'attempts', new.attempts)
  from session where id = new.session_id;
end;

CREATE TRIGGER message_changed after update on message
when old.state is not new.state
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'message_updated',
    payload
  from message_payload where id = new.id;
end;

CREATE TRIGGER message_inserted after insert on message
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'message_updated',
    payload
  from message_payload where id = new.id;
end;

CREATE TRIGGER notification_inserted after insert on notification
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_created', payload
  from notification_payload where id = new.id;
end;

CREATE TRIGGER notification_read after update on notification
when old.seen_at is null and new.seen_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_read', payload
  from notification_payload where id = new.id;
end;

CREATE TRIGGER notification_resolved after update on notification
when old.resolved_at is null and new.resolved_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_resolved', payload
  from notification_payload where id = new.id;
end;

CREATE TRIGGER pr_changed after update on pr
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id,
    -- Without a new owner it is the old one whom it concerns.
    ifnull(new.session_id, old.session_id),
    'pr_session_changed',
    json_set(payload, '$.fromSession', old.session_id, '$.toSession', new.session_id)
  from pr_payload where key = new.key and old.session_id is not new.session_id;

  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), old.project_id, old.session_id,
    'pr_session_changed',
    json_set(payload, '$.fromSession', old.session_id, '$.toSession', new.session_id)
  from pr_payload
  where key = new.key
    and old.session_id is not new.session_id
    and old.project_id is not new.project_id;

  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'pr_updated', payload
  from pr_payload
  where key = new.key
    and (
      old.state is not new.state
      or old.ci is not new.ci
      or old.review is not new.review
      or old.mergeability is not new.mergeability
      or old.merge_reasons is not new.merge_reasons
      or old.title is not new.title
      or old.author is not new.author
      or old.url is not new.url
      or old.head_ref is not new.head_ref
      or old.head_sha is not new.head_sha
      or old.base_ref is not new.base_ref
      or old.unresolved_threads is not new.unresolved_threads
    );
end;

CREATE TRIGGER pr_check_changed after update on pr_check
when old.status is not new.status
  or old.conclusion is not new.conclusion
  or old.url is not new.url
  or old.failing_step is not new.failing_step
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_check_recorded',
    json_object('prKey', key, 'name', new.name, 'headSha', new.head_sha, 'status', new.status,
      'conclusion', new.conclusion, 'url', new.url, 'failingStep', new.failing_step)
  from pr where key = new.pr_key;
end;

CREATE TRIGGER pr_check_inserted after insert on pr_check
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_check_recorded',
    json_object('prKey', key, 'name', new.name, 'headSha', new.head_sha, 'status', new.status,
      'conclusion', new.conclusion, 'url', new.url, 'failingStep', new.failing_step)
  from pr where key = new.pr_key;
end;

CREATE TRIGGER pr_comment_inserted after insert on pr_comment
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_comment_added',
    json_object('prKey', key, 'id', new.id, 'threadId', nullif(new.thread_id, ''),
      'author', new.author, 'association', new.association,
      'isBot', json(iif(new.is_bot = 1, 'true', 'false')), 'url', new.url)
  from pr where key = new.pr_key;
end;

CREATE TRIGGER pr_inserted after insert on pr
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'pr_created', payload
  from pr_payload where key = new.key;
end;

CREATE TRIGGER pr_review_inserted after insert on pr_review
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    'pr_review_submitted',
    json_object('prKey', key, 'id', new.id, 'author', new.author,
      'association', new.association, 'isBot', json(iif(new.is_bot = 1, 'true', 'false')),
      'state', new.state, 'url', new.url)
  from pr where key = new.pr_key;
end;

CREATE TRIGGER pr_review_thread_changed after update on pr_review_thread
when old.is_resolved is not new.is_resolved
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    iif(new.is_resolved = 1, 'pr_review_thread_resolved', 'pr_review_thread_reopened'),
    json_object('prKey', key, 'id', new.id, 'path', new.path, 'line', new.line,
      'isResolved', json(iif(new.is_resolved = 1, 'true', 'false')))
  from pr where key = new.pr_key;
end;

CREATE TRIGGER pr_review_thread_inserted after insert on pr_review_thread
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    'pr_review_thread_added',
    json_object('prKey', key, 'id', new.id, 'path', new.path, 'line', new.line,
      'isResolved', json(iif(new.is_resolved = 1, 'true', 'false')))
  from pr where key = new.pr_key;
end;

CREATE TRIGGER project_changed after update on project
when old.path is not new.path
  or old.origin is not new.origin
  or old.default_branch is not new.default_branch
  or old.config is not new.config
  or old.trust_hash is not new.trust_hash
  or old.archived_at is not new.archived_at
begin
  insert into change_log (at, project_id, type, payload)
  select
    cast(unixepoch('subsec') * 1000 as integer),
    id,
    iif(old.archived_at is null and new.archived_at is not null,
      'project_archived', 'project_updated'),
    payload
  from project_payload where id = new.id;
end;

CREATE TRIGGER project_inserted after insert on project
begin
  insert into change_log (at, project_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), id, 'project_added', payload
  from project_payload where id = new.id;
end;

CREATE TRIGGER session_changed after update on session
when old.title is not new.title
  or old.agent is not new.agent
  or old.model is not new.model
  or old.mode is not new.mode
  or old.runtime is not new.runtime
  or old.issue is not new.issue
  or old.branch is not new.branch
  or old.base_ref is not new.base_ref
  or old.worktree_path is not new.worktree_path
  or (old.launched_at is null) is not (new.launched_at is null)
  or old.launch_id is not new.launch_id
  or old.agent_session_id is not new.agent_session_id
  or old.activity is not new.activity
  or old.activity_detail is not new.activity_detail
  or (old.first_signal_at is null) is not (new.first_signal_at is null)
  or old.is_terminated is not new.is_terminated
  or old.termination_reason is not new.termination_reason
  or old.exit_code is not new.exit_code
  or old.exit_signal is not new.exit_signal
  or (old.kill_requested_at is null) is not (new.kill_requested_at is null)
  or (old.detecting_started_at is null) is not (new.detecting_started_at is null)
  or (old.stuck_at is null) is not (new.stuck_at is null)
  or (old.purged_at is null) is not (new.purged_at is null)
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'session_updated', payload
  from session_payload where id = new.id;
end;

CREATE TRIGGER session_inserted after insert on session
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'session_created', payload
  from session_payload where id = new.id;
end;

CREATE TRIGGER session_removed after delete on session
begin
  insert into change_log (at, project_id, session_id, type, payload)
  values (
    cast(unixepoch('subsec') * 1000 as integer),
    old.project_id,
    old.id,
    'session_deleted',
    json_object('id', old.id, 'projectId', old.project_id, 'title', old.title)
  );
end;
