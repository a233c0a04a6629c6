-- Renames tables and columns of version 5, and gives states the numbers of the SQLite store.

ALTER TABLE @.handled RENAME TO outcomes;
ALTER INDEX @.handled_pkey RENAME TO outcomes_pkey;
ALTER TABLE @.outcomes RENAME COLUMN seal TO row_hash;
ALTER TABLE @.conversations RENAME COLUMN seal TO row_hash;

ALTER TABLE @.cases RENAME COLUMN rank TO priority;
ALTER TABLE @.cases RENAME COLUMN due TO next_due_at;
ALTER TABLE @.cases RENAME COLUMN owing TO open_due_at;
ALTER TABLE @.cases RENAME COLUMN free_at TO claimable_at;
ALTER TABLE @.cases RENAME COLUMN token TO claim_token;
ALTER TABLE @.cases RENAME COLUMN sounds TO next_alarm_at;
ALTER TABLE @.cases RENAME COLUMN arrived TO arrived_at;
ALTER TABLE @.cases RENAME COLUMN holder TO claimed_by;
ALTER TABLE @.cases RENAME COLUMN offered TO offered_to;
ALTER TABLE @.cases RENAME COLUMN said TO search_text;
ALTER TABLE @.cases RENAME COLUMN ended TO ended_at;
ALTER TABLE @.cases RENAME COLUMN sends TO next_send_at;
ALTER TABLE @.cases RENAME COLUMN stuck TO stuck_since;
-- Rewrites the table with its indexes once.
ALTER TABLE @.cases ALTER COLUMN state TYPE smallint
USING (CASE WHEN state > 0 THEN state + 1 ELSE state END);
ALTER INDEX @.cases_held RENAME TO cases_claimed;
ALTER INDEX @.cases_owing RENAME TO cases_by_open_due;
ALTER INDEX @.cases_sounding RENAME TO cases_by_next_alarm;
ALTER INDEX @.cases_sending RENAME TO cases_by_next_send;

ALTER TABLE @.journal RENAME COLUMN place TO seq;
ALTER TABLE @.journal RENAME COLUMN at TO recorded_at;
ALTER TABLE @.journal RENAME COLUMN v TO record_version;
ALTER TABLE @.journal RENAME COLUMN salt TO personal_salt;
ALTER TABLE @.journal RENAME COLUMN digest TO personal_digest;
ALTER TABLE @.journal RENAME COLUMN talk TO conversation_version;
ALTER TABLE @.journal RENAME COLUMN hash TO record_hash;

ALTER TABLE @.seals RENAME TO chain_heads;
ALTER INDEX @.seals_pkey RENAME TO chain_heads_pkey;
ALTER TABLE @.chain_heads RENAME COLUMN place TO seq;
ALTER TABLE @.chain_heads RENAME COLUMN count TO record_count;
ALTER TABLE @.chain_heads RENAME COLUMN link TO chain_hash;

ALTER TABLE @.chain RENAME TO journal_state;
ALTER TABLE @.journal_state RENAME COLUMN key TO key_check;
ALTER TABLE @.journal_state RENAME COLUMN base_place TO base_seq;
ALTER TABLE @.journal_state RENAME COLUMN base_link TO base_hash;
ALTER TABLE @.journal_state RENAME COLUMN pruned TO pruned_to;

ALTER SEQUENCE @.commits RENAME TO commit_numbers;
ALTER TABLE @.gate RENAME TO commit_lock;
ALTER TABLE @.fence RENAME TO assertions;
ALTER TABLE @.assertions RENAME COLUMN as_read TO holds;
ALTER TABLE @.assertions RENAME CONSTRAINT as_read TO holds;
