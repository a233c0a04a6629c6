//! Rules that can never fire or win, independently of other rules.

use std::collections::HashSet;

use aho_corasick::AhoCorasick;

use super::condition_words::{Word, Words};
use crate::catalogue::text;
use crate::rulebook::shapes::{PersonWords, Thresholds};
use crate::text::{Synonyms, fold};

/// How many texts of `exact` are compared with the other words.
const MAX_EXACT: usize = 100;

/// The parts of a rulebook that take precedence over rules.
pub(super) struct Blockers<'t> {
    thresholds: &'t Thresholds,
    /// Finds the `hand_off` words; none if there are no such words.
    hand_off: Option<AhoCorasick>,
    /// The `hand_off_exact` messages in bare form.
    hand_off_exact: HashSet<String>,
}

impl<'t> Blockers<'t> {
    pub(super) fn of(thresholds: &'t Thresholds, words: &PersonWords, synonyms: &Synonyms) -> Self {
        let spellings = |words: &[String]| -> Vec<String> {
            words.iter().flat_map(|word| synonyms.spellings(word)).collect()
        };
        let spelt = |text: &String| text.chars().any(|c| c.is_ascii_alphanumeric());
        // Letters and digits are words of their own in a message.
        let mut hand_off = spellings(&words.hand_off);
        hand_off.retain(|text| !text.is_empty() && !spelt(text));
        let exact = spellings(&words.hand_off_exact);
        Self {
            thresholds,
            hand_off: AhoCorasick::new(&hand_off).ok().filter(|_| !hand_off.is_empty()),
            hand_off_exact: exact.iter().map(|text| fold(text).bare()).collect(),
        }
    }
}

/// The reason why the rule can fire on no message, if there is one. Texts of `exact` are checked as written.
pub(super) fn never_fires(words: &Words<'_>, blockers: &Blockers<'_>) -> Option<String> {
    let when = &words.rule.when;
    let excluded = |word: &Word| word.plain && words.none.iter().any(|none| word.brings(none));
    if words.needed().any(|group| group.iter().all(excluded)) {
        return Some(text!("never-none-takes-group"));
    }
    let (exact, has_exact) = (&words.exact, !words.exact.is_empty());
    if has_exact && exact.iter().all(excluded) {
        return Some(text!("never-none-takes-exact"));
    }
    let most = words.most;
    let long = |word: &Word| word.least > most;
    let longer = |word: &Word| word.plain && word.bare().chars().count() > most;
    if words.needed().any(|group| group.iter().all(long)) || (has_exact && exact.iter().all(longer)) {
        return Some(match when.max_chars {
            Some(_) => text!("never-too-short", limit = most),
            None => text!("never-too-short-by-threshold", limit = most),
        });
    }
    if has_exact && exact.len() <= MAX_EXACT && exact.iter().all(|text| lacks_a_group(text, words)) {
        return Some(text!("never-exact-lacks-group"));
    }
    let most = blockers.thresholds.misses.saturating_sub(1);
    when.talk
        .misses
        .filter(|misses| *misses > most)
        .map(|_| text!("never-misses", misses = most + 1, most = most))
}

/// Whether the message `text` has no word of one of the groups.
fn lacks_a_group(text: &Word, words: &Words<'_>) -> bool {
    let bare = text.bare();
    let lacks = |group: &Vec<Word>| {
        group
            .iter()
            .all(|word| word.plain && !bare.contains(&word.bare()))
    };
    text.plain && words.needed().any(lacks)
}

/// Whether every message on which the rule fires asks for a person. Such a request takes precedence over
/// rules.
pub(super) fn asks_for_a_person(words: &Words<'_>, blockers: &Blockers<'_>) -> bool {
    let asks = |word: &Word| {
        let mut hand_off = blockers.hand_off.iter();
        word.plain && hand_off.any(|hand_off| hand_off.is_match(&word.text))
    };
    let asks_whole =
        |word: &Word| asks(word) || (word.plain && blockers.hand_off_exact.contains(&word.bare()));
    words.needed().any(|group| group.iter().all(asks))
        || (!words.exact.is_empty() && words.exact.iter().all(asks_whole))
}
