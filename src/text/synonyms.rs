//! Synonyms of words that are looked for: a keyword in the other words for the same thing.

use aho_corasick::{AhoCorasick, BuildError};

use super::fold;

/// The most spellings that synonyms make of one keyword, itself included; what is over it is left out.
const MAX_SPELLINGS: usize = 64;

/// Groups of words that mean the same.
#[derive(Debug, Default)]
pub(crate) struct Synonyms {
    /// None without a word.
    automaton: Option<AhoCorasick>,
    /// Each word, folded, with the other words of its group; the automaton's patterns in order.
    words: Vec<(String, Vec<String>)>,
}

impl Synonyms {
    /// Compiles the groups; an unreadable word is passed over.
    pub(crate) fn new(groups: &[Vec<String>]) -> Result<Self, BuildError> {
        let mut words: Vec<(String, Vec<String>)> = Vec::new();
        for group in groups {
            let group: Vec<String> = group.iter().map(|word| fold(word).as_str().to_owned()).collect();
            for word in group.iter().filter(|word| !word.is_empty()) {
                let others = group.iter().filter(|other| *other != word).cloned().collect();
                words.push((word.clone(), others));
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

    /// The folded keyword, and for each synonym in it the keyword with another word of its group put in its place.
    pub(crate) fn spellings(&self, keyword: &str) -> Vec<String> {
        let keyword = fold(keyword).as_str().to_owned();
        let mut inside: Vec<usize> = self
            .automaton
            .iter()
            .flat_map(|automaton| automaton.find_overlapping_iter(&keyword))
            .map(|hit| hit.pattern().as_usize())
            .collect();
        inside.sort_unstable();
        inside.dedup();
        let mut spellings = vec![keyword.clone()];
        for (word, others) in inside.into_iter().filter_map(|place| self.words.get(place)) {
            for other in others {
                // `医保` in `基本医保` may become `医疗保险`; a word that already stands there may not be doubled.
                if spellings.len() < MAX_SPELLINGS && !keyword.contains(other.as_str()) {
                    // What stands side by side now may fold on.
                    spellings.push(
                        fold(&keyword.replacen(word.as_str(), other, 1))
                            .as_str()
                            .to_owned(),
                    );
                }
            }
        }
        spellings
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    #[test]
    fn each_synonym_gives_a_spelling_and_none_is_doubled() {
        let groups = [vec!["提取", "支取"], vec!["医保", "醫療保險", "", "医保卡"]];
        let groups = groups.map(|group| group.into_iter().map(str::to_owned).collect());
        let synonyms = Synonyms::new(&groups).unwrap();
        assert_eq!(synonyms.spellings("公積金提取"), ["公积金提取", "公积金支取"]);
        assert_eq!(synonyms.spellings("医保卡"), ["医保卡", "医疗保险卡", "医疗保险"]);
        assert_eq!(synonyms.spellings("户口"), ["户口"]);
        assert_eq!(Synonyms::default().spellings("戶口"), ["户口"]);
    }
}
