//! Pruning: removes banks that are not used any more, and files that no bank needs.

use std::collections::HashSet;
use std::fs::{self, OpenOptions};
use std::io;

use uuid::Uuid;

use super::files::{self, TEMPORARY};
use super::manifest::{Manifest, is_hex, is_whole};
use super::{IndexFolder, MODEL};
use crate::faq::segment::EXTENSIONS;

/// The number of most recently used banks that are kept for a rollback or a restart. Banks in use are
/// kept as well.
pub(super) const KEPT: usize = 8;

impl IndexFolder {
    /// Removes damaged manifests and those of banks that are neither in use nor among the [`KEPT`] most
    /// recently used. Then removes the files that no remaining manifest names. Other files in the
    /// folder are left alone.
    ///
    /// The caller holds the folder's exclusive lock, so no process is writing.
    pub(super) fn prune(&self) -> io::Result<()> {
        let mut kept = 0;
        for listed in self.manifests()? {
            let path = self.path.join(&listed.name);
            if is_whole(&listed.name, &files::read(&path)?) && kept < KEPT {
                kept += 1;
                continue;
            }
            let manifest = OpenOptions::new().read(true).write(true).open(&path)?;
            // A bank in use holds a shared lock. If locking fails for another reason, assume that it is
            // in use.
            if manifest.try_lock().is_ok() {
                fs::remove_file(path)?;
            }
        }
        let Some(needed) = self.needed()? else {
            return Ok(());
        };
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            if let Ok(name) = file.file_name().into_string()
                && is_ours(&name)
                && !needed.contains(&name)
                && file.file_type()?.is_file()
            {
                fs::remove_file(file.path())?;
            }
        }
        Ok(())
    }

    /// The names of all files of the manifests; `None` if a manifest is of another version, so that its
    /// files are unknown.
    fn needed(&self) -> io::Result<Option<HashSet<String>>> {
        let mut needed = HashSet::new();
        for listed in self.manifests()? {
            let content = files::read(&self.path.join(&listed.name))?;
            let Some(manifest) = Manifest::read(&listed.name, &content) else {
                return Ok(None);
            };
            if let Some((segment, _)) = &manifest.segment {
                needed.extend(EXTENSIONS.map(|extension| format!("{segment}.{extension}")));
            }
            needed.insert(format!("{}.{MODEL}", manifest.model));
        }
        Ok(Some(needed))
    }
}

/// Whether only this crate can have written a file with this name. Manifests and the lock are excluded.
fn is_ours(name: &str) -> bool {
    let Some((stem, extension)) = name.split_once('.') else {
        return false;
    };
    let hex = |digits: &str, count| digits.len() == count && is_hex(digits);
    match extension {
        MODEL => hex(stem, 64),
        TEMPORARY => Uuid::parse_str(stem).is_ok(),
        // The cache of an earlier version.
        "bin" => stem.strip_prefix("faq-").is_some_and(|rest| hex(rest, 64)),
        extension => EXTENSIONS.contains(&extension) && hex(stem, 32),
    }
}
