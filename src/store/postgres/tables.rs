//! The schema of the tables, and the beginning of transactions.

use std::time::Duration;

use super::PostgresOptions;
use super::pipeline::{Pipeline, Statement};
use super::schema;
use crate::store::JournalKey;

/// A server or a role may be configured to acknowledge a commit before it is on disk.
const DURABLE: &str = "SELECT set_config('synchronous_commit', 'on', true) \
                       WHERE current_setting('synchronous_commit') = 'off'";

/// The store's schema and the limits of its transactions.
#[derive(Debug)]
pub(super) struct Tables {
    schema: String,
    limits: String,
    /// A statement that fails after another node has upgraded the tables: rows that this node writes would be
    /// incomplete. It waits for an upgrade that has begun.
    version_check: String,
    relaxed: bool,
    key: Option<JournalKey>,
}

impl Tables {
    pub(super) fn new(options: &PostgresOptions) -> Self {
        let (statement, lock) = (millis(options.statement_timeout), millis(options.lock_timeout));
        let schema = quoted(&options.schema);
        Self {
            version_check: format!(
                "INSERT INTO {schema}.assertions SELECT false FROM {schema}.civic_reply WHERE version <> {}",
                schema::NEWEST
            ),
            schema,
            // The locks of a node that stops between two round trips are released after the statement's
            // limit.
            limits: format!(
                "SET LOCAL statement_timeout = {statement}; SET LOCAL lock_timeout = {lock}; \
                 SET LOCAL idle_in_transaction_session_timeout = {statement}"
            ),
            relaxed: options.relaxed_answers,
            key: options.journal_key.clone(),
        }
    }

    /// The key of the journal.
    pub(super) fn key(&self) -> Option<&JournalKey> {
        self.key.as_ref()
    }

    /// A statement on these tables. `@` in its text stands for the schema.
    pub(super) fn statement(&self, sql: &str) -> Statement {
        Statement::new(self.sql(sql))
    }

    pub(super) fn sql(&self, sql: &str) -> String {
        sql.replace('@', &self.schema)
    }

    /// Begins a transaction in which each statement sees all earlier commits.
    pub(super) fn write(&self) -> Pipeline {
        self.begin(&[DURABLE, &self.version_check])
    }

    /// The same for tables of any version, or for a schema without tables.
    pub(super) fn write_any_version(&self) -> Pipeline {
        self.begin(&[DURABLE])
    }

    /// Begins a transaction that need not be on disk when it is acknowledged, if the options allow that.
    pub(super) fn write_relaxed(&self) -> Pipeline {
        if self.relaxed {
            self.begin(&["SET LOCAL synchronous_commit = off", &self.version_check])
        } else {
            self.write()
        }
    }

    /// Begins a transaction that reads one snapshot.
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

/// Reads the server's clock, which all nodes of a database share.
pub(super) fn clock(tables: &Tables) -> Statement {
    tables.statement("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
}

/// At least 1: the server takes 0 as no limit.
fn millis(limit: Duration) -> i32 {
    i32::try_from(limit.as_millis()).unwrap_or(i32::MAX).max(1)
}

/// A quoted SQL identifier.
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
