-- One service's log and the few tables whose rows must commit with it. Run by the owner; safe to run again.

-- The log: one total order of this service's own events and of the others' events it follows.
create table if not exists log (
    position    bigint generated always as identity primary key,
    event_id    uuid not null,
    source      text not null,         -- the service whose event it is
    stream      text not null,         -- one aggregate: its kind and id, `issue-0192…`
    version     int not null,          -- 1, 2, 3 … without a gap within (source, stream)
    type        text not null,         -- `issue-raised`
    schema      smallint not null,     -- the version of the event's contract
    data        json not null,         -- json keeps the bytes as they were written, jsonb would not
    metadata    json not null,         -- correlation, causation, actor, traceparent
    community   text not null,
    occurred_at timestamptz not null,  -- when it happened, as who reports it says
    recorded_at timestamptz not null default clock_timestamp(),  -- when this log got it; ascends with position
    unique (source, stream, version),
    unique (source, event_id)
);
create index if not exists log_community on log (community, position);

-- What a caller's Idempotency-Key was answered with; written with the events that the answer is about.
create table if not exists answered (
    caller      text not null,
    key         text not null,
    fingerprint text not null,         -- of the request: another body under one key is refused
    answer      text not null,         -- JSON, without the position
    position    bigint not null,       -- 0 where nothing was appended
    answered_at timestamptz not null default clock_timestamp(),
    primary key (caller, key)
);

-- How far each follower of the log has come. Moved only from the value it was read at, so a stopped follower that wakes
-- up late can't move it back.
create table if not exists checkpoint (
    follower text primary key,
    position bigint not null
);

-- What is to happen at a time unless something happens first.
create table if not exists timer (
    name     text primary key,         -- what is awaited, of which stream: `action-overdue:0192…`
    due      timestamptz not null,
    cause    uuid not null,            -- the event that set it
    position bigint not null           -- and where that event stands
);
create index if not exists timer_due on timer (due);

-- How far each partition of a followed topic has been taken into the log.
create table if not exists inbox_offset (
    topic     text not null,
    "partition" int not null,
    next      bigint not null,
    primary key (topic, "partition")
);

-- Events that can't be taken in yet, in the order they came: unreadable ones, and those that wait behind one.
create table if not exists parked (
    id        bigint generated always as identity primary key,
    source    text not null,
    stream    text not null,
    version   int,                     -- null where even that could not be read
    reason    text not null,
    topic     text not null,
    "partition" int not null,
    "offset"  bigint not null,
    headers   json not null,
    body      bytea not null,
    parked_at timestamptz not null default clock_timestamp(),
    unique (topic, "partition", "offset")
);
create index if not exists parked_stream on parked (source, stream, id);
