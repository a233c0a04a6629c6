-- Adds the conversations that could not be read.

-- Conversations that could not be read, as they were: the citizen goes on with a new one. The integrity report
-- names them until an erasure or retention removes them.
CREATE TABLE unreadable_conversations (
    account TEXT NOT NULL,
    citizen TEXT NOT NULL,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    row_hash BLOB,
    set_aside_at INTEGER NOT NULL
) STRICT;
