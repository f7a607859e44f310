-- name: consumerGet
select name, epoch, seq, updated_at as updatedAt from consumer where name = $name

-- name: consumerAcknowledge
insert into consumer (name, epoch, seq, updated_at) values ($name, $epoch, $seq, $now)
on conflict (name) do update
set epoch = excluded.epoch, seq = excluded.seq, updated_at = excluded.updated_at
where consumer.epoch is not excluded.epoch or consumer.seq < excluded.seq

-- name: consumerReset
update consumer set epoch = $epoch, seq = $seq, updated_at = $now where name = $name
