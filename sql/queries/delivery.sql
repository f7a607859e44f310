-- name: deliveryWaiting
select n.id, n.project_id as projectId, n.session_id as sessionId, n.pr_key as prKey,
  pr.url as prUrl, n.type, n.title, n.body, n.created_at as createdAt, n.seen_at as seenAt,
  n.resolved_at as resolvedAt
from notification n
left join pr on pr.key = n.pr_key
left join notification_delivery d on d.sink = $sink and d.notification_id = n.id
where n.created_at > $since and n.resolved_at is null and n.seen_at is null
  and ($kinds is null or n.type in (select value from json_each($kinds)))
  and (
    d.state is null
    or (
      d.state = 'failed' and d.attempts < $attempts
      and d.ended_at + $retryMs * d.attempts * d.attempts <= $now
    )
  )
order by n.created_at, n.rowid
limit $limit

-- name: deliveryBegin
insert into notification_delivery
  (sink, notification_id, batch, state, attempts, owner_pid, owner_start, started_at)
values ($sink, $notificationId, $batch, 'sending', 1, $ownerPid, $ownerStart, $now)
on conflict (sink, notification_id) do update
set batch = excluded.batch, state = 'sending', attempts = attempts + 1,
  owner_pid = excluded.owner_pid, owner_start = excluded.owner_start,
  started_at = excluded.started_at, ended_at = null, error = null

-- name: deliveryEnd
update notification_delivery set state = $state, ended_at = $now, error = $error
where sink = $sink and batch = $batch and state = 'sending'

-- name: deliveryOpen
select distinct sink, batch, owner_pid as ownerPid, owner_start as ownerStart,
  started_at as startedAt
from notification_delivery
where state = 'sending'

-- name: deliveryMessagesSince
select count(distinct batch) as count from notification_delivery
where sink = $sink and started_at > $since

-- name: deliveryFailures
select sink, count(*) as count, max(started_at) as at, error
from notification_delivery
where started_at > $since and error is not null
group by sink
