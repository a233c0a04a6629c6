//! What was learnt from a bank, kept on disk by the bank's hash.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::classifier::Classifier;
use super::{Entry, background};

/// Changes with whatever changes what is learnt from the same bank.
const VERSION: &[u8] = b"civic-reply faq 1";
const HASH_BYTES: usize = 32;

/// Where a bank's classifier is kept.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
}

impl Cache {
    /// The place in `dir` for what is learnt from the bank of this fingerprint.
    pub(super) fn new(dir: &Path, fingerprint: &str) -> Self {
        Self {
            path: dir.join(format!("faq-{fingerprint}.bin")),
        }
    }

    /// The kept classifier, if there is one that is whole and fits the bank.
    pub(super) fn load(&self, terms: usize, classes: usize) -> Option<Classifier> {
        let bytes = fs::read(&self.path).ok()?;
        let (expected, body) = bytes.split_at_checked(HASH_BYTES)?;
        if Sha256::digest(body).as_slice() != expected {
            tracing::warn!(path = %self.path.display(), "the kept FAQ classifier is damaged and is learnt again");
            return None;
        }
        Classifier::from_bytes(body, terms, classes)
    }

    /// Keeps the classifier. A failure costs the next start its time and nothing else.
    pub(super) fn save(&self, classifier: &Classifier) {
        if let Err(error) = self.write(&classifier.to_bytes()) {
            tracing::warn!(path = %self.path.display(), %error, "the FAQ classifier can't be kept");
        }
    }

    /// Written beside and renamed, so that no reader ever sees half of it.
    fn write(&self, body: &[u8]) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let beside = self.path.with_extension(format!("{}.tmp", std::process::id()));
        let mut file = fs::File::create(&beside)?;
        file.write_all(&Sha256::digest(body))?;
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
