-- name: leaseGet
select
  name, owner_pid as ownerPid, owner_start as ownerStart, token, acquired_at as acquiredAt,
  expires_at as expiresAt
from lease
where name = $name

-- name: leaseHeld
select token from lease where name = $name and token = $token and expires_at > $now

-- name: leaseTake
insert into lease (name, owner_pid, owner_start, token, acquired_at, expires_at)
-- The first token is the time, so that one is never given twice, even when the row was forgotten.
values ($name, $ownerPid, $ownerStart, $now, $now, $expiresAt)
on conflict (name) do update
set
  owner_pid = excluded.owner_pid, owner_start = excluded.owner_start, token = lease.token + 1,
  acquired_at = excluded.acquired_at, expires_at = excluded.expires_at
where lease.token = $seenToken and lease.expires_at = $seenExpiresAt
returning token

-- name: leaseRenew
update lease set expires_at = $expiresAt where name = $name and token = $token and expires_at > $now

-- name: leaseRelease
update lease set expires_at = 0 where name = $name and token = $token

-- name: leaseForget
-- Giving a lease back sets its end to 0; when it was taken stays.
delete from lease
where
  (name like 'deliver:%' or name like 'conversation:%') and max(expires_at, acquired_at) < $before
