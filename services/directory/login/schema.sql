-- What directory keeps of who signs in: hashes, and nothing that is history. Run by the owner; safe to run again.

-- Where somebody is signed in. A refresh token has two halves: one finds its session, the other is new each time.
create table if not exists session (
    id        uuid primary key,
    person    uuid not null,
    means     text not null,            -- phone, password, oidc
    device    text,                     -- as the client calls itself
    family    bytea not null unique,    -- SHA-256 of the half that stays
    turn      bytea not null,           -- SHA-256 of the half that is good now
    began_at  timestamptz not null default clock_timestamp(),
    turned_at timestamptz not null default clock_timestamp(),
    ends_at   timestamptz not null
);
create index if not exists session_person on session (person);
create index if not exists session_ends on session (ends_at);

-- The newest one-time code of a phone number, which only its HMAC names; nobody need have that number.
create table if not exists one_time_code (
    phone   bytea primary key,
    code    bytea not null,             -- an HMAC: six digits are soon tried through
    ends_at timestamptz not null
);

create table if not exists password (
    person uuid primary key,
    hash   text not null,               -- argon2id, with its parameters
    set_at timestamptz not null default clock_timestamp()
);

-- Lets somebody set a password, or come from outside, once.
create table if not exists invitation (
    person  uuid primary key,
    secret  bytea not null unique,      -- SHA-256
    ends_at timestamptz not null
);

-- Who somebody is by an OpenID Connect issuer.
create table if not exists outside_identity (
    issuer  text not null,
    subject text not null,
    person  uuid not null,
    primary key (issuer, subject)
);
create index if not exists outside_identity_person on outside_identity (person);

-- When something that is limited was asked for, by an HMAC of who asked. A crash may empty it.
create unlogged table if not exists attempt (
    key text not null,
    at  timestamptz not null
);
create index if not exists attempt_key on attempt (key, at);

-- How often in a row somebody could not prove to be who they say, and until when no further try is looked at.
create table if not exists wrong_try (
    subject    bytea primary key,
    tries      int not null,
    at         timestamptz not null,
    wait_until timestamptz not null
);

-- What is still to be said on Kafka, in this order.
create table if not exists outbox (
    id    bigint generated always as identity primary key,
    topic text not null,
    key   text not null,
    value bytea not null
);
