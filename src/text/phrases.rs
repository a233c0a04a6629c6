//! Traditional characters that are simplified differently in different phrases: `乾` becomes `干` in `乾净`, but
//! stays in `乾隆`.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::table::simplify;

/// The maximum number of passes. All known texts need at most two.
const MAX_ROUNDS: usize = 8;

/// A character that occurs in phrases.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Part {
    /// The character as it is spelled in phrases.
    pub(super) raw: char,
    /// Its simplified form outside phrases.
    pub(super) folded: char,
    /// Whether the character starts a search for phrases. Each phrase has such a character, chosen so that it
    /// is rare in modern simplified text.
    pub(super) trigger: bool,
}

/// The phrases of OpenCC that differ from simplifying each character by itself, and all other phrases that
/// contain a trigger of theirs.
///
/// The simplified form of a phrase is a phrase too and stays unchanged, so that folding is idempotent.
pub(super) struct Phrases {
    /// Finds the leftmost-longest phrases; `None` if the automaton could not be built.
    automaton: Option<AhoCorasick>,
    values: Vec<String>,
    /// The characters of all simplified phrases.
    resolved: HashSet<char>,
    /// The traditional characters that stay unchanged until phrases are resolved, and whether each is a
    /// trigger.
    roles: HashMap<char, bool>,
}

pub(super) static PHRASES: LazyLock<Phrases> = LazyLock::new(Phrases::build);

impl Phrases {
    /// Whether `c` occurs in phrases (`Some`), and whether it is a trigger.
    pub(super) fn role(&self, c: char) -> Option<bool> {
        self.roles.get(&c).copied()
    }

    /// Whether a simplified phrase contains `c`, so that `c` may occur in a folded text.
    pub(super) fn keeps(&self, c: char) -> bool {
        self.resolved.contains(&c)
    }

    /// Simplifies a text with unchanged phrase characters. `alone` simplifies a character outside phrases.
    /// The number of characters does not change.
    ///
    /// The simplified form of one phrase may complete another (`么` from `麼` before `麽些族`), so this repeats
    /// until the text no longer changes.
    pub(super) fn resolve(&self, text: &str, alone: impl Fn(char) -> char) -> String {
        let (mut out, mut found) = self.resolve_once(text, &alone);
        for _ in 0..MAX_ROUNDS {
            if !found {
                break;
            }
            let (next, _) = self.resolve_once(&out, &alone);
            found = next != out;
            out = next;
        }
        out
    }

    /// Returns the text after one pass, and whether the pass found a phrase.
    fn resolve_once(&self, text: &str, alone: impl Fn(char) -> char) -> (String, bool) {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for found in self
            .automaton
            .iter()
            .flat_map(|automaton| automaton.find_iter(text))
        {
            out.extend(text.get(at..found.start()).unwrap_or("").chars().map(&alone));
            let value = self.values.get(found.pattern().as_usize());
            out.push_str(value.map_or("", String::as_str));
            at = found.end();
        }
        out.extend(text.get(at..).unwrap_or("").chars().map(&alone));
        (out, at > 0)
    }

    fn build() -> Self {
        let all: BTreeMap<&str, &str> = hanconv::RawDictionary::TSPhrases
            .iter()
            .filter(|(from, to)| from.chars().count() == to.chars().count())
            .collect();
        let stay = all.values().map(|to| (to, to));
        let mut roles: HashMap<char, bool> = all
            .iter()
            .chain(stay)
            .filter(|(from, to)| alone(from) != **to)
            .filter_map(|(from, to)| Some((trigger(from, to)?, true)))
            .collect();
        let mut phrases: BTreeMap<String, String> = BTreeMap::new();
        for (from, to) in all {
            if from.chars().any(|c| roles.contains_key(&c)) {
                phrases.insert(from.to_owned(), to.to_owned());
                phrases.entry(to.to_owned()).or_insert_with(|| to.to_owned());
            }
        }
        for c in phrases.keys().flat_map(|phrase| phrase.chars()) {
            if simplify(c) != c {
                roles.entry(c).or_insert(false);
            }
        }
        let (keys, values): (Vec<String>, Vec<String>) = phrases.into_iter().unzip();
        Self {
            automaton: AhoCorasick::builder()
                .match_kind(MatchKind::LeftmostLongest)
                .build(keys)
                .ok(),
            resolved: values.iter().flat_map(|value| value.chars()).collect(),
            values,
            roles,
        }
    }
}

