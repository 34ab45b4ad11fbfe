-- What directory keeps of people's keys besides the keys. Run by the owner; safe to run again.

-- The receipt of an erasure; and so that nobody who was erased ever gets a key again.
create table if not exists erased_key (
    person    uuid primary key,
    key_id    uuid,                    -- null for who never had one
    erased_at timestamptz not null default clock_timestamp()
);

-- Whose key is new, rewrapped or gone, and not yet told on the topic of keys; a later change has a later turn.
create sequence if not exists key_turn;
create table if not exists key_news (
    person uuid primary key,
    turn   bigint not null default nextval('key_turn')
);

-- Whose phone number it is, by its HMAC: the number itself stands nowhere. Deleted with the person's key.
create table if not exists phone_index (
    blind  bytea not null,
    person uuid not null,
    primary key (blind, person)
);
create index if not exists phone_index_person on phone_index (person);
