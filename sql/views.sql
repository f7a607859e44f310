-- The public facts of each thing, as every event about it carries them.

create view session_payload as
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

create view project_payload as
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

create view pr_payload as
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

create view message_payload as
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

create view notification_payload as
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

-- A session as the program reads it: camel-cased, without the prompt, which can be 1 MB.
create view session_row as
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

-- A pull request as the program reads it: camel-cased.
create view pr_row as
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
