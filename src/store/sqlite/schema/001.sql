-- Bodies are the values as JSON. The other columns repeat what is asked for by, and are written together with the body.

CREATE TABLE handled (
    account TEXT NOT NULL,
    sender TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, sender, id)
) STRICT;

CREATE TABLE conversations (
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (account, citizen)
) STRICT;

CREATE TABLE cases (
    place INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    version INTEGER NOT NULL,
    -- Where the case stands: 0 waiting, 1 claimed with a lease that was seen to have ended, 2 claimed, 3 answered,
    -- 4 closed. 0 and 1 are what an agent can be given.
    lane INTEGER NOT NULL,
    -- 0 urgent, 1 high, 2 normal.
    rank INTEGER NOT NULL,
    -- Instants are microseconds since 1970. `due` orders the queue; `owing` is the earliest that is still owed.
    due INTEGER NOT NULL,
    owing INTEGER,
    lease INTEGER,
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    department TEXT NOT NULL,
    theme TEXT,
    body TEXT NOT NULL
) STRICT;

-- One for each way in which the queue is looked at: within a lane, each stands in the order of the queue.
CREATE INDEX queue ON cases (lane, rank, due, id);
CREATE INDEX queue_of_department ON cases (department, lane, rank, due, id);
CREATE INDEX queue_of_theme ON cases (theme, lane, rank, due, id);
CREATE INDEX queue_of_department_and_theme ON cases (department, theme, lane, rank, due, id);
CREATE INDEX queue_of_account ON cases (account, lane, rank, due, id);
CREATE INDEX queue_of_citizen ON cases (citizen, lane, rank, due, id);
CREATE INDEX cases_owing ON cases (owing, id) WHERE owing IS NOT NULL;
CREATE INDEX cases_leased ON cases (lease) WHERE lane = 2;

CREATE TABLE journal (
    -- Never used twice, and rising with the commits: there is one writer at a time.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    v INTEGER NOT NULL,
    case_id TEXT,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX journal_of_case ON journal (case_id, seq) WHERE case_id IS NOT NULL;
