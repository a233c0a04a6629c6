//! The encoding of values in columns, shared by the SQL stores.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::StoreError;
use crate::case::{Priority, State};
use crate::message::{AccountId, CitizenId, Conversation};

/// Writes a value as the JSON of a body column.
pub(super) fn to_body(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Backend {
        action: "write a value as JSON",
        source: Box::new(error),
    })
}

/// Reads a value from a body column. The error says why the body is unreadable.
pub(super) fn from_body<T: DeserializeOwned>(body: &[u8]) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// Reads a conversation from its row. One that belongs to another row, or has another version than its row, is
/// unreadable: no commit would ever replace it.
pub(super) fn conversation_of(
    body: &[u8],
    stored_version: i64,
    account: &AccountId,
    citizen: &CitizenId,
) -> Result<Conversation, String> {
    let conversation: Conversation = from_body(body)?;
    if (&conversation.account, &conversation.citizen) != (account, citizen) {
        return Err("it is the conversation of another row".to_owned());
    }
    if conversation.version == 0 || version(conversation.version) != stored_version {
        return Err("its version is not the one that its row names".to_owned());
    }
    Ok(conversation)
}

/// A new conversation in the place of an unreadable one. It goes on from the version of the row, so that the
/// records of earlier messages still find a conversation at their version or a later one.
pub(super) fn begun_again(account: &AccountId, citizen: &CitizenId, stored_version: i64) -> Conversation {
    tracing::error!(
        %account,
        "an unreadable conversation was set aside and a new one begun; the integrity report names it"
    );
    Conversation {
        version: stored_version.max(1).unsigned_abs(),
        ..Conversation::new(account.clone(), citizen.clone())
    }
}

/// The error for a stored row that cannot be read.
pub(super) fn unreadable(what: &'static str, id: &str, reason: String) -> StoreError {
    StoreError::Unreadable {
        what,
        id: id.to_owned(),
        reason,
    }
}

/// A version as a column stores it. A version beyond the column's range matches no row.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// A number of rows as a `LIMIT` or `OFFSET`.
pub(super) fn row_count(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// The number that stands for a state in a column.
///
/// The SQLite store uses [`LAPSED`] for a claimed case after it has seen that the lease ended.
pub(super) fn state_number(state: State) -> i16 {
    match state {
        State::Waiting => 0,
        State::Claimed => 2,
        State::Answered => 3,
        State::Closed => 4,
        State::AwaitingCitizen => 5,
        State::Offered => 6,
        State::Merged => 7,
    }
}

/// The number that no state has: a claimed case with an ended lease, beside the waiting cases in the queue's
/// order.
#[cfg(feature = "sqlite")]
pub(super) const LAPSED: i16 = 1;

/// The state that a number stands for.
pub(super) fn state_of(number: i16) -> Option<State> {
    State::ALL
        .into_iter()
        .find(|state| state_number(*state) == number)
}

/// The number that stands for a priority in a column. It rises along the queue.
pub(super) fn priority_number(priority: Priority) -> i16 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
    }
}

/// The priority that a number stands for.
pub(super) fn priority_of(number: i16) -> Option<Priority> {
    let all = [Priority::Urgent, Priority::High, Priority::Normal];
    all.into_iter()
        .find(|priority| priority_number(*priority) == number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_states_and_priorities_are_read_back() {
        for state in State::ALL {
            assert_eq!(state_of(state_number(state)), Some(state));
        }
        for priority in [Priority::Urgent, Priority::High, Priority::Normal] {
            assert_eq!(priority_of(priority_number(priority)), Some(priority));
        }
        assert_eq!((state_of(1), state_of(8)), (None, None));
        assert_eq!(priority_of(3), None);
    }
}
