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
where ($projectId is null or project_id = $projectId)
  and ($types is null or type in (select value from json_each($types)))
order by seq desc
limit 1 offset $offset

-- name: eventsLastInSession
select seq
from change_log
where session_id = $sessionId
  and ($types is null or type in (select value from json_each($types)))
order by seq desc
limit 1 offset $offset

-- name: eventAtOrAfter
select seq, at from change_log where seq >= $seq order by seq limit 1

-- name: eventBounds
select
  ifnull((select min(seq) from change_log), 0) as first,
  ifnull((select seq from sqlite_sequence where name = 'change_log'), 0) as head

-- name: eventSampleBytes
select ifnull(avg(length(payload)), 0) as bytes
from (select payload from change_log order by seq desc limit 1000)

-- name: eventDeleteThrough
delete from change_log where seq <= $seq

-- name: metaGet
select value from meta where key = $key

-- name: metaSet
insert into meta (key, value) values ($key, $value)
on conflict (key) do update set value = excluded.value

-- name: metaAll
select key, value from meta
