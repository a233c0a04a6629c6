//! Reads and writes rows of SQLite tables.

use std::error::Error;
use std::sync::LazyLock;

use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, Row, ToSql, params};
use serde::de::DeserializeOwned;

use crate::case::{Case, Record, State};
use crate::store::case_columns::{self, CaseRow, Column, Comparison, Value};
use crate::store::codec::{self, LAPSED, priority_number, state_number, version};
use crate::store::hash_chain::join;
use crate::store::{StoreError, queue};

/// Turns an error, mostly one of SQLite, into the store's.
pub(super) fn backend<E: Error + Send + Sync + 'static>(action: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError::Backend {
        action,
        source: Box::new(error),
    }
}

/// The value in a body column. The error says why it is unreadable.
pub(super) fn from_body<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, String> {
    let body = row.get_ref(column).map_err(|error| error.to_string())?;
    codec::from_body(body.as_bytes().map_err(|error| error.to_string())?)
}

/// A text column, readable even where it is damaged.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    })
}

/// The record with its body and its personal part in the columns from `column` on.
pub(super) fn record(row: &Row<'_>, column: usize) -> Result<Record, String> {
    let bytes = |column| row.get_ref(column).map_err(|error| error.to_string());
    let body = bytes(column)?;
    let body = body.as_bytes().map_err(|error| error.to_string())?;
    let personal = bytes(column + 1)?;
    let personal = personal.as_bytes_or_null().map_err(|error| error.to_string())?;
    join(body, personal)
}

/// The first column of the queue's indexes: the state, where a claimed case has one of two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueueClass {
    Of(State),
    /// Claimed, and the store has seen that the lease ended.
    Lapsed,
}

impl QueueClass {
    pub(super) fn number(self) -> i16 {
        match self {
            Self::Of(state) => state_number(state),
            Self::Lapsed => LAPSED,
        }
    }

    /// Whether the cases of the class are not over yet: only the others grow without end.
    pub(super) fn is_open(self) -> bool {
        match self {
            Self::Of(state) => !state.is_over(),
            Self::Lapsed => true,
        }
    }

    /// The state of the cases in the class of this number.
    pub(super) fn state_of(number: i16) -> Option<State> {
        if number == LAPSED {
            return Some(State::Claimed);
        }
        codec::state_of(number)
    }

    /// The classes of cases in these states; all classes where no state is given.
    pub(super) fn of_states(states: &[State]) -> Vec<Self> {
        let mut classes = Vec::new();
        for state in State::ALL {
            if states.is_empty() || states.contains(&state) {
                if state == State::Claimed {
                    classes.push(Self::Lapsed);
                }
                classes.push(Self::Of(state));
            }
        }
        classes
    }
}

/// The columns that only this store has.
static OWN: [Column; 2] = [
    // Only the passing of time makes a claimed case lapse, so the integrity report takes both numbers.
    Column::new("queue_class", |row| Value::Small(state_number(row.case.state)))
        .compared(Comparison::Special),
    Column::new("lease_ends_at", |row| Value::Number(queue::lease_end(&row.case))),
];

/// The columns of a case in this store.
pub(super) fn columns() -> impl Iterator<Item = &'static Column> + Clone {
    case_columns::SHARED.iter().chain(&OWN)
}

static INSERT: LazyLock<String> = LazyLock::new(|| {
    let (names, marks) = (
        case_columns::names(columns()),
        case_columns::placeholders('?', columns().count()),
    );
    format!("INSERT INTO cases ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING")
});

static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let expected = columns().count() + 1;
    let assignments = case_columns::assignments('?', columns());
    format!("UPDATE cases SET {assignments} WHERE id = ?1 AND version = ?{expected}")
});

impl ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match *self {
            Self::Small(number) => ValueRef::Integer(number.into()),
            Self::Number(number) => number.map_or(ValueRef::Null, ValueRef::Integer),
            Self::Name(name) => name.map_or(ValueRef::Null, |name| ValueRef::Text(name.as_bytes())),
            Self::Body(body) => ValueRef::Text(body.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

/// Stores a new case; `false` when there is a case of this number.
pub(super) fn insert_case(db: &Connection, row: &CaseRow) -> rusqlite::Result<bool> {
    let values: Vec<_> = columns().map(|column| (column.value)(row)).collect();
    let stored = db
        .prepare_cached(&INSERT)?
        .execute(rusqlite::params_from_iter(values))?
        == 1;
    if stored {
        count_new(db, &row.case)?;
    }
    Ok(stored)
}

/// Stores a case's next state; `false` when the stored case is not at version `expected`.
pub(super) fn update_case(db: &Connection, row: &CaseRow, expected: u64) -> rusqlite::Result<bool> {
    let expected = Value::Number(Some(version(expected)));
    let values: Vec<_> = columns()
        .map(|column| (column.value)(row))
        .chain([expected])
        .collect();
    let updated = db
        .prepare_cached(&UPDATE)?
        .execute(rusqlite::params_from_iter(values))?;
    Ok(updated == 1)
}

/// Adds a new case to the counts.
fn count_new(db: &Connection, case: &Case) -> rusqlite::Result<()> {
    let theme = case.theme.as_ref().map(|theme| theme.as_str());
    let mut statement = db.prepare_cached(
        "INSERT INTO case_counts (account, department, has_theme, theme, queue_class, priority, cases)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)
         ON CONFLICT DO UPDATE SET cases = cases + 1",
    )?;
    let counted = statement.execute(params![
        case.key.account().as_str(),
        case.department.as_str(),
        theme.is_some(),
        theme.unwrap_or_default(),
        state_number(case.state),
        priority_number(case.priority),
    ]);
    counted.map(drop)
}

/// Whether the columns of a row agree with the case in its body. The row holds [`columns`] from `first` on.
pub(super) fn columns_agree(row: &Row<'_>, first: usize, case: Case) -> rusqlite::Result<bool> {
    let expected = CaseRow::expected(case);
    for (column, n) in columns().zip(first..) {
        let stored = row.get_ref(n)?;
        let value = (column.value)(&expected);
        let agrees = match column.comparison {
            Comparison::Equal => matches!(value.to_sql()?, ToSqlOutput::Borrowed(value) if value == stored),
            Comparison::Presence => value.is_null() == (stored == ValueRef::Null),
            Comparison::Special if column.name == "queue_class" => {
                let number = stored.as_i64().ok().and_then(|number| i16::try_from(number).ok());
                number.and_then(QueueClass::state_of) == Some(expected.case.state)
            }
            Comparison::Special => true,
        };
        if !agrees {
            return Ok(false);
        }
    }
    Ok(true)
}
