-- The outbox: from when on the case has a letter to be sent or a lease that has ended, and since when it has one that waits for
-- a person. A case of an older file has no letters.
ALTER TABLE cases ADD COLUMN sends INTEGER;
ALTER TABLE cases ADD COLUMN stuck INTEGER;
CREATE INDEX cases_sending ON cases (sends, id) WHERE sends IS NOT NULL;
CREATE INDEX cases_stuck ON cases (stuck, id) WHERE stuck IS NOT NULL;
