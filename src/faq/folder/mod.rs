//! The folder that keeps the FAQ's segments and models between loads.
//!
//! | file | content |
//! |---|---|
//! | `HASH.term`, `HASH.idx`, `HASH.fast`, … | a tantivy segment, named by a hash of its files |
//! | `HASH.model` | the model of a bank, named by its hash |
//! | `FINGERPRINT-HASH.json` | a [manifest](manifest), named by its bank and its own hash |
//! | `lock` | locked while something is written or removed |
//!
//! Files never change: a reload adds files, and an earlier bank still finds its own. Files are read
//! into memory and compared with the hashes in their names before they are parsed. Missing and damaged
//! files are made again.
//!
//! Several processes may share a folder. Writing and [pruning](prune) require an exclusive lock of the
//! file `lock`. A bank in use holds a shared lock of its manifest, which pruning respects; the
//! operating system releases it when the process ends.

mod files;
mod manifest;
mod prune;

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::FaqError;
use super::segment::{self, EXTENSIONS, Files, Named, Segment};
use manifest::Manifest;

const LOCK: &str = "lock";
const MODEL: &str = "model";

/// The maximum wait for another writer, and the pause between two attempts. Writing takes less than a
/// second on a common disk.
const LOCK_WAIT: Duration = Duration::from_secs(30);
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A folder for FAQ indexes.
#[derive(Debug)]
pub(super) struct IndexFolder {
    path: PathBuf,
}

/// The files of a bank, read from the folder.
#[derive(Debug)]
pub(super) struct Kept {
    /// `None` for a bank without entries.
    pub(super) segment: Option<Segment>,
    /// The model; `None` if its file is missing or damaged.
    pub(super) model: Option<Vec<u8>>,
    pub(super) in_use: InUse,
}

/// Protects a bank from being pruned, by this process or another, while it is alive.
#[derive(Debug)]
pub(super) struct InUse {
    /// The manifest, with a shared lock.
    _manifest: File,
}

/// A manifest that has not been read yet.
#[derive(Debug)]
struct Listed {
    name: String,
    /// The last time that a process loaded or saved the bank.
    used: SystemTime,
}

impl IndexFolder {
    pub(super) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Loads the bank with this fingerprint; `None` if its segment is missing or damaged.
    pub(super) fn load(&self, fingerprint: &str) -> Option<Kept> {
        let listed = match self.manifests() {
            Ok(listed) => listed,
            Err(error) => {
                let folder = self.path.display();
                tracing::warn!(%folder, %error, "the FAQ's folder can't be read: indexing the FAQ");
                return None;
            }
        };
        let own =
            |listed: &&Listed| manifest::parts(&listed.name).is_some_and(|(other, _)| other == fingerprint);
        listed
            .iter()
            .filter(own)
            .find_map(|listed| self.load_manifest(&listed.name))
    }

    fn load_manifest(&self, name: &str) -> Option<Kept> {
        let path = self.path.join(name);
        let path = path.display();
        let (manifest, in_use) = self.open_manifest(name)?;
        let segment = manifest.segment.as_ref().map(|named| self.segment(named));
        if matches!(segment, Some(None)) {
            tracing::warn!(manifest = %path, "the FAQ's segment is missing or damaged: indexing the FAQ");
            return None;
        }
        let model = self.model(&manifest.model);
        if model.is_none() {
            tracing::warn!(manifest = %path, "the FAQ's model is missing or damaged: training it again");
        }
        Some(Kept {
            segment: segment.flatten(),
            model,
            in_use,
        })
    }

    /// Reads a manifest and records the time of use.
    fn open_manifest(&self, name: &str) -> Option<(Manifest, InUse)> {
        let path = self.path.join(name);
        let in_use = match InUse::of(&path) {
            Ok(in_use) => in_use,
            Err(error) => {
                tracing::debug!(manifest = %path.display(), %error, "the manifest is being removed");
                return None;
            }
        };
        let content = files::read(&path).ok()?;
        let manifest = Manifest::read(name, &content);
        if manifest.is_none() {
            tracing::warn!(manifest = %path.display(), "the FAQ's manifest is damaged: indexing the FAQ");
        }
        Some((manifest?, in_use))
    }

