-- When the case's next alarm is to be raised; nothing where there is none. Open cases of an older schema get theirs from
-- their bodies as it is brought up to date.
ALTER TABLE @.cases ADD COLUMN sounds bigint;
CREATE INDEX cases_sounding ON @.cases (sounds, id) WHERE sounds IS NOT NULL;
