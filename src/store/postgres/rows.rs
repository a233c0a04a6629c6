//! Reads and writes rows of PostgreSQL tables.

use std::sync::LazyLock;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::pipeline::Statement;
use crate::case::{Case, CaseId, Record, State};
use crate::message::MessageKey;
use crate::store::case_columns::{self, CaseRow, Column, Comparison, Value};
use crate::store::codec::{self, state_number, unreadable, version};
use crate::store::hash_chain::{JournalRow, join};
use crate::store::{StoreError, queue};

/// The `claimable_at` of a waiting case: it can always be claimed.
const ALWAYS: i64 = i64::MIN;

/// The value in a body column. The error says why it is unreadable.
pub(super) fn from_body<T: DeserializeOwned>(row: &Row, column: usize) -> Result<T, String> {
    codec::from_body(get::<&str>(row, column)?.as_bytes())
}

/// The record with its body and its personal part in the columns from `column` on.
pub(super) fn record(row: &Row, column: usize) -> Result<Record, String> {
    let (body, personal): (&str, Option<&str>) = (get(row, column)?, get(row, column + 1)?);
    join(body.as_bytes(), personal.map(str::as_bytes))
}

/// The columns that [`journal_row`] reads.
pub(super) const JOURNAL: &str = "seq, recorded_at, record_version, case_id, body, personal, personal_salt, \
                                  personal_digest, conversation_version, nonce, record_hash";

/// A row of [`JOURNAL`].
pub(super) fn journal_row(row: &Row) -> Result<JournalRow, String> {
    let bytes = |column| get::<Option<Vec<u8>>>(row, column);
    let text = |column| get::<Option<String>>(row, column).map(|text| text.map(String::into_bytes));
    Ok(JournalRow {
        position: get(row, 0)?,
        at: get(row, 1)?,
        record_version: get::<i16>(row, 2)?.into(),
        case: bytes(3)?,
        body: text(4)?.unwrap_or_default(),
        personal: text(5)?,
        salt: bytes(6)?,
        digest: bytes(7)?,
        conversation_version: get(row, 8)?,
        nonce: get(row, 9)?,
        hash: bytes(10)?,
        chain_hash: None,
    })
}

/// A column of a row.
pub(super) fn get<'a, T: FromSql<'a>>(row: &'a Row, column: usize) -> Result<T, String> {
    row.try_get(column).map_err(|error| error.to_string())
}

/// A name, which the tables store as bytes.
pub(super) fn text(row: &Row, column: usize) -> Result<&str, String> {
    std::str::from_utf8(get(row, column)?).map_err(|error| error.to_string())
}

/// The id of a row `id, …`, as it is stored.
pub(super) fn id(row: &Row) -> &[u8] {
    get(row, 0).unwrap_or_default()
}

/// The id of a row `id, …`, readable even where it is damaged.
pub(super) fn name(row: &Row) -> String {
    String::from_utf8_lossy(id(row)).into_owned()
}

/// The key of the message in a row `account, sender, id, …`.
pub(super) fn message(row: &Row) -> Result<MessageKey, String> {
    Ok(MessageKey::new(
        text(row, 0)?.into(),
        text(row, 1)?.into(),
        text(row, 2)?,
    ))
}

/// The case of a row `id, version, body, …`, if the id and the version agree with the body.
pub(super) fn case(row: &Row) -> Result<Case, String> {
    let case: Case = from_body(row, 2)?;
    let stored: i64 = get(row, 1)?;
    if version(case.version) != stored {
        return Err("its version is not the one in its row".to_owned());
    }
    if case.id.as_str().as_bytes() != id(row) {
        return Err("its number is not the one in its row".to_owned());
    }
    Ok(case)
}

/// Logs that an unreadable case is skipped, and gives its number.
pub(super) fn skipped(row: &Row, reason: &str) -> CaseId {
    let id = name(row);
    tracing::error!(case = id, reason, "a stored case is unreadable and is skipped");
    CaseId::new(id)
}

