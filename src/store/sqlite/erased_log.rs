//! Empties the write-ahead log after an erasure, as soon as no reader needs it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::file;
use crate::store::StoreError;

/// Whether the log may hold data that an erasure has removed.
pub(super) struct ErasedLog(AtomicBool);

impl ErasedLog {
    /// The log beside a file that was just opened. One that another process left behind may hold erased data.
    pub(super) fn of(path: &Path) -> Self {
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        let is_used = std::fs::metadata(log).is_ok_and(|file| file.len() > 0);
        Self(AtomicBool::new(is_used))
    }

    /// Notes that an erasure has left its data in the log.
    pub(super) fn leave(&self) {
        self.0.store(true, Ordering::Release);
    }

    /// Empties the log if it may hold erased data; `false` while a reader of this or another process needs it.
    /// Waits for readers for as long as `patience`.
    pub(super) fn empty(&self, path: &Path, patience: Duration) -> Result<bool, StoreError> {
        // An erasure that ends meanwhile sets the mark again.
        if !self.0.swap(false, Ordering::AcqRel) {
            return Ok(true);
        }
        let emptied = file::carry_over(path, patience);
        if !matches!(emptied, Ok(true)) {
            self.leave();
        }
        emptied
    }
}
