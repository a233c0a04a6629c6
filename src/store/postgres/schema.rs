//! The tables, and how those of an older version become today's.

use std::time::Duration;

use super::PostgresOptions;
use super::commit::places;
use super::pipeline::{Pipeline, Statement};
use super::pool::{ConnectionPool, Session};
use super::rows::{self, bounded, get};
use super::tables::Tables;
use crate::case::{Record, State};
use crate::store::hash_chain::RecordRow;
use crate::store::{StoreError, queue};

const ACTION: &str = "bring the schema up to date";

/// One script a version: script `n` makes tables of version `n` out of those of version `n - 1`. A script that was
/// released is never changed; what comes later is a new one.
const STEPS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
];

/// The first version that keeps when a case came, who holds it, to whom it is offered and what it says, and in which the end of
/// an offer is an alarm.
const PLACES_SINCE: i64 = 3;

/// The first version whose records are in two parts, and that keeps when a case ended.
const PARTS_SINCE: i64 = 4;

/// How many cases of an older version are read and placed at once.
const BATCH: usize = 500;

/// Where the nodes of one database wait for each other: `CRPY`, as in the other store's files.
const LOCK: i64 = 0x4352_5059;

/// How long one step may take, and how long a node waits for another that is at it: rebuilding an index of millions of
/// rows takes minutes.
const LIMIT: Duration = Duration::from_secs(600);

/// The version that this crate writes.
pub(super) fn newest() -> i64 {
    i64::try_from(STEPS.len()).unwrap_or(i64::MAX)
}

/// Brings the schema to the newest version in one transaction; looks only, when it is there already.
pub(super) fn migrate(link: &ConnectionPool, options: &PostgresOptions) -> Result<(), StoreError> {
    let schema = &options.schema;
    if check(schema, look(link, &Tables::new(options), schema)?)? == newest() {
        return Ok(());
    }
    let tables = &Tables::new(&PostgresOptions {
        statement_timeout: LIMIT,
        lock_timeout: LIMIT,
        ..options.clone()
    });
    let mut session = link.long_session(LIMIT);
    // Another node may have been faster: what counts is what stands there under the lock, which ends with the
    // transaction.
    let lock = tables.statement("SELECT pg_advisory_xact_lock($1)").number(LOCK);
    let found = found(&mut session, tables, tables.write_unfenced().then(lock), schema)?;
    let version = check(schema, found)?;
    let mut pipeline = Pipeline::going_on();
    if found == Found::Nothing {
        pipeline = pipeline.then(tables.statement("CREATE SCHEMA @"));
    }
    if version == 0 {
        pipeline = pipeline.then(tables.statement("CREATE TABLE @.civic_reply (version bigint NOT NULL)"));
        pipeline = pipeline.then(tables.statement("INSERT INTO @.civic_reply VALUES (0)"));
    }
    if version > 0 {
        // Every transaction that writes has been at the fence before anything else: those of older nodes end first, and none
        // begins until this one has ended. What it finds then is the newer version. Who only reads is not held up.
        pipeline = pipeline.then(tables.statement("LOCK TABLE @.fence IN EXCLUSIVE MODE"));
    }
    for script in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
        for statement in statements(script) {
            pipeline = pipeline.then(tables.statement(&statement));
        }
    }
    if (1..PLACES_SINCE).contains(&version) {
        session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
        pipeline = place_cases(&mut session, tables)?;
    }
    if version < PARTS_SINCE {
        pipeline = pipeline.then(tables.statement("INSERT INTO @.chain VALUES (NULL, 0, 0, NULL, 0)"));
    }
    if (1..PARTS_SINCE).contains(&version) {
        session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
        pipeline = part_records(&mut session, tables)?.then(place_ends(tables));
    }
    let mark = "UPDATE @.civic_reply SET version = $1";
    end(
        &mut session,
        pipeline.then(tables.statement(mark).number(newest())),
    )
}

/// Puts the cases of an older version where they are found, and gives the turn to go on with. One that can't be
/// read stays where it is: nobody can raise its alarms.
fn place_cases(session: &mut Session<'_>, tables: &Tables) -> Result<Pipeline, StoreError> {
    let mut last = Vec::new();
    loop {
        let sql = "SELECT id, version, body FROM @.cases WHERE id > $1 ORDER BY id LIMIT $2";
        let batch = tables.statement(sql).bytes(last).number(bounded(BATCH));
        let answers = session.pipeline(Pipeline::going_on().then(batch));
        let answers = answers.map_err(|failure| failure.at(ACTION))?;
        let found = answers.first().map(Vec::as_slice).unwrap_or_default();
        let mut pipeline = Pipeline::going_on();
        for row in found {
            if let Ok(case) = rows::case(row) {
                let sql = "UPDATE @.cases SET sounds = $1, arrived = $2, holder = $3, offered = $4, said = $5
                           WHERE id = $6";
                let put = tables.statement(sql).number_or_null(queue::next_alarm(&case));
                pipeline = pipeline.then(places(put, &case).bytes(rows::id(row).to_vec()));
            }
        }
        match found.last() {
            Some(row) if found.len() == BATCH => last = rows::id(row).to_vec(),
            _ => return Ok(pipeline),
        }
        session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
    }
}