    /// The segments of the most recently used banks, each once.
    pub(super) fn segments(&self) -> impl Iterator<Item = Segment> + '_ {
        let mut listed = self.manifests().unwrap_or_default();
        listed.truncate(prune::KEPT);
        let mut seen = std::collections::HashSet::new();
        listed
            .into_iter()
            .filter_map(|listed| {
                let content = files::read(&self.path.join(&listed.name)).ok()?;
                Manifest::read(&listed.name, &content)
            })
            .filter_map(|manifest| manifest.segment)
            .filter(move |(name, _)| seen.insert(name.clone()))
            .filter_map(|named| self.segment(&named))
    }

    /// Saves a bank. A failure is logged: the next load takes longer.
    pub(super) fn save(&self, fingerprint: &str, segment: Option<&Segment>, model: &[u8]) -> Option<InUse> {
        match self.write(fingerprint, segment, model) {
            Ok(in_use) => Some(in_use),
            Err(error) => {
                tracing::warn!(folder = %self.path.display(), %error, "the FAQ's index can't be saved");
                None
            }
        }
    }

    fn write(&self, fingerprint: &str, segment: Option<&Segment>, model: &[u8]) -> Result<InUse, FaqError> {
        files::create_folder(&self.path)?;
        let lock = files::open_or_create(&self.path.join(LOCK))?;
        let alone = wait_for(&lock)?;
        if let Some(segment) = segment {
            for (extension, bytes) in segment.files()? {
                files::put(&self.path.join(format!("{}.{extension}", segment.name())), &bytes)?;
            }
        }
        let hash = files::hash(model);
        files::put(&self.path.join(format!("{hash}.{MODEL}")), model)?;
        // The manifest comes last, so that a manifest in the folder has all its files.
        let (name, content) = Manifest::write(fingerprint, segment, hash)?;
        let path = self.path.join(name);
        files::put(&path, &content)?;
        let in_use = InUse::of(&path)?;
        if alone && let Err(error) = self.prune() {
            tracing::warn!(folder = %self.path.display(), %error, "the FAQ's folder can't be pruned");
        }
        Ok(in_use)
    }

    /// Reads a segment; `None` if a file is missing or the content does not match the name.
    fn segment(&self, (name, documents): &Named) -> Option<Segment> {
        let mut files = Files::with_capacity(EXTENSIONS.len());
        for extension in EXTENSIONS {
            match files::read(&self.path.join(format!("{name}.{extension}"))) {
                Ok(bytes) => files.push((extension, bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(_) => return None,
            }
        }
        if segment::name(*documents, &files) != *name {
            return None;
        }
        Segment::open(*documents, &files).ok()
    }

    fn model(&self, hash: &str) -> Option<Vec<u8>> {
        let named = manifest::is_hex(hash);
        let bytes = named
            .then(|| files::read(&self.path.join(format!("{hash}.{MODEL}"))))?
            .ok()?;
        (files::hash(&bytes) == hash).then_some(bytes)
    }

    /// The manifests, the most recently used first.
    fn manifests(&self) -> io::Result<Vec<Listed>> {
        let mut listed = Vec::new();
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            let Ok(name) = file.file_name().into_string() else {
                continue;
            };
            if manifest::parts(&name).is_some()
                && let Ok(used) = file.metadata().and_then(|metadata| metadata.modified())
            {
                listed.push(Listed { name, used });
            }
        }
        listed.sort_by(|a, b| b.used.cmp(&a.used).then_with(|| a.name.cmp(&b.name)));
        Ok(listed)
    }
}

impl InUse {
    /// Protects the bank of this manifest. Fails if the manifest is missing or about to be removed.
    fn of(path: &Path) -> io::Result<Self> {
        let manifest = File::open(path)?;
        // Without support for locks, nothing is pruned, so none is needed.
        if let Err(error @ TryLockError::WouldBlock) = manifest.try_lock_shared() {
            return Err(error.into());
        }
        // Pruning may have removed the file between opening and locking.
        fs::metadata(path)?;
        if let Err(error) = manifest.set_modified(SystemTime::now()) {
            tracing::debug!(manifest = %path.display(), %error, "the time of use can't be recorded");
        }
        Ok(Self { _manifest: manifest })
    }
}

/// Waits for the exclusive lock; `false` if the file system does not support locks.
fn wait_for(lock: &File) -> io::Result<bool> {
    let deadline = Instant::now() + LOCK_WAIT;
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::Error(_)) => return Ok(false),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(io::Error::new(
                    io::ErrorKind::TimedOut,
                    "another process is writing",
                ));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
        }
    }
}
