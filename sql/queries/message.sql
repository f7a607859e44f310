-- name: messageInsert
insert into message (
  id, position, session_id, source, sender, dedupe_key, text_hash, bytes, created_at, updated_at,
  body
) values (
  $id, (select ifnull(max(position), 0) + 1 from message), $sessionId, $source, $sender,
  $dedupeKey, $textHash, $bytes, $now, $now, $body
)
on conflict (session_id, dedupe_key) where dedupe_key is not null do nothing

-- name: messageGet
select
  id, position, session_id as sessionId, source, sender, state, attempts, launch_id as launchId,
  receipt, error, text_hash as textHash, bytes, created_at as createdAt, updated_at as updatedAt,
  submitted_at as submittedAt, acked_at as ackedAt
from message
where id = $id

-- name: messageByDedupeKey
select id from message where session_id = $sessionId and dedupe_key = $dedupeKey

-- name: messageBody
select body from message where id = $id

-- name: messageNext
select
  id, position, session_id as sessionId, source, sender, state, attempts, launch_id as launchId,
  receipt, error, text_hash as textHash, bytes, created_at as createdAt, updated_at as updatedAt,
  submitted_at as submittedAt, acked_at as ackedAt
from message
where session_id = $sessionId and state in ('queued', 'delivering')
order by position
limit 1

-- name: messageIsOpen
select 1 as found
from message
where session_id = $sessionId
  and (state in ('queued', 'delivering') or (state = 'submitted' and $withReceipts = 1))
limit 1

-- name: messageLastSubmitted
select
  id, position, session_id as sessionId, source, sender, state, attempts, launch_id as launchId,
  receipt, error, text_hash as textHash, bytes, created_at as createdAt, updated_at as updatedAt,
  submitted_at as submittedAt, acked_at as ackedAt
from message
where session_id = $sessionId and submitted_at is not null
order by position desc
limit 1

-- name: messageUnconfirmedSessions
-- Texts are typed one after the other, so only the last one can wait for its receipt.
select id as sessionId
from session
where
  is_terminated = 0
  and agent in (select value from json_each($agents))
  and 'submitted' = (
    select state from message
    where session_id = session.id and submitted_at is not null
    order by position desc
    limit 1
  )

-- name: messageWaitingSessions
select distinct session_id as sessionId from message where state in ('queued', 'delivering')

-- name: messageList
select
  id, position, session_id as sessionId, source, sender, state, attempts, launch_id as launchId,
  receipt, error, text_hash as textHash, bytes, created_at as createdAt, updated_at as updatedAt,
  submitted_at as submittedAt, acked_at as ackedAt
from message
where session_id = $sessionId
order by position desc
limit $limit

-- name: messageDelivering
update message
set state = 'delivering', attempts = attempts + 1, launch_id = $launchId, updated_at = $now
where id = $id and state in ('queued', 'delivering')

-- name: messageSubmitted
update message
set state = 'submitted', submitted_at = $now, updated_at = $now, error = null
where id = $id and state = 'delivering'

-- name: messageAcknowledge
-- A text that was given up, but still stands in the composer, can be sent by a person.
update message
set state = 'acked', receipt = $receipt, error = null, acked_at = $now, updated_at = $now
where id = (
  select id from message
  where session_id = $sessionId
    and text_hash = $textHash
    and (
      state in ('delivering', 'submitted')
      or (
        state = 'failed' and submitted_at is not null and receipt is null
        and launch_id = (select launch_id from session where id = $sessionId)
      )
    )
  order by state = 'failed', position
  limit 1
)

-- name: messageComposerSent
update message set receipt = $receipt
where
  session_id = $sessionId and state = 'failed' and submitted_at is not null and receipt is null

-- name: messageSettle
update message
set
  state = $state, error = $error, updated_at = $now,
  acked_at = iif($state = 'acked', $now, acked_at)
where id = $id and state in ('queued', 'delivering', 'submitted')

-- name: messageSettleAll
update message set state = $state, error = $error, updated_at = $now
where session_id = $sessionId and state in ('queued', 'delivering')
