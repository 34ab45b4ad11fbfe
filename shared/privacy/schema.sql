-- People's keys as a service holds them, and who read whose data. Run by the owner; safe to run again.

-- One key a person, wrapped; erasing the person deletes the row.
create table if not exists person_key (
    person  uuid primary key,
    key_id  uuid not null,
    kek     text not null,            -- the key-encryption key that it is wrapped with
    wrapped bytea not null
);
create index if not exists person_key_kek on person_key (kek);

-- Who was erased: a key of theirs that comes late is not taken in again.
create table if not exists gone_key (
    person uuid primary key
);

-- How far the topic of keys has been followed, and when it was last known to be so.
create table if not exists key_offset (
    "partition" int primary key,
    next        bigint not null,
    at          timestamptz not null default clock_timestamp()
);

-- Who opened whose private fields, for the person to see.
create table if not exists read_trace (
    id     bigint generated always as identity primary key,
    person uuid not null,
    reader uuid not null,
    role   text not null,
    fields text[] not null,
    at     timestamptz not null default clock_timestamp()
);
create index if not exists read_trace_person on read_trace (person, id);

-- Which of the keys above are not people's but the service's own, for something that passes, and until when.
create table if not exists passing_key (
    subject uuid primary key,
    until   timestamptz not null
);
create index if not exists passing_key_until on passing_key (until);
