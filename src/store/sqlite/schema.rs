//! The tables, and the upgrade of a file from an earlier version.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::file::{APPLICATION_ID, check_version, refused, trouble};
use crate::store::StoreError;

/// The version of the schema that this crate writes.
pub(super) const NEWEST: i32 = 8;

/// The oldest version that this crate upgrades.
pub(super) const OLDEST: i32 = 6;

/// The whole schema of [`NEWEST`], for a new file.
const SCHEMA: &str = include_str!("schema/008.sql");

/// One script for each version from [`OLDEST`] on: it makes the next version out of that one. A released
/// script is never changed.
const UPGRADES: &[&str] = &[
    include_str!("schema/from_006.sql"),
    include_str!("schema/from_007.sql"),
];

/// Upgrades the file to the newest version in one transaction, or creates the tables in a new one.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<(), StoreError> {
    const ACTION: &str = "upgrade the file's schema";
    let (owner, version) = marks(db).map_err(trouble(path, ACTION))?;
    if owner == APPLICATION_ID && version == NEWEST {
        return Ok(());
    }
    let transaction = db
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(trouble(path, ACTION))?;
    // Another process may have been faster: only the marks that are read under the lock count.
    let (owner, version) = marks(&transaction).map_err(trouble(path, ACTION))?;
    let blank = owner == 0 && version == 0 && count_tables(&transaction).map_err(trouble(path, ACTION))? == 0;
    if !blank && owner != APPLICATION_ID {
        return Err(refused(
            path,
            "is a SQLite file of another program; it was left as it is",
        ));
    }
    if !blank {
        check_version(path, version)?;
    }
    let scripts = if blank {
        &[SCHEMA]
    } else {
        let done = usize::try_from(version - OLDEST).unwrap_or(0);
        UPGRADES.get(done..).unwrap_or_default()
    };
    let work = || -> rusqlite::Result<()> {
        for script in scripts {
            transaction.execute_batch(script)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", NEWEST)
    };
    work()
        .and_then(|()| transaction.commit())
        .map_err(trouble(path, ACTION))
}

/// The program that the file belongs to, and its version.
fn marks(db: &Connection) -> rusqlite::Result<(i32, i32)> {
    let field = |name| db.pragma_query_value(None, name, |row| row.get(0));
    Ok((field("application_id")?, field("user_version")?))
}

fn count_tables(db: &Connection) -> rusqlite::Result<i64> {
    db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::collections::BTreeMap;

    use super::*;

    /// Every table with its columns, and every index and trigger with its text.
    fn shape(db: &Connection) -> BTreeMap<String, Vec<String>> {
        let mut objects = db
            .prepare("SELECT type, name, ifnull(sql, '') FROM sqlite_schema")
            .unwrap();
        let objects: Vec<(String, String, String)> = objects
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap()
            .map(Result::unwrap)
            .collect();
        let describe = |(kind, name, sql): (String, String, String)| {
            if kind != "table" {
                let words: Vec<_> = sql.split_whitespace().map(str::to_owned).collect();
                return (name, words);
            }
            let sql =
                "SELECT name || ' ' || type || ' ' || \"notnull\" || ' ' || pk FROM pragma_table_info(?1)
                       ORDER BY name";
            let mut columns = db.prepare(sql).unwrap();
            let columns = columns.query_map([&name], |row| row.get(0)).unwrap();
            (name.clone(), columns.map(Result::unwrap).collect())
        };
        objects.into_iter().map(describe).collect()
    }

    #[test]
    fn an_upgraded_file_has_the_schema_of_a_new_one() {
        for version in ["006", "007"] {
            let name = format!("tests/fixtures/sqlite-{version}.db");
            let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("desk.db");
            std::fs::copy(fixture, &path).unwrap();
            let mut upgraded = Connection::open(&path).unwrap();
            migrate(&mut upgraded, &path).unwrap();
            let mut new = Connection::open(folder.path().join("new.db")).unwrap();
            migrate(&mut new, &path).unwrap();
            assert_eq!(shape(&upgraded), shape(&new));
            assert_eq!(marks(&upgraded).unwrap(), marks(&new).unwrap());
        }
    }
}
