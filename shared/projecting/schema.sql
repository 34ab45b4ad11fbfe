-- The tables of a view's documents, one set a build, and which of them is in use. Run by the owner; safe to run again.
create schema if not exists views authorization "{role}";
grant usage, create on schema views to "{role}";
grant usage on schema views to "{role}_reader";

create table if not exists views.view_build (
    build    bigint generated always as identity primary key,
    view     text not null,
    number   int not null,
    position bigint not null default 0,         -- folded up to here
    state    text not null default 'building',  -- building, active, retired
    started_at timestamptz not null default clock_timestamp()
);
alter table views.view_build add column if not exists protection text;  -- what its policies say; null: it has none yet
create unique index if not exists view_build_active on views.view_build (view) where state = 'active';
grant select, insert, update, delete on views.view_build to "{role}";
