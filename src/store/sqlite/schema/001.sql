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

-- How many cases there are of each kind: a page's total must not cost a walk along everything that it leaves out.
-- `theme` is empty where `themed` is 0.
CREATE TABLE tally (
    account TEXT NOT NULL,
    department TEXT NOT NULL,
    themed INTEGER NOT NULL,
    theme TEXT NOT NULL,
    lane INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    cases INTEGER NOT NULL,
    PRIMARY KEY (account, department, themed, theme, lane, rank)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER case_comes AFTER INSERT ON cases BEGIN
    INSERT INTO tally
    VALUES (NEW.account, NEW.department, NEW.theme IS NOT NULL, ifnull(NEW.theme, ''), NEW.lane, NEW.rank, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

CREATE TRIGGER case_moves AFTER UPDATE OF account, department, theme, lane, rank ON cases
WHEN (OLD.account, OLD.department, OLD.lane, OLD.rank) <> (NEW.account, NEW.department, NEW.lane, NEW.rank)
    OR OLD.theme IS NOT NEW.theme
BEGIN
    UPDATE tally SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND themed = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND lane = OLD.lane AND rank = OLD.rank;
    INSERT INTO tally
    VALUES (NEW.account, NEW.department, NEW.theme IS NOT NULL, ifnull(NEW.theme, ''), NEW.lane, NEW.rank, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

CREATE TRIGGER case_goes AFTER DELETE ON cases BEGIN
    UPDATE tally SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND themed = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND lane = OLD.lane AND rank = OLD.rank;
END;

CREATE TABLE journal (
    -- Never used twice, and rising with the commits: there is one writer at a time.
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    v INTEGER NOT NULL,
    case_id TEXT,
    body TEXT NOT NULL
) STRICT;

CREATE INDEX journal_of_case ON journal (case_id, seq) WHERE case_id IS NOT NULL;
