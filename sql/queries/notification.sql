-- name: notificationOpen
insert into notification (id, project_id, session_id, pr_key, type, title, body, created_at)
values ($id, $projectId, $sessionId, $prKey, $type, $title, $body, $now)
on conflict do nothing

-- name: notificationResolve
update notification set resolved_at = $now
where type = $type
  and ifnull(session_id, '') = ifnull($sessionId, '')
  and ($projectId is null or project_id = $projectId)
  and ($prKey is null or pr_key = $prKey)
  and resolved_at is null

-- name: notificationResolveSession
update notification set resolved_at = $now
where session_id = $sessionId and resolved_at is null

-- name: notificationFindOpen
select id, title, created_at as createdAt
from notification
where type = $type and project_id = $projectId and resolved_at is null

-- name: notificationList
select n.id, n.project_id as projectId, n.session_id as sessionId, n.pr_key as prKey,
  pr.url as prUrl, n.type, n.title, n.body, n.created_at as createdAt, n.seen_at as seenAt,
  n.resolved_at as resolvedAt
from notification n
left join pr on pr.key = n.pr_key
where ($projectId is null or n.project_id = $projectId)
  and ($withAll or (n.seen_at is null and n.resolved_at is null))
order by n.resolved_at is not null, n.seen_at is not null, n.created_at desc, n.rowid desc
limit $limit

-- name: notificationStarting
select id from notification
where id >= $prefix and id < $prefix || '~'
limit 2

-- name: notificationRead
update notification set seen_at = $now where id = $id and seen_at is null

-- name: notificationUnread
select id from notification
where seen_at is null and ($projectId is null or project_id = $projectId)

-- name: notificationForget
delete from notification
where created_at < $before and (seen_at is not null or resolved_at is not null)

-- name: notificationNewest
select ifnull(max(created_at), 0) as at from notification
