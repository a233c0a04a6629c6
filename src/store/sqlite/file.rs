//! Opens the file: checks its owner and its structure, and configures each connection.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::rows::backend;
use super::schema;
use crate::store::StoreError;

/// The oldest SQLite that the store accepts: older ones can lose committed pages when the write-ahead log is
/// reset.
const OLDEST_SQLITE: i32 = 3_051_003;

/// Marks a file as the store's, in the header field that SQLite reserves for this: `CRPY`.
pub(super) const APPLICATION_ID: i32 = 0x4352_5059;

/// The first bytes of a SQLite file.
const MAGIC: &[u8] = b"SQLite format 3\0";

/// The size of the write-ahead log on disk while it is not in use.
const LOG_BYTES: i64 = 64 << 20;

/// The pages in the log at which they are written back to the file: enough that pages of every commit are
/// written back once for many commits.
const CHECKPOINT_PAGES: i64 = 4_000;

/// The writer's page cache in KiB: the hot pages of the indexes of a million cases.
const WRITER_CACHE_KIB: i64 = 16 << 10;

/// Refuses a SQLite that is too old. `version` is SQLite's own number, 3051003 for 3.51.3.
pub(super) fn check_sqlite(version: i32) -> Result<(), StoreError> {
    if version >= OLDEST_SQLITE {
        return Ok(());
    }
    Err(StoreError::Refused(format!(
        "SQLite `{}.{}.{}` is older than 3.51.3 and may lose committed data: link a newer \
         one, or build with the one that rusqlite bundles",
        version / 1_000_000,
        version / 1_000 % 1_000,
        version % 1_000,
    )))
}

/// The file's absolute path. Refuses names that SQLite takes for something else.
pub(super) fn place(path: &Path) -> Result<PathBuf, StoreError> {
    if path.as_os_str().is_empty() || path == Path::new(":memory:") {
        let message = format!(
            "`{}` names no file: for a store in memory take the memory store",
            path.display()
        );
        return Err(StoreError::Refused(message));
    }
    std::path::absolute(path).map_err(|error| failed("find the file", error))
}

/// Reads the file's header without SQLite, so that a foreign file is not changed.
pub(super) fn check_header(path: &Path) -> Result<(), StoreError> {
    let mut header = Vec::with_capacity(100);
    match File::open(path) {
        Ok(file) => file
            .take(100)
            .read_to_end(&mut header)
            .map_err(|error| failed("read the file", error))?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed("open the file", error)),
    };
    if header.is_empty() {
        return Ok(());
    }
    if !header.starts_with(MAGIC) {
        return Err(refused(path, "is not a SQLite file; it was left as it is"));
    }
    // The offsets are part of the file format: https://sqlite.org/fileformat.html
    let field = |at: usize| {
        let bytes = header.get(at..at + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(i32::from_be_bytes)
    };
    match (field(68), field(60)) {
        (Some(APPLICATION_ID), Some(version)) => check_version(path, version),
        (Some(_), Some(_)) => Err(refused(
            path,
            "is a SQLite file of another program; it was left as it is",
        )),
        _ => Err(refused(path, "ends inside its header: restore it from a backup")),
    }
}

/// Refuses a file of a schema that this version of the crate cannot read or upgrade.
pub(super) fn check_version(path: &Path, version: i32) -> Result<(), StoreError> {
    let (oldest, newest) = (schema::OLDEST, schema::NEWEST);
    if version > newest {
        let message = format!(
            "was written by a newer civic-reply (schema {version}, this one knows {newest}): \
             update before opening it"
        );
        return Err(refused(path, &message));
    }
    if version < oldest {
        let message = format!(
            "was written by a development version of civic-reply (schema {version}, \
             this one upgrades {oldest} and later): \
             open it once with a version that writes schema {oldest}, or start with a new file"
        );
        return Err(refused(path, &message));
    }
    Ok(())
}

/// The connection that writes, on a file with the newest schema.
pub(super) fn open_writer(path: &Path, busy_timeout: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let mut db = Connection::open_with_flags(path, flags).map_err(trouble(path, "open the file"))?;
    let set_up = |db: &Connection| -> rusqlite::Result<()> {
        db.busy_timeout(busy_timeout)?;
        db.set_prepared_statement_cache_capacity(64);
        db.pragma_update(None, "trusted_schema", false)?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        // Erased data must not stay in free pages.
        db.pragma_update(None, "secure_delete", true)?;
        db.pragma_update(None, "journal_size_limit", LOG_BYTES)?;
        db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
        db.pragma_update(None, "cache_size", -WRITER_CACHE_KIB)
    };
    set_up(&db).map_err(trouble(path, "set up the file"))?;
    // The schema is created before the log is switched on, so that the header names the owner from the first
    // commit on.
    schema::migrate(&mut db, path)?;
    let mode: String = db
        .pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))
        .map_err(trouble(path, "switch on the write-ahead log"))?;
    if mode != "wal" {
        let message = format!("can't have a write-ahead log here (mode `{mode}`): put it on a local disk");
        return Err(refused(path, &message));
    }
    // Otherwise the undo data of statements and savepoints goes to a temporary file from 64 KiB on. This
    // setting comes after the upgrade, which sorts the indexes of a large file on disk.
    db.pragma_update(None, "temp_store", "MEMORY")
        .map_err(trouble(path, "set up the file"))?;
    Ok(db)
}

