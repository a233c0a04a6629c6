//! A chain of keyed hashes over the journal's records, which reveals that one was edited, removed, added or
//! moved.
//!
//! A record is stored in two parts. The body can be kept forever. The personal part may have to be erased:
//! the chain covers only its digest under a random salt. Erasing the personal part with its salt leaves the
//! body, the digest and the chain unchanged, and nobody can guess the text from the digest.

mod parts;
mod rows;
mod verifier;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

pub(super) use parts::join;
pub(super) use rows::{RecordRow, hash_of_conversation, hash_of_outcome};
pub(super) use verifier::{ChainVerifier, JournalRow};

use super::StoreError;

/// A keyed hash: HMAC-SHA256.
pub(super) type Digest = [u8; 32];

/// The shortest accepted key, in bytes.
const SHORTEST: usize = 16;

/// The secret key of the journal's hash chain. It allows forging the journal: keep it outside the store and
/// its backups, unreadable for everybody with write access to the store.
#[derive(Clone, PartialEq, Eq)]
pub struct JournalKey(Arc<[u8]>);

impl JournalKey {
    /// A key of 16 bytes or more; 32 random bytes are best.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] for a shorter one.
    pub fn new(secret: impl AsRef<[u8]>) -> Result<Self, StoreError> {
        let secret = secret.as_ref();
        if secret.len() < SHORTEST {
            let message = format!(
                "a journal's key needs {SHORTEST} bytes or more, not {}",
                secret.len()
            );
            return Err(StoreError::Refused(message));
        }
        Ok(Self(secret.into()))
    }

    /// The hash that the chain begins with.
    pub(super) fn genesis(&self) -> Digest {
        self.hash("genesis", &[])
    }

    /// The hash by which a store recognises its key.
    pub(super) fn check(&self) -> Digest {
        self.hash("check", &[])
    }

    /// The hash of a record: of all of its row except the personal part.
    pub(super) fn record(&self, content: &Content<'_>) -> Digest {
        let number = |number: Option<i64>| number.map(i64::to_be_bytes);
        let version = number(content.conversation_version);
        let nonce = number(content.nonce);
        let part = |bytes: Option<&[u8]>| bytes.map(<[u8]>::to_vec);
        let some = [
            Some(content.at.to_be_bytes().to_vec()),
            Some(content.record_version.to_be_bytes().to_vec()),
            part(content.case),
            part(Some(content.body)),
            part(content.digest),
            part(version.as_ref().map(|bytes| &bytes[..])),
            part(nonce.as_ref().map(|bytes| &bytes[..])),
        ];
        // A missing part differs from an empty one.
        let flags: Vec<u8> = some.iter().map(|part| u8::from(part.is_some())).collect();
        let some: Vec<_> = some.into_iter().map(Option::unwrap_or_default).collect();
        let parts: Vec<&[u8]> = std::iter::once(&flags[..])
            .chain(some.iter().map(Vec::as_slice))
            .collect();
        self.hash("record", &parts)
    }

    /// The link of the record at `position` with the hash `record`, after the link `before`.
    pub(super) fn link(
        &self,
        before: &Digest,
        position: i64,
        at: i64,
        case: Option<&[u8]>,
        record: &Digest,
    ) -> Digest {
        let named = [u8::from(case.is_some())];
        let parts: [&[u8]; 6] = [
            before,
            &position.to_be_bytes(),
            &at.to_be_bytes(),
            &named,
            case.unwrap_or_default(),
            record,
        ];
        self.hash("link", &parts)
    }

    /// The hash of a row that no record rebuilds, of its kind, its identifiers and its body.
    pub(super) fn row(&self, kind: &'static str, parts: &[&[u8]]) -> Digest {
        self.hash(kind, parts)
    }

    fn hash(&self, purpose: &str, parts: &[&[u8]]) -> Digest {
        hash(&self.0, purpose, parts)
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey(..)")
    }
}

