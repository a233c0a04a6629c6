//! Rows with their keyed hashes: of records, outcomes and conversations.

use super::parts::{Parts, Personal};
use super::{Content, Digest, JournalKey};
use crate::case::{CaseId, Record};
use crate::message::{CitizenId, MessageKey};
use crate::store::{StoreError, queue};

/// A record with its parts already encoded, on the caller's thread: the writer only stores it.
pub(in crate::store) struct RecordRow {
    pub(in crate::store) at: i64,
    pub(in crate::store) record_version: u16,
    pub(in crate::store) case: Option<CaseId>,
    pub(in crate::store) citizen: Option<String>,
    /// The version of the conversation that the same commit stores.
    pub(in crate::store) conversation_version: Option<i64>,
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "SQLite knows the positions of records beforehand")
    )]
    pub(in crate::store) nonce: Option<i64>,
    pub(in crate::store) parts: Parts,
    pub(in crate::store) digest: Option<Digest>,
    /// The record's hash, where the journal has a key.
    pub(in crate::store) hash: Option<Digest>,
}

impl RecordRow {
    pub(in crate::store) fn new(
        record: &Record,
        conversation_version: Option<i64>,
        nonce: Option<i64>,
        key: Option<&JournalKey>,
    ) -> Result<Self, StoreError> {
        let parts = Parts::of(record)?;
        let digest = parts.personal.as_ref().map(Personal::digest);
        let (at, case) = (queue::micros(record.at), record.case.clone());
        let hash = key.map(|key| {
            key.record(&Content {
                at,
                record_version: record.v.into(),
                case: case.as_ref().map(|case| case.as_str().as_bytes()),
                body: parts.body.as_bytes(),
                digest: digest.as_ref().map(|digest| &digest[..]),
                conversation_version,
                nonce,
            })
        });
        Ok(Self {
            at,
            record_version: record.v,
            case,
            citizen: citizen_of(record).map(|citizen| citizen.as_str().to_owned()),
            conversation_version,
            nonce,
            parts,
            digest,
            hash,
        })
    }
}

/// The sender of a record's message, or the recipient of its letter.
fn citizen_of(record: &Record) -> Option<&CitizenId> {
    let key = record.event.message().or_else(|| record.event.turn());
    key.map(MessageKey::sender)
}

/// The keyed hash of a stored outcome.
pub(in crate::store) fn hash_of_outcome(key: &JournalKey, message: &MessageKey, body: &str) -> Digest {
    let (account, sender) = (message.account().as_str(), message.sender().as_str());
    let parts = [account, sender, message.id(), body].map(str::as_bytes);
    key.row("outcome", &parts)
}

/// The keyed hash of a stored conversation.
pub(in crate::store) fn hash_of_conversation(
    key: &JournalKey,
    account: &str,
    citizen: &str,
    version: i64,
    body: &str,
) -> Digest {
    let version = version.to_be_bytes();
    let parts: [&[u8]; 4] = [account.as_bytes(), citizen.as_bytes(), &version, body.as_bytes()];
    key.row("conversation", &parts)
}
