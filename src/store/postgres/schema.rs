//! The tables, and the upgrade of a schema from an earlier version.

use std::time::Duration;

use super::PostgresOptions;
use super::pipeline::Pipeline;
use super::pool::{ConnectionPool, Session};
use super::rows::get;
use super::tables::Tables;
use crate::store::StoreError;

const ACTION: &str = "upgrade the schema";

/// The version of the schema that this crate writes.
pub(super) const NEWEST: i64 = 7;

/// The oldest version that this crate upgrades.
const OLDEST: i64 = 5;

/// The whole schema of [`NEWEST`], for a database without one.
const SCHEMA: &str = include_str!("schema/007.sql");

/// One script for each version from [`OLDEST`] on: it makes the next version out of that one. A released
/// script is never changed.
const UPGRADES: &[&str] = &[
    include_str!("schema/from_005.sql"),
    include_str!("schema/from_006.sql"),
];

/// Every writing transaction of an earlier version writes to this table first: under the lock, those that have
/// begun have ended, and none begins before the upgrade has ended. It then finds the newer version. Reads are
/// not blocked by this lock.
fn lock_out_writers(version: i64) -> &'static str {
    match version {
        ..=5 => "LOCK TABLE @.fence IN EXCLUSIVE MODE",
        _ => "LOCK TABLE @.assertions IN EXCLUSIVE MODE",
    }
}

/// The advisory lock under which nodes upgrade one after the other: `CRPY`, as in the files of the SQLite
/// store.
const LOCK: i64 = 0x4352_5059;

/// The limit of one statement of an upgrade, and of the wait for another node's upgrade: rebuilding an index
/// of millions of rows takes minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// Upgrades the schema to the newest version in one transaction, or creates it. Changes nothing in a schema
/// of the newest version.
pub(super) fn migrate(pool: &ConnectionPool, options: &PostgresOptions) -> Result<(), StoreError> {
    let schema = &options.schema;
    if check(schema, look(pool, &Tables::new(options), schema)?)? == Some(NEWEST) {
        return Ok(());
    }
    let tables = &Tables::new(&PostgresOptions {
        statement_timeout: LIMIT,
        lock_timeout: LIMIT,
        ..options.clone()
    });
    let mut session = pool.long_session(LIMIT);
    // Another node may have been faster: only the version that is read under the lock counts. The lock ends
    // with the transaction.
    let lock = tables.statement("SELECT pg_advisory_xact_lock($1)").number(LOCK);
    let found = found(
        &mut session,
        tables,
        tables.write_any_version().then(lock),
        schema,
    )?;
    let version = check(schema, found)?;
    let mut pipeline = Pipeline::continuing();
    let scripts = match version {
        None => {
            if found == Found::Nothing {
                pipeline = pipeline.then(tables.statement("CREATE SCHEMA @"));
            }
            pipeline =
                pipeline.then(tables.statement("CREATE TABLE @.civic_reply (version bigint NOT NULL)"));
            pipeline = pipeline.then(tables.statement("INSERT INTO @.civic_reply VALUES (0)"));
            &[SCHEMA]
        }
        Some(NEWEST) => &[][..],
        Some(version) => {
            pipeline = pipeline.then(tables.statement(lock_out_writers(version)));
            let done = usize::try_from(version - OLDEST).unwrap_or(0);
            UPGRADES.get(done..).unwrap_or_default()
        }
    };
    for statement in scripts.iter().flat_map(|script| statements(script)) {
        pipeline = pipeline.then(tables.statement(&statement));
    }
    let mark = tables
        .statement("UPDATE @.civic_reply SET version = $1")
        .number(NEWEST);
    end(&mut session, pipeline.then(mark))
}

/// The contents of a schema.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// There is no schema of this name.
    Nothing,
    /// A schema without tables.
    Empty,
    /// Tables of another program.
    Foreign,
    /// The store's own tables, of this version.
    Version(i64),
}

/// Looks at the schema without changing anything.
fn look(pool: &ConnectionPool, tables: &Tables, schema: &str) -> Result<Found, StoreError> {
    let mut session = pool.session();
    let seen = found(&mut session, tables, tables.read(), schema)?;
    end(&mut session, Pipeline::continuing())?;
    Ok(seen)
}

