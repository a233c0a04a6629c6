//! What was read and learnt of a bank, kept on disk by the bank's hash.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{Entry, background};

/// Changes with whatever changes what is kept of the same bank.
const VERSION: &[u8] = b"civic-reply faq 3";
const HASH_BYTES: usize = 32;

/// Where a bank is kept.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    fingerprint: String,
}

impl Cache {
    /// The place in `dir` for the bank of this fingerprint.
    pub(super) fn new(dir: &Path, fingerprint: &str) -> Self {
        Self {
            path: dir.join(format!("faq-{fingerprint}.bin")),
            fingerprint: fingerprint.to_owned(),
        }
    }

    /// What is kept, if it is whole and `read` understands it.
    pub(super) fn load<T>(&self, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let bytes = fs::read(&self.path).ok()?;
        let whole = bytes
            .split_at_checked(HASH_BYTES)
            .filter(|(expected, body)| self.digest(body) == **expected)
            .and_then(|(_, body)| read(body));
        if whole.is_none() {
            tracing::warn!(path = %self.path.display(), "the kept FAQ is damaged and is learnt again");
        }
        whole
    }

    /// Keeps it. A failure costs the next start its time and nothing else.
    pub(super) fn save(&self, body: &[u8]) {
        if let Err(error) = self.write(body) {
            tracing::warn!(path = %self.path.display(), %error, "the FAQ can't be kept");
        }
    }

    /// That the body is whole, and this bank's: a file that was renamed is none.
    fn digest(&self, body: &[u8]) -> [u8; HASH_BYTES] {
        let hash = Sha256::new_with_prefix(self.fingerprint.as_bytes());
        hash.chain_update(body).finalize().into()
    }

    /// Written beside and renamed, so that no reader ever sees half of it.
    fn write(&self, body: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let beside = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(&self.digest(body))?;
        file.write_all(body)?;
        file.sync_all()?;
        fs::rename(&beside, &self.path)
    }
}

/// The hash of everything that the confidences follow from: the phrasings of these entries, these synonyms, and this crate.
pub(super) fn fingerprint(entries: &[Entry], synonyms: &[Vec<String>]) -> String {
    let mut hash = Sha256::new();
    let mut add = |text: &[u8]| {
        hash.update((text.len() as u64).to_le_bytes());
        hash.update(text);
    };
    add(VERSION);
    add(env!("CARGO_PKG_VERSION").as_bytes());
    for sentence in background::sentences() {
        add(sentence.as_bytes());
    }
    for group in synonyms {
        add(&(group.len() as u64).to_le_bytes());
        group.iter().for_each(|word| add(word.as_bytes()));
    }
    for entry in entries {
        add(entry.id.as_str().as_bytes());
        add(&(entry.phrasings.len() as u64).to_le_bytes());
        entry
            .phrasings
            .iter()
            .for_each(|phrasing| add(phrasing.as_bytes()));
    }
    hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
