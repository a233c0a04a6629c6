//! Copies the file while it is in use.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};

use super::file::{failed, refused};
use super::rows::backend;
use crate::store::StoreError;

/// Writes a copy beside `to`, and renames it when it is complete.
pub(super) fn write(db: &Connection, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(refused(to, "exists already: give the backup a new name"));
    }
    let part = part(to);
    let written =
        copy(db, &part).and_then(|()| publish(&part, to).map_err(|error| failed("name the backup", error)));
    if written.is_err() {
        // The next attempt overwrites a file that cannot be removed.
        let _ = fs::remove_file(&part);
    }
    written
}

/// Copies all pages in one step, from one snapshot, which blocks no writer.
fn copy(db: &Connection, part: &Path) -> Result<(), StoreError> {
    let _ = fs::remove_file(part);
    let mut copy = Connection::open(part).map_err(backend("open the backup"))?;
    let backup = Backup::new(db, &mut copy).map_err(backend("begin the backup"))?;
    let step = backup.step(-1).map_err(backend("write the backup"))?;
    drop(backup);
    if step != StepResult::Done {
        return Err(refused(
            part,
            "could not be written in one step: the file is locked, try again",
        ));
    }
    copy.close()
        .map_err(|(_, error)| backend("close the backup")(error))
}

/// Flushes the copy, renames it, and flushes the folder.
fn publish(part: &Path, to: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    fs::rename(part, to)?;
    match to.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => File::open(folder)?.sync_all(),
        None => File::open(".")?.sync_all(),
    }
}

fn part(to: &Path) -> PathBuf {
    let mut name = OsString::from(to);
    name.push(".part");
    PathBuf::from(name)
}
