//! The model of a bank, trained on its phrasings.

use super::FaqError;
use super::bank::Bank;
use super::classifier::Classifier;
use super::surprisal::ChanceSimilarities;
use super::training::train;

/// The average number of phrasings an entry that a classifier needs.
const PHRASINGS_TO_LEARN: usize = 3;

/// The first byte of the serialized model.
const CLASSIFIER: u8 = b'c';
const SIMILARITIES: u8 = b'l';

/// A classifier for a bank with enough phrasings that is small enough, otherwise the similarities that
/// occur by chance.
#[derive(Debug)]
pub(super) enum Model {
    Classifier(Classifier),
    ChanceSimilarities(ChanceSimilarities),
}

impl Model {
    pub(super) fn from_bank(bank: &Bank) -> Result<Self, FaqError> {
        let enough = bank.phrasings.len() >= PHRASINGS_TO_LEARN * bank.entries;
        let classifier = if enough { train(bank)? } else { None };
        Ok(match classifier {
            Some(classifier) => Self::Classifier(classifier),
            None => Self::ChanceSimilarities(ChanceSimilarities::of(bank)?),
        })
    }

    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let (form, bytes) = match self {
            Self::Classifier(classifier) => (CLASSIFIER, classifier.to_bytes()),
            Self::ChanceSimilarities(similarities) => (SIMILARITIES, similarities.to_bytes()),
        };
        [&[form][..], &bytes].concat()
    }

    /// Reads the output of [`to_bytes`](Self::to_bytes); `None` unless it fits a bank with so many
    /// terms and entries.
    pub(super) fn from_bytes(bytes: &[u8], terms: usize, entries: usize) -> Option<Self> {
        match bytes.split_first()? {
            (&CLASSIFIER, rest) => Classifier::from_bytes(rest, terms, entries).map(Self::Classifier),
            (&SIMILARITIES, rest) => ChanceSimilarities::from_bytes(rest).map(Self::ChanceSimilarities),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        reason = "tests fail by panicking"
    )]

    use super::*;
    use crate::faq::entry_key::EntryKey;
    use crate::faq::segment::Writer;
    use crate::text::Tokens;

    /// Banks of four phrasings: one with a single entry, which is enough for a classifier, and one with
    /// four.
    fn banks() -> [Bank; 2] {
        [1, 4].map(|entries| {
            let keys: Vec<EntryKey> = (0..entries).map(|n| EntryKey::from_halves([n, 0])).collect();
            let mut writer = Writer::new().unwrap();
            for (n, text) in ["补办身份证", "身份证丢了", "lost card", "提取公积金"]
                .iter()
                .enumerate()
            {
                writer.add(keys[n % keys.len()], n, &Tokens::of(text)).unwrap();
            }
            Bank::new(writer.finish().unwrap().pop(), &keys).unwrap()
        })
    }

    #[test]
    fn bytes_give_back_what_was_learnt() {
        for bank in banks() {
            let model = bank.learn().unwrap();
            assert_eq!(matches!(model, Model::Classifier(_)), bank.entries == 1);
            let bytes = model.to_bytes();
            let again = Model::from_bytes(&bytes, bank.lexicon.searched(), bank.entries).unwrap();
            assert_eq!(format!("{again:?}"), format!("{model:?}"));
        }
    }

    #[test]
    fn bytes_of_another_bank_or_damaged_ones_give_nothing() {
        let [taught, _] = banks();
        let bytes = taught.learn().unwrap().to_bytes();
        let terms = taught.lexicon.searched();
        assert!(Model::from_bytes(&bytes, terms, 2).is_none());
        assert!(Model::from_bytes(&bytes, terms + 1, 1).is_none());
        for end in 0..bytes.len() {
            assert!(
                Model::from_bytes(bytes.split_at(end).0, terms, 1).is_none(),
                "{end}"
            );
        }
        assert!(Model::from_bytes(&[&bytes[..], &[0]].concat(), terms, 1).is_none());
    }
}
