//! The tables, and how a file of an older version becomes one of today's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior, params};

use super::file::{APPLICATION_ID, check_version, refused, trouble};
use super::rows::{QueueClass, from_body};
use crate::case::{Case, Record};
use crate::store::hash_chain::RecordRow;
use crate::store::{StoreError, queue};

/// One script a version: script `n` makes a file of version `n` out of one of version `n - 1`. A script that was
/// released is never changed; what comes later is a new one.
const STEPS: &[&str] = &[
    include_str!("schema/001.sql"),
    include_str!("schema/002.sql"),
    include_str!("schema/003.sql"),
    include_str!("schema/004.sql"),
    include_str!("schema/005.sql"),
    include_str!("schema/006.sql"),
];

/// The first version that keeps when a case came, who holds it, to whom it is offered and what it says, and in which the end of
/// an offer is an alarm.
const PLACES_SINCE: i32 = 3;

/// The first version whose records are in two parts, and that keeps when a case ended.
const PARTS_SINCE: i32 = 4;

/// The version that this crate writes.
pub(super) fn newest() -> i32 {
    i32::try_from(STEPS.len()).unwrap_or(i32::MAX)
}

/// Brings the file to the newest version in one transaction, and marks a new one as ours.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    const ACTION: &str = "bring the file's schema up to date";
    let (owner, version) = marks(db).map_err(trouble(path, ACTION))?;
    if owner == APPLICATION_ID && version == newest() {
        return Ok(());
    }
    let step = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(trouble(path, ACTION))?;
    // Another process may have been faster: what counts is what stands there under the lock.
    let (owner, version) = marks(&step).map_err(trouble(path, ACTION))?;
    let blank = owner == 0 && version == 0 && tables(&step).map_err(trouble(path, ACTION))? == 0;
    if !blank && owner != APPLICATION_ID {
        return Err(refused(
            path,
            "is a SQLite file of another program; it was left as it is",
        ));
    }
    check_version(path, version)?;
    let work = || -> rusqlite::Result<()> {
        for script in STEPS.iter().skip(usize::try_from(version).unwrap_or(0)) {
            step.execute_batch(script)?;
        }
        if version < PLACES_SINCE {
            place_cases(&step)?;
        }
        if version < PARTS_SINCE {
            part_records(&step)?;
            place_ends(&step)?;
        }
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", newest())
    };
    work().and_then(|()| step.commit()).map_err(trouble(path, ACTION))
}

/// Puts the cases of an older file where they are found. One that can't be read stays where it is: nobody can raise its
/// alarms, and the integrity report names it.
fn place_cases(db: &Connection) -> rusqlite::Result<()> {
    let mut cases = db.prepare("SELECT place, body FROM cases")?;
    let mut put = db.prepare(
        "UPDATE cases SET sounds = ?2, arrived = ?3, holder = ?4, offered = ?5, said = ?6 WHERE place = ?1",
    )?;
    let mut rows = cases.query([])?;
    while let Some(row) = rows.next()? {
        let case: Result<Case, String> = from_body(row, 1);
        if let Ok(case) = case {
            put.execute(params![
                row.get::<_, i64>(0)?,
                queue::next_alarm(&case),
                queue::arrived(&case),
                queue::holder(&case).map(|agent| agent.as_str()),
                queue::offered_to(&case).map(|department| department.as_str()),
                queue::said(&case).into_bytes(),
            ])?;
        }
    }
    Ok(())
}

/// Parts the records of an older file into what names nobody and what may be erased. One that can't be read stays as it is.
fn part_records(db: &Connection) -> rusqlite::Result<()> {
    let mut records = db.prepare("SELECT seq, body FROM journal")?;
    let mut put = db.prepare(
        "UPDATE journal SET body = ?2, personal = ?3, salt = ?4, digest = ?5, citizen = ?6 WHERE seq = ?1",
    )?;
    let mut rows = records.query([])?;
    while let Some(row) = rows.next()? {
        let record: Result<Record, String> = from_body(row, 1);
        let Ok(record) = record else { continue };
        if let Ok(RecordRow {
            parts,
            digest,
            citizen,
            ..
        }) = RecordRow::new(&record, None, None, None)
        {
            let personal = parts.personal.as_ref();
            put.execute(params![
                row.get::<_, i64>(0)?,
                parts.body,
                personal.map(|personal| &personal.text),
                personal.map(|personal| personal.salt),
                digest,
                citizen,
            ])?;
        }
    }
    Ok(())
}

/// Notes of the cases of an older file when they ended.
fn place_ends(db: &Connection) -> rusqlite::Result<()> {
    let over = format!("{}, {}", QueueClass::Closed as i64, QueueClass::Merged as i64);
    db.execute_batch(&format!(
        "UPDATE cases SET ended = (SELECT max(at) FROM journal WHERE case_id = cases.id) WHERE lane IN ({over})"
    ))
}

/// Whose file it is, and its version.
fn marks(db: &Connection) -> rusqlite::Result<(i32, i32)> {
    let field = |name| db.pragma_query_value(None, name, |row| row.get(0));
    Ok((field("application_id")?, field("user_version")?))
}

fn tables(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}
