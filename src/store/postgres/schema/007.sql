-- The whole schema of version 7; `@` stands for the schema's name. `from_006.sql` makes the same out of
-- version 6.
--
-- Bodies are the values as JSON, as text: PostgreSQL's jsonb cannot hold every string that JSON can. The
-- other columns repeat the keys of queries, and are written together with the body. Names are bytes, so
-- that they are compared as bytes: no collation and no locale changes the order of the queue. Instants are
-- microseconds since 1970.

CREATE TABLE @.outcomes (
    account bytea NOT NULL,
    sender bytea NOT NULL,
    id bytea NOT NULL,
    body text NOT NULL,
    -- The keyed hash of the row; null where the journal has no key.
    row_hash bytea,
    PRIMARY KEY (account, sender, id)
);

CREATE TABLE @.conversations (
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    -- The keyed hash of the row; null where the journal has no key.
    row_hash bytea,
    PRIMARY KEY (account, citizen)
);

-- Conversations that could not be read, as they were: the citizen goes on with a new one. The integrity report
-- names them until an erasure or retention removes them.
CREATE TABLE @.unreadable_conversations (
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    row_hash bytea,
    set_aside_at bigint NOT NULL
);

CREATE TABLE @.cases (
    id bytea PRIMARY KEY,
    version bigint NOT NULL,
    -- 0 waiting, 2 claimed, 3 answered, 4 closed, 5 awaiting the citizen, 6 offered, 7 merged.
    state smallint NOT NULL,
    -- 0 urgent, 1 high, 2 normal.
    priority smallint NOT NULL,
    -- The next deadline, which orders the queue.
    next_due_at bigint NOT NULL,
    -- The earliest deadline that is still open.
    open_due_at bigint,
    -- From when on an agent can claim the case: the least number for a waiting one, the end of the lease for
    -- a claimed one, null for the others.
    claimable_at bigint,
    claim_token bytea,
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    department bytea NOT NULL,
    theme bytea,
    body text NOT NULL,
    -- The next alarm to be raised.
    next_alarm_at bigint,
    arrived_at bigint NOT NULL,
    -- The agent that holds the claim.
    claimed_by bytea,
    -- The department that the case is offered to.
    offered_to bytea,
    -- The folded text of the case's messages.
    search_text bytea NOT NULL,
    -- The time of the last record of a case that is over; null before.
    ended_at bigint,
    -- When the next letter can be sent, or when a sender's lease ends.
    next_send_at bigint,
    -- Since when a letter waits for a person.
    stuck_since bigint
);

-- The cases that can be claimed, in the order of the queue. `claimable_at` at the end lets a search skip
-- claimed cases without reading the rows.
CREATE INDEX queue ON @.cases (priority, next_due_at, id, claimable_at) WHERE claimable_at IS NOT NULL;
CREATE INDEX queue_of_department ON @.cases (department, priority, next_due_at, id, claimable_at)
WHERE claimable_at IS NOT NULL;
CREATE INDEX queue_of_theme ON @.cases (theme, priority, next_due_at, id, claimable_at)
WHERE claimable_at IS NOT NULL;
CREATE INDEX queue_of_account ON @.cases (account, priority, next_due_at, id, claimable_at)
WHERE claimable_at IS NOT NULL;
-- The other orders of claims, urgent cases first.
CREATE INDEX queue_by_due ON @.cases ((priority > 0), next_due_at, id, claimable_at)
WHERE claimable_at IS NOT NULL;
CREATE INDEX queue_by_age ON @.cases ((priority > 0), arrived_at, id, claimable_at)
WHERE claimable_at IS NOT NULL;
-- All cases, in the order of the queue.
CREATE INDEX cases_in_order ON @.cases (state, priority, next_due_at, id);
CREATE INDEX cases_of_department ON @.cases (department, state, priority, next_due_at, id);
CREATE INDEX cases_of_citizen ON @.cases (citizen, account);
CREATE INDEX cases_offered ON @.cases (offered_to) WHERE offered_to IS NOT NULL;
CREATE INDEX cases_claimed ON @.cases (claimed_by, claimable_at) WHERE claimed_by IS NOT NULL;
CREATE INDEX cases_by_open_due ON @.cases (open_due_at, id) WHERE open_due_at IS NOT NULL;
CREATE INDEX cases_by_next_alarm ON @.cases (next_alarm_at, id) WHERE next_alarm_at IS NOT NULL;
CREATE INDEX cases_by_next_send ON @.cases (next_send_at, id) WHERE next_send_at IS NOT NULL;
CREATE INDEX cases_stuck ON @.cases (stuck_since, id) WHERE stuck_since IS NOT NULL;
CREATE INDEX cases_ended ON @.cases (ended_at, id) WHERE ended_at IS NOT NULL;

CREATE TABLE @.journal (
    -- The number of the commit times 65,536, and the record's number within the commit.
    seq bigint PRIMARY KEY,
    recorded_at bigint NOT NULL,
    record_version smallint NOT NULL,
    case_id bytea,
    -- The part of the record that names nobody; empty where retention has removed the record.
    body text NOT NULL,
    -- The part that can be erased, and the salt that is erased with it.
    personal text,
    personal_salt bytea,
    -- The digest of the personal part under the salt.
    personal_digest bytea,
    -- The sender of the message, for a record of one; erased with the personal part.
    citizen bytea,
    -- The version of the conversation that the same commit stored.
    conversation_version bigint,
    -- Random, where the journal has a key: no two records have the same hash.
    nonce bigint,
    -- The record's keyed hash, where the journal has a key. It stays when the record is removed.
    record_hash bytea
);
CREATE INDEX journal_of_case ON @.journal (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX journal_of_citizen ON @.journal (citizen, seq) WHERE citizen IS NOT NULL;

-- The state of the hash chain after the record at `seq`: the last row is its head. Records behind it join it
-- soon.
CREATE TABLE @.chain_heads (
    seq bigint PRIMARY KEY,
    record_count bigint NOT NULL,
    chain_hash bytea NOT NULL
);

-- One row: a hash by which the key is recognised, the state of the chain where the beginning of the journal
-- was cut off, and the position up to which retention has looked for messages.
CREATE TABLE @.journal_state (
    key_check bytea,
    base_seq bigint NOT NULL,
    base_count bigint NOT NULL,
    base_hash bytea,
    pruned_to bigint NOT NULL
);
INSERT INTO @.journal_state VALUES (NULL, 0, 0, NULL, 0);

-- Numbers the commits. Every commit draws its number under a shared lock of `commit_lock`, which it holds to
-- its end. A transaction that holds the lock alone knows that every number drawn before is committed or
-- rolled back.
CREATE SEQUENCE @.commit_numbers AS bigint CACHE 1;
CREATE TABLE @.commit_lock ();

-- Always empty: a statement that finds a failed assumption inserts a row that the check refuses, and the
-- transaction fails.
CREATE TABLE @.assertions (holds boolean NOT NULL CONSTRAINT holds CHECK (holds));
