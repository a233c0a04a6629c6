//! Appends to the journal, and keeps its hash chain.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::file::{check_version, refused, trouble};
use super::rows::text;
use crate::message::MessageKey;
use crate::store::hash_chain::{Digest, JournalRow, RecordRow, hash_of_conversation, hash_of_outcome};
use crate::store::{JournalHead, JournalKey, StoreError};

/// The row of `journal_state`: both ends of the journal and of its hash chain.
pub(super) struct JournalState {
    record_count: i64,
    last_seq: i64,
    chain_hash: Option<Digest>,
    base_count: i64,
    base_hash: Option<Digest>,
    pub(super) pruned_to: i64,
}

impl JournalState {
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        let sql =
            "SELECT record_count, last_seq, chain_hash, base_count, base_hash, pruned_to FROM journal_state";
        db.prepare_cached(sql)?.query_row([], |row| {
            Ok(Self {
                record_count: row.get(0)?,
                last_seq: row.get(1)?,
                chain_hash: row.get(2)?,
                base_count: row.get(3)?,
                base_hash: row.get(4)?,
                pruned_to: row.get(5)?,
            })
        })
    }

    /// Stores the end of the chain.
    fn store(&self, db: &Connection) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE journal_state SET record_count = ?1, last_seq = ?2, chain_hash = ?3")?
            .execute(params![self.record_count, self.last_seq, self.chain_hash])
            .map(drop)
    }

    /// The head of the chain, for export.
    pub(super) fn head(&self) -> Option<JournalHead> {
        self.chain_hash
            .map(|hash| JournalHead::new(self.record_count.unsigned_abs(), hash))
    }

    /// The head of the part of the chain that retention has cut off.
    pub(super) fn base(&self) -> Option<JournalHead> {
        self.base_hash
            .map(|hash| JournalHead::new(self.base_count.unsigned_abs(), hash))
    }
}

/// Appends records to the journal in the order given.
pub(super) fn append(
    db: &Connection,
    key: Option<&JournalKey>,
    records: &[RecordRow],
) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO journal (seq, recorded_at, record_version, case_id, body, personal, personal_salt,
             personal_digest, citizen, conversation_version, chain_hash)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    // Without a key SQLite numbers the records.
    let mut state = match key {
        Some(_) if !records.is_empty() => Some(JournalState::read(db)?),
        _ => None,
    };
    for record in records {
        let case = record.case.as_ref().map(|case| case.as_str());
        if let (Some(state), Some(key), Some(hash)) = (&mut state, key, &record.hash) {
            state.last_seq += 1;
            state.record_count += 1;
            let before = state.chain_hash.unwrap_or_else(|| key.genesis());
            let case = case.map(str::as_bytes);
            state.chain_hash = Some(key.link(&before, state.last_seq, record.at, case, hash));
        }
        let personal = record.parts.personal.as_ref();
        insert.execute(params![
            state.as_ref().map(|state| state.last_seq),
            record.at,
            record.record_version,
            case,
            record.parts.body,
            personal.map(|personal| &personal.text),
            personal.map(|personal| personal.salt),
            record.digest,
            record.citizen,
            record.conversation_version,
            state.as_ref().and_then(|state| state.chain_hash),
        ])?;
    }
    state.map_or(Ok(()), |state| state.store(db))
}

/// The columns that [`journal_row`] reads.
pub(super) const COLUMNS: &str = "seq, recorded_at, record_version, case_id, body, personal, personal_salt,
    personal_digest, conversation_version, record_hash, chain_hash";

/// A row of [`COLUMNS`].
pub(super) fn journal_row(row: &Row<'_>) -> rusqlite::Result<JournalRow> {
    let bytes = |column| -> rusqlite::Result<Option<Vec<u8>>> {
        let value = row.get_ref(column)?;
        Ok(value.as_bytes_or_null().ok().flatten().map(<[u8]>::to_vec))
    };
    Ok(JournalRow {
        position: row.get(0)?,
        at: row.get(1)?,
        record_version: row.get(2)?,
        case: bytes(3)?,
        body: bytes(4)?.unwrap_or_default(),
        personal: bytes(5)?,
        salt: bytes(6)?,
        digest: bytes(7)?,
        conversation_version: row.get(8)?,
        nonce: None,
        hash: bytes(9)?,
        chain_hash: bytes(10)?,
    })
}

