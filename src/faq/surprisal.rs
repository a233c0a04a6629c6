//! How unusual a similarity is in a bank, measured on its own phrasings.
//!
//! A phrasing that is compared with all entries but its own is a message that the bank does not answer.
//! The similarities found in this way show which values occur by chance. In a bank of policy questions
//! all entries resemble each other, so a similarity that would be strong evidence among everyday
//! questions is weak there.

use super::FaqError;
use super::bank::Bank;
use super::confidence_measures::Surprisal;
use super::scan::{Scratch, scan};

/// How many phrasings are compared at most, evenly spread over the bank.
const SAMPLED: usize = 1000;

/// A smaller bank is padded to this many similarities with assumed ones. A bank of any size has at
/// least [`ASSUMED`] of these.
const PADDED_TO: usize = 50;
const ASSUMED: usize = 5;

/// From this similarity on, two phrasings count as equal, such as those of an entry that exists for two
/// accounts.
const EQUAL: f32 = 0.9999;

/// The similarities between a bank's phrasings and other entries, and their leads, sorted.
#[derive(Debug)]
pub(super) struct ChanceSimilarities {
    similarities: Vec<f32>,
    leads: Vec<f32>,
}

impl ChanceSimilarities {
    pub(super) fn of(bank: &Bank) -> Result<Self, FaqError> {
        let mut scratch = Scratch::default();
        let every = bank.phrasings.len().div_ceil(SAMPLED).max(1);
        let (mut similarities, mut leads) = (Vec::new(), Vec::new());
        for (phrasing, query) in bank.in_order().step_by(every) {
            let (mut best, mut second) = (0.0_f32, 0.0_f32);
            let scanned = scan(&bank.lexicon, &bank.phrasings, bank.entries, &query, &mut scratch)?;
            for (entry, other) in scanned.iter().enumerate() {
                if entry as u32 != phrasing.entry && other.similarity < EQUAL {
                    second = second.max(other.similarity.min(best));
                    best = best.max(other.similarity);
                }
            }
            similarities.push(best);
            leads.push(best - second);
        }
        similarities.sort_unstable_by(f32::total_cmp);
        leads.sort_unstable_by(f32::total_cmp);
        Ok(Self { similarities, leads })
    }

    /// The similarities, then the leads, in little-endian order.
    pub(super) fn to_bytes(&self) -> Vec<u8> {
        let numbers = self.similarities.iter().chain(&self.leads);
        numbers.flat_map(|number| number.to_le_bytes()).collect()
    }

    /// Reads the output of [`to_bytes`](Self::to_bytes); `None` for other bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() || !numbers.len().is_multiple_of(2) {
            return None;
        }
        let numbers: Vec<f32> = numbers.iter().map(|&number| f32::from_le_bytes(number)).collect();
        let (similarities, leads) = numbers.split_at(numbers.len() / 2);
        Some(Self {
            similarities: similarities.to_vec(),
            leads: leads.to_vec(),
        })
    }

    /// The surprisal of a similarity and of its lead over the next entry.
    ///
    /// The assumed values decrease as those of the development sets do: leads faster than similarities.
    pub(super) fn surprisal(&self, similarity: f64, lead: f64) -> Surprisal {
        let unlike = |value: f64| (1.0 - value.clamp(0.0, 1.0)) * (1.0 - value.clamp(0.0, 1.0));
        let (similar, leading) = (unlike(similarity), unlike(lead));
        Surprisal {
            similarity: among(&self.similarities, similarity, similar),
            lead: among(&self.leads, lead, leading * leading * leading * leading),
        }
    }
}

/// −ln of the share of values that reach `value`; `assumed_share` is the share of the assumed ones
/// that do.
fn among(sorted: &[f32], value: f64, assumed_share: f64) -> f64 {
    let reach = sorted.len() - sorted.partition_point(|other| f64::from(*other) < value);
    let assumed = PADDED_TO.saturating_sub(sorted.len()).max(ASSUMED) as f64;
    // The value itself is counted too, so the result is always finite.
    let all = 1.0 + sorted.len() as f64 + assumed;
    -libm::log((1.0 + reach as f64 + assumed * assumed_share) / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance(similarities: &[f32]) -> ChanceSimilarities {
        ChanceSimilarities {
            similarities: similarities.to_vec(),
            leads: vec![0.1; similarities.len()],
        }
    }

    #[test]
    fn the_same_likeness_says_less_where_entries_resemble_each_other() {
        let apart: Vec<f32> = (0..1000).map(|n| n as f32 / 2000.0).collect();
        let alike: Vec<f32> = (0..1000).map(|n| 0.4 + n as f32 / 2000.0).collect();
        let apart = chance(&apart).surprisal(0.6, 0.2);
        let alike = chance(&alike).surprisal(0.6, 0.2);
        assert!(apart.similarity > alike.similarity + 3.0, "{apart:?} {alike:?}");
        assert_eq!(apart.lead, alike.lead);
    }

    #[test]
    fn it_grows_with_the_likeness_and_is_finite() {
        let bank = chance(&[0.2, 0.3, 0.4]);
        let values: Vec<f64> = [-1.0, 0.0, 0.25, 0.35, 0.9, 1.0]
            .into_iter()
            .map(|value| bank.surprisal(value, value).similarity)
            .collect();
        assert_eq!(values.first(), Some(&0.0));
        assert!(
            values.is_sorted() && values.iter().all(|value| value.is_finite()),
            "{values:?}"
        );
    }

    #[test]
    fn a_bank_of_three_believes_in_a_message_that_says_the_same() {
        let surprisal = chance(&[0.1, 0.1, 0.1]).surprisal(1.0, 0.9);
        assert!(
            surprisal.similarity > 3.5 && surprisal.lead > 3.5,
            "{surprisal:?}"
        );
    }
}
