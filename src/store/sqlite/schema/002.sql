-- When the case's next alarm is to be raised; nothing where there is none. Open cases of an older file get theirs from their
-- bodies as the file is brought up to date.
ALTER TABLE cases ADD COLUMN sounds INTEGER;
CREATE INDEX cases_sounding ON cases (sounds, id) WHERE sounds IS NOT NULL;
