-- `@` stands for the store's own schema.
--
-- Bodies are the values as JSON, as text: PostgreSQL's jsonb can't hold every string that JSON can. The other columns
-- repeat what is asked for by, and are written together with the body. Names are bytes, so that they are compared
-- as bytes: no collation and no locale plays a part in the order of the queue.

CREATE TABLE @.handled (
    account bytea NOT NULL,
    sender bytea NOT NULL,
    id bytea NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (account, sender, id)
);

CREATE TABLE @.conversations (
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    PRIMARY KEY (account, citizen)
);

CREATE TABLE @.cases (
    id bytea PRIMARY KEY,
    version bigint NOT NULL,
    -- 0 waiting, 1 claimed, 2 answered, 3 closed.
    state smallint NOT NULL,
    -- 0 urgent, 1 high, 2 normal.
    rank smallint NOT NULL,
    -- Instants are microseconds since 1970. `due` orders the queue; `owing` is the earliest that is still owed.
    due bigint NOT NULL,
    owing bigint,
    -- From when on an agent may be given the case: the least number for one that waits, the lease's end for a
    -- claimed one, nothing for the others.
    free_at bigint,
    token bytea,
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    department bytea NOT NULL,
    theme bytea,
    body text NOT NULL
);

-- What can be given out, in the order of the queue. `free_at` at their end lets a search step over what agents hold
-- without looking at the rows.
CREATE INDEX queue ON @.cases (rank, due, id, free_at) WHERE free_at IS NOT NULL;
CREATE INDEX queue_of_department ON @.cases (department, rank, due, id, free_at) WHERE free_at IS NOT NULL;
CREATE INDEX queue_of_theme ON @.cases (theme, rank, due, id, free_at) WHERE free_at IS NOT NULL;
CREATE INDEX queue_of_account ON @.cases (account, rank, due, id, free_at) WHERE free_at IS NOT NULL;
-- What can be looked at, in the same order.
CREATE INDEX cases_in_order ON @.cases (state, rank, due, id);
CREATE INDEX cases_of_department ON @.cases (department, state, rank, due, id);
CREATE INDEX cases_of_citizen ON @.cases (citizen, account);
CREATE INDEX cases_owing ON @.cases (owing, id) WHERE owing IS NOT NULL;

CREATE TABLE @.journal (
    -- The number of the commit times 65,536, and the record's number within the commit.
    place bigint PRIMARY KEY,
    at bigint NOT NULL,
    v smallint NOT NULL,
    case_id bytea,
    body text NOT NULL
);
CREATE INDEX journal_of_case ON @.journal (case_id, place) WHERE case_id IS NOT NULL;

-- Numbers the commits. Every commit draws its number while it shares the gate and holds the gate to its end; a reader
-- who has had the gate for himself knows that no number drawn before is still to come.
CREATE SEQUENCE @.commits AS bigint CACHE 1;
CREATE TABLE @.gate ();

-- Always empty: a row that says that something is not as it was read can't be written, and the whole commit fails.
CREATE TABLE @.fence (as_read boolean NOT NULL CONSTRAINT as_read CHECK (as_read));
