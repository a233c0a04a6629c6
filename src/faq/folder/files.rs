//! Private files, written under a temporary name and renamed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The extension of a temporary file.
pub(super) const TEMPORARY: &str = "tmp";

/// Creates the folder and its parents. Only the owner can enter a new folder.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens a file for reading and writing, or creates it with access for its owner only.
pub(super) fn open_or_create(path: &Path) -> io::Result<File> {
    private().create(true).truncate(false).open(path)
}

/// Writes a file atomically: a reader sees the former file, or none, or all of these bytes.
///
/// A file with the same content is left unchanged.
pub(super) fn put(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if read(path).is_ok_and(|present| present == bytes) {
        return Ok(());
    }
    let temporary = path.with_file_name(format!("{}.{TEMPORARY}", Uuid::new_v4()));
    let mut file = private().create_new(true).open(&temporary)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, path));
    if written.is_err() {
        // The first error is returned; pruning removes a temporary file that is left.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Reads a regular file, and withdraws access from everyone but its owner. Fails for anything else,
/// such as a pipe, which might block.
pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a regular file"));
    }
    // A file that belongs to somebody else can still be read.
    let _ = restrict(path);
    fs::read(path)
}

/// The SHA-256 hash in hexadecimal digits.
pub(super) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Withdraws access from everyone but the owner.
#[cfg(unix)]
fn restrict(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if fs::metadata(path)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(path, fs::Permissions::from_mode(0o600))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn restrict(_: &Path) -> io::Result<()> {
    Ok(())
}
