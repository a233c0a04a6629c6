//! Sets an unreadable conversation aside, so that its citizen is not refused.

use super::erasure::query;
use super::pipeline::Pipeline;
use super::pool::ConnectionPool;
use super::read::{conversation_in, conversation_statement};
use super::retry::with_retries;
use super::rows::get;
use super::tables::Tables;
use crate::message::{AccountId, CitizenId, Conversation};
use crate::store::StoreError;
use crate::store::codec::{begun_again, to_body, version};
use crate::store::hash_chain::hash_of_conversation;

/// Keeps the row of an unreadable conversation aside, and puts a new conversation in its place. Gives the
/// stored conversation where another node was faster.
pub(super) fn begin_again(
    pool: &ConnectionPool,
    tables: &Tables,
    account: &AccountId,
    citizen: &CitizenId,
) -> Result<Conversation, StoreError> {
    with_retries("set an unreadable conversation aside", || {
        let mut session = pool.session();
        let lock = "SELECT 1 FROM @.conversations WHERE account = $1 AND citizen = $2 FOR UPDATE";
        let bound = |sql| {
            let statement = tables.statement(sql).name(account.as_str());
            statement.name(citizen.as_str())
        };
        session.send(tables.write().then(bound(lock)))?;
        let rows = query(&mut session, conversation_statement(tables, account, citizen))?;
        let row = rows.first();
        match conversation_in(row, account, citizen) {
            Err(StoreError::Unreadable { .. }) => {}
            readable => {
                session.send(Pipeline::rolling_back())?;
                return Ok(readable?);
            }
        }
        let stored = row.and_then(|row| get(row, 1).ok()).unwrap_or_default();
        let next = begun_again(account, citizen, stored);
        let body = to_body(&next)?;
        let stored = version(next.version);
        let hash = tables
            .key()
            .map(|key| hash_of_conversation(key, account.as_str(), citizen.as_str(), stored, &body).to_vec());
        let keep = "INSERT INTO @.unreadable_conversations
                        (account, citizen, version, body, row_hash, set_aside_at)
                    SELECT account, citizen, version, body, row_hash,
                        (extract(epoch FROM clock_timestamp()) * 1000000)::bigint
                    FROM @.conversations WHERE account = $1 AND citizen = $2";
        let replace = "UPDATE @.conversations SET version = $3, body = $4, row_hash = $5
                       WHERE account = $1 AND citizen = $2";
        let replace = bound(replace).number(stored).body(body).bytes_or_null(hash);
        session.send(
            Pipeline::continuing()
                .then(bound(keep))
                .then(replace)
                .committing(),
        )?;
        Ok(next)
    })
}
