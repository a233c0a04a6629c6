-- Fewer pages for a case that comes. It is counted by the store, in the statement behind its own: for a trigger SQLite would copy
-- every page that the row and its indexes change. What moves and goes is rarer, and its triggers stay.
DROP TRIGGER case_comes;

-- The order of being due is that of the queue within each priority: it is merged from there. Department and theme at the end let a
-- search step over what an agent can't do without looking at the rows.
DROP INDEX queue_by_due;
DROP INDEX queue;
CREATE INDEX queue ON cases (lane, rank, due, id, department, theme);

-- Nobody asks for cases of no theme.
DROP INDEX queue_of_theme;
DROP INDEX queue_of_department_and_theme;
CREATE INDEX queue_of_theme ON cases (theme, lane, rank, due, id) WHERE theme IS NOT NULL;
CREATE INDEX queue_of_department_and_theme ON cases (department, theme, lane, rank, due, id) WHERE theme IS NOT NULL;
