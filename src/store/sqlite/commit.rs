//! Encodes a change set as rows, and stores them.

use rusqlite::{Connection, params};

use super::chain;
use super::rows::{backend, insert_case, update_case};
use crate::message::{Conversation, MessageKey};
use crate::store::case_columns::CaseRow;
use crate::store::codec::{to_body, version};
use crate::store::hash_chain::{Digest, RecordRow, hash_of_conversation, hash_of_outcome};
use crate::store::{ChangeSet, Conflict, JournalKey, StoreError};

/// A change set with its bodies already encoded, on the caller's thread: the writer only stores it.
pub(super) struct Rows {
    outcome: Option<(MessageKey, HashedBody)>,
    conversation: Option<(Conversation, HashedBody)>,
    cases: Vec<(Option<u64>, CaseRow)>,
    records: Vec<RecordRow>,
    key: Option<JournalKey>,
}

/// A row's body with the row's keyed hash.
struct HashedBody {
    body: String,
    hash: Option<Digest>,
}

impl Rows {
    pub(super) fn new(change: ChangeSet, key: Option<&JournalKey>) -> Result<Self, StoreError> {
        let conversation = change.conversation.map(|conversation| {
            let next = Conversation {
                version: conversation.version.saturating_add(1),
                ..conversation
            };
            let body = to_body(&next)?;
            let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
            let hash =
                key.map(|key| hash_of_conversation(key, account, citizen, version(next.version), &body));
            Ok::<_, StoreError>((next, HashedBody { body, hash }))
        });
        let conversation = conversation.transpose()?;
        let outcome = change.handled.map(|handled| {
            let body = to_body(&handled)?;
            let hash = key.map(|key| hash_of_outcome(key, &handled.key, &body));
            Ok::<_, StoreError>((handled.key, HashedBody { body, hash }))
        });
        let cases = change
            .cases
            .into_iter()
            .map(|next| Ok((next.expected, CaseRow::after(next.case, &change.records)?)));
        let cases = cases.collect::<Result<_, StoreError>>()?;
        // The first record names the version of the conversation.
        let mut conversation_version = conversation.as_ref().map(|(next, _)| version(next.version));
        let records = change.records.iter();
        let records = records.map(|record| RecordRow::new(record, conversation_version.take(), None, key));
        Ok(Self {
            outcome: outcome.transpose()?,
            conversation,
            cases,
            records: records.collect::<Result<_, _>>()?,
            key: key.cloned(),
        })
    }

    /// Whether the change opens or changes a case.
    pub(super) fn touch_a_case(&self) -> bool {
        !self.cases.is_empty() || self.records.iter().any(|record| record.case.is_some())
    }

    /// Stores all rows, or fails; the caller then rolls back.
    pub(super) fn store(&self, db: &Connection) -> Result<(), StoreError> {
        let failed = backend("store a change");
        if let Some((key, row)) = &self.outcome
            && !insert_outcome(db, key, row).map_err(&failed)?
        {
            return Err(Conflict::Handled.into());
        }
        if let Some((next, row)) = &self.conversation
            && !put_conversation(db, next, row).map_err(&failed)?
        {
            return Err(Conflict::Conversation.into());
        }
        for (expected, row) in &self.cases {
            let stored = match expected {
                None => insert_case(db, row),
                Some(expected) => update_case(db, row, *expected),
            };
            if !stored.map_err(&failed)? {
                return Err(Conflict::Case(row.case.id.clone()).into());
            }
        }
        chain::append(db, self.key.as_ref(), &self.records).map_err(failed)
    }
}

/// `false` when the message was handled before.
fn insert_outcome(db: &Connection, key: &MessageKey, row: &HashedBody) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(
        "INSERT INTO outcomes (account, sender, id, body, row_hash) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    let stored = statement.execute(params![
        key.account().as_str(),
        key.sender().as_str(),
        key.id(),
        row.body,
        row.hash,
    ])?;
    Ok(stored == 1)
}

/// Stores a conversation at the version that `next` has; `false` when the stored one is not the version
/// before.
fn put_conversation(db: &Connection, next: &Conversation, row: &HashedBody) -> rusqlite::Result<bool> {
    let mut statement = if next.version == 1 {
        db.prepare_cached(
            "INSERT INTO conversations (account, citizen, version, body, row_hash) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?
    } else {
        db.prepare_cached(
            "UPDATE conversations SET version = ?3, body = ?4, row_hash = ?5
             WHERE account = ?1 AND citizen = ?2 AND version = ?3 - 1",
        )?
    };
    let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
    let stored = statement.execute(params![
        account,
        citizen,
        version(next.version),
        row.body,
        row.hash
    ])?;
    Ok(stored == 1)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;
    use crate::case::{Event, Priority};
    use crate::store::contract::sample;

    #[test]
    fn only_changes_without_a_case_may_be_relaxed() {
        let touches = |change| Rows::new(change, None).unwrap().touch_a_case();
        let case = sample::case("C-1", "ann", Priority::Normal, 10);
        assert!(touches(sample::queueing(&case)));
        assert!(touches(sample::opening(&case)));
        assert!(touches(sample::moving(&case, &[Event::Closed]).0));
        assert!(!touches(sample::answering(&case.key)));
    }
}
