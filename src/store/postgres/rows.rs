//! Values to rows and back.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use crate::case::{Case, CaseId, Priority, Record, State};
use crate::store::StoreError;
use crate::store::hash_chain::{Sealed, join};

/// Where a waiting case's `free_at` stands: it was free ever since.
const EVER: i64 = i64::MIN;

/// A value as it is stored.
pub(super) fn to_body(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Backend {
        action: "write a value as JSON",
        source: Box::new(error),
    })
}

/// A stored value; the error's text says what is wrong with it.
pub(super) fn from_body<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, String> {
    let body: &str = get(row, column)?;
    serde_json::from_str(body).map_err(|error| error.to_string())
}

/// The record of a row that has its body and its personal part from `column` on.
pub(super) fn record(row: &Row, column: usize) -> Result<Record, String> {
    let (body, personal): (&str, Option<&str>) = (get(row, column)?, get(row, column + 1)?);
    join(body.as_bytes(), personal.map(str::as_bytes))
}

/// The columns of a journal's row, in the order of [`sealed`].
pub(super) const COLUMNS: &str = "place, at, v, case_id, body, personal, salt, digest, talk, nonce, hash";

/// A journal's row of [`COLUMNS`].
pub(super) fn sealed(row: &Row) -> Result<Sealed, String> {
    let bytes = |column| get::<Option<Vec<u8>>>(row, column);
    let text = |column| get::<Option<String>>(row, column).map(|text| text.map(String::into_bytes));
    Ok(Sealed {
        place: get(row, 0)?,
        at: get(row, 1)?,
        v: get::<i16>(row, 2)?.into(),
        case: bytes(3)?,
        body: text(4)?.unwrap_or_default(),
        personal: text(5)?,
        salt: bytes(6)?,
        digest: bytes(7)?,
        talk: get(row, 8)?,
        nonce: get(row, 9)?,
        hash: bytes(10)?,
        link: None,
    })
}

/// A column of a row.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, String> {
    row.try_get(column).map_err(|error| error.to_string())
}

/// The id of a row `id, …`, as it is stored.
pub(super) fn id(row: &Row) -> &[u8] {
    get(row, 0).unwrap_or_default()
}

/// The id of a row `id, …`, readable even where it is damaged.
pub(super) fn name(row: &Row) -> String {
    String::from_utf8_lossy(id(row)).into_owned()
}

/// A case of a row `id, version, body`, if it is what the row says.
pub(super) fn case(row: &Row) -> Result<Case, String> {
    let case: Case = from_body(row, 2)?;
    let stored: i64 = get(row, 1)?;
    if version(case.version) != stored {
        return Err("its version is not the one that its row names".to_owned());
    }
    if case.id.as_str().as_bytes() != id(row) {
        return Err("its number is not the one that its row names".to_owned());
    }
    Ok(case)
}

/// Says that a case is left out because its row can't be read, and which one it is.
pub(super) fn passed_over(row: &Row, reason: &str) -> CaseId {
    let id = name(row);
    tracing::error!(
        case = id,
        reason,
        "a stored case can't be read and is passed over"
    );
    CaseId::new(id)
}

/// A row that can't be read, as the error of the one who asked for it.
pub(super) fn unreadable(what: &'static str, id: &str, reason: String) -> StoreError {
    StoreError::Unreadable {
        what,
        id: id.to_owned(),
        reason,
    }
}

/// The instant that [`clock`](super::tables::clock) asked for.
pub(super) fn instant(row: &Row) -> Result<Timestamp, StoreError> {
    let micros = get(row, 0);
    let instant =
        micros.and_then(|micros| Timestamp::from_microsecond(micros).map_err(|error| error.to_string()));
    instant.map_err(|reason| unreadable("time of", "the server", reason))
}

/// A version as the server counts; one past its range matches no row.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// A number of rows as the server counts.
pub(super) fn bounded(rows: usize) -> i64 {
    i64::try_from(rows).unwrap_or(i64::MAX)
}

/// A state as the tables name it.
pub(super) fn state(state: State) -> i16 {
    match state {
        State::Waiting => 0,
        State::Claimed => 1,
        State::Answered => 2,
        State::Closed => 3,
        State::AwaitingCitizen => 4,
        State::Offered => 5,
        State::Merged => 6,
    }
}

/// A priority as a number that rises along the queue.
pub(super) fn rank(priority: Priority) -> i16 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
    }
}

/// The state that the tables name so.
pub(super) fn state_of(number: i16) -> Option<State> {
    State::ALL.into_iter().find(|known| state(*known) == number)
}

/// The priority of a rank.
pub(super) fn priority_of(number: i16) -> Option<Priority> {
    let all = [Priority::Urgent, Priority::High, Priority::Normal];
    all.into_iter().find(|known| rank(*known) == number)
}

/// From when on an agent may be given the case; nothing for one that is not to be had.
pub(super) fn free_at(case: &Case) -> Option<i64> {
    match case.state {
        State::Waiting => Some(EVER),
        _ => crate::store::queue::lease_end(case),
    }
}
