-- When an event is recorded, asked for under the append lock: by the clock, and where that was set back, no earlier than
-- the event before. So times ascend with positions, and a past time names one place in the log for ever.
create or replace function recorded_now() returns timestamptz language sql as $$
    select greatest(clock_timestamp(), (select recorded_at from log order by position desc limit 1));
$$;

-- Appends what many requests want in one call, under one lock that is held until the commit is visible: so commit order
-- is position order, and a reader that resumes with `position > n` can miss nothing.
--
-- One element of the event arrays is one event; `append` numbers the request it belongs to, whose events go in together
-- or not at all. One element of the key arrays is one request's Idempotency-Key. No stream may be wanted by two requests
-- of one call: the caller sees to that.
--
-- Returns a row a request: `outcome` is 'appended' with the position of its last event, 'conflict' where a stream was
-- not at the version that the request expected, or 'answered' where its key has been used before.
create or replace function append_events(
    own text,
    append int[], event_id uuid[], stream text[], version int[], type text[], schema smallint[],
    data text[], metadata text[], community text[], occurred_at timestamptz[],
    key_append int[], caller text[], key text[], fingerprint text[], answer text[]
) returns table (append_no int, outcome text, at bigint) language plpgsql as $$
#variable_conflict use_column
declare
    recorded timestamptz;  -- one time for all: a past time never shows half of what was appended together
begin
    perform pg_advisory_xact_lock(1);
    recorded := recorded_now();
    return query
    with wanted as materialized (
        select * from unnest(append, event_id, stream, version, type, schema, data, metadata, community, occurred_at)
            with ordinality as w(append, event_id, stream, version, type, schema, data, metadata, community, occurred_at,
                                 nth)
    ), keyed as materialized (
        select * from unnest(key_append, caller, key, fingerprint, answer) as k(append, caller, key, fingerprint, answer)
    ), answered_before as (
        select k.append from keyed k join answered a on a.caller = k.caller and a.key = k.key
    ), conflicting as (
        select distinct f.append
        from (select w.append, w.stream, min(w.version) as version from wanted w group by 1, 2) f
        left join lateral (
            select l.version from log l where l.source = own and l.stream = f.stream order by l.version desc limit 1
        ) newest on true
        where coalesce(newest.version, 0) <> f.version - 1
    ), inserted as (
        insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at,
                         recorded_at)
        select w.event_id, own, w.stream, w.version, w.type, w.schema, w.data::json, w.metadata::json, w.community,
               w.occurred_at, recorded
        from wanted w
        where w.append not in (select c.append from conflicting c)
          and w.append not in (select b.append from answered_before b)
        order by w.nth  -- positions ascend as the caller named the events
        returning log.stream, log.version, log.position
    ), appended as (
        select w.append, max(i.position) as at
        from wanted w join inserted i on i.stream = w.stream and i.version = w.version
        group by w.append
    ), remembered as (
        insert into answered (caller, key, fingerprint, answer, position)
        select k.caller, k.key, k.fingerprint, k.answer, coalesce(a.at, 0)
        from keyed k left join appended a on a.append = k.append
        where k.append not in (select c.append from conflicting c)
          and k.append not in (select b.append from answered_before b)
    )
    select a.append, 'appended', a.at from appended a
    union all select b.append, 'answered', 0::bigint from answered_before b
    union all
    select c.append, 'conflict', 0::bigint from conflicting c
    where c.append not in (select b.append from answered_before b);
end $$;

-- The same for one request of one event: the unique constraints alone say whether it went in, so there is nothing to
-- look up first. Raises unique_violation instead of answering.
create or replace function append_event(
    own text, event_id uuid, stream text, version int, type text, schema smallint,
    data text, metadata text, community text, occurred_at timestamptz,
    caller text, key text, fingerprint text, answer text
) returns bigint language plpgsql as $$
#variable_conflict use_column
declare
    at bigint;
begin
    perform pg_advisory_xact_lock(1);
    insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at, recorded_at)
    values ($2, own, $3, $4, $5, $6, $7::json, $8::json, $9, $10, recorded_now())
    returning log.position into at;
    if $12 is not null then
        insert into answered (caller, key, fingerprint, answer, position) values ($11, $12, $13, $14, at);
    end if;
    return at;
end $$;
