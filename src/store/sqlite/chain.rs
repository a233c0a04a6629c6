//! The journal's end: where records are put, and the chain that seals them.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Row, TransactionBehavior, params};

use super::file::{check_version, refused, trouble};
use super::rows::text;
use crate::message::MessageKey;
use crate::store::hash_chain::{Digest, RecordRow, Sealed, seal_of_conversation, seal_of_outcome};
use crate::store::{JournalHead, JournalKey, StoreError};

/// What the one row of the chain says.
pub(super) struct Ends {
    pub(super) count: i64,
    pub(super) place: i64,
    pub(super) link: Option<Digest>,
    pub(super) base_count: i64,
    pub(super) base_link: Option<Digest>,
    pub(super) pruned: i64,
}

impl Ends {
    pub(super) fn read(db: &Connection) -> rusqlite::Result<Self> {
        db.prepare_cached("SELECT count, place, link, base_count, base_link, pruned FROM chain")?
            .query_row([], |row| {
                Ok(Self {
                    count: row.get(0)?,
                    place: row.get(1)?,
                    link: row.get(2)?,
                    base_count: row.get(3)?,
                    base_link: row.get(4)?,
                    pruned: row.get(5)?,
                })
            })
    }

    fn keep(&self, db: &Connection) -> rusqlite::Result<()> {
        db.prepare_cached("UPDATE chain SET count = ?1, place = ?2, link = ?3")?
            .execute(params![self.count, self.place, self.link])
            .map(drop)
    }

    /// The journal's end, to be exported.
    pub(super) fn head(&self) -> Option<JournalHead> {
        self.link
            .map(|link| JournalHead::new(self.count.unsigned_abs(), link))
    }

    /// Where what is left of the chain begins.
    pub(super) fn base(&self) -> Option<JournalHead> {
        self.base_link
            .map(|link| JournalHead::new(self.base_count.unsigned_abs(), link))
    }
}

