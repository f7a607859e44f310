-- name: projectInsert
insert into project (
  id, path, origin, host, owner, repo, default_branch, config, created_at, updated_at
) values (
  $id, $path, $origin, $host, $owner, $repo, $defaultBranch, $config, $now, $now
)

-- name: projectGet
select
  id, path, origin, host, owner, repo, default_branch as defaultBranch, config,
  trust_hash as trustHash, created_at as createdAt, updated_at as updatedAt,
  archived_at as archivedAt
from project
where id = $id

-- name: projectByPath
select
  id, path, origin, host, owner, repo, default_branch as defaultBranch, config,
  trust_hash as trustHash, created_at as createdAt, updated_at as updatedAt,
  archived_at as archivedAt
from project
where path = $path

-- name: projectList
select
  id, path, origin, host, owner, repo, default_branch as defaultBranch, config,
  trust_hash as trustHash, created_at as createdAt, updated_at as updatedAt,
  archived_at as archivedAt
from project
where archived_at is null or $withArchived = 1
order by id

-- name: projectSetArchived
update project set archived_at = $archivedAt, updated_at = $now where id = $id

-- name: projectSetConfig
update project set config = $config, updated_at = $now where id = $id

-- name: projectSetTrust
update project set trust_hash = $trustHash, updated_at = $now where id = $id

-- name: projectSetRepository
update project
set
  origin = $origin, host = $host, owner = $owner, repo = $repo,
  default_branch = $defaultBranch, updated_at = $now
where id = $id

-- name: projectTakeNumber
update project set next_number = next_number + 1 where id = $id returning next_number - 1 as number

-- name: projectLiveSessions
select count(*) as count from session where project_id = $id and is_terminated = 0
