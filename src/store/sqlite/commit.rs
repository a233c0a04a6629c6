//! A change set as rows, and their way into the file.

use rusqlite::{Connection, params};

use super::rows::{CaseRow, RecordRow, backend, to_body, version};
use crate::message::{Conversation, MessageKey};
use crate::store::{ChangeSet, Conflict, StoreError};

/// A change set with its bodies already written: made on the caller's thread, so that the writer only stores.
pub(super) struct Rows {
    handled: Option<(MessageKey, String)>,
    conversation: Option<(Conversation, String)>,
    cases: Vec<(Option<u64>, CaseRow)>,
    records: Vec<RecordRow>,
}

impl Rows {
    pub(super) fn new(change: ChangeSet) -> Result<Self, StoreError> {
        let conversation = change.conversation.map(|conversation| {
            let next = Conversation {
                version: conversation.version.saturating_add(1),
                ..conversation
            };
            to_body(&next).map(|body| (next, body))
        });
        let handled = change
            .handled
            .map(|handled| to_body(&handled).map(|body| (handled.key, body)));
        let cases = change
            .cases
            .into_iter()
            .map(|next| Ok((next.expected, CaseRow::new(next.case)?)));
        Ok(Self {
            handled: handled.transpose()?,
            conversation: conversation.transpose()?,
            cases: cases.collect::<Result<_, StoreError>>()?,
            records: change
                .records
                .iter()
                .map(RecordRow::new)
                .collect::<Result<_, _>>()?,
        })
    }

    /// Stores everything, or fails; the caller undoes what was stored before the failure.
    pub(super) fn store(&self, db: &Connection) -> Result<(), StoreError> {
        let failed = backend("store a change");
        if let Some((key, body)) = &self.handled
            && !insert_handled(db, key, body).map_err(&failed)?
        {
            return Err(Conflict::Handled.into());
        }
        if let Some((next, body)) = &self.conversation
            && !put_conversation(db, next, body).map_err(&failed)?
        {
            return Err(Conflict::Conversation.into());
        }
        for (expected, row) in &self.cases {
            let stored = match expected {
                None => row.insert(db),
                Some(expected) => row.update(db, *expected),
            };
            if !stored.map_err(&failed)? {
                return Err(Conflict::Case(row.case.id.clone()).into());
            }
        }
        self.records
            .iter()
            .try_for_each(|record| record.append(db))
            .map_err(failed)
    }
}

/// `false` when the message was handled before.
fn insert_handled(db: &Connection, key: &MessageKey, body: &str) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(
        "INSERT INTO handled (account, sender, id, body) VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
    )?;
    let stored = statement.execute(params![
        key.account().as_str(),
        key.sender().as_str(),
        key.id(),
        body
    ])?;
    Ok(stored == 1)
}

/// `next` is at the version that it will have; `false` when the stored one is not the version before.
fn put_conversation(db: &Connection, next: &Conversation, body: &str) -> rusqlite::Result<bool> {
    let mut statement = if next.version == 1 {
        db.prepare_cached(
            "INSERT INTO conversations (account, citizen, version, body) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO NOTHING",
        )?
    } else {
        db.prepare_cached(
            "UPDATE conversations SET version = ?3, body = ?4
             WHERE account = ?1 AND citizen = ?2 AND version = ?3 - 1",
        )?
    };
    let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
    let stored = statement.execute(params![account, citizen, version(next.version), body])?;
    Ok(stored == 1)
}
