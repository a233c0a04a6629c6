//! The tables, and how a file of an older version becomes one of today's.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::file::{APPLICATION_ID, check_version, refused, trouble};
use crate::store::StoreError;

/// One script a version: script `n` makes a file of version `n` out of one of version `n - 1`. A script that was
/// released is never changed; what comes later is a new one.
const STEPS: &[&str] = &[include_str!("schema/001.sql")];

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
        step.pragma_update(None, "application_id", APPLICATION_ID)?;
        step.pragma_update(None, "user_version", newest())
    };
    work().and_then(|()| step.commit()).map_err(trouble(path, ACTION))
}

/// Whose file it is, and its version.
fn marks(db: &Connection) -> rusqlite::Result<(i32, i32)> {
    let field = |name| db.pragma_query_value(None, name, |row| row.get(0));
    Ok((field("application_id")?, field("user_version")?))
}

fn tables(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}
