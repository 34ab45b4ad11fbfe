-- Takes messages of others into the log, in the order they are given, and moves the topics' offsets with them.
--
-- Each stream's events go in one after the other: what is there already is dropped, and what can't go in is parked,
-- with everything of its stream behind it. `reason` is null for an event that could be read.
-- Returns the newest position, 0 where nothing went in, and how many were parked.
create or replace function receive_events(
    event_id uuid[], source text[], stream text[], version int[], type text[], schema smallint[],
    data text[], metadata text[], community text[], occurred_at timestamptz[],
    reason text[], topic text[], "partition" int[], "offset" bigint[], headers text[], body bytea[],
    moved_topic text[], moved_partition int[], moved_next bigint[]
) returns table (newest bigint, left_out bigint) language plpgsql as $$
#variable_conflict use_column
declare
    recorded timestamptz;
begin
    perform pg_advisory_xact_lock(1);
    recorded := recorded_now();
    insert into inbox_offset (topic, "partition", next)
    select * from unnest(moved_topic, moved_partition, moved_next)
    on conflict (topic, "partition") do update set next = excluded.next;

    return query
    with arrived as materialized (
        select * from unnest(event_id, source, stream, version, type, schema, data, metadata, community, occurred_at,
                             reason, topic, "partition", "offset", headers, body) with ordinality
            as a(event_id, source, stream, version, type, schema, data, metadata, community, occurred_at,
                 reason, topic, "partition", "offset", headers, body, nth)
    ), streams as (
        select s.source, s.stream,
               coalesce((select l.version from log l where l.source = s.source and l.stream = s.stream
                         order by l.version desc limit 1), 0) as version,
               exists (select from parked p where p.source = s.source and p.stream = s.stream and s.stream <> '') as waits
        from (select distinct a.source, a.stream from arrived a) s
    ), fresh as (
        -- of a message that came twice, the first; none that the log has already
        select distinct on (a.source, a.stream, coalesce(a.version, -a.nth)) a.*, s.version as newest, s.waits
        from arrived a join streams s on s.source = a.source and s.stream = a.stream
        where a.version is null or a.version > s.version
        order by a.source, a.stream, coalesce(a.version, -a.nth), a.nth
    ), placed as (
        -- whether all up to an event follow on from the log without a gap and can be read
        select f.*, not f.waits and f.version is not null and bool_and(
            f.reason is null and f.version is not null
        ) over earlier and f.version = f.newest + row_number() over earlier as goes_in,
               f.waits or bool_or(f.reason is not null) over earlier as behind
        from fresh f
        window earlier as (partition by f.source, f.stream order by f.version nulls first, f.nth)
    ), inserted as (
        insert into log (event_id, source, stream, version, type, schema, data, metadata, community, occurred_at,
                         recorded_at)
        select p.event_id, p.source, p.stream, p.version, p.type, p.schema, p.data::json, p.metadata::json,
               p.community, p.occurred_at, recorded
        from placed p where p.goes_in order by p.nth
        returning log.position
    ), parked_now as (
        insert into parked (source, stream, version, reason, topic, "partition", "offset", headers, body)
        select p.source, p.stream, p.version,
               coalesce(p.reason, case when p.behind then 'waits behind a parked event of its stream'
                                       else 'waits: version ' || p.version || ' came, ' || p.newest || ' is the newest' end),
               p.topic, p."partition", p."offset", p.headers::json, p.body
        from placed p where not p.goes_in order by p.nth
        on conflict (topic, "partition", "offset") do nothing
    )
    select coalesce((select max(i.position) from inserted i), 0), (select count(*) from placed p where not p.goes_in);
end $$;
