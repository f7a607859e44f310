-- name: prUpsert
insert into pr (
  key, url, number, project_id, session_id, state, ci, review, mergeability, merge_reasons,
  conflict_files, title, author, head_ref, head_sha, head_repo, base_ref, base_sha, merge_sha,
  additions, deletions, changed_files, unresolved_threads, review_hash, observed_at,
  ci_observed_at, review_observed_at, created_at, updated_at
) values (
  $key, $url, $number, $projectId, $sessionId, $state, $ci, $review, $mergeability, $mergeReasons,
  $conflictFiles, $title, $author, $headRef, $headSha, $headRepo, $baseRef, $baseSha, $mergeSha,
  $additions, $deletions, $changedFiles, $unresolvedThreads,
  iif($reviewObservedAt is null, '', $reviewHash), $now, $now, $reviewObservedAt,
  $createdAt, $updatedAt
)
on conflict (key) do update
set
  url = excluded.url, project_id = excluded.project_id, session_id = excluded.session_id,
  state = excluded.state, ci = excluded.ci, review = excluded.review,
  mergeability = excluded.mergeability, merge_reasons = excluded.merge_reasons,
  conflict_files = excluded.conflict_files, title = excluded.title, author = excluded.author,
  head_ref = excluded.head_ref, head_sha = excluded.head_sha, head_repo = excluded.head_repo,
  base_ref = excluded.base_ref, base_sha = excluded.base_sha, merge_sha = excluded.merge_sha,
  additions = excluded.additions, deletions = excluded.deletions,
  changed_files = excluded.changed_files, unresolved_threads = excluded.unresolved_threads,
  observed_at = excluded.observed_at, ci_observed_at = excluded.ci_observed_at,
  -- What is not read yet stays due.
  review_hash = iif(excluded.review_observed_at is null, pr.review_hash, excluded.review_hash),
  review_observed_at = ifnull(excluded.review_observed_at, pr.review_observed_at),
  updated_at = excluded.updated_at

-- name: prCheckUpsert
insert into pr_check (
  pr_key, name, head_sha, status, conclusion, url, summary, failing_step, log_tail, created_at,
  updated_at
) values (
  $prKey, $name, $headSha, $status, $conclusion, $url, $summary, $failingStep, $logTail, $now, $now
)
on conflict (pr_key, name, head_sha) do update
set
  status = excluded.status, conclusion = excluded.conclusion, url = excluded.url,
  summary = excluded.summary,
  -- A log is read once for each run, and a run that was started again has another address.
  failing_step = iif(
    excluded.status = 'failed' and excluded.url = pr_check.url and excluded.failing_step = '',
    pr_check.failing_step, excluded.failing_step),
  log_tail = iif(
    excluded.status = 'failed' and excluded.url = pr_check.url and excluded.log_tail = '',
    pr_check.log_tail, excluded.log_tail),
  updated_at = excluded.updated_at

-- name: prCheckPrune
delete from pr_check
where pr_key = $prKey and head_sha = $headSha and name not in (select value from json_each($names))

-- name: prHasHadChecks
-- Whether any pull request of the same repository ever had a check.
select 1 as found
from pr_check
where pr_key > $from and pr_key < $to
limit 1

-- name: prReviewUpsert
insert into pr_review (
  pr_key, id, author, association, is_bot, state, body, url, submitted_at
) values ($prKey, $id, $author, $association, $isBot, $state, $body, $url, $submittedAt)
on conflict (pr_key, id) do update
set
  author = excluded.author, association = excluded.association, is_bot = excluded.is_bot,
  state = excluded.state, body = excluded.body, url = excluded.url,
  submitted_at = excluded.submitted_at

-- name: prThreadUpsert
insert into pr_review_thread (pr_key, id, path, line, is_resolved, is_outdated, updated_at)
values ($prKey, $id, $path, $line, $isResolved, $isOutdated, $now)
on conflict (pr_key, id) do update
set
  path = excluded.path, line = excluded.line, is_resolved = excluded.is_resolved,
  is_outdated = excluded.is_outdated, updated_at = excluded.updated_at

-- name: prThreadMark
update pr_review_thread
set is_resolved = $isResolved, is_outdated = $isOutdated, updated_at = $now
where pr_key = $prKey and id = $id
  and (is_resolved is not $isResolved or is_outdated is not $isOutdated)

-- name: prThreadStates
select
  id,
  is_resolved as isResolved,
  exists (
    select 1 from pr_comment
    where pr_comment.pr_key = pr_review_thread.pr_key
      and pr_comment.thread_id = pr_review_thread.id
      and pr_comment.is_bot = 0
  ) as isHuman
from pr_review_thread
where pr_key = $prKey

-- name: prCommentUpsert
insert into pr_comment (
  pr_key, id, thread_id, author, association, is_bot, body, url, created_at
) values ($prKey, $id, $threadId, $author, $association, $isBot, $body, $url, $createdAt)
on conflict (pr_key, id) do update
set
  thread_id = excluded.thread_id, author = excluded.author, association = excluded.association,
  is_bot = excluded.is_bot, body = excluded.body, url = excluded.url

-- name: prReviewPrune
delete from pr_review
where pr_key = $prKey
  and submitted_at >= $since
  and id not in (select value from json_each($ids))

-- name: prThreadPrune
delete from pr_review_thread
where pr_key = $prKey and id not in (select value from json_each($ids))

-- name: prCommentPrune
-- Those of threads that were listed as a whole, of threads that are gone, and of the conversation.
delete from pr_comment
where pr_key = $prKey
  and id not in (select value from json_each($ids))
  and iif(
    thread_id = '',
    created_at >= $since,
    thread_id in (select value from json_each($threads))
      or thread_id not in (select id from pr_review_thread where pr_key = $prKey)
  )

-- name: prRow
select * from pr_row where key = $key

-- name: prRowByUrl
select * from pr_row
where url = $url
order by createdAt
limit 1

-- name: prRows
select * from pr_row
where ($projectId is null or projectId = $projectId)
  and ($withClosed = 1 or state in ('open', 'draft'))
order by updatedAt desc, key

-- name: prChecks
select
  name, head_sha as headSha, status, conclusion, url, summary, failing_step as failingStep,
  log_tail as logTail, created_at as createdAt
from pr_check
where pr_key = $prKey and ($headSha is null or head_sha = $headSha)
order by name, created_at desc

-- name: prCheckLast
select status from pr_check
where pr_key = $prKey and name = $name
order by created_at desc
limit 3

-- name: prReviews
select
  id, author as login, association, is_bot as isBot, state, body, url,
  submitted_at as submittedAt
from pr_review
where pr_key = $prKey
order by submitted_at, id

-- name: prThreads
select id, path, line, is_resolved as isResolved, is_outdated as isOutdated
from pr_review_thread
where pr_key = $prKey
order by path, line, id

-- name: prComments
select
  id, thread_id as threadId, author as login, association, is_bot as isBot, body, url,
  created_at as createdAt
from pr_comment
where pr_key = $prKey
order by created_at, id

-- name: quotaGet
select value from meta where key = 'quota ' || $host

-- name: quotaSet
insert into meta (key, value) values ('quota ' || $host, $value)
on conflict (key) do update set value = excluded.value
