-- name: claimOwner
update pr set project_id = $projectId, session_id = $sessionId where key = $key

-- name: claimForgetFeedback
delete from feedback where pr_key = $prKey

-- name: claimSetBranch
update session
set branch = $branch, revision = revision + 1, updated_at = $now
where id = $id and branch <> $branch
