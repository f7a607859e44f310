-- The history of what matters: each trigger appends the public facts after the change to
-- change_log, in the transaction that made it. Guards are null-safe, so that writing the same
-- again is silent.

create trigger project_inserted after insert on project
begin
  insert into change_log (at, project_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), id, 'project_added', payload
  from project_payload where id = new.id;
end;

create trigger project_changed after update on project
when old.path is not new.path
  or old.origin is not new.origin
  or old.default_branch is not new.default_branch
  or old.config is not new.config
  or old.trust_hash is not new.trust_hash
  or old.archived_at is not new.archived_at
begin
  insert into change_log (at, project_id, type, payload)
  select
    cast(unixepoch('subsec') * 1000 as integer),
    id,
    iif(old.archived_at is null and new.archived_at is not null,
      'project_archived', 'project_updated'),
    payload
  from project_payload where id = new.id;
end;

create trigger session_inserted after insert on session
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'session_created', payload
  from session_payload where id = new.id;
end;

create trigger session_changed after update on session
when old.title is not new.title
  or old.agent is not new.agent
  or old.model is not new.model
  or old.mode is not new.mode
  or old.runtime is not new.runtime
  or old.issue is not new.issue
  or old.branch is not new.branch
  or old.base_ref is not new.base_ref
  or old.worktree_path is not new.worktree_path
  or (old.launched_at is null) is not (new.launched_at is null)
  or old.launch_id is not new.launch_id
  or old.agent_session_id is not new.agent_session_id
  or old.activity is not new.activity
  or old.activity_detail is not new.activity_detail
  or (old.first_signal_at is null) is not (new.first_signal_at is null)
  or old.is_terminated is not new.is_terminated
  or old.termination_reason is not new.termination_reason
  or old.exit_code is not new.exit_code
  or old.exit_signal is not new.exit_signal
  or (old.kill_requested_at is null) is not (new.kill_requested_at is null)
  or (old.detecting_started_at is null) is not (new.detecting_started_at is null)
  or (old.stuck_at is null) is not (new.stuck_at is null)
  or (old.purged_at is null) is not (new.purged_at is null)
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'session_updated', payload
  from session_payload where id = new.id;
end;

create trigger session_removed after delete on session
begin
  insert into change_log (at, project_id, session_id, type, payload)
  values (
    cast(unixepoch('subsec') * 1000 as integer),
    old.project_id,
    old.id,
    'session_deleted',
    json_object('id', old.id, 'projectId', old.project_id, 'title', old.title)
  );
end;

create trigger pr_inserted after insert on pr
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'pr_created', payload
  from pr_payload where key = new.key;
end;

-- Ownership first, then the state: one body, because SQLite does not order triggers.
create trigger pr_changed after update on pr
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id,
    -- Without a new owner it is the old one whom it concerns.
    ifnull(new.session_id, old.session_id),
    'pr_session_changed',
    json_set(payload, '$.fromSession', old.session_id, '$.toSession', new.session_id)
  from pr_payload where key = new.key and old.session_id is not new.session_id;

  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), old.project_id, old.session_id,
    'pr_session_changed',
    json_set(payload, '$.fromSession', old.session_id, '$.toSession', new.session_id)
  from pr_payload
  where key = new.key
    and old.session_id is not new.session_id
    and old.project_id is not new.project_id;

  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'pr_updated', payload
  from pr_payload
  where key = new.key
    and (
      old.state is not new.state
      or old.ci is not new.ci
      or old.review is not new.review
      or old.mergeability is not new.mergeability
      or old.merge_reasons is not new.merge_reasons
      or old.title is not new.title
      or old.author is not new.author
      or old.url is not new.url
      or old.head_ref is not new.head_ref
      or old.head_sha is not new.head_sha
      or old.base_ref is not new.base_ref
      or old.unresolved_threads is not new.unresolved_threads
    );
end;

create trigger pr_check_inserted after insert on pr_check
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_check_recorded',
    json_object('prKey', key, 'name', new.name, 'headSha', new.head_sha, 'status', new.status,
      'conclusion', new.conclusion, 'url', new.url, 'failingStep', new.failing_step)
  from pr where key = new.pr_key;
end;

create trigger pr_check_changed after update on pr_check
when old.status is not new.status
  or old.conclusion is not new.conclusion
  or old.url is not new.url
  or old.failing_step is not new.failing_step
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_check_recorded',
    json_object('prKey', key, 'name', new.name, 'headSha', new.head_sha, 'status', new.status,
      'conclusion', new.conclusion, 'url', new.url, 'failingStep', new.failing_step)
  from pr where key = new.pr_key;
end;

create trigger pr_review_inserted after insert on pr_review
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    'pr_review_submitted',
    json_object('prKey', key, 'id', new.id, 'author', new.author,
      'association', new.association, 'isBot', json(iif(new.is_bot = 1, 'true', 'false')),
      'state', new.state, 'url', new.url)
  from pr where key = new.pr_key;
end;

create trigger pr_review_thread_inserted after insert on pr_review_thread
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    'pr_review_thread_added',
    json_object('prKey', key, 'id', new.id, 'path', new.path, 'line', new.line,
      'isResolved', json(iif(new.is_resolved = 1, 'true', 'false')))
  from pr where key = new.pr_key;
end;

create trigger pr_review_thread_changed after update on pr_review_thread
when old.is_resolved is not new.is_resolved
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id,
    iif(new.is_resolved = 1, 'pr_review_thread_resolved', 'pr_review_thread_reopened'),
    json_object('prKey', key, 'id', new.id, 'path', new.path, 'line', new.line,
      'isResolved', json(iif(new.is_resolved = 1, 'true', 'false')))
  from pr where key = new.pr_key;
end;

create trigger pr_comment_inserted after insert on pr_comment
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'pr_comment_added',
    json_object('prKey', key, 'id', new.id, 'threadId', nullif(new.thread_id, ''),
      'author', new.author, 'association', new.association,
      'isBot', json(iif(new.is_bot = 1, 'true', 'false')), 'url', new.url)
  from pr where key = new.pr_key;
end;

create trigger message_inserted after insert on message
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'message_updated',
    payload
  from message_payload where id = new.id;
end;

create trigger message_changed after update on message
when old.state is not new.state
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, session_id, 'message_updated',
    payload
  from message_payload where id = new.id;
end;

create trigger notification_inserted after insert on notification
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_created', payload
  from notification_payload where id = new.id;
end;

create trigger notification_resolved after update on notification
when old.resolved_at is null and new.resolved_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_resolved', payload
  from notification_payload where id = new.id;
end;

create trigger notification_read after update on notification
when old.seen_at is null and new.seen_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), new.project_id, new.session_id,
    'notification_read', payload
  from notification_payload where id = new.id;
end;

create trigger feedback_escalated_at_once after insert on feedback
when new.escalated_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'feedback_escalated',
    json_object('sessionId', id, 'prKey', new.pr_key, 'reaction', new.reaction,
      'attempts', new.attempts)
  from session where id = new.session_id;
end;

create trigger feedback_escalated after update on feedback
when old.escalated_at is null and new.escalated_at is not null
begin
  insert into change_log (at, project_id, session_id, type, payload)
  select cast(unixepoch('subsec') * 1000 as integer), project_id, id, 'feedback_escalated',
    json_object('sessionId', id, 'prKey', new.pr_key, 'reaction', new.reaction,
      'attempts', new.attempts)
  from session where id = new.session_id;
end;