/// A record's row, without the personal part and its salt.
pub(super) struct Content<'a> {
    pub(super) at: i64,
    pub(super) record_version: i64,
    pub(super) case: Option<&'a [u8]>,
    pub(super) body: &'a [u8],
    /// The digest of the personal part, where there is or was one.
    pub(super) digest: Option<&'a [u8]>,
    /// The version of the conversation that the same commit stored.
    pub(super) conversation_version: Option<i64>,
    /// Tells two otherwise equal records apart in a store that hashes records before it knows their
    /// positions.
    pub(super) nonce: Option<i64>,
}

/// HMAC-SHA256 of parts. Each part follows its length, so that no two lists of parts have the same bytes.
fn hash(key: &[u8], purpose: &str, parts: &[&[u8]]) -> Digest {
    // HMAC takes keys of any length: this never fails.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The head of the journal's hash chain at one moment. Kept outside the store, it proves later that the
/// records of that moment were not cut off. Its text is `COUNT:HASH`, the hash in hexadecimal digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct JournalHead {
    count: u64,
    hash: Digest,
}

impl JournalHead {
    pub(super) fn new(count: u64, hash: Digest) -> Self {
        Self { count, hash }
    }

    /// How many records the journal ever had, including those that retention removed.
    pub fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn hash(&self) -> &Digest {
        &self.hash
    }
}

impl fmt::Display for JournalHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.count)?;
        self.hash.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl From<JournalHead> for String {
    fn from(head: JournalHead) -> Self {
        head.to_string()
    }
}

impl TryFrom<String> for JournalHead {
    type Error = StoreError;

    fn try_from(text: String) -> Result<Self, StoreError> {
        text.parse()
    }
}

impl FromStr for JournalHead {
    type Err = StoreError;

    fn from_str(text: &str) -> Result<Self, StoreError> {
        let parsed = || {
            let (count, hash) = text.split_once(':')?;
            let mut bytes = [0; 32];
            if hash.len() != 64 || !hash.is_ascii() {
                return None;
            }
            for (n, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::from_str_radix(hash.get(2 * n..2 * n + 2)?, 16).ok()?;
            }
            Some(Self::new(count.parse().ok()?, bytes))
        };
        parsed().ok_or_else(|| {
            StoreError::Refused("a journal's head is `COUNT:HASH`, the hash in 64 hexadecimal digits".into())
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::*;

    #[test]
    fn the_hash_is_hmac_sha256() {
        // HMAC-SHA256 of the same bytes, by `openssl dgst -sha256 -mac HMAC`.
        let hex = |digest: Digest| JournalHead::new(0, digest).to_string();
        let (key, message) = (b"0123456789abcdef", b"\0\0\0\0\0\0\0\x05check");
        let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
        mac.update(message);
        let plain: Digest = mac.finalize().into_bytes().into();
        assert_eq!(hex(JournalKey::new(key).unwrap().check()), hex(plain));
    }

    #[test]
    fn parts_can_not_be_shifted_and_nothing_is_not_empty() {
        let key = JournalKey::new([7; 32]).unwrap();
        assert_ne!(key.row("row", &[b"ab", b"c"]), key.row("row", &[b"a", b"bc"]));
        let content = Content {
            at: 1,
            record_version: 1,
            case: None,
            body: b"{}",
            digest: None,
            conversation_version: None,
            nonce: None,
        };
        let plain = key.record(&content);
        let named = key.record(&Content {
            case: Some(b""),
            ..content
        });
        assert_ne!(plain, named);
    }

    #[test]
    fn a_key_is_long_enough_and_shows_nothing() {
        assert!(JournalKey::new("too short").is_err());
        let key = JournalKey::new("a secret of twenty-one").unwrap();
        assert_eq!(format!("{key:?}"), "JournalKey(..)");
    }

    #[test]
    fn a_head_is_read_back_from_its_text() {
        let head = JournalHead::new(12, [0xab; 32]);
        assert_eq!(head.to_string().parse::<JournalHead>().unwrap(), head);
        for wrong in ["", "12", "12:ab", ":00", "x:é"] {
            assert!(wrong.parse::<JournalHead>().is_err(), "{wrong}");
        }
    }
}