/// The phrase with each character simplified by itself.
fn alone(phrase: &str) -> String {
    phrase.chars().map(simplify).collect()
}

/// The trigger of a phrase: its first traditional character or, without one, the first character that
/// changes.
fn trigger(from: &str, to: &str) -> Option<char> {
    let traditional = from.chars().find(|&c| simplify(c) != c);
    let changing = from.chars().zip(to.chars()).find(|(from, to)| from != to);
    traditional.or(changing.map(|(from, _)| from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn folded(text: &str) -> String {
        fold(text).as_str().to_owned()
    }

    #[test]
    fn a_character_becomes_what_its_phrase_says() {
        for (traditional, simplified) in [
            ("乾隆年間", "乾隆年间"),
            ("扭轉乾坤", "扭转乾坤"),
            ("衣服乾了", "衣服干了"),
            ("瞭望塔", "瞭望塔"),
            ("我想瞭解", "我想了解"),
            ("請盡快答覆", "请尽快答复"),
            ("覆蓋", "覆盖"),
            ("養老計畫", "养老计划"),
            ("一幅畫", "一幅画"),
            ("錢鍾書", "钱锺书"),
            ("鍾錶", "钟表"),
            ("二噁英", "二𫫇英"),
        ] {
            assert_eq!(folded(traditional), simplified);
        }
    }

    #[test]
    fn phrases_fold_as_the_library_converts_them() {
        for (phrase, _) in hanconv::RawDictionary::TSPhrases.iter() {
            assert_eq!(folded(phrase), hanconv::t2s(phrase), "{phrase}");
        }
    }

    #[test]
    fn phrases_that_overlap_or_touch_stay_folded() {
        let parts: Vec<String> = PHRASES.roles.keys().map(char::to_string).collect();
        let starts = PHRASES.values.iter().filter_map(|value| value.get(..3));
        let ends = PHRASES
            .values
            .iter()
            .filter_map(|value| value.get(value.len() - 3..));
        let mut around: Vec<&str> = parts
            .iter()
            .map(String::as_str)
            .chain(starts)
            .chain(ends)
            .collect();
        around.sort_unstable();
        around.dedup();
        for (phrase, _) in hanconv::RawDictionary::TSPhrases.iter() {
            for one in &around {
                for text in [format!("{one}{phrase}"), format!("{phrase}{one}")] {
                    let once = folded(&text);
                    assert_eq!(folded(&once), once, "{text}");
                }
            }
        }
    }

    /// The phrases of this test exist only after their characters are simplified.
    #[test]
    fn a_phrase_of_simplified_characters_is_found_in_traditional_ones() {
        let keys: Vec<String> = hanconv::RawDictionary::TSPhrases
            .iter()
            .map(|(phrase, _)| phrase.to_owned())
            .collect();
        for phrase in keys.iter().filter(|phrase| alone(phrase) == **phrase) {
            for c in phrase.chars() {
                for (part, _) in PHRASES.roles.iter().filter(|&(&part, _)| simplify(part) == c) {
                    let text = phrase.replace(c, part.encode_utf8(&mut [0; 4]));
                    let once = folded(&text);
                    assert_eq!(folded(&once), once, "{text}");
                }
            }
        }
        assert_eq!(folded("迴覆"), "回复");
    }

    #[test]
    fn a_span_survives_a_phrase_that_needs_more_bytes() {
        let text = "二噁英 超標嗎";
        let folded = fold(text);
        let at = folded.as_str().find("超标");
        let span = at.map(|at| folded.original_span(at..at + "超标".len()));
        assert_eq!(span.and_then(|span| text.get(span.start..span.end)), Some("超標"));
    }
}
