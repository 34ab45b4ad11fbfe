-- One upload of a person at a time is begun, so that the sums below hold.
-- name: alone
select pg_advisory_xact_lock(7221, hashtext($1::uuid::text))

-- What a person has begun and not added to anything: how much, and how many.
-- name: unfinished
select coalesce(sum(length), 0)::bigint as bytes, count(*) as uploads from upload where owner = $1

-- name: begin
insert into upload (id, owner, length, until) values ($1, $2, $3, $4) on conflict (id) do nothing

-- name: show
select id, length, received, until from upload where id = $1 and owner = $2 and until > now()

-- A part goes on where the one before it ended, or not at all: another process may have been sent the same.
-- name: advance
with moved as (
    update upload set received = start + size
    from (values ($2::bigint, $3::bigint)) as part (start, size)
    where id = $1 and received = start and start + size <= length
    returning id, start
)
insert into upload_part (upload, start, object) select id, start, $4 from moved returning upload

-- What is whole is added to one issue and no other.
-- name: claim
update upload set issue = $3 where id = $1 and owner = $2 and until > now() and (issue is null or issue = $3)
returning id, length, received, until

-- name: release
update upload set issue = null where id = $1

-- name: parts
select start, object from upload_part where upload = $1 order by start

-- name: forget
delete from upload where id = $1

-- Those whose time is up, and those of people who were erased.
-- name: over
select id from upload where until <= now()
union select u.id from upload u join gone_key g on g.person = u.owner limit 200
