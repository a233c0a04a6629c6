-- A record in two parts: `body` names nobody, `personal` is what may be erased, and `digest` is that of the personal part under
-- `salt`, which is erased with it. The records of an older schema are parted as it is brought up to date.
ALTER TABLE @.journal ADD COLUMN personal text;
ALTER TABLE @.journal ADD COLUMN salt bytea;
ALTER TABLE @.journal ADD COLUMN digest bytea;
-- Whose message it was, for a record of one; erased with the personal part.
ALTER TABLE @.journal ADD COLUMN citizen bytea;
-- The version of the conversation that the same commit stored.
ALTER TABLE @.journal ADD COLUMN talk bigint;
-- Random, where the journal is sealed: no two records have the same hash.
ALTER TABLE @.journal ADD COLUMN nonce bigint;
-- The record's keyed hash, where the journal is sealed. It stays when the record is removed: the body is empty then.
ALTER TABLE @.journal ADD COLUMN hash bytea;
CREATE INDEX journal_of_citizen ON @.journal (citizen, place) WHERE citizen IS NOT NULL;

-- The keyed hash of the row, where the journal is sealed.
ALTER TABLE @.handled ADD COLUMN seal bytea;
ALTER TABLE @.conversations ADD COLUMN seal bytea;

-- When the case ended: the instant of its last record. Nothing while it has not.
ALTER TABLE @.cases ADD COLUMN ended bigint;
CREATE INDEX cases_ended ON @.cases (ended, id) WHERE ended IS NOT NULL;

-- Where the chain stood after the record at `place`: the last row is its head. The records behind it are sealed soon.
CREATE TABLE @.seals (
    place bigint PRIMARY KEY,
    count bigint NOT NULL,
    link bytea NOT NULL
);

-- One row: by which the key is known again, where the chain stood when the journal's beginning was cut off, and up to which
-- place retention has looked for messages.
CREATE TABLE @.chain (
    key bytea,
    base_place bigint NOT NULL,
    base_count bigint NOT NULL,
    base_link bytea,
    pruned bigint NOT NULL
);
