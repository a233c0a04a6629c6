-- When the case came; who holds it by a claim; the department that it is offered to; and what its messages say, folded, as
-- bytes, so that it is searched as bytes. An older file gets them from its bodies as it is brought up to date.
ALTER TABLE cases ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN holder TEXT;
ALTER TABLE cases ADD COLUMN offered TEXT;
ALTER TABLE cases ADD COLUMN said BLOB NOT NULL DEFAULT x'';

-- The other orders in which cases are given out. Danger comes first in each; department and theme at the end let a search step
-- over what an agent can't do without looking at the rows.
CREATE INDEX queue_by_due ON cases (lane, (rank > 0), due, id, department, theme) WHERE lane < 2;
CREATE INDEX queue_by_age ON cases (lane, (rank > 0), arrived, id, department, theme) WHERE lane < 2;
CREATE INDEX queue_of_offered ON cases (offered, lane, rank, due, id) WHERE offered IS NOT NULL;
CREATE INDEX cases_held ON cases (holder, lease) WHERE holder IS NOT NULL;
