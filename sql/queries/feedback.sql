-- name: feedbackOfPr
select
  session_id as sessionId, pr_key as prKey, reaction, signature, heard, round, attempts, sent,
  message_id as messageId, first_at as firstAt, last_at as lastAt, escalated_at as escalatedAt
from feedback
where pr_key = $prKey and session_id = $sessionId

-- name: feedbackAstray
-- What was told to sessions that do not own the pull request any more.
select
  feedback.session_id as sessionId, pr_key as prKey, reaction, signature, heard, round, attempts,
  sent, message_id as messageId, first_at as firstAt, last_at as lastAt, escalated_at as escalatedAt
from feedback join pr on pr.key = feedback.pr_key
where feedback.session_id is not pr.session_id
  and (feedback.signature <> '' or feedback.attempts > 0 or feedback.escalated_at is not null)

-- name: feedbackForMessage
select pr_key as prKey from feedback where session_id = $sessionId and message_id = $messageId

-- name: feedbackUpsert
insert into feedback (
  session_id, pr_key, reaction, signature, heard, round, attempts, sent, message_id, first_at,
  last_at, escalated_at
) values (
  $sessionId, $prKey, $reaction, $signature, $heard, $round, $attempts, $sent, $messageId,
  $firstAt, $lastAt, $escalatedAt
)
on conflict (session_id, pr_key, reaction) do update
set
  signature = excluded.signature, heard = excluded.heard, round = excluded.round,
  attempts = excluded.attempts, sent = excluded.sent, message_id = excluded.message_id,
  first_at = excluded.first_at, last_at = excluded.last_at, escalated_at = excluded.escalated_at

-- name: feedbackPrs
-- Pull requests of which somebody may have to be told: the open ones, those whose end was not
-- dealt with, and those of which a person was told something that can be over.
select key
from pr
where session_id is not null
  and (
    state in ('open', 'draft')
    or not exists (
      select 1 from feedback
      where feedback.pr_key = pr.key
        and feedback.session_id = pr.session_id
        and feedback.reaction = 'pr_' || pr.state
        and feedback.signature <> ''
        and feedback.attempts > 0
    )
    or exists (
      select 1 from notification
      where notification.pr_key = pr.key and notification.resolved_at is null
    )
  )
order by key

-- name: feedbackUntoldEnd
select 1 as found
from pr
where session_id is not null
  and state in ('merged', 'closed')
  and not exists (
    select 1 from feedback
    where feedback.pr_key = pr.key
      and feedback.session_id = pr.session_id
      and feedback.reaction = 'pr_' || pr.state
      and feedback.signature <> ''
  )
limit 1

-- name: viewerGet
select value from meta where key = 'viewer ' || $host

-- name: viewerSet
insert into meta (key, value) values ('viewer ' || $host, $login)
on conflict (key) do update set value = excluded.value
