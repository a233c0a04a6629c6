//! Reading a rulebook's folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{MAX_BYTES, MAX_ENTRIES, MAX_FILE_BYTES, MAX_FILES};
use crate::catalogue::{Wording, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::Location;

/// The TOML files below `root`, each with its name there and its bytes, sorted by name.
///
/// Links are followed. A folder that was already seen is not entered again, so a loop ends, and names that
/// start with a dot are left out: editors and mounted configuration keep their own copies under such names.
pub(super) fn read(root: &Path, problems: &mut Problems) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    let mut left = MAX_BYTES;
    for path in toml_files(root, problems) {
        let name = name_below(root, &path);
        match read_file(&path, left) {
            Ok(bytes) if bytes.len() as u64 > left => {
                problems.push(over_limit(wording!(
                    "folder-too-many-bytes",
                    folder = root.display(),
                    limit = MAX_BYTES
                )));
                return Vec::new();
            }
            Ok(bytes) => {
                left -= bytes.len() as u64;
                files.push((name, bytes));
            }
            Err(error) => problems.push(
                Diagnostic::error(
                    Code::UnreadableFile,
                    wording!("file-unreadable", file = name, error = error),
                )
                .at(whole_file(&name)),
            ),
        }
    }
    files.sort();
    files
}

fn over_limit(wording: Wording) -> Diagnostic {
    Diagnostic::error(Code::OverLimit, wording)
}

/// The error for an empty folder. An empty folder is usually a mount point without its mount: the rules in it
/// are unreachable, not removed.
fn empty_folder(root: &Path, folder: &Path) -> Diagnostic {
    let name = name_below(root, folder);
    Diagnostic::error(Code::EmptyFolder, wording!("folder-empty", folder = name))
}

/// The paths of the TOML files; every folder that can't be listed is a problem.
fn toml_files(root: &Path, problems: &mut Problems) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries = 0;
    let mut seen = BTreeSet::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let listed = folder.canonicalize().and_then(|real| {
            let is_new = seen.insert(real);
            is_new.then(|| list(&folder)).transpose()
        });
        let listed = match listed {
            Ok(Some(listed)) => listed,
            Ok(None) => continue,
            Err(error) => {
                problems.push(Diagnostic::error(
                    Code::UnreadableFolder,
                    wording!("folder-unreadable", folder = folder.display(), error = error),
                ));
                continue;
            }
        };
        if listed.is_empty() && folder != root {
            problems.push(empty_folder(root, &folder));
        }
        entries += listed.len();
        if entries > MAX_ENTRIES {
            problems.push(over_limit(wording!(
                "folder-too-many-entries",
                folder = root.display(),
                limit = MAX_ENTRIES
            )));
            return Vec::new();
        }
        // The stack returns the last one first.
        for path in listed.into_iter().rev() {
            let is_toml = path
                .extension()
                .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
            if path.is_dir() {
                folders.push(path);
            } else if is_toml {
                found.push(path);
            } else if let Some(error) = broken_link(&path) {
                problems.push(Diagnostic::error(
                    Code::UnreadableFolder,
                    wording!("link-broken", path = name_below(root, &path), error = error),
                ));
            }
        }
    }
    if found.len() > MAX_FILES {
        problems.push(over_limit(wording!(
            "folder-too-many-files",
            folder = root.display(),
            limit = MAX_FILES
        )));
        return Vec::new();
    }
    found
}

/// The error of following a broken link at `path`. Rules behind a broken link are unreachable, not removed.
fn broken_link(path: &Path) -> Option<io::Error> {
    let error = fs::metadata(path).err()?;
    // A file that was removed since the listing is gone, and no broken link.
    fs::symlink_metadata(path).is_ok().then_some(error)
}

fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            paths.push(entry.path());
        }
        if paths.len() > MAX_ENTRIES {
            break;
        }
    }
    paths.sort();
    Ok(paths)
}

/// The file's bytes, but at most one byte over the smaller of [`MAX_FILE_BYTES`] and `left`, which shows that
/// the limit is exceeded.
fn read_file(path: &Path, left: u64) -> io::Result<Vec<u8>> {
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no ordinary file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?
        .take(MAX_FILE_BYTES.min(left) + 1)
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The path below `root` with `/` between its parts.
fn name_below(root: &Path, path: &Path) -> String {
    let below = path.strip_prefix(root).unwrap_or(path);
    let parts: Vec<_> = below
        .components()
        .map(|part| part.as_os_str().to_string_lossy())
        .collect();
    parts.join("/")
}

/// The location of a whole file, for a file without a known text.
pub(super) fn whole_file(name: &str) -> Location {
    Location {
        file: Arc::from(name),
        line: 1,
        column: 1,
        span: 0..0,
    }
}
