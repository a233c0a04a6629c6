-- The whole schema of version 8. `from_007.sql` makes the same out of a file of version 7.
--
-- Bodies are the values as JSON. The other columns repeat the keys of queries, and are written together
-- with the body. Instants are microseconds since 1970.

CREATE TABLE outcomes (
    account TEXT NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    -- The keyed hash of the row; null where the journal has no key.
    row_hash BLOB,
    PRIMARY KEY (account, sender, id)
) STRICT;

CREATE TABLE conversations (
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    -- The keyed hash of the row; null where the journal has no key.
    row_hash BLOB,
    PRIMARY KEY (account, citizen)
) STRICT;

-- Conversations that could not be read, as they were: the citizen goes on with a new one. The integrity report
-- names them until an erasure or retention removes them.
CREATE TABLE unreadable_conversations (
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    row_hash BLOB,
    set_aside_at INTEGER NOT NULL
) STRICT;

CREATE TABLE cases (
    row_id INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    -- The state: 0 waiting, 1 claimed with a lease that was seen to have ended, 2 claimed, 3 answered, 4
    -- closed, 5 awaiting the citizen, 6 offered, 7 merged. Agents can claim 0 and 1.
    queue_class INTEGER NOT NULL,
    -- 0 urgent, 1 high, 2 normal.
    priority INTEGER NOT NULL,
    -- The next deadline, which orders the queue.
    next_due_at INTEGER NOT NULL,
    -- The earliest deadline that is still open.
    open_due_at INTEGER,
    -- The end of the claim's lease.
    lease_ends_at INTEGER,
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    department TEXT NOT NULL,
    theme TEXT,
    body TEXT NOT NULL,
    -- The next alarm to be raised.
    next_alarm_at INTEGER,
    arrived_at INTEGER NOT NULL,
    -- The agent that holds the claim.
    claimed_by TEXT,
    -- The department that the case is offered to.
    offered_to TEXT,
    -- The folded text of the case's messages, as bytes, so that it is searched as bytes.
    search_text BLOB NOT NULL,
    -- The time of the last record of a case that is over; null before.
    ended_at INTEGER,
    -- When the next letter can be sent, or when a sender's lease ends.
    next_send_at INTEGER,
    -- Since when a letter waits for a person.
    stuck_since INTEGER
) STRICT;

-- Every index of the queue stands in the queue's order within a class. Department and theme at the end let a
-- search skip what an agent cannot take without reading the rows.
CREATE INDEX queue ON cases (queue_class, priority, next_due_at, id, department, theme);
CREATE INDEX queue_of_department ON cases (department, queue_class, priority, next_due_at, id);
CREATE INDEX queue_of_theme ON cases (theme, queue_class, priority, next_due_at, id) WHERE theme IS NOT NULL;
CREATE INDEX queue_of_department_and_theme
ON cases (department, theme, queue_class, priority, next_due_at, id)
WHERE theme IS NOT NULL;
CREATE INDEX queue_of_account ON cases (account, queue_class, priority, next_due_at, id);
CREATE INDEX queue_of_citizen ON cases (citizen, queue_class, priority, next_due_at, id);
CREATE INDEX queue_of_offered ON cases (offered_to, queue_class, priority, next_due_at, id)
WHERE offered_to IS NOT NULL;
-- The order of arrival, urgent cases first. The order of due times is merged from `queue`.
CREATE INDEX queue_by_age ON cases (queue_class, (priority > 0), arrived_at, id, department, theme)
WHERE queue_class < 2;
CREATE INDEX cases_by_open_due ON cases (open_due_at, id) WHERE open_due_at IS NOT NULL;
CREATE INDEX cases_by_next_alarm ON cases (next_alarm_at, id) WHERE next_alarm_at IS NOT NULL;
CREATE INDEX cases_by_next_send ON cases (next_send_at, id) WHERE next_send_at IS NOT NULL;
CREATE INDEX cases_stuck ON cases (stuck_since, id) WHERE stuck_since IS NOT NULL;
CREATE INDEX cases_ended ON cases (ended_at, id) WHERE ended_at IS NOT NULL;
CREATE INDEX cases_leased ON cases (lease_ends_at) WHERE queue_class = 2;
CREATE INDEX cases_claimed ON cases (claimed_by, lease_ends_at) WHERE claimed_by IS NOT NULL;

-- The number of cases of each kind: the total of a page does not cost a scan. `theme` is empty where
-- `has_theme` is 0. The store counts a new case in a statement of its own, because a trigger makes SQLite
-- copy every page that the insert changes.
CREATE TABLE case_counts (
    account TEXT NOT NULL,
    department TEXT NOT NULL,
    has_theme INTEGER NOT NULL,
    theme TEXT NOT NULL,
    queue_class INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (account, department, has_theme, theme, queue_class, priority)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER count_updated_case AFTER UPDATE OF account, department, theme, queue_class, priority ON cases
WHEN (OLD.account, OLD.department, OLD.queue_class, OLD.priority)
        <> (NEW.account, NEW.department, NEW.queue_class, NEW.priority)
    OR OLD.theme IS NOT NEW.theme
BEGIN
    UPDATE case_counts SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND has_theme = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND queue_class = OLD.queue_class AND priority = OLD.priority;
    INSERT INTO case_counts
    VALUES (NEW.account, NEW.department, NEW.theme IS NOT NULL, ifnull(NEW.theme, ''), NEW.queue_class,
        NEW.priority, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

CREATE TRIGGER count_deleted_case AFTER DELETE ON cases BEGIN
    UPDATE case_counts SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND has_theme = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND queue_class = OLD.queue_class AND priority = OLD.priority;
END;

CREATE TABLE journal (
    -- Never used twice, and rising with the commits: there is one writer at a time.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    recorded_at INTEGER NOT NULL,
    record_version INTEGER NOT NULL,
    case_id TEXT,
    -- The part of the record that names nobody; empty where retention has removed the record.
    body TEXT NOT NULL,
    -- The part that can be erased, and the salt that is erased with it.
    personal TEXT,
    personal_salt BLOB,
    -- The digest of the personal part under the salt.
    personal_digest BLOB,
    -- The sender of the message, for a record of one; erased with the personal part.
    citizen TEXT,
    -- The version of the conversation that the same commit stored.
    conversation_version INTEGER,
    -- The record's own keyed hash, kept where the record was removed.
    record_hash BLOB,
    -- The record's link of the hash chain; null where the journal has no key.
    chain_hash BLOB
) STRICT;

CREATE INDEX journal_of_case ON journal (case_id, seq) WHERE case_id IS NOT NULL;
CREATE INDEX journal_of_citizen ON journal (citizen, seq) WHERE citizen IS NOT NULL;

-- One row: both ends of the journal.
CREATE TABLE journal_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    -- A hash by which the key is recognised; null where the journal has no key.
    key_check BLOB,
    -- How many records were ever written, and the position and link of the last one.
    record_count INTEGER NOT NULL,
    last_seq INTEGER NOT NULL,
    chain_hash BLOB,
    -- The same of the last record that was cut off at the beginning of the journal.
    base_count INTEGER NOT NULL,
    base_hash BLOB,
    -- The position up to which retention has looked for messages.
    pruned_to INTEGER NOT NULL
) STRICT;
INSERT INTO journal_state VALUES (1, NULL, 0, 0, NULL, 0, NULL, 0);
