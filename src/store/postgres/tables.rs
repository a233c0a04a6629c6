//! Where the tables are, and how a transaction on them begins.

use std::time::Duration;

use super::PostgresOptions;
use super::pipeline::{Pipeline, Statement};
use super::schema;
use crate::store::JournalKey;

/// A server or a role may be set to acknowledge before the disk has it.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', true) \
                       WHERE current_setting('synchronous_commit') = 'off'";

/// The store's schema and the limits of its transactions.
#[derive(Debug)]
pub(super) struct Tables {
    schema: String,
    limits: String,
    /// Fails where another node has brought the tables up to a newer version: what this one writes would lack what that version
    /// keeps. One that is at it is waited for.
    fence: String,
    relaxed: bool,
    key: Option<JournalKey>,
}

impl Tables {
    pub(super) fn new(options: &PostgresOptions) -> Self {
        let (statement, lock) = (millis(options.statement_timeout), millis(options.lock_timeout));
        let schema = quoted(&options.schema);
        Self {
            fence: format!(
                "INSERT INTO {schema}.fence SELECT false FROM {schema}.civic_reply WHERE version <> {}",
                schema::newest()
            ),
            schema,
            // What a node that has stopped between two turns holds is free again when it would have been given up.
            limits: format!(
                "SET LOCAL statement_timeout = {statement}; SET LOCAL lock_timeout = {lock}; \
                 SET LOCAL idle_in_transaction_session_timeout = {statement}"
            ),
            relaxed: options.relaxed_answers,
            key: options.journal_key.clone(),
        }
    }

    /// What the journal is sealed with.
    pub(super) fn key(&self) -> Option<&JournalKey> {
        self.key.as_ref()
    }

    /// A statement on these tables; in its text `@` stands for their schema.
    pub(super) fn statement(&self, sql: &str) -> Statement {
        Statement::new(self.sql(sql))
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        sql.replace('@', &self.schema)
    }

    /// Begins a transaction that sees, in each statement, what was committed before it.
    pub(super) fn write(&self) -> Pipeline {
        self.begin(&[DURABLE, &self.fence])
    }

    /// The same on tables of whatever version, or where there are none yet.
    pub(super) fn write_unfenced(&self) -> Pipeline {
        self.begin(&[DURABLE])
    }

    /// Begins a transaction whose loss can be borne, where the options allow that.
    pub(super) fn write_relaxed(&self) -> Pipeline {
        if self.relaxed {
            self.begin(&["SET LOCAL synchronous_commit = off", &self.fence])
        } else {
            self.write()
        }
    }

    /// Begins a transaction that reads one moment.
    pub(super) fn read(&self) -> Pipeline {
        Pipeline::beginning(format!(
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {}",
            self.limits
        ))
    }

    fn begin(&self, more: &[&str]) -> Pipeline {
        let (limits, more) = (&self.limits, more.join("; "));
        Pipeline::beginning(format!(
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; {limits}; {more}"
        ))
    }
}

/// Asks the server's clock: what all nodes of a database agree on.
pub(super) fn clock(tables: &Tables) -> Statement {
    tables.statement("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
}

/// At least one: for the server, none is no limit.
fn millis(limit: Duration) -> i32 {
    i32::try_from(limit.as_millis()).unwrap_or(i32::MAX).max(1)
}

/// A name as SQL has it between quotes.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_stays_a_name() {
        let options = PostgresOptions {
            schema: "a\"; DROP SCHEMA b; --".into(),
            ..PostgresOptions::default()
        };
        let sql = Tables::new(&options).sql("SELECT 1 FROM @.cases");
        assert_eq!(sql, "SELECT 1 FROM \"a\"\"; DROP SCHEMA b; --\".cases");
    }

    #[test]
    fn no_limit_becomes_endless() {
        assert_eq!(millis(Duration::ZERO), 1);
        assert_eq!(millis(Duration::from_micros(1)), 1);
        assert_eq!(millis(Duration::from_secs(5)), 5_000);
        assert_eq!(millis(Duration::MAX), i32::MAX);
    }
}