/// Parts the records of an older version into what names nobody and what may be erased, and gives the turn to go on with.
/// One that can't be read stays as it is.
fn part_records(session: &mut Session<'_>, tables: &Tables) -> Result<Pipeline, StoreError> {
    let mut last = 0;
    loop {
        let sql = "SELECT place, body FROM @.journal WHERE place > $1 ORDER BY place LIMIT $2";
        let batch = tables.statement(sql).number(last).number(bounded(BATCH));
        let answers = session.pipeline(Pipeline::going_on().then(batch));
        let answers = answers.map_err(|failure| failure.at(ACTION))?;
        let found = answers.first().map(Vec::as_slice).unwrap_or_default();
        let mut pipeline = Pipeline::going_on();
        for row in found {
            last = get(row, 0).map_err(|reason| rows::unreadable("journal record", "?", reason))?;
            let record: Result<Record, String> = rows::from_body(row, 1);
            let Ok(record) = record else { continue };
            let parted = RecordRow::new(&record, None, None, None)?;
            let (salt, text) = parted.parts.personal.map_or((None, None), |personal| {
                (Some(personal.salt.to_vec()), Some(personal.text))
            });
            let sql = "UPDATE @.journal SET body = $2, personal = ($3::text[])[1], salt = $4, digest = $5, citizen = $6
                       WHERE place = $1";
            let put = tables.statement(sql).number(last).body(parted.parts.body);
            let put = put.bodies_or_null(vec![text]).bytes_or_null(salt);
            let put = put.bytes_or_null(parted.digest.map(|digest| digest.to_vec()));
            pipeline = pipeline.then(put.name_or_null(parted.citizen.as_deref()));
        }
        if found.len() < BATCH {
            return Ok(pipeline);
        }
        session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
    }
}

/// Notes of the cases of an older version when they ended.
fn place_ends(tables: &Tables) -> Statement {
    let sql = "UPDATE @.cases SET ended = (SELECT max(at) FROM @.journal WHERE case_id = cases.id)
               WHERE state = ANY ($1)";
    let over = State::ALL.into_iter().filter(|state| state.is_over());
    tables
        .statement(sql)
        .numbers(over.map(|over| rows::state(over).into()).collect())
}

/// What a schema holds.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// There is no schema of this name.
    Nothing,
    /// Nothing.
    Empty,
    /// Tables of another program.
    Foreign,
    /// The store's own, of this version.
    Version(i64),
}

/// Looks without touching anything.
fn look(link: &ConnectionPool, tables: &Tables, schema: &str) -> Result<Found, StoreError> {
    let mut session = link.session();
    let seen = found(&mut session, tables, tables.read(), schema)?;
    end(&mut session, Pipeline::going_on())?;
    Ok(seen)
}

fn found(
    session: &mut Session<'_>,
    tables: &Tables,
    pipeline: Pipeline,
    schema: &str,
) -> Result<Found, StoreError> {
    // Both names are looked up as text: the tables may not be there.
    let sql = "SELECT (SELECT count(*) FROM pg_namespace WHERE nspname = $1),
                      (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                       WHERE nspname = $1),
                      (SELECT count(*) FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
                       WHERE nspname = $1 AND relname = 'civic_reply')";
    let answers = session.pipeline(pipeline.then(tables.statement(sql).body(schema.to_owned())));
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
    let pipeline = Pipeline::going_on().then(tables.statement("SELECT version FROM @.civic_reply"));
    let answers = session.pipeline(pipeline).map_err(|failure| failure.at(ACTION))?;
    let row = answers.first().and_then(|rows| rows.first());
    Ok(Found::Version(
        row.and_then(|row| get(row, 0).ok()).unwrap_or_default(),
    ))
}

/// The version that the next script begins at; refuses what this crate must not touch.
fn check(schema: &str, found: Found) -> Result<i64, StoreError> {
    let newest = newest();
    match found {
        Found::Nothing | Found::Empty => Ok(0),
        Found::Version(version) if version <= newest => Ok(version),
        Found::Version(version) => Err(StoreError::Refused(format!(
            "schema `{schema}` was written by a newer civic-reply (schema {version}, this one knows {newest}): update \
             before opening it"
        ))),
        Found::Foreign => Err(StoreError::Refused(format!(
            "schema `{schema}` holds tables of another program; it was left as it is"
        ))),
    }
}

fn end(session: &mut Session<'_>, pipeline: Pipeline) -> Result<(), StoreError> {
    let done = session.pipeline(pipeline.committing());
    done.map(drop).map_err(|failure| failure.at(ACTION))
}

/// A script's statements. Comments stand on lines of their own, and no statement has a semicolon inside.
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
        for script in STEPS {
            let statements = statements(script);
            assert!(!statements.is_empty());
            for statement in statements {
                let changes = ["CREATE ", "ALTER TABLE "];
                assert!(
                    changes.iter().any(|change| statement.starts_with(change)),
                    "{statement}"
                );
                assert!(!statement.contains("--"), "a comment behind code: {statement}");
                assert!(statement.contains(" @."), "outside the schema: {statement}");
            }
        }
    }

    #[test]
    fn only_what_is_ours_and_not_newer_is_touched() {
        assert!(matches!(check("desk", Found::Nothing), Ok(0)));
        assert!(matches!(check("desk", Found::Empty), Ok(0)));
        let newest = newest();
        assert!(matches!(check("desk", Found::Version(newest)), Ok(version) if version == newest));
        for refused in [Found::Foreign, Found::Version(newest + 1)] {
            assert!(matches!(check("desk", refused), Err(StoreError::Refused(_))));
        }
    }
}
