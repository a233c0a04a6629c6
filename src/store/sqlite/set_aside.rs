//! Sets an unreadable conversation aside, so that its citizen is not refused.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::read;
use super::rows::backend;
use crate::message::{AccountId, CitizenId, Conversation};
use crate::store::codec::{begun_again, to_body, version};
use crate::store::hash_chain::hash_of_conversation;
use crate::store::{JournalKey, StoreError, queue};

/// Keeps the row of an unreadable conversation aside, and puts a new conversation in its place. Gives the
/// stored conversation where another caller was faster.
pub(super) fn begin_again(
    db: &Connection,
    key: Option<&JournalKey>,
    account: &AccountId,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<Conversation, StoreError> {
    match read::conversation(db, account, citizen) {
        Err(StoreError::Unreadable { .. }) => {}
        readable => return readable,
    }
    let failed = backend("set an unreadable conversation aside");
    let parties = params![account.as_str(), citizen.as_str()];
    let stored = db
        .prepare_cached("SELECT version FROM conversations WHERE account = ?1 AND citizen = ?2")
        .and_then(|mut statement| statement.query_row(parties, |row| row.get(0)).optional())
        .map_err(&failed)?;
    let next = begun_again(account, citizen, stored.unwrap_or_default());
    let body = to_body(&next)?;
    let stored = version(next.version);
    let hash = key.map(|key| hash_of_conversation(key, account.as_str(), citizen.as_str(), stored, &body));
    let keep = "INSERT INTO unreadable_conversations
                    (account, citizen, version, body, row_hash, set_aside_at)
                SELECT account, citizen, version, body, row_hash, ?3 FROM conversations
                WHERE account = ?1 AND citizen = ?2";
    let replace = "UPDATE conversations SET version = ?3, body = ?4, row_hash = ?5
                   WHERE account = ?1 AND citizen = ?2";
    let (account, citizen) = (account.as_str(), citizen.as_str());
    db.execute(keep, params![account, citizen, queue::micros(now)])
        .and_then(|_| db.execute(replace, params![account, citizen, stored, body, hash]))
        .map_err(failed)?;
    Ok(next)
}