/// Checks that the journal's key is this one. The first key that a journal without one is opened with becomes
/// its key, and the whole journal is hashed with it.
pub(super) fn unlock(db: &mut Connection, path: &Path, key: Option<&JournalKey>) -> Result<(), StoreError> {
    const ACTION: &str = "hash the journal";
    let key_check = |db: &Connection| -> rusqlite::Result<Option<Vec<u8>>> {
        db.query_row("SELECT key_check FROM journal_state", [], |row| row.get(0))
            .optional()
            .map(Option::flatten)
    };
    match (key_check(db).map_err(trouble(path, ACTION))?, key) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(refused(path, "has a journal with a key: open it with that key")),
        (Some(known), Some(key)) if known == key.check() => return Ok(()),
        (Some(_), Some(_)) => return Err(refused(path, "has a journal with another key")),
        (None, Some(_)) => {}
    }
    let Some(key) = key else { return Ok(()) };
    let transaction = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(trouble(path, ACTION))?;
    let version = transaction.pragma_query_value(None, "user_version", |row| row.get(0));
    check_version(path, version.map_err(trouble(path, ACTION))?)?;
    if key_check(&transaction).map_err(trouble(path, ACTION))?.is_some() {
        // Another process was faster.
        drop(transaction);
        return unlock(db, path, Some(key));
    }
    hash_all(&transaction, key)
        .and_then(|()| transaction.commit())
        .map_err(trouble(path, ACTION))
}

/// Hashes every record, outcome and conversation.
fn hash_all(db: &Connection, key: &JournalKey) -> rusqlite::Result<()> {
    let mut state = JournalState::read(db)?;
    let mut chain_hash = key.genesis();
    let mut update = db.prepare("UPDATE journal SET chain_hash = ?2 WHERE seq = ?1")?;
    let mut records = db.prepare(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq"
    ))?;
    let (mut count, mut position) = (0, 0);
    loop {
        // In batches: rows must not be updated while a statement reads them.
        let batch: Vec<JournalRow> = records
            .query([position])?
            .mapped(journal_row)
            .take(500)
            .collect::<Result<_, _>>()?;
        for row in &batch {
            let hash = key.record(&row.content());
            chain_hash = key.link(&chain_hash, row.position, row.at, row.case.as_deref(), &hash);
            update.execute(params![row.position, chain_hash])?;
            count += 1;
            position = row.position;
        }
        if batch.is_empty() {
            break;
        }
    }
    // No position is used twice, not even that of a removed record.
    let last: Option<i64> = db
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'journal'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    state.record_count = count;
    state.last_seq = position.max(last.unwrap_or(0));
    state.chain_hash = Some(chain_hash);
    state.store(db)?;
    db.execute(
        "UPDATE journal_state SET key_check = ?1, base_count = 0, base_hash = NULL",
        [key.check()],
    )?;
    hash_rows(db, key)
}

fn hash_rows(db: &Connection, key: &JournalKey) -> rusqlite::Result<()> {
    let mut outcomes = db.prepare("SELECT rowid, account, sender, id, body FROM outcomes")?;
    let mut update = db.prepare("UPDATE outcomes SET row_hash = ?2 WHERE rowid = ?1")?;
    let mut rows = outcomes.query([])?;
    while let Some(row) = rows.next()? {
        let message = MessageKey::new(
            text(row, 1)?.as_str().into(),
            text(row, 2)?.as_str().into(),
            text(row, 3)?,
        );
        let hash = hash_of_outcome(key, &message, &text(row, 4)?);
        update.execute(params![row.get::<_, i64>(0)?, hash])?;
    }
    let mut conversations = db.prepare("SELECT rowid, account, citizen, version, body FROM conversations")?;
    let mut update = db.prepare("UPDATE conversations SET row_hash = ?2 WHERE rowid = ?1")?;
    let mut rows = conversations.query([])?;
    while let Some(row) = rows.next()? {
        let (account, citizen) = (text(row, 1)?, text(row, 2)?);
        let hash = hash_of_conversation(key, &account, &citizen, row.get(3)?, &text(row, 4)?);
        update.execute(params![row.get::<_, i64>(0)?, hash])?;
    }
    Ok(())
}
