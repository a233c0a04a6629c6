//! Case numbers: derived from the message, so that every node gives the same number to its case.

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use crate::case::CaseId;
use crate::message::MessageKey;

/// Crockford's base 32: without I, L, O and U, which are easily mistaken for digits or each other.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// The number of the case of a message: the day and 40 bits of the hash of the key.
///
/// `numbers_taken` counts earlier attempts in which the number was taken, and gives another number. On a day
/// with a million cases, fewer than one collision is expected.
pub(super) fn case_number(day: Date, key: &MessageKey, numbers_taken: usize) -> CaseId {
    let mut hash = Sha256::new();
    for part in [key.account().as_str(), key.sender().as_str(), key.id()] {
        // The length separates keys with parts that concatenate to the same text.
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.update((numbers_taken as u64).to_be_bytes());
    let bits = hash
        .finalize()
        .iter()
        .take(5)
        .fold(0_u64, |bits, &byte| bits << 8 | u64::from(byte));
    let letter = |place: u64| {
        let digit = (bits >> (35 - 5 * place)) & 31;
        char::from(ALPHABET.get(digit as usize).copied().unwrap_or(b'0'))
    };
    let left: String = (0..4).map(letter).collect();
    let right: String = (4..8).map(letter).collect();
    CaseId::new(format!(
        "{:04}{:02}{:02}-{left}-{right}",
        day.year(),
        day.month(),
        day.day()
    ))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_same_message_has_the_same_number_and_others_have_others() {
        let day = date(2026, 11, 23);
        let key = |id: &str| MessageKey::new("gov".into(), "citizen".into(), id);
        let number = case_number(day, &key("1"), 0);
        assert_eq!(number, case_number(day, &key("1"), 0));
        assert_ne!(number, case_number(day, &key("2"), 0));
        assert_ne!(number, case_number(day, &key("1"), 1));
        assert_ne!(
            case_number(day, &MessageKey::new("a".into(), "bc".into(), "1"), 0),
            case_number(day, &MessageKey::new("ab".into(), "c".into(), "1"), 0),
        );
        assert_eq!(number.as_str().len(), "20261123-7KQ4-M2XP".len());
    }
}
