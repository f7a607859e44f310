-- name: evidenceUpsert
insert into evidence (session_id, source, verdict, detail, at)
values ($sessionId, $source, $verdict, $detail, $at)
on conflict (session_id, source) do update
set verdict = excluded.verdict, detail = excluded.detail, at = excluded.at

-- name: evidenceList
select source, verdict, detail, at from evidence where session_id = $sessionId order by source
