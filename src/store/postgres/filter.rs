//! Translates a filter to SQL. Statements consist of the words of this file alone; the filter's values are
//! bound.

use super::pipeline::Statement;
use super::tables::Tables;
use crate::case::State;
use crate::store::codec::{priority_number, row_count, state_number};
use crate::store::cursor::Reading;
use crate::store::{CaseFilter, CaseOrder, ClaimOrder, ClaimQuery, queue};

/// The order of the queue.
const IN_ORDER: &str = "priority, next_due_at, id";

/// The columns of a page.
const PAGED: &str = "id, version, body, priority, next_due_at";

/// A value bound to a condition.
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
            ("offered_to = $", filter.offered_to.as_ref().map(|id| id.as_str())),
        ];
        for (condition, name) in names {
            scope.require(condition, name.map(Value::Name), "");
        }
        let priority = filter.priority.map(priority_number).map(Value::Small);
        scope.require("priority = $", priority, "");
        match filter.states.as_slice() {
            [] => {}
            // With one state, an index has the order.
            [one] => scope.require("state = $", Some(Value::Small(state_number(*one))), ""),
            several => {
                let several = several.iter().map(|one| state_number(*one)).collect();
                scope.require("state = ANY ($", Some(Value::Smalls(several)), ")");
            }
        }
        let before = filter.due_before.map(queue::micros).map(Value::Number);
        scope.require("open_due_at < $", before, "");
        let text = filter.text.as_deref().map(queue::folded_query);
        let text = text.map(|text| Value::Bytes(text.into_bytes()));
        scope.require("position($", text, " IN search_text) > 0");
        scope
    }

    /// The cases that an agent can be given, in the order of the query; `None` where the filter's states are
    /// never claimable.
    pub(super) fn claiming(query: &'a ClaimQuery) -> Option<Self> {
        let states = &query.among.states;
        let claimable = |state: &State| matches!(state, State::Waiting | State::Claimed);
        if !states.is_empty() && !states.iter().any(claimable) {
            return None;
        }
        let mut scope = Self::of(&query.among);
        scope.order = match query.first {
            ClaimOrder::Urgent => IN_ORDER,
            ClaimOrder::Due => "(priority > 0), next_due_at, id",
            ClaimOrder::Oldest => "(priority > 0), arrived_at, id",
        };
        if !query.departments.is_empty() {
            let departments = query.departments.iter().map(|id| id.as_str()).collect();
            scope.require("department = ANY ($", Some(Value::Names(departments)), ")");
        }
        if !query.themes.is_empty() {
            let themes = query.themes.iter().map(|id| id.as_str()).collect();
            scope.require(
                "(theme IS NULL OR theme = ANY ($",
                Some(Value::Names(themes)),
                "))",
            );
        }
        Some(scope)
    }

    /// Adds a condition on the next value. Its number goes between `before` and `after`.
    fn require(&mut self, before: &str, value: Option<Value<'a>>, after: &str) {
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

    /// Finds and locks the first claimable case that no other transaction has locked, except those in `skip`.
    ///
    /// The search compares with the time of the statement, which an index can use: a lease that ends while
    /// the statement runs counts as ended for the next one.
    pub(super) fn first_claimable(&self, tables: &Tables, skip: &[Vec<u8>]) -> Statement {
        let skipping = if skip.is_empty() {
            String::new()
        } else {
            format!(" AND id <> ALL (${})", self.values.len() + 1)
        };
        let sql = format!(
            "SELECT id, version, body FROM @.cases
             WHERE claimable_at <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint{}{skipping}
             ORDER BY {} LIMIT 1 FOR UPDATE SKIP LOCKED",
            self.conditions, self.order
        );
        let statement = self.bind(tables.statement(&sql));
        if skip.is_empty() {
            return statement;
        }
        statement.names(skip.iter().cloned().map(Some).collect())
    }

    /// The rows of the first page in the order of the queue.
    pub(super) fn page(&self, tables: &Tables, rows: usize) -> Statement {
        let sql = format!(
            "SELECT {PAGED} FROM @.cases WHERE true{} ORDER BY {IN_ORDER} LIMIT ${}",
            self.conditions,
            self.values.len() + 1,
        );
        self.bind(tables.statement(&sql)).number(row_count(rows))
    }

    /// The rows of the page of `reading`, with a last column: whether they are behind its place.
    pub(super) fn page_of(&self, tables: &Tables, reading: &Reading<'_>) -> Statement {
        let rows = reading.rows();
        let n = self.values.len();
        if self.filter.order == CaseOrder::Number {
            let sql = format!(
                "SELECT {PAGED}, true FROM @.cases WHERE id > ${}{} ORDER BY id LIMIT ${}",
                n + 1,
                self.conditions,
                n + 2,
            );
            let after = reading.number().map_or("", |id| id.as_str());
            return self
                .bind(tables.statement(&sql))
                .name(after)
                .number(row_count(rows));
        }
        let Some(place) = reading.queue_place() else {
            let sql = format!(
                "SELECT {PAGED}, false FROM @.cases WHERE true{} ORDER BY {IN_ORDER} LIMIT ${}",
                self.conditions,
                n + 1,
            );
            return self.bind(tables.statement(&sql)).number(row_count(rows));
        };
        // The cases behind the place are read only where those ahead do not fill the page.
        let part = |beside: &str| {
            format!(
                "SELECT {PAGED} FROM @.cases
                 WHERE ({IN_ORDER}) {beside} (${}, ${}, ${}) AND id <> ALL (${}){}",
                n + 1,
                n + 2,
                n + 3,
                n + 4,
                self.conditions,
            )
        };
        let rows_at = n + 5;
        let sql = format!(
            "WITH ahead AS MATERIALIZED ({} ORDER BY {IN_ORDER} LIMIT ${rows_at}),
             behind AS MATERIALIZED ({} AND (SELECT count(*) FROM ahead) < ${rows_at}
                 ORDER BY {IN_ORDER} LIMIT ${rows_at})
             SELECT {PAGED}, false AS behind FROM ahead UNION ALL SELECT {PAGED}, true FROM behind
             ORDER BY behind, {IN_ORDER}",
            part(">"),
            part("<="),
        );
        let seen = reading.seen().map(|id| Some(id.as_str().as_bytes().to_vec()));
        let statement = self.bind(tables.statement(&sql));
        statement
            .small(priority_number(place.priority))
            .number(place.due)
            .name(place.id.as_str())
            .names(seen.collect())
            .number(row_count(rows))
    }

    /// Counts all cases of the filter.
    pub(super) fn count(&self, tables: &Tables) -> Statement {
        let sql = format!("SELECT count(*) FROM @.cases WHERE true{}", self.conditions);
        self.bind(tables.statement(&sql))
    }
}
