-- name: conversationOfSession
select agent_session_id as conversationId from session where id = $sessionId

-- name: conversationState
select state from conversation where marker = $marker

-- name: conversationBegin
insert into conversation (
  marker, session_id, upstream, directory, state, owner_pid, owner_start, created_at, updated_at
) values (
  $marker, $sessionId, $upstream, $directory, 'creating', $ownerPid, $ownerStart, $now, $now
)

-- name: conversationComplete
update conversation
set state = 'current', conversation_id = $conversationId, updated_at = $now
where marker = $marker and state = 'creating'

-- name: conversationAssign
update session
set agent_session_id = $conversationId, revision = revision + 1, updated_at = $now
where id = $sessionId and agent_session_id is $seen

-- name: conversationDiscard
update conversation
set state = 'discarded', updated_at = $now
where marker = $marker and state = 'creating'

-- name: conversationDiscardAll
update conversation
set state = 'discarded', updated_at = $now
where session_id = $sessionId and state <> 'discarded'

-- name: conversationDiscardUnfinished
update conversation
set state = 'discarded', updated_at = $now
where session_id = $sessionId and state = 'creating'

-- name: conversationUnsettled
select
  marker, directory, state, conversation_id as conversationId, owner_pid as ownerPid,
  owner_start as ownerStart, created_at as createdAt
from conversation
where upstream = $upstream and state <> 'current'
order by created_at, marker

-- name: conversationRemove
delete from conversation where marker = $marker and state = 'discarded'
