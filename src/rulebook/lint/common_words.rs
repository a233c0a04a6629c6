//! Keywords that are everyday language.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::AhoCorasick;

use crate::catalogue::wording;
use crate::rulebook::decode::TextList;
use crate::rulebook::diagnostic::{Code, Diagnostic, Diagnostics};
use crate::rulebook::shapes::{Location, Rule, Rulebook};
use crate::text::{Synonyms, fold, is_whole_word};

impl Rulebook {
    /// Keywords that occur in more than `percent` of the messages of a log, 0 to 100, and make a rule fire on
    /// unrelated messages.
    ///
    /// A rule with several groups of keywords is reported only if each group has such a keyword. A keyword is
    /// counted if a rule would find it: as a whole word, or as a synonym of one. No finding is an error; a
    /// log without messages has none.
    pub fn lint_messages<T: AsRef<str>>(&self, messages: &[T], percent: f64) -> Diagnostics {
        // More words than an automaton can hold are more than a rulebook may have.
        let synonyms = Synonyms::new(&self.synonyms).unwrap_or_default();
        let counts = counts(&self.rules, &synonyms, messages);
        let share = |word: &str| {
            let count = counts.get(fold(word).as_str()).copied().unwrap_or_default();
            100.0 * count as f64 / messages.len().max(1) as f64
        };
        let mut findings = Vec::new();
        for rule in &self.rules {
            let mut common = Vec::new();
            let mut groups = groups(rule).map(|group| {
                let before = common.len();
                let words = group.words.iter().enumerate();
                let found = words.map(|(n, word)| (group.list, group.first + n, word, share(word)));
                common.extend(found.filter(|&(.., share)| share > percent));
                common.len() > before
            });
            // `exact` and `regex` restrict the rule to fewer messages.
            let guarded = !rule.when.exact.is_empty() || rule.when.regex.is_some();
            if groups.all(|found| found) && !guarded {
                findings.extend(common.into_iter().map(|(list, index, word, share)| {
                    let place = self.text_location(&rule.location, list, index);
                    finding(rule, place, word, share)
                }));
            }
        }
        self.diagnostics(findings)
    }
}

fn finding(rule: &Rule, place: Location, word: &str, share: f64) -> Diagnostic {
    Diagnostic::warning(
        Code::CommonWord,
        wording!(
            "common-word",
            word = word,
            rule = rule.id,
            share = format!("{share:.1}")
        ),
    )
    .at(place)
}

/// A group of keywords. A message needs one of them.
struct Group<'r> {
    words: &'r [String],
    /// The list that the group is written in.
    list: TextList,
    /// The index of its first word there.
    first: usize,
}

/// The groups of keywords that the rule's condition has. A message needs a word of each.
fn groups(rule: &Rule) -> impl Iterator<Item = Group<'_>> {
    let group = |list, words| Group {
        words,
        list,
        first: 0,
    };
    let when = &rule.when;
    let any = Some(group(TextList::Any, when.any.as_slice())).filter(|any| !any.words.is_empty());
    let all = when.all.iter().scan(0, |next, words| {
        let first = *next;
        *next += words.len();
        Some(Group {
            words,
            list: TextList::All,
            first,
        })
    });
    let near = when.near.iter().flat_map(move |near| {
        [
            group(TextList::NearOne, near.one.as_slice()),
            group(TextList::NearOther, near.other.as_slice()),
        ]
    });
    any.into_iter().chain(all).chain(near)
}

/// Each folded keyword with the number of messages that contain it, in any of its spellings.
fn counts<T: AsRef<str>>(rules: &[Rule], synonyms: &Synonyms, messages: &[T]) -> HashMap<String, usize> {
    let keywords: BTreeSet<String> = rules
        .iter()
        .flat_map(groups)
        .flat_map(|group| group.words)
        .map(|word| fold(word).as_str().to_owned())
        .collect();
    // Each spelling with the keywords that it is one of.
    let mut spelt: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (keyword, text) in keywords.iter().enumerate() {
        for spelling in synonyms
            .spellings(text)
            .into_iter()
            .filter(|text| !text.is_empty())
        {
            spelt.entry(spelling).or_default().push(keyword);
        }
    }
    let meant: Vec<&Vec<usize>> = spelt.values().collect();
    // More words than an automaton can hold are more than a rulebook may have.
    let Ok(automaton) = AhoCorasick::new(spelt.keys()) else {
        return HashMap::new();
    };
    // Each keyword's count, and the last message that counted.
    let mut counts = vec![(0, usize::MAX); keywords.len()];
    for (n, message) in messages.iter().enumerate() {
        let folded = fold(message.as_ref());
        let text = folded.as_str();
        let hits = automaton.find_overlapping_iter(text);
        for hit in hits.filter(|hit| is_whole_word(text, hit.start(), hit.end())) {
            for &keyword in meant.get(hit.pattern().as_usize()).copied().into_iter().flatten() {
                if let Some((count, last)) = counts.get_mut(keyword)
                    && std::mem::replace(last, n) != n
                {
                    *count += 1;
                }
            }
        }
    }
    let counts = counts.into_iter().map(|(count, _)| count);
    keywords.into_iter().zip(counts).collect()
}
