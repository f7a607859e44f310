-- name: operationInsert
insert into operation (
  id, kind, session_id, project_id, step, data, owner_pid, owner_start, started_at, updated_at
) values (
  $id, $kind, $sessionId, $projectId, $step, $data, $ownerPid, $ownerStart, $now, $now
)

-- name: operationStep
update operation set step = $step, data = $data, updated_at = $now
where id = $id and owner_pid = $ownerPid and owner_start = $ownerStart and finished_at is null

-- name: operationFinish
update operation set finished_at = $now, updated_at = $now, failed_at = $failedAt, error = $error
where id = $id and finished_at is null

-- name: operationAdopt
update operation
set owner_pid = $ownerPid, owner_start = $ownerStart, attempts = attempts + 1, updated_at = $now
where id = $id
  and owner_pid = $deadPid
  and owner_start = $deadStart
  and finished_at is null

-- name: operationAbandon
update operation set owner_pid = 0, owner_start = 'abandoned', updated_at = $now
where id = $id and owner_pid = $ownerPid and owner_start = $ownerStart and finished_at is null

-- name: operationOpen
select
  id, kind, session_id as sessionId, project_id as projectId, step, data, owner_pid as ownerPid,
  owner_start as ownerStart, attempts, started_at as startedAt
from operation
where finished_at is null
order by started_at, id

-- name: operationOpenOf
select
  id, kind, session_id as sessionId, project_id as projectId, step, data, owner_pid as ownerPid,
  owner_start as ownerStart, attempts, started_at as startedAt
from operation
where finished_at is null and session_id = $sessionId

-- name: operationFailures
select id, kind, session_id as sessionId, error, failed_at as failedAt
from operation
where failed_at is not null and finished_at > $after
order by finished_at

-- name: operationForget
delete from operation where finished_at is not null and finished_at < $before