fn found(
    session: &mut Session<'_>,
    tables: &Tables,
    pipeline: Pipeline,
    schema: &str,
) -> Result<Found, StoreError> {
    // The names are looked up as text: the tables may not exist.
    let sql = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = $1),
                      (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                       WHERE nspname = $1),
                      (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                       WHERE nspname = $1 AND relname = 'civic_reply')";
    let answers = session.send(pipeline.then(tables.statement(sql).body(schema.to_owned())));
    let answers = answers.map_err(|failure| failure.at(ACTION))?;
    let row = answers.last().and_then(|rows| rows.first());
    let count = |column| {
        row.map_or(Ok(0), |row| get::<i64>(row, column))
            .unwrap_or_default()
    };
    match (count(0), count(1), count(2)) {
        (0, ..) => return Ok(Found::Nothing),
        (_, 0, _) => return Ok(Found::Empty),
        (_, _, 0) => return Ok(Found::Foreign),
        _ => {}
    }
    let pipeline = Pipeline::continuing().then(tables.statement("SELECT version FROM @.civic_reply"));
    let answers = session.send(pipeline).map_err(|failure| failure.at(ACTION))?;
    let row = answers.first().and_then(|rows| rows.first());
    Ok(Found::Version(
        row.and_then(|row| get(row, 0).ok()).unwrap_or_default(),
    ))
}

/// The version of the tables, `None` where there are none. Refuses a schema that this crate must not change.
fn check(schema: &str, found: Found) -> Result<Option<i64>, StoreError> {
    let refused = |reason: String| Err(StoreError::Refused(format!("schema `{schema}` {reason}")));
    match found {
        Found::Nothing | Found::Empty => Ok(None),
        Found::Version(version) if (OLDEST..=NEWEST).contains(&version) => Ok(Some(version)),
        Found::Version(version) if version > NEWEST => refused(format!(
            "was written by a newer civic-reply (schema {version}, this one knows {NEWEST}): \
             update before opening it"
        )),
        Found::Version(version) => refused(format!(
            "was written by a development version of civic-reply (schema {version}, \
             this one upgrades {OLDEST} and later): \
             connect once with a version that writes schema {OLDEST}, or start with a new schema"
        )),
        Found::Foreign => refused("holds tables of another program; it was left as it is".to_owned()),
    }
}

fn end(session: &mut Session<'_>, pipeline: Pipeline) -> Result<(), StoreError> {
    let done = session.send(pipeline.committing());
    done.map(drop).map_err(|failure| failure.at(ACTION))
}

/// The statements of a script. Comments have lines of their own, and no statement contains a semicolon.
fn statements(script: &str) -> Vec<String> {
    let lines = script.lines().filter(|line| !line.trim_start().starts_with("--"));
    let code = lines.collect::<Vec<_>>().join("\n");
    let statements = code.split(';').map(str::trim);
    statements
        .filter(|statement| !statement.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_fall_into_statements() {
        for script in UPGRADES.iter().chain([&SCHEMA]) {
            let statements = statements(script);
            assert!(!statements.is_empty());
            for statement in statements {
                let changes = ["CREATE ", "ALTER ", "INSERT INTO @.journal_state "];
                assert!(
                    changes.iter().any(|change| statement.starts_with(change)),
                    "{statement}"
                );
                assert!(!statement.contains("--"), "a comment after code: {statement}");
                assert!(statement.contains(" @."), "outside the schema: {statement}");
            }
        }
    }

    #[test]
    fn only_own_tables_of_known_versions_are_changed() {
        assert!(matches!(check("desk", Found::Nothing), Ok(None)));
        assert!(matches!(check("desk", Found::Empty), Ok(None)));
        for known in OLDEST..=NEWEST {
            assert!(matches!(check("desk", Found::Version(known)), Ok(Some(version)) if version == known));
        }
        for refused in [
            Found::Foreign,
            Found::Version(OLDEST - 1),
            Found::Version(NEWEST + 1),
        ] {
            assert!(matches!(check("desk", refused), Err(StoreError::Refused(_))));
        }
    }
}
