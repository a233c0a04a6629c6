-- Adds the conversations that could not be read.

-- Conversations that could not be read, as they were: the citizen goes on with a new one. The integrity report
-- names them until an erasure or retention removes them.
CREATE TABLE @.unreadable_conversations (
    account bytea NOT NULL,
    citizen bytea NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    row_hash bytea,
    set_aside_at bigint NOT NULL
);
