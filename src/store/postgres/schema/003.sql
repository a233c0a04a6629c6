-- When the case came; who holds it by a claim; the department that it is offered to; and what its messages say, folded. Older
-- cases get them from their bodies as the schema is brought up to date.
ALTER TABLE @.cases ADD COLUMN arrived bigint NOT NULL DEFAULT 0;
ALTER TABLE @.cases ADD COLUMN holder bytea;
ALTER TABLE @.cases ADD COLUMN offered bytea;
ALTER TABLE @.cases ADD COLUMN said bytea NOT NULL DEFAULT '';
-- The other orders in which cases are given out. Danger comes first in each.
CREATE INDEX queue_by_due ON @.cases ((rank > 0), due, id, free_at) WHERE free_at IS NOT NULL;
CREATE INDEX queue_by_age ON @.cases ((rank > 0), arrived, id, free_at) WHERE free_at IS NOT NULL;
CREATE INDEX cases_offered ON @.cases (offered) WHERE offered IS NOT NULL;
CREATE INDEX cases_held ON @.cases (holder, free_at) WHERE holder IS NOT NULL;
