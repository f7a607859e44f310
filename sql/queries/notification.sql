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
