//! The fingerprint of a bank: certificates and kept indexes are bound to it.

use sha2::{Digest, Sha256};

use super::{Entry, background};

/// To be changed with everything else that changes the confidences of the same bank.
const VERSION: &[u8] = b"civic-reply faq 3";

/// Hashes everything that determines the confidences: the phrasings of the entries, the synonyms and
/// the version of this crate.
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