/// The instant that [`clock`](super::tables::clock) reads.
pub(super) fn instant(row: &Row) -> Result<Timestamp, StoreError> {
    let micros = get(row, 0);
    let instant =
        micros.and_then(|micros| Timestamp::from_microsecond(micros).map_err(|error| error.to_string()));
    instant.map_err(|reason| unreadable("time of", "the server", reason))
}

/// The columns that only this store has.
static OWN: [Column; 3] = [
    Column::new("state", |row| Value::Small(state_number(row.case.state))),
    Column::new("claimable_at", |row| Value::Number(claimable_at(&row.case))),
    Column::new("claim_token", |row| Value::Name(claim_token(&row.case))),
];

/// The columns of a case in this store.
pub(super) fn columns() -> impl Iterator<Item = &'static Column> + Clone {
    case_columns::SHARED.iter().chain(&OWN)
}

/// From when on an agent can claim the case; `None` for one that cannot be claimed.
fn claimable_at(case: &Case) -> Option<i64> {
    match case.state {
        State::Waiting => Some(ALWAYS),
        _ => queue::lease_end(case),
    }
}

/// The token of the case's claim.
pub(super) fn claim_token(case: &Case) -> Option<&str> {
    case.claim.as_ref().map(|claim| claim.token.as_str())
}

/// Inserts a case; its values are those of [`bind`].
pub(super) static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (names, marks) = (
        case_columns::names(columns()),
        case_columns::placeholders('$', columns().count()),
    );
    format!("INSERT INTO @.cases ({names}) VALUES ({marks})")
});

/// Updates a case; its values are those of [`bind`] and the expected version.
pub(super) static UPDATE: LazyLock<String> = LazyLock::new(|| update_sql(""));

/// The same for a case that also has the state and the claim token of the next two values.
pub(super) static UPDATE_CLAIMED: LazyLock<String> = LazyLock::new(|| {
    let next = columns().count() + 2;
    update_sql(&format!(
        " AND state = ${next} AND claim_token IS NOT DISTINCT FROM ${}",
        next + 1
    ))
});

/// Updates a case at the version of the next value after the columns, and under a further condition;
/// otherwise the statement fails.
fn update_sql(condition: &str) -> String {
    let (assignments, expected) = (case_columns::assignments('$', columns()), columns().count() + 1);
    format!(
        "WITH updated AS (
             UPDATE @.cases SET {assignments} WHERE id = $1 AND version = ${expected}{condition} RETURNING 1)
         INSERT INTO @.assertions SELECT false WHERE NOT EXISTS (SELECT FROM updated)"
    )
}

/// Binds the columns of a case to the next values of a statement.
pub(super) fn bind(statement: Statement, row: &CaseRow) -> Statement {
    columns().fold(statement, |statement, column| match (column.value)(row) {
        Value::Small(number) => statement.small(number),
        Value::Number(number) => statement.number_or_null(number),
        Value::Name(name) => statement.name_or_null(name),
        Value::Body(body) => statement.body(body.to_owned()),
        Value::Bytes(bytes) => statement.bytes(bytes.to_vec()),
    })
}

/// Whether the columns of a row agree with the case in its body. The row holds [`columns`] from `first` on.
pub(super) fn columns_agree(row: &Row, first: usize, case: Case) -> Result<bool, String> {
    let expected = CaseRow::expected(case);
    for (column, n) in columns().zip(first..) {
        let value = (column.value)(&expected);
        let agrees = match (column.comparison, value) {
            (Comparison::Special, _) => true,
            (Comparison::Presence, _) => value.is_null() == get::<Option<i64>>(row, n)?.is_none(),
            (Comparison::Equal, Value::Small(number)) => get::<i16>(row, n)? == number,
            (Comparison::Equal, Value::Number(number)) => get::<Option<i64>>(row, n)? == number,
            (Comparison::Equal, Value::Name(name)) => {
                get::<Option<&[u8]>>(row, n)? == name.map(str::as_bytes)
            }
            (Comparison::Equal, Value::Bytes(bytes)) => get::<&[u8]>(row, n)? == bytes,
            (Comparison::Equal, Value::Body(body)) => get::<&str>(row, n)? == body,
        };
        if !agrees {
            return Ok(false);
        }
    }
    Ok(true)
}
