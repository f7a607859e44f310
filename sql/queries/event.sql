-- name: eventsAfter
select seq, at, project_id as projectId, session_id as sessionId, type, payload
from change_log
where seq > $after and ($types is null or type in (select value from json_each($types)))
order by seq
limit $limit

-- name: eventsAfterInProject
select seq, at, project_id as projectId, session_id as sessionId, type, payload
from change_log
where project_id = $projectId
  and seq > $after
  and ($types is null or type in (select value from json_each($types)))
order by seq
limit $limit

-- name: eventsAfterInSession
select seq, at, project_id as projectId, session_id as sessionId, type, payload
from change_log
where session_id = $sessionId
  and seq > $after
  and ($types is null or type in (select value from json_each($types)))
  and ($projectId is null or project_id = $projectId)
order by seq
limit $limit

-- name: eventsLast
select seq
from change_log
where $types is null or type in (select value from json_each($types))
order by seq desc
limit 1 offset $offset

-- name: eventsLastInProject
select seq
from change_log
where project_id = $projectId
  and ($types is null or type in (select value from json_each($types)))
order by seq desc
limit 1 offset $offset

-- name: eventsLastInSession
select seq
from change_log
where session_id = $sessionId
  and ($types is null or type in (select value from json_each($types)))
  and ($projectId is null or project_id = $projectId)
order by seq desc
limit 1 offset $offset

-- name: eventAtOrAfter
select seq, at from change_log where seq >= $seq order by seq limit 1

-- name: eventBounds
select
  cast((select value from meta where key = 'floor') as integer) as floor,
  ifnull((select seq from sqlite_sequence where name = 'change_log'), 0) as head,
  (select value from meta where key = 'epoch') as epoch

-- name: eventSampleBytes
select ifnull(avg(length(cast(payload as blob))), 0) as bytes
from (select payload from change_log order by seq desc limit 1000)

-- name: eventDeleteThrough
delete from change_log where seq <= $seq

-- name: floorRaise
update meta set value = cast($floor as text)
where key = 'floor' and cast(value as integer) < $floor

-- name: epochRenew
update meta set value = lower(hex(randomblob(8))) where key = 'epoch'
