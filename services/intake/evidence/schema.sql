-- What intake keeps of files beside the log: those on their way, and which the store has. Run by the owner; safe to run
-- again.

-- A file that is being sent. Its parts are sealed with a passing key of its own, which ends when it does.
create table if not exists upload (
    id       uuid primary key,
    owner    uuid not null,
    length   bigint not null,
    received bigint not null default 0,
    issue    uuid,                     -- what it is being added to; to nothing else any more
    until    timestamptz not null
);
create index if not exists upload_owner on upload (owner);
create index if not exists upload_until on upload (until);

-- What has been received of it, object by object.
create table if not exists upload_part (
    upload uuid not null references upload on delete cascade,
    start  bigint not null,
    object uuid not null,
    primary key (upload, start)
);

-- A file that the store has, or may have: written down before it is put there. `added` once an event says so.
create table if not exists evidence_file (
    file     uuid primary key,
    person   uuid not null,
    issue    uuid not null,
    added    bool not null default false,
    began_at timestamptz not null default clock_timestamp()
);
create index if not exists evidence_file_person on evidence_file (person);
create index if not exists evidence_file_begun on evidence_file (began_at) where not added;
