-- What intake keeps of ledgers that come in until their lines are issues. Run by the owner; safe to run again.

-- A line that has been checked and is not an issue yet; deleted by the transaction that raises it.
create table if not exists ledger_line (
    ledger    uuid not null,
    line      int not null,
    said      text not null,           -- JSON
    staged_at timestamptz not null default clock_timestamp(),
    primary key (ledger, line)
);

-- How far a ledger is: its lines that were raised, and those that were issues before.
create table if not exists ledger_progress (
    ledger uuid primary key,
    raised int not null,
    known  int not null
);
