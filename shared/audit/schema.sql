-- The seal over the log: what a Merkle tree needs to go on and to prove. Run by the owner; safe to run again. The
-- service role adds to these tables and never changes them.
create schema if not exists audit;
grant usage on schema audit to "{role}";

-- Leaves in the order of the log, some at a time, never across a block of 256.
create table if not exists audit.sealed (
    first     bigint primary key,               -- the first leaf's place in the tree, from 0 without a gap
    last      bigint not null unique,           -- the last leaf's position in the log
    positions bytea storage external not null,  -- each leaf's position, 8 bytes, big-endian
    leaves    bytea storage external not null,  -- each leaf's hash, 32 bytes: there is nothing to compress
    sealed_at timestamptz not null default clock_timestamp()
);

-- The hash of every complete subtree of 256 leaves (level 8) and more.
create table if not exists audit.subtree (
    level smallint not null,
    place bigint not null,                -- among those of its level, from 0
    hash  bytea not null,
    primary key (level, place)
);

-- Signed tree heads.
create table if not exists audit.head (
    number bigint generated always as identity primary key,
    size   bigint not null,               -- leaves
    note   text not null,                 -- origin, size, root and time, signed (shared/audit/note.py)
    signed_at timestamptz not null        -- as the note says
);
create index if not exists head_size on audit.head (size);
grant select, insert on audit.sealed, audit.subtree, audit.head to "{role}";
