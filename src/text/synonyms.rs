//! Expands keywords with their synonyms.

use std::collections::VecDeque;
use std::ops::Range;

use aho_corasick::{AhoCorasick, BuildError};

use super::fold;

/// The maximum number of spellings of one keyword, including itself. Further spellings are left out.
const MAX_SPELLINGS: usize = 64;

/// The maximum number of replacements tried. Many of them may give the same spelling.
const MAX_TRIED: usize = 256;

/// Groups of words with the same meaning.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    /// `None` if there are no words.
    automaton: Option<AhoCorasick>,
    /// Each folded word with the other words of its group, in the order of the automaton's patterns.
    words: Vec<(String, Vec<String>)>,
}

impl Synonyms {
    /// Compiles the groups. Words that are empty after folding are skipped.
    pub(crate) fn new(groups: &[Vec<String>]) -> Result<Self, BuildError> {
        let mut words: Vec<(String, Vec<String>)> = Vec::new();
        for group in groups {
            let group: Vec<String> = group.iter().map(|word| fold(word).as_str().to_owned()).collect();
            for word in group.iter().filter(|word| !word.is_empty()) {
                let others = group.iter().filter(|other| *other != word && !other.is_empty());
                words.push((word.clone(), others.cloned().collect()));
            }
        }
        if words.is_empty() {
            return Ok(Self::default());
        }
        Ok(Self {
            automaton: Some(AhoCorasick::new(words.iter().map(|(word, _)| word))?),
            words,
        })
    }

    /// Returns the folded keyword, followed by its spellings with one or more words replaced by synonyms.
    /// Spellings with the fewest replacements come first.
    pub(crate) fn spellings(&self, keyword: &str) -> Vec<String> {
        let keyword = fold(keyword).as_str().to_owned();
        let swaps = self.swaps(&keyword);
        let mut spellings = vec![keyword.clone()];
        let mut tried = 0;
        // Breadth-first, so that each combination of replacements is tried once.
        let mut chosen: VecDeque<Vec<&Swap<'_>>> = VecDeque::from([Vec::new()]);
        while let Some(before) = chosen.pop_front() {
            let from = before.last().map_or(0, |swap| swap.place.end);
            for swap in swaps.iter().filter(|swap| swap.place.start >= from) {
                if tried == MAX_TRIED || spellings.len() == MAX_SPELLINGS {
                    return spellings;
                }
                tried += 1;
                let more: Vec<&Swap<'_>> = before.iter().copied().chain([swap]).collect();
                let spelling = respelt(&keyword, &more);
                if !spellings.contains(&spelling) {
                    spellings.push(spelling);
                }
                chosen.push_back(more);
            }
        }
        spellings
    }

    /// The possible replacements in the keyword, sorted by position.
    fn swaps(&self, keyword: &str) -> Vec<Swap<'_>> {
        let hits = self.automaton.iter();
        let hits = hits.flat_map(|automaton| automaton.find_overlapping_iter(keyword));
        let mut hits: Vec<(Range<usize>, usize)> =
            hits.map(|hit| (hit.range(), hit.pattern().as_usize())).collect();
        hits.sort_unstable_by_key(|(place, word)| (place.start, place.end, *word));
        // In `基本医保`, `医保` may become `医疗保险`, but not `基本医保`, because that word already stands around it.
        let stands_around = |other: &str, place: &Range<usize>| {
            let mut starts = place.end.saturating_sub(other.len())..=place.start;
            starts.any(|at| keyword.get(at..).is_some_and(|rest| rest.starts_with(other)))
        };
        let mut swaps = Vec::new();
        for (place, word) in hits {
            let others = self.words.get(word).map_or(&[][..], |(_, others)| others);
            for other in others.iter().filter(|other| !stands_around(other, &place)) {
                if swaps.len() == MAX_TRIED {
                    return swaps;
                }
                swaps.push(Swap {
                    place: place.clone(),
                    other,
                });
            }
        }
        swaps
    }
}

/// One replacement: a range of the keyword and the word for it.
struct Swap<'s> {
    place: Range<usize>,
    other: &'s str,
}

fn respelt(keyword: &str, swaps: &[&Swap<'_>]) -> String {
    let mut spelling = String::new();
    let mut from = 0;
    for swap in swaps {
        spelling += keyword.get(from..swap.place.start).unwrap_or_default();
        spelling += swap.other;
        from = swap.place.end;
    }
    spelling += keyword.get(from..).unwrap_or_default();
    // Characters that become neighbours by the replacement may fold together.
    fold(&spelling).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn each_synonym_gives_a_spelling_and_none_is_doubled() {
        let synonyms = synonyms(&[&["提取", "支取"], &["医保", "醫療保險", "", "医保卡"]]);
        assert_eq!(synonyms.spellings("公積金提取"), ["公积金提取", "公积金支取"]);
        assert_eq!(
            synonyms.spellings("医保卡"),
            ["医保卡", "医疗保险卡", "医保", "医疗保险"]
        );
        assert_eq!(synonyms.spellings("户口"), ["户口"]);
        assert_eq!(Synonyms::default().spellings("戶口"), ["户口"]);
    }
    fn synonyms(groups: &[&[&str]]) -> Synonyms {
        let group = |group: &&[&str]| group.iter().map(|&word| word.to_owned()).collect();
        Synonyms::new(&groups.iter().map(group).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn several_synonyms_of_a_keyword_are_replaced_together() {
        let synonyms = synonyms(&[&["补办", "补领"], &["行驶证", "行车证"]]);
        assert_eq!(
            synonyms.spellings("补办行驶证甲"),
            ["补办行驶证甲", "补领行驶证甲", "补办行车证甲", "补领行车证甲"]
        );
        assert_eq!(
            synonyms.spellings("补办补办"),
            ["补办补办", "补领补办", "补办补领", "补领补领"]
        );
    }

    #[test]
    fn a_keyword_that_holds_its_own_synonym_is_expanded_but_never_without_end() {
        let long = synonyms(&[&["医保", "基本医保"]]);
        assert_eq!(long.spellings("基本医保卡"), ["基本医保卡", "医保卡"]);
        assert_eq!(long.spellings("医保卡"), ["医保卡", "基本医保卡"]);
        let many = synonyms(&[&["甲", "乙", "丙"]]);
        assert_eq!(many.spellings("甲甲甲").len(), 27);
        let spellings = many.spellings(&"甲".repeat(1_000));
        assert_eq!(spellings.len(), MAX_SPELLINGS);
    }
}
