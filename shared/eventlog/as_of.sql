-- The last position that was recorded at a time or before, 0 where there is none; null for a time that is not over yet.
-- The answer never changes: times ascend with positions, and what is being appended meanwhile is waited for.
create or replace function position_at(at timestamptz) returns bigint language plpgsql as $$
declare
    newest record;
    middle record;
    low bigint := 0;  -- recorded by then, and so all before it
    high bigint;      -- recorded later, and so all after it
begin
    if at >= clock_timestamp() then
        return null;
    end if;
    select l.position, l.recorded_at into newest from log l order by l.position desc limit 1;
    if newest.recorded_at is null or newest.recorded_at <= at then
        perform pg_advisory_xact_lock_shared(1);  -- what holds the append lock may have been recorded by then, too
        select l.position, l.recorded_at into newest from log l order by l.position desc limit 1;
    end if;
    if newest.recorded_at is null or newest.recorded_at <= at then
        return coalesce(newest.position, 0);
    end if;
    high := newest.position;
    while high - low > 1 loop
        select l.position, l.recorded_at into middle from log l
        where l.position >= low + (high - low) / 2 order by l.position limit 1;
        if middle.recorded_at <= at then
            low := middle.position;
        else
            high := low + (high - low) / 2;
        end if;
    end loop;
    return low;
end $$;

-- What a document says at a path, for an index to be built over. Nothing, where PostgreSQL can't take the document apart
-- as `json` could: a text in it holds \u0000, say. That must never keep an event out of the log.
create or replace function text_in(document json, variadic path text[]) returns text language plpgsql immutable as $$
begin
    return document #>> path;
exception when data_exception then
    return null;
end $$;

-- The same of a list of texts.
create or replace function texts_in(document json, variadic path text[]) returns text[] language plpgsql immutable as $$
begin
    return array(select json_array_elements_text(document #> path));
exception when data_exception then
    return null;
end $$;