/// Puts records at the journal's end, in the order given, and gives the place of the last one.
pub(super) fn append(
    db: &Connection,
    key: Option<&JournalKey>,
    records: &[RecordRow],
) -> rusqlite::Result<()> {
    let mut insert = db.prepare_cached(
        "INSERT INTO journal (seq, at, v, case_id, body, personal, salt, digest, citizen, talk, link)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    // Without a key SQLite numbers the records by itself.
    let mut ends = match key {
        Some(_) if !records.is_empty() => Some(Ends::read(db)?),
        _ => None,
    };
    for record in records {
        let case = record.case.as_ref().map(|case| case.as_str());
        if let (Some(ends), Some(key), Some(hash)) = (&mut ends, key, &record.hash) {
            ends.place += 1;
            ends.count += 1;
            let before = ends.link.unwrap_or_else(|| key.genesis());
            let case = case.map(str::as_bytes);
            ends.link = Some(key.link(&before, ends.place, record.at, case, hash));
        }
        let personal = record.parts.personal.as_ref();
        insert.execute(params![
            ends.as_ref().map(|ends| ends.place),
            record.at,
            record.v,
            case,
            record.parts.body,
            personal.map(|personal| &personal.text),
            personal.map(|personal| personal.salt),
            record.digest,
            record.citizen,
            record.talk,
            ends.as_ref().and_then(|ends| ends.link),
        ])?;
    }
    ends.map_or(Ok(()), |ends| ends.keep(db))
}

/// The columns of a journal's row, in the order of [`sealed`].
pub(super) const COLUMNS: &str = "seq, at, v, case_id, body, personal, salt, digest, talk, hash, link";

/// A journal's row of [`COLUMNS`].
pub(super) fn sealed(row: &Row<'_>) -> rusqlite::Result<Sealed> {
    let bytes = |column| -> rusqlite::Result<Option<Vec<u8>>> {
        let value = row.get_ref(column)?;
        Ok(value.as_bytes_or_null().ok().flatten().map(<[u8]>::to_vec))
    };
    Ok(Sealed {
        place: row.get(0)?,
        at: row.get(1)?,
        v: row.get(2)?,
        case: bytes(3)?,
        body: bytes(4)?.unwrap_or_default(),
        personal: bytes(5)?,
        salt: bytes(6)?,
        digest: bytes(7)?,
        talk: row.get(8)?,
        nonce: None,
        hash: bytes(9)?,
        link: bytes(10)?,
    })
}

/// Makes sure that the key is the one that the journal is sealed with. A journal that was not sealed before is sealed whole
/// with the first key that it is opened with.
pub(super) fn unlock(db: &mut Connection, path: &Path, key: Option<&JournalKey>) -> Result<(), StoreError> {
    const ACTION: &str = "seal the journal";
    let sealed_with = |db: &Connection| -> rusqlite::Result<Option<Vec<u8>>> {
        db.query_row("SELECT key FROM chain", [], |row| row.get(0))
            .optional()
            .map(Option::flatten)
    };
    match (sealed_with(db).map_err(trouble(path, ACTION))?, key) {
        (None, None) => return Ok(()),
        (Some(_), None) => return Err(refused(path, "has a sealed journal: open it with its key")),
        (Some(known), Some(key)) if known == key.check() => return Ok(()),
        (Some(_), Some(_)) => return Err(refused(path, "has a journal that is sealed with another key")),
        (None, Some(_)) => {}
    }
    let Some(key) = key else { return Ok(()) };
    let step = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(trouble(path, ACTION))?;
    let version = step.pragma_query_value(None, "user_version", |row| row.get(0));
    check_version(path, version.map_err(trouble(path, ACTION))?)?;
    if sealed_with(&step).map_err(trouble(path, ACTION))?.is_some() {
        // Another process was faster.
        drop(step);
        return unlock(db, path, Some(key));
    }
    seal(&step, key)
        .and_then(|()| step.commit())
        .map_err(trouble(path, ACTION))
}

/// Seals everything that is there.
fn seal(db: &Connection, key: &JournalKey) -> rusqlite::Result<()> {
    let mut ends = Ends::read(db)?;
    let mut link = key.genesis();
    ends.base_count = 0;
    let mut put = db.prepare("UPDATE journal SET link = ?2 WHERE seq = ?1")?;
    let mut records = db.prepare(&format!(
        "SELECT {COLUMNS} FROM journal WHERE seq > ?1 ORDER BY seq"
    ))?;
    let (mut count, mut place) = (0, 0);
    loop {
        // A batch at a time: what is changed is not read at the same moment.
        let batch: Vec<Sealed> = records
            .query([place])?
            .mapped(sealed)
            .take(500)
            .collect::<Result<_, _>>()?;
        for row in &batch {
            let hash = key.record(&row.content());
            link = key.link(&link, row.place, row.at, row.case.as_deref(), &hash);
            put.execute(params![row.place, link])?;
            count += 1;
            place = row.place;
        }
        if batch.is_empty() {
            break;
        }
    }
    // Places are never used twice, also those of records that are gone.
    let last: Option<i64> = db
        .query_row(
            "SELECT seq FROM sqlite_sequence WHERE name = 'journal'",
            [],
            |row| row.get(0),
        )
        .optional()?;
    ends.count = count;
    ends.place = place.max(last.unwrap_or(0));
    ends.link = Some(link);
    ends.keep(db)?;
    db.execute(
        "UPDATE chain SET key = ?1, base_count = 0, base_link = NULL",
        [key.check()],
    )?;
    seal_rows(db, key)
}

fn seal_rows(db: &Connection, key: &JournalKey) -> rusqlite::Result<()> {
    let mut outcomes = db.prepare("SELECT rowid, account, sender, id, body FROM handled")?;
    let mut put = db.prepare("UPDATE handled SET seal = ?2 WHERE rowid = ?1")?;
    let mut rows = outcomes.query([])?;
    while let Some(row) = rows.next()? {
        let message = MessageKey::new(
            text(row, 1)?.as_str().into(),
            text(row, 2)?.as_str().into(),
            text(row, 3)?,
        );
        let seal = seal_of_outcome(key, &message, &text(row, 4)?);
        put.execute(params![row.get::<_, i64>(0)?, seal])?;
    }
    let mut talks = db.prepare("SELECT rowid, account, citizen, version, body FROM conversations")?;
    let mut put = db.prepare("UPDATE conversations SET seal = ?2 WHERE rowid = ?1")?;
    let mut rows = talks.query([])?;
    while let Some(row) = rows.next()? {
        let (account, citizen) = (text(row, 1)?, text(row, 2)?);
        let seal = seal_of_conversation(key, &account, &citizen, row.get(3)?, &text(row, 4)?);
        put.execute(params![row.get::<_, i64>(0)?, seal])?;
    }
    Ok(())
}
