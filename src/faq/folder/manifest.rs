//! The manifest of a bank: it names the bank's segment and its model.
//!
//! A manifest is tantivy's description of an index, its `meta.json`, under a name of its own for each
//! bank. The payload is ours. The name contains the fingerprint of the bank and a hash of the content,
//! so that manifests never change and a damaged or renamed one is detected.

use serde::{Deserialize, Serialize};

use super::files::hash;
use crate::faq::FaqError;
use crate::faq::segment::{self, FORMAT, Named, Segment};

/// The number of hexadecimal digits of each hash in the name.
const FINGERPRINT: usize = 64;
const HASH: usize = 32;
const EXTENSION: &str = "json";

/// The files of a bank.
#[derive(Debug)]
pub(super) struct Manifest {
    /// `None` for a bank without entries.
    pub(super) segment: Option<Named>,
    /// The hash of the model.
    pub(super) model: String,
}

/// The payload of tantivy's description.
#[derive(Deserialize, Serialize)]
struct Payload {
    format: String,
    bank: String,
    model: String,
}

impl Manifest {
    /// Creates the manifest of a bank: its name and its content.
    pub(super) fn write(
        fingerprint: &str,
        segment: Option<&Segment>,
        model: String,
    ) -> Result<(String, Vec<u8>), FaqError> {
        let payload = Payload {
            format: FORMAT.to_owned(),
            bank: fingerprint.to_owned(),
            model,
        };
        let payload = serde_json::to_string(&payload).map_err(|error| FaqError::Index(error.to_string()))?;
        let named = segment.map(|segment| (segment.name().to_owned(), segment.documents()));
        let content = segment::describe(named.as_slice(), Some(payload))?;
        let hash = hash(&content);
        let hash = hash.get(..HASH).unwrap_or_default();
        Ok((format!("{fingerprint}-{hash}.{EXTENSION}"), content))
    }

    /// Parses a manifest; `None` if it is damaged or renamed, or written by another version.
    pub(super) fn read(name: &str, content: &[u8]) -> Option<Self> {
        let (fingerprint, _) = parts(name).filter(|_| is_whole(name, content))?;
        let (mut segments, payload) = segment::described(content).ok()?;
        let payload: Payload = serde_json::from_str(&payload?).ok()?;
        let ours = payload.format == FORMAT && payload.bank == fingerprint && segments.len() <= 1;
        ours.then(|| Self {
            segment: segments.pop(),
            model: payload.model,
        })
    }
}

/// Whether the content matches the hash in the name.
pub(super) fn is_whole(name: &str, content: &[u8]) -> bool {
    parts(name).is_some_and(|(_, expected)| hash(content).starts_with(expected))
}

/// The fingerprint and the hash in a manifest's name; `None` for other names.
pub(super) fn parts(name: &str) -> Option<(&str, &str)> {
    let (stem, extension) = name.split_once('.')?;
    let (fingerprint, hash) = stem.split_once('-')?;
    let fits = |digits: &str, count| digits.len() == count && is_hex(digits);
    (extension == EXTENSION && fits(fingerprint, FINGERPRINT) && fits(hash, HASH))
        .then_some((fingerprint, hash))
}

/// Whether these are lowercase hexadecimal digits.
pub(super) fn is_hex(digits: &str) -> bool {
    digits
        .bytes()
        .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}
