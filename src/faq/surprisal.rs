//! How unusual a likeness is in a bank, told by what its own phrasings have in common with other entries.
//!
//! A phrasing, asked of all entries but its own, is a message that the bank does not answer: the next one that looks like
//! that is no answer either. In a bank of policy questions everything resembles everything, and a likeness that would be
//! proof among everyday questions proves nothing there.

use super::lexicon::Lexicon;
use super::measures::Surprisal;
use super::query::Query;
use super::scan::{Phrasing, Scratch, scan};

/// How many phrasings are asked at most, evenly spread over the bank.
const ASKED: usize = 1000;

/// A smaller bank is completed to this many likenesses by supposed ones, and one of any size has a few of them.
const COMPLETE: usize = 50;
const SUPPOSED: usize = 5;

/// From here on two phrasings are the same one, kept in two entries: for two accounts, say.
const SAME: f32 = 0.9999;

/// What a bank's phrasings have in common with entries that are not theirs, the least first.
#[derive(Debug)]
pub(super) struct Likenesses {
    similarities: Vec<f32>,
    leads: Vec<f32>,
}

impl Likenesses {
    pub(super) fn of(lexicon: &Lexicon, phrasings: &[Phrasing], queries: &[Query], entries: usize) -> Self {
        let mut scratch = Scratch::default();
        let every = phrasings.len().div_ceil(ASKED).max(1);
        let (mut similarities, mut leads): (Vec<f32>, Vec<f32>) = phrasings
            .iter()
            .zip(queries)
            .step_by(every)
            .map(|(phrasing, query)| {
                let (mut best, mut second) = (0.0_f32, 0.0_f32);
                for (entry, other) in scan(lexicon, phrasings, entries, query, &mut scratch)
                    .iter()
                    .enumerate()
                {
                    if entry as u32 != phrasing.entry && other.similarity < SAME {
                        second = second.max(other.similarity.min(best));
                        best = best.max(other.similarity);
                    }
                }
                (best, best - second)
            })
            .unzip();
        similarities.sort_unstable_by(f32::total_cmp);
        leads.sort_unstable_by(f32::total_cmp);
        Self { similarities, leads }
    }

    /// What it says that an entry resembles a message so much, and so much more than any other.
    ///
    /// The supposed likenesses thin out as those of the development sets do: leads faster than similarities.
    pub(super) fn surprisal(&self, similarity: f64, lead: f64) -> Surprisal {
        let unlike = |value: f64| (1.0 - value.clamp(0.0, 1.0)) * (1.0 - value.clamp(0.0, 1.0));
        let (similar, leading) = (unlike(similarity), unlike(lead));
        Surprisal {
            similarity: among(&self.similarities, similarity, similar),
            lead: among(&self.leads, lead, leading * leading * leading * leading),
        }
    }
}

/// -ln of the share of likenesses that reach the value, of which the supposed ones do so in the given share.
fn among(sorted: &[f32], value: f64, supposed_share: f64) -> f64 {
    let reach = sorted.len() - sorted.partition_point(|other| f64::from(*other) < value);
    let supposed = COMPLETE.saturating_sub(sorted.len()).max(SUPPOSED) as f64;
    // The likeness in question counts as one of them, so that nothing is ever infinitely unusual.
    let all = 1.0 + sorted.len() as f64 + supposed;
    -libm::log((1.0 + reach as f64 + supposed * supposed_share) / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn likenesses(similarities: &[f32]) -> Likenesses {
        Likenesses {
            similarities: similarities.to_vec(),
            leads: vec![0.1; similarities.len()],
        }
    }

    #[test]
    fn the_same_likeness_says_less_where_entries_resemble_each_other() {
        let apart: Vec<f32> = (0..1000).map(|n| n as f32 / 2000.0).collect();
        let alike: Vec<f32> = (0..1000).map(|n| 0.4 + n as f32 / 2000.0).collect();
        let apart = likenesses(&apart).surprisal(0.6, 0.2);
        let alike = likenesses(&alike).surprisal(0.6, 0.2);
        assert!(apart.similarity > alike.similarity + 3.0, "{apart:?} {alike:?}");
        assert_eq!(apart.lead, alike.lead);
    }

    #[test]
    fn it_grows_with_the_likeness_and_is_finite() {
        let bank = likenesses(&[0.2, 0.3, 0.4]);
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
        let surprisal = likenesses(&[0.1, 0.1, 0.1]).surprisal(1.0, 0.9);
        assert!(
            surprisal.similarity > 3.5 && surprisal.lead > 3.5,
            "{surprisal:?}"
        );
    }
}
