//! A change set as rows, and their way into the file.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::chain;
use super::rows::{CaseRow, backend, to_body, version};
use crate::case::{CaseId, Record};
use crate::message::{Conversation, MessageKey};
use crate::store::hash_chain::{Digest, RecordRow, seal_of_conversation, seal_of_outcome};
use crate::store::{ChangeSet, Conflict, JournalKey, StoreError};

/// A change set with its bodies already written: made on the caller's thread, so that the writer only stores.
pub(super) struct Rows {
    handled: Option<(MessageKey, Sealed)>,
    conversation: Option<(Conversation, Sealed)>,
    cases: Vec<(Option<u64>, CaseRow)>,
    records: Vec<RecordRow>,
    key: Option<JournalKey>,
}

/// A row's body with its seal.
struct Sealed {
    body: String,
    seal: Option<Digest>,
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
            let seal =
                key.map(|key| seal_of_conversation(key, account, citizen, version(next.version), &body));
            Ok::<_, StoreError>((next, Sealed { body, seal }))
        });
        let conversation = conversation.transpose()?;
        let handled = change.handled.map(|handled| {
            let body = to_body(&handled)?;
            let seal = key.map(|key| seal_of_outcome(key, &handled.key, &body));
            Ok::<_, StoreError>((handled.key, Sealed { body, seal }))
        });
        let cases = change.cases.into_iter().map(|next| {
            let at = last_record(&change.records, &next.case.id);
            Ok((next.expected, CaseRow::new(next.case, at)?))
        });
        let cases = cases.collect::<Result<_, StoreError>>()?;
        // The first record answers for the conversation too.
        let mut talk = conversation.as_ref().map(|(next, _)| version(next.version));
        let records = change.records.iter();
        let records = records.map(|record| RecordRow::new(record, talk.take(), None, key));
        Ok(Self {
            handled: handled.transpose()?,
            conversation,
            cases,
            records: records.collect::<Result<_, _>>()?,
            key: key.cloned(),
        })
    }

    /// Whether a case is opened or moved.
    pub(super) fn touch_a_case(&self) -> bool {
        !self.cases.is_empty() || self.records.iter().any(|record| record.case.is_some())
    }

    /// Stores everything, or fails; the caller undoes what was stored before the failure.
    pub(super) fn store(&self, db: &Connection) -> Result<(), StoreError> {
        let failed = backend("store a change");
        if let Some((key, row)) = &self.handled
            && !insert_handled(db, key, row).map_err(&failed)?
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
                None => row.insert(db),
                Some(expected) => row.update(db, *expected),
            };
            if !stored.map_err(&failed)? {
                return Err(Conflict::Case(row.case.id.clone()).into());
            }
        }
        chain::append(db, self.key.as_ref(), &self.records).map_err(failed)
    }
}

/// When the last of the records of a case was written.
fn last_record(records: &[Record], id: &CaseId) -> Timestamp {
    let of_case = records.iter().filter(|record| record.case.as_ref() == Some(id));
    of_case.map(|record| record.at).max().unwrap_or(Timestamp::MIN)
}

/// `false` when the message was handled before.
fn insert_handled(db: &Connection, key: &MessageKey, row: &Sealed) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached(
        "INSERT INTO handled (account, sender, id, body, seal) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT DO NOTHING",
    )?;
    let stored = statement.execute(params![
        key.account().as_str(),
        key.sender().as_str(),
        key.id(),
        row.body,
        row.seal,
    ])?;
    Ok(stored == 1)
}

/// `next` is at the version that it will have; `false` when the stored one is not the version before.
fn put_conversation(db: &Connection, next: &Conversation, row: &Sealed) -> rusqlite::Result<bool> {
    let mut statement = if next.version == 1 {
        db.prepare_cached(
            "INSERT INTO conversations (account, citizen, version, body, seal) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT DO NOTHING",
        )?
    } else {
        db.prepare_cached(
            "UPDATE conversations SET version = ?3, body = ?4, seal = ?5
             WHERE account = ?1 AND citizen = ?2 AND version = ?3 - 1",
        )?
    };
    let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
    let stored = statement.execute(params![
        account,
        citizen,
        version(next.version),
        row.body,
        row.seal
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
    fn only_what_touches_no_case_may_be_relaxed() {
        let touches = |change| Rows::new(change, None).unwrap().touch_a_case();
        let case = sample::case("C-1", "ann", Priority::Normal, 10);
        assert!(touches(sample::queueing(&case)));
        assert!(touches(sample::opening(&case)));
        assert!(touches(sample::moving(&case, &[Event::Closed]).0));
        assert!(!touches(sample::answering(&case.key)));
    }
}
