-- name: sessionInsert
insert into session (
  id, project_id, number, kind, title, agent, model, mode, runtime, issue, command, branch,
  base_ref, base_sha, worktree_path, launch_id, agent_session_id, activity_at, terminate_on_merge,
  created_at, updated_at, prompt
) values (
  $id, $projectId, $number, 'worker', $title, $agent, $model, $mode, $runtime, $issue, $command,
  $branch, $baseRef, $baseSha, $worktreePath, $launchId, $agentSessionId, $now,
  $terminateOnMerge, $now, $now, $prompt
)

-- name: sessionGet
select * from session_row where id = $id

-- name: sessionList
select * from session_row
where is_terminated in (0, $withTerminated) and ($projectId is null or project_id = $projectId)
order by project_id, number

-- name: sessionsToProbe
select
  id, agent, runtime, launch_id as launchId, runtime_handle as runtimeHandle,
  kill_requested_at is null and detecting_started_at is null as isSettled
from session
where is_terminated = 0
  and launched_at is not null
  and activity <> 'exited'
  and runtime = $runtime
  and id not in (select session_id from operation where finished_at is null)
order by project_id, number

-- name: sessionPrompt
select prompt from session where id = $id

-- name: sessionIds
select id from session where is_terminated in (0, $withTerminated) order by project_id, number

-- name: sessionSetBase
update session
set base_ref = $baseRef, base_sha = $baseSha, revision = revision + 1, updated_at = $now
where id = $id

-- name: sessionSetLaunch
update session
set
  launch_id = $launchId, launched_at = null, runtime_handle = null, activity = 'idle',
  activity_at = $now, activity_detail = null, first_signal_at = null, last_signal_at = null,
  is_terminated = 0, termination_reason = null, terminated_at = null, exit_code = null,
  exit_signal = null, exited_at = null, kill_requested_at = null, detecting_attempts = 0,
  detecting_started_at = null, detecting_evidence_hash = null, healthy_probes = 0, stuck_at = null,
  cleanup_at = null, runtime = $runtime, revision = revision + 1, updated_at = $now
where id = $id

-- name: sessionSetHandle
update session set runtime_handle = $runtimeHandle, updated_at = $now
where id = $id and launch_id = $launchId

-- name: sessionSetLaunched
update session
set launched_at = $now, revision = revision + 1, updated_at = $now
where id = $id and launch_id = $launchId and is_terminated = 0

-- name: sessionSetTitle
update session set title = $title, revision = revision + 1, updated_at = $now where id = $id

-- name: sessionSetKillRequested
update session
set kill_requested_at = ifnull(kill_requested_at, $now), revision = revision + 1, updated_at = $now
where id = $id and is_terminated = 0

-- name: sessionClearKillRequested
update session
set kill_requested_at = null, revision = revision + 1, updated_at = $now
where id = $id

-- name: sessionRevertLaunch
update session
set
  launch_id = $launchId, launched_at = $launchedAt, runtime_handle = $runtimeHandle,
  runtime = $runtime, activity = $activity, activity_at = $activityAt,
  first_signal_at = $firstSignalAt, last_signal_at = $lastSignalAt,
  is_terminated = $isTerminated, termination_reason = $terminationReason,
  terminated_at = $terminatedAt, exit_code = $exitCode, exit_signal = $exitSignal,
  exited_at = $exitedAt, activity_detail = $activityDetail,
  kill_requested_at = $killRequestedAt, detecting_attempts = $detectingAttempts,
  detecting_started_at = $detectingStartedAt, detecting_evidence_hash = $detectingEvidenceHash,
  healthy_probes = $healthyProbes, stuck_at = $stuckAt, cleanup_at = $cleanupAt,
  revision = revision + 1, updated_at = $now
where id = $id

-- name: sessionPatch
update session
set
  activity = $activity, activity_at = $activityAt, activity_detail = $activityDetail,
  first_signal_at = $firstSignalAt, last_signal_at = $lastSignalAt,
  agent_session_id = $agentSessionId, is_terminated = $isTerminated,
  termination_reason = $terminationReason, terminated_at = $terminatedAt, exit_code = $exitCode,
  exit_signal = $exitSignal, exited_at = $exitedAt, detecting_attempts = $detectingAttempts,
  detecting_started_at = $detectingStartedAt, detecting_evidence_hash = $detectingEvidenceHash,
  healthy_probes = $healthyProbes, stuck_at = $stuckAt, revision = revision + 1,
  updated_at = $now
where id = $id and revision = $revision

-- name: sessionTerminate
update session
set
  is_terminated = 1, termination_reason = $reason, terminated_at = $now, launched_at = $launchedAt,
  detecting_attempts = 0, detecting_started_at = null, detecting_evidence_hash = null,
  healthy_probes = 0, stuck_at = null, escrow_ref = ifnull($escrowRef, escrow_ref),
  revision = revision + 1, updated_at = $now
where id = $id and is_terminated = 0

-- name: sessionSetEscrow
update session set escrow_ref = $escrowRef, updated_at = $now where id = $id

-- name: sessionSetCleanup
update session set cleanup_at = ifnull(cleanup_at, $now) where id = $id and is_terminated = 1

-- name: sessionSetPurged
update session
set purged_at = $purgedAt, revision = revision + 1, updated_at = $now
where id = $id

-- name: sessionDelete
delete from session where id = $id