/// How long an erasure waits for readers that still need the log.
pub(super) const LOG_PATIENCE: Duration = Duration::from_secs(1);

/// Writes the log back to the file and empties it; `false` when a reader or a writer prevents it.
pub(super) fn carry_over(path: &Path, patience: Duration) -> Result<bool, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let carry = || -> rusqlite::Result<bool> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(patience)?;
        db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
            Ok(row.get::<_, i64>(0)? == 0)
        })
    };
    carry().map_err(backend("empty the write-ahead log"))
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path, busy_timeout: Duration) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_EXRESCODE;
    let set_up = || -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags)?;
        db.busy_timeout(busy_timeout)?;
        db.set_prepared_statement_cache_capacity(64);
        db.pragma_update(None, "trusted_schema", false)?;
        db.pragma_update(None, "query_only", true)?;
        Ok(db)
    };
    set_up().map_err(backend("open the file for reading"))
}

/// Refuses a file with a damaged structure.
pub(super) fn quick_check(db: &Connection, path: &Path) -> Result<(), StoreError> {
    match findings(db, "PRAGMA quick_check(1)")?.first() {
        None => Ok(()),
        Some(finding) => Err(damaged(path, finding)),
    }
}

/// The findings of one of SQLite's checks. Damage that ends the check is its last finding.
pub(super) fn findings(db: &Connection, check: &'static str) -> Result<Vec<String>, StoreError> {
    let mut findings = Vec::new();
    let mut read = || -> rusqlite::Result<()> {
        let mut statement = db.prepare(check)?;
        for line in statement.query_map([], |row| row.get::<_, String>(0))? {
            findings.extend(Some(line?).filter(|line| line != "ok"));
        }
        Ok(())
    };
    match read() {
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
            findings.push(error.to_string());
        }
        other => other.map_err(backend("check the file"))?,
    }
    Ok(findings)
}

/// Turns SQLite's error on opening into the store's. An error about damage names the remedy.
pub(super) fn trouble(path: &Path, action: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
    move |error| match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => damaged(path, &error.to_string()),
        _ => backend(action)(error),
    }
}

fn damaged(path: &Path, finding: &str) -> StoreError {
    refused(path, &format!("is damaged ({finding}): restore it from a backup"))
}

/// A refusal that begins with the file's name.
pub(super) fn refused(path: &Path, what: &str) -> StoreError {
    StoreError::Refused(format!("`{}` {what}", path.display()))
}

/// An error of the file system.
pub(super) fn failed(action: &'static str, error: std::io::Error) -> StoreError {
    StoreError::Backend {
        action,
        source: Box::new(error),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn an_old_sqlite_is_refused_and_the_one_here_is_not() {
        check_sqlite(rusqlite::version_number()).unwrap();
        check_sqlite(3_051_003).unwrap();
        let error = check_sqlite(3_045_001).unwrap_err().to_string();
        assert!(
            error.starts_with("SQLite `3.45.1` is older than 3.51.3"),
            "{error}"
        );
        assert!(check_sqlite(3_051_002).is_err());
    }

    #[test]
    fn each_connection_is_set_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("desk.db");
        let writer = open_writer(&path, Duration::from_secs(1)).unwrap();
        let reader = open_reader(&path, Duration::from_secs(1)).unwrap();
        let ask = |db: &Connection, name| {
            db.pragma_query_value(None, name, |row| row.get::<_, i64>(0))
                .unwrap()
        };
        assert_eq!(ask(&writer, "synchronous"), 2);
        assert_eq!(ask(&writer, "foreign_keys"), 1);
        assert_eq!(ask(&writer, "secure_delete"), 1);
        assert_eq!(ask(&writer, "temp_store"), 2);
        assert_eq!(ask(&writer, "busy_timeout"), 1_000);
        assert_eq!(ask(&writer, "application_id"), i64::from(APPLICATION_ID));
        assert_eq!(ask(&reader, "query_only"), 1);
        let mode: String = reader
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        let error = reader.execute("DELETE FROM cases", []).unwrap_err().to_string();
        assert!(error.contains("readonly"), "{error}");
    }
}
