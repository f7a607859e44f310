-- name: prList
select
  key, url, number, session_id as sessionId, title, state, ci, review, mergeability,
  head_ref as headRef, base_ref as baseRef, unresolved_threads as unresolvedThreads
from pr
where session_id is not null
order by updated_at desc, key

-- name: prOfSession
select
  key, url, number, session_id as sessionId, title, state, ci, review, mergeability,
  head_ref as headRef, base_ref as baseRef, unresolved_threads as unresolvedThreads
from pr
where session_id = $sessionId
order by updated_at desc, key

-- name: prRelease
update pr set session_id = null, updated_at = $now where session_id = $sessionId
