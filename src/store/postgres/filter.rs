//! A filter as SQL: only words of this file reach the statement, the filter's values are bound to it.

use super::pipeline::Statement;
use super::rows::{bounded, rank, state};
use super::tables::Tables;
use crate::case::State;
use crate::store::{CaseFilter, ClaimOrder, ClaimQuery, queue};

/// The order of the queue.
const IN_ORDER: &str = "rank, due, id";

/// A value that a condition is bound to.
enum Value<'a> {
    Name(&'a str),
    Names(Vec<&'a str>),
    Bytes(Vec<u8>),
    Small(i16),
    Smalls(Vec<i16>),
    Number(i64),
}

/// The conditions of a filter.
pub(super) struct Scope<'a> {
    filter: &'a CaseFilter,
    order: &'static str,
    conditions: String,
    values: Vec<Value<'a>>,
}

impl<'a> Scope<'a> {
    pub(super) fn of(filter: &'a CaseFilter) -> Self {
        let mut scope = Self {
            filter,
            order: IN_ORDER,
            conditions: String::new(),
            values: Vec::new(),
        };
        let names = [
            ("department = $", filter.department.as_ref().map(|id| id.as_str())),
            ("theme = $", filter.theme.as_ref().map(|id| id.as_str())),
            ("account = $", filter.account.as_ref().map(|id| id.as_str())),
            ("citizen = $", filter.citizen.as_ref().map(|id| id.as_str())),
            ("offered = $", filter.offered_to.as_ref().map(|id| id.as_str())),
        ];
        for (condition, name) in names {
            scope.ask(condition, name.map(Value::Name), "");
        }
        scope.ask("rank = $", filter.priority.map(rank).map(Value::Small), "");
        match filter.states.as_slice() {
            [] => {}
            // One alone lets an index give the order.
            [one] => scope.ask("state = $", Some(Value::Small(state(*one))), ""),
            several => {
                let several = several.iter().map(|one| state(*one)).collect();
                scope.ask("state = ANY ($", Some(Value::Smalls(several)), ")");
            }
        }
        let before = filter.due_before.map(queue::micros).map(Value::Number);
        scope.ask("owing < $", before, "");
        let text = filter.text.as_deref().map(queue::sought);
        let text = text.map(|text| Value::Bytes(text.into_bytes()));
        scope.ask("position($", text, " IN said) > 0");
        scope
    }

    /// What an agent may be given, in the order of the pick; nothing where no case of the filter's states can be given out.
    pub(super) fn picking(query: &'a ClaimQuery) -> Option<Self> {
        let states = &query.among.states;
        let out = |state: &State| matches!(state, State::Waiting | State::Claimed);
        if !states.is_empty() && !states.iter().any(out) {
            return None;
        }
        let mut scope = Self::of(&query.among);
        scope.order = match query.first {
            ClaimOrder::Urgent => IN_ORDER,
            ClaimOrder::Due => "(rank > 0), due, id",
            ClaimOrder::Oldest => "(rank > 0), arrived, id",
        };
        if !query.departments.is_empty() {
            let departments = query.departments.iter().map(|id| id.as_str()).collect();
            scope.ask("department = ANY ($", Some(Value::Names(departments)), ")");
        }
        if !query.themes.is_empty() {
            let themes = query.themes.iter().map(|id| id.as_str()).collect();
            scope.ask(
                "(theme IS NULL OR theme = ANY ($",
                Some(Value::Names(themes)),
                "))",
            );
        }
        Some(scope)
    }

    /// Adds a condition on the next value, whose number stands between `before` and `after`.
    fn ask(&mut self, before: &str, value: Option<Value<'a>>, after: &str) {
        if let Some(value) = value {
            self.values.push(value);
            let number = self.values.len();
            self.conditions.push_str(&format!(" AND {before}{number}{after}"));
        }
    }

    fn bind(&self, statement: Statement) -> Statement {
        let bytes = |name: &&str| Some(name.as_bytes().to_vec());
        self.values
            .iter()
            .fold(statement, |statement, value| match value {
                Value::Name(name) => statement.name(name),
                Value::Names(names) => statement.names(names.iter().map(bytes).collect()),
                Value::Bytes(bytes) => statement.bytes(bytes.clone()),
                Value::Small(number) => statement.small(*number),
                Value::Smalls(numbers) => statement.smalls(numbers.clone()),
                Value::Number(number) => statement.number(*number),
            })
    }

    /// The first case in the order that nobody holds, kept from others; without those in `skip`.
    ///
    /// The statement's own time bounds the search, because it can be looked up in the index: a lease that ends while
    /// the statement runs ends for the next one.
    pub(super) fn first_free(&self, tables: &Tables, skip: &[Vec<u8>]) -> Statement {
        let skipping = if skip.is_empty() {
            String::new()
        } else {
            format!(" AND id <> ALL (${})", self.values.len() + 1)
        };
        let sql = format!(
            "SELECT id, version, body FROM @.cases
             WHERE free_at <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint{}{skipping}
             ORDER BY {} LIMIT 1 FOR UPDATE SKIP LOCKED",
            self.conditions, self.order
        );
        let statement = self.bind(tables.statement(&sql));
        if skip.is_empty() {
            return statement;
        }
        statement.names(skip.iter().cloned().map(Some).collect())
    }

    /// One page in the order of the queue.
    pub(super) fn page(&self, tables: &Tables) -> Statement {
        let sql = format!(
            "SELECT id, version, body FROM @.cases WHERE true{} ORDER BY {} LIMIT ${} OFFSET ${}",
            self.conditions,
            self.order,
            self.values.len() + 1,
            self.values.len() + 2,
        );
        let statement = self.bind(tables.statement(&sql));
        let limit = bounded(self.filter.limit.unwrap_or(queue::PAGE));
        statement.number(limit).number(bounded(self.filter.offset))
    }

    /// How many there are in all.
    pub(super) fn count(&self, tables: &Tables) -> Statement {
        let sql = format!("SELECT count(*) FROM @.cases WHERE true{}", self.conditions);
        self.bind(tables.statement(&sql))
    }
}
