//! The columns of a case, shared by the SQL stores: one list gives the statements, the values and the check.

use jiff::Timestamp;

use super::codec::{priority_number, to_body, version};
use super::{StoreError, queue};
use crate::case::{Case, Record};

/// A case with its body already encoded, on the caller's thread: the writer only stores it.
pub(super) struct CaseRow {
    pub(super) case: Case,
    body: String,
    search_text: Vec<u8>,
    ended_at: Option<i64>,
}

/// The value of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    /// A small number: a state or a priority.
    Small(i16),
    Number(Option<i64>),
    /// An identifier, compared as bytes.
    Name(Option<&'a str>),
    /// JSON text.
    Body(&'a str),
    Bytes(&'a [u8]),
}

/// How the integrity report compares a column with the case in the row's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Comparison {
    /// The stored value is the one that the case gives.
    Equal,
    /// The stored value is null exactly when the case gives null: its own value is not in the body.
    Presence,
    /// The store compares this column itself.
    Special,
}

/// A column: its name, its value for a case, and its check.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) value: for<'a> fn(&'a CaseRow) -> Value<'a>,
    pub(super) comparison: Comparison,
}

impl Column {
    pub(super) const fn new(name: &'static str, value: for<'a> fn(&'a CaseRow) -> Value<'a>) -> Self {
        Self {
            name,
            value,
            comparison: Comparison::Equal,
        }
    }

    pub(super) const fn compared(self, comparison: Comparison) -> Self {
        Self { comparison, ..self }
    }
}

/// The columns that both SQL stores have, `id` and `version` first. Instants are microseconds since 1970.
pub(super) static SHARED: [Column; 18] = [
    Column::new("id", |row| Value::Name(Some(row.case.id.as_str()))),
    Column::new("version", |row| Value::Number(Some(version(row.case.version)))),
    Column::new("priority", |row| Value::Small(priority_number(row.case.priority))),
    Column::new("next_due_at", |row| {
        Value::Number(Some(queue::next_due(&row.case)))
    }),
    Column::new("open_due_at", |row| Value::Number(queue::open_due(&row.case))),
    Column::new("next_alarm_at", |row| Value::Number(queue::next_alarm(&row.case))),
    Column::new("next_send_at", |row| Value::Number(queue::next_send(&row.case))),
    Column::new("stuck_since", |row| Value::Number(queue::stuck_since(&row.case))),
    Column::new("arrived_at", |row| Value::Number(Some(queue::arrived(&row.case)))),
    Column::new("ended_at", |row| Value::Number(row.ended_at)).compared(Comparison::Presence),
    Column::new("account", |row| {
        Value::Name(Some(row.case.key.account().as_str()))
    }),
    Column::new("citizen", |row| Value::Name(Some(row.case.key.sender().as_str()))),
    Column::new("department", |row| {
        Value::Name(Some(row.case.department.as_str()))
    }),
    Column::new("theme", |row| {
        Value::Name(row.case.theme.as_ref().map(|theme| theme.as_str()))
    }),
    Column::new("claimed_by", |row| {
        Value::Name(queue::claimed_by(&row.case).map(|agent| agent.as_str()))
    }),
    Column::new("offered_to", |row| {
        Value::Name(queue::offered_to(&row.case).map(|department| department.as_str()))
    }),
    Column::new("search_text", |row| Value::Bytes(&row.search_text)),
    Column::new("body", |row| Value::Body(&row.body)).compared(Comparison::Special),
];

impl CaseRow {
    /// A case after its last record, written at `last_record_at`.
    pub(super) fn new(case: Case, last_record_at: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            body: to_body(&case)?,
            search_text: queue::search_text(&case).into_bytes(),
            ended_at: case.state.is_over().then(|| queue::micros(last_record_at)),
            case,
        })
    }

    /// A case after the last of those `records` that belong to it.
    pub(super) fn after(case: Case, records: &[Record]) -> Result<Self, StoreError> {
        let of_case = records
            .iter()
            .filter(|record| record.case.as_ref() == Some(&case.id));
        let last = of_case.map(|record| record.at).max();
        Self::new(case, last.unwrap_or(Timestamp::MIN))
    }

    /// A stored case with the values that its columns must have, to be compared with them.
    pub(super) fn expected(case: Case) -> Self {
        Self {
            body: String::new(),
            search_text: queue::search_text(&case).into_bytes(),
            ended_at: case.state.is_over().then_some(0),
            case,
        }
    }
}

impl Value<'_> {
    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Number(None) | Self::Name(None))
    }
}

/// The names of columns, separated by commas.
pub(super) fn names<'a>(columns: impl IntoIterator<Item = &'a Column>) -> String {
    let names: Vec<_> = columns.into_iter().map(|column| column.name).collect();
    names.join(", ")
}

/// The placeholders of `columns` values, from `{mark}1` on, separated by commas.
pub(super) fn placeholders(mark: char, columns: usize) -> String {
    let all: Vec<_> = (1..=columns).map(|n| format!("{mark}{n}")).collect();
    all.join(", ")
}

/// The assignments of every column but the first, which is the id.
pub(super) fn assignments<'a>(mark: char, columns: impl IntoIterator<Item = &'a Column>) -> String {
    let numbered = columns.into_iter().zip(1..).skip(1);
    let all: Vec<_> = numbered
        .map(|(column, n)| format!("{} = {mark}{n}", column.name))
        .collect();
    all.join(", ")
}
