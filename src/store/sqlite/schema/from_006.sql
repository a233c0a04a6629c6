-- Renames tables and columns of version 6. Rows stay as they are.

DROP TRIGGER case_moves;
DROP TRIGGER case_goes;
DROP INDEX cases_owing;
DROP INDEX cases_sounding;
DROP INDEX cases_sending;
DROP INDEX cases_held;

ALTER TABLE handled RENAME TO outcomes;
ALTER TABLE outcomes RENAME COLUMN seal TO row_hash;
ALTER TABLE conversations RENAME COLUMN seal TO row_hash;

ALTER TABLE cases RENAME COLUMN place TO row_id;
ALTER TABLE cases RENAME COLUMN lane TO queue_class;
ALTER TABLE cases RENAME COLUMN rank TO priority;
ALTER TABLE cases RENAME COLUMN due TO next_due_at;
ALTER TABLE cases RENAME COLUMN owing TO open_due_at;
ALTER TABLE cases RENAME COLUMN lease TO lease_ends_at;
ALTER TABLE cases RENAME COLUMN sounds TO next_alarm_at;
ALTER TABLE cases RENAME COLUMN arrived TO arrived_at;
ALTER TABLE cases RENAME COLUMN holder TO claimed_by;
ALTER TABLE cases RENAME COLUMN offered TO offered_to;
ALTER TABLE cases RENAME COLUMN said TO search_text;
ALTER TABLE cases RENAME COLUMN ended TO ended_at;
ALTER TABLE cases RENAME COLUMN sends TO next_send_at;
ALTER TABLE cases RENAME COLUMN stuck TO stuck_since;

ALTER TABLE tally RENAME TO case_counts;
ALTER TABLE case_counts RENAME COLUMN themed TO has_theme;
ALTER TABLE case_counts RENAME COLUMN lane TO queue_class;
ALTER TABLE case_counts RENAME COLUMN rank TO priority;

ALTER TABLE journal RENAME COLUMN at TO recorded_at;
ALTER TABLE journal RENAME COLUMN v TO record_version;
ALTER TABLE journal RENAME COLUMN salt TO personal_salt;
ALTER TABLE journal RENAME COLUMN digest TO personal_digest;
ALTER TABLE journal RENAME COLUMN talk TO conversation_version;
ALTER TABLE journal RENAME COLUMN hash TO record_hash;
ALTER TABLE journal RENAME COLUMN link TO chain_hash;

ALTER TABLE chain RENAME TO journal_state;
ALTER TABLE journal_state RENAME COLUMN one TO id;
ALTER TABLE journal_state RENAME COLUMN key TO key_check;
ALTER TABLE journal_state RENAME COLUMN count TO record_count;
ALTER TABLE journal_state RENAME COLUMN place TO last_seq;
ALTER TABLE journal_state RENAME COLUMN link TO chain_hash;
ALTER TABLE journal_state RENAME COLUMN base_link TO base_hash;
ALTER TABLE journal_state RENAME COLUMN pruned TO pruned_to;

CREATE INDEX cases_by_open_due ON cases (open_due_at, id) WHERE open_due_at IS NOT NULL;
CREATE INDEX cases_by_next_alarm ON cases (next_alarm_at, id) WHERE next_alarm_at IS NOT NULL;
CREATE INDEX cases_by_next_send ON cases (next_send_at, id) WHERE next_send_at IS NOT NULL;
CREATE INDEX cases_claimed ON cases (claimed_by, lease_ends_at) WHERE claimed_by IS NOT NULL;

CREATE TRIGGER count_updated_case AFTER UPDATE OF account, department, theme, queue_class, priority ON cases
WHEN (OLD.account, OLD.department, OLD.queue_class, OLD.priority)
        <> (NEW.account, NEW.department, NEW.queue_class, NEW.priority)
    OR OLD.theme IS NOT NEW.theme
BEGIN
    UPDATE case_counts SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND has_theme = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND queue_class = OLD.queue_class AND priority = OLD.priority;
    INSERT INTO case_counts
    VALUES (NEW.account, NEW.department, NEW.theme IS NOT NULL, ifnull(NEW.theme, ''), NEW.queue_class,
        NEW.priority, 1)
    ON CONFLICT DO UPDATE SET cases = cases + 1;
END;

CREATE TRIGGER count_deleted_case AFTER DELETE ON cases BEGIN
    UPDATE case_counts SET cases = cases - 1
    WHERE account = OLD.account AND department = OLD.department AND has_theme = (OLD.theme IS NOT NULL)
        AND theme = ifnull(OLD.theme, '') AND queue_class = OLD.queue_class AND priority = OLD.priority;
END;
