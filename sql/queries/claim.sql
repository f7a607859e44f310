-- name: claimOwner
update pr set project_id = $projectId, session_id = $sessionId where key = $key

-- name: claimCheckout
update session
set
  branch = $branch, base_ref = $baseRef, base_sha = $baseSha, revision = revision + 1,
  updated_at = $now
where id = $id
