-- A record in two parts: `body` names nobody, `personal` is what may be erased, and `digest` is that of the personal part under
-- `salt`, which is erased with it. The records of an older file are parted as it is brought up to date.
ALTER TABLE journal ADD COLUMN personal TEXT;
ALTER TABLE journal ADD COLUMN salt BLOB;
ALTER TABLE journal ADD COLUMN digest BLOB;
-- Whose message it was, for a record of one; erased with the personal part.
ALTER TABLE journal ADD COLUMN citizen TEXT;
-- The version of the conversation that the same commit stored.
ALTER TABLE journal ADD COLUMN talk INTEGER;
-- The record's own hash, kept where the record was removed: its body is empty then.
ALTER TABLE journal ADD COLUMN hash BLOB;
-- The record's link of the chain, where the journal is sealed.
ALTER TABLE journal ADD COLUMN link BLOB;
CREATE INDEX journal_of_citizen ON journal (citizen, seq) WHERE citizen IS NOT NULL;

-- The keyed hash of the row, where the journal is sealed.
ALTER TABLE handled ADD COLUMN seal BLOB;
ALTER TABLE conversations ADD COLUMN seal BLOB;

-- When the case ended: the instant of its last record. Nothing while it has not.
ALTER TABLE cases ADD COLUMN ended INTEGER;
CREATE INDEX cases_ended ON cases (ended, id) WHERE ended IS NOT NULL;

-- One row: the journal's ends.
CREATE TABLE chain (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    -- By which the key is known again; nothing where the journal is not sealed.
    key BLOB,
    -- How many records there ever were, the last one's place and its link.
    count INTEGER NOT NULL,
    place INTEGER NOT NULL,
    link BLOB,
    -- The same of the last record that was cut off at the journal's beginning.
    base_count INTEGER NOT NULL,
    base_link BLOB,
    -- Up to which place retention has looked for messages.
    pruned INTEGER NOT NULL
) STRICT;
INSERT INTO chain VALUES (1, NULL, 0, 0, NULL, 0, NULL, 0);
