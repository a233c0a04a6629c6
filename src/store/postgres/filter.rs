//! A filter as SQL: only words of this file reach the statement, the filter's values are bound to it.

use super::rows::{bounded, rank, state};
use super::tables::Tables;
use super::turn::Statement;
use crate::case::State;
use crate::store::{CaseFilter, queue};

/// The conditions of a filter.
pub(super) struct Scope<'a> {
    filter: &'a CaseFilter,
    conditions: String,
    values: usize,
}

impl<'a> Scope<'a> {
    pub(super) fn of(filter: &'a CaseFilter) -> Self {
        let mut scope = Self {
            filter,
            conditions: String::new(),
            values: 0,
        };
        scope.ask("department", filter.department.is_some());
        scope.ask("theme", filter.theme.is_some());
        scope.ask("account", filter.account.is_some());
        scope.ask("citizen", filter.citizen.is_some());
        scope.ask("rank", filter.priority.is_some());
        scope.ask("state", filter.state.is_some());
        scope
    }

    /// The scope, unless no case of the filter's state can be given out.
    pub(super) fn claimable(self) -> Option<Self> {
        match self.filter.state {
            None | Some(State::Waiting | State::Claimed) => Some(self),
            Some(_) => None,
        }
    }

    fn ask(&mut self, column: &str, asked: bool) {
        if asked {
            self.values += 1;
            self.conditions
                .push_str(&format!(" AND {column} = ${}", self.values));
        }
    }

    fn bind(&self, mut statement: Statement) -> Statement {
        let filter = self.filter;
        let names = [
            filter.department.as_ref().map(|id| id.as_str()),
            filter.theme.as_ref().map(|id| id.as_str()),
            filter.account.as_ref().map(|id| id.as_str()),
            filter.citizen.as_ref().map(|id| id.as_str()),
        ];
        for name in names.into_iter().flatten() {
            statement = statement.name(name);
        }
        for number in [filter.priority.map(rank), filter.state.map(state)]
            .into_iter()
            .flatten()
        {
            statement = statement.small(number);
        }
        statement
    }

    /// The first case in the order of the queue that nobody holds, kept from others; without those in `skip`.
    ///
    /// The statement's own time bounds the search, because it can be looked up in the index: a lease that ends while
    /// the statement runs ends for the next one.
    pub(super) fn first_free(&self, tables: &Tables, skip: &[Vec<u8>]) -> Statement {
        let skipping = if skip.is_empty() {
            String::new()
        } else {
            format!(" AND id <> ALL (${})", self.values + 1)
        };
        let sql = format!(
            "SELECT id, version, body FROM @.cases
             WHERE free_at <= (extract(epoch FROM statement_timestamp()) * 1000000)::bigint{}{skipping}
             ORDER BY rank, due, id LIMIT 1 FOR UPDATE SKIP LOCKED",
            self.conditions
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
            "SELECT id, version, body FROM @.cases WHERE true{} ORDER BY rank, due, id LIMIT ${} OFFSET ${}",
            self.conditions,
            self.values + 1,
            self.values + 2,
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
