-- How issues are found by their words. Run by the owner; safe to run again.
--
-- Under row-level security an index serves only what is leakproof, and `@@` is not: so the index is read by a function
-- of the service's role, which sees all rows. It takes the scope from where the policies take it, and gives no more
-- than keys; what they stand for is then read under the policy.

-- Any of the marks of a scope that issues carry.
create or replace function views.any_mark(marks text[]) returns tsquery
language sql immutable set search_path = pg_catalog, pg_temp as $$
    select string_agg('''' || replace(replace(mark, '\', '\\'), '''', '''''') || '''', ' | ')::tsquery
    from unnest(marks) mark
    where split_part(mark, ':', 1) in ('community', 'part', 'place', 'overseen', 'person')
$$;

-- The keys of at most `most` issues, newest first, before (`at_before`, `key_before`), that have the words and marks of
-- `sought`, and those of `begun`, and carry a mark of the scope. Who sees everything is to seek something that not every
-- tenth issue has. The beginnings of words are looked for in what the index has found: it would read all words that
-- begin so, of all issues. So does the state, which the ledger knows.
create or replace function views.find_issues(
    sought tsquery, begun tsquery, status_is text, category_is text, since timestamptz, until timestamptz,
    at_before timestamptz, key_before text, most int
) returns table (found text, found_at timestamptz)
language plpgsql stable security definer rows 50
set search_path = pg_catalog, pg_temp set plan_cache_mode = force_custom_plan as $$
declare
    marks constant text[] := nullif(current_setting('shangliang.scope', true), '')::text[];
    wanted constant tsquery := case
        when 'everything' = any(marks) then sought
        when sought is null then views.any_mark(marks)
        else sought && views.any_mark(marks) end;
begin
    return query
        with w as materialized (
            select w.key, w.raised_at from views.issue_words w
            where w.words @@ wanted
              and (begun is null or (w.words @@ begun) is true)  -- `is true`: not by the index
              and w.raised_at >= since and w.raised_at < until
              and (w.raised_at, w.key) < (at_before, key_before))
        select w.key, w.raised_at from (select * from w order by w.raised_at desc, w.key desc) w
        where (status_is is null or (select l.status from views.ledger l where l.key = w.key) = status_is)
          and (category_is is null or (select l.category from views.ledger l where l.key = w.key) = category_is)
        limit most;
end
$$;

alter function views.any_mark owner to "{role}";
alter function views.find_issues owner to "{role}";
revoke all on function views.find_issues from public;
grant execute on function views.find_issues to "{role}_reader";
