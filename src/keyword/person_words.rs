//! The words of `[words]` and `[[emergency]]` in a message, without those that are parts of other words.

use std::ops::Range;
use std::sync::Arc;

use super::compile::KeywordIndex;
use super::evaluate::{Matches, places};
use super::patterns::Use;
use super::scan::Found;
use crate::reply::{Hit, WhyNot};
use crate::rulebook::PersonWords;
use crate::text::{Folded, InDoubt, Negations, OtherWords, OwnWords, count};

/// The most places of one keyword that are reported as not meant.
const MAX_REPORTED: usize = 100;

/// A list of words that send a message to a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WordList {
    /// The emergency at this index in
    /// [`PersonWords::emergencies`](crate::rulebook::PersonWords::emergencies).
    Emergency(usize),
    /// Requests for a person.
    HandOff,
    /// Complaints and personal matters.
    Personal,
    /// Names of other places.
    Elsewhere,
    /// Keywords of rules that reply.
    Rule,
}

/// A word of a list that does not count where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotMeant {
    /// The list.
    pub list: WordList,
    /// The word and its place.
    pub hit: Hit,
    /// The reason.
    pub why: WhyNot,
}

impl KeywordIndex {
    /// The person words among the keywords found. `exact` messages are not read here.
    pub(super) fn person_words(&self, folded: &Folded<'_>, found: &[Found]) -> Matches {
        let mut matches = Matches::default();
        let mut unless = Vec::new();
        let mut reader = None;
        for hit in found {
            for &usage in self.patterns.uses(hit.pattern) {
                let list = match usage {
                    Use::Emergency { kind } => WordList::Emergency(kind as usize),
                    Use::HandOff => WordList::HandOff,
                    Use::Personal => WordList::Personal,
                    Use::Elsewhere => WordList::Elsewhere,
                    Use::EmergencyUnless { kind } => {
                        unless.push(kind as usize);
                        continue;
                    }
                    Use::Longer | Use::Rule { .. } => continue,
                };
                let reader = reader.get_or_insert_with(|| Reader::new(self, folded, found));
                let Some(hit) = reader.first_meant(list, hit, &mut matches.not_meant) else {
                    continue;
                };
                let hit = self.hit(folded, &hit);
                match list {
                    WordList::Emergency(kind) => matches.emergencies.push((kind, hit)),
                    WordList::HandOff => matches.hand_off.push(hit),
                    WordList::Personal => matches.personal.push(hit),
                    WordList::Elsewhere => matches.elsewhere.push(hit),
                    WordList::Rule => {}
                }
            }
        }
        matches.emergencies.retain(|(kind, _)| !unless.contains(kind));
        let denied = matches
            .not_meant
            .iter()
            .filter_map(|word| match (word.list, &word.why) {
                (WordList::Emergency(kind), WhyNot::Negated { .. }) if !unless.contains(&kind) => {
                    Some(&word.hit)
                }
                _ => None,
            });
        matches.denied_danger = denied.cloned().collect();
        matches
    }

    /// Where a keyword of a rule that replies counts: `None` if it is negated everywhere. Its negated places
    /// are added to `not_meant`.
    pub(super) fn affirmed(
        &self,
        folded: &Folded<'_>,
        hit: &Found,
        not_meant: &mut Vec<NotMeant>,
    ) -> Option<Found> {
        Reader::new(self, folded, &[]).first_meant(WordList::Rule, hit, not_meant)
    }

    /// The negations of words for opposites.
    pub(crate) fn opposite_negations(&self) -> Arc<Negations> {
        Arc::clone(&self.negations.opposite)
    }
}

/// Reads the surroundings of person words in one message.
struct Reader<'r> {
    index: &'r KeywordIndex,
    folded: &'r Folded<'r>,
    words: OtherWords<'r>,
}

/// The negations of each list.
#[derive(Debug, Default)]
pub(super) struct ListNegations {
    emergencies: Vec<Negations>,
    hand_off: Negations,
    personal: Negations,
    elsewhere: Negations,
    rule: Negations,
    /// Of words for opposites.
    pub(super) opposite: Arc<Negations>,
}

impl ListNegations {
    pub(super) fn of(words: &PersonWords) -> Self {
        let emergencies = words.emergencies.iter();
        Self {
            emergencies: emergencies
                .map(|emergency| words.negations_of(&emergency.id))
                .collect(),
            hand_off: words.negations_of("hand_off"),
            personal: words.negations_of("personal"),
            elsewhere: words.negations_of("elsewhere"),
            rule: words.negations_of("rule"),
            opposite: Arc::new(words.negations_of("opposite")),
        }
    }

    fn get(&self, list: WordList) -> Option<&Negations> {
        Some(match list {
            WordList::Emergency(kind) => self.emergencies.get(kind)?,
            WordList::HandOff => &self.hand_off,
            WordList::Personal => &self.personal,
            WordList::Elsewhere => &self.elsewhere,
            WordList::Rule => &self.rule,
        })
    }
}

impl<'r> Reader<'r> {
    fn new(index: &'r KeywordIndex, folded: &'r Folded<'r>, found: &[Found]) -> Self {
        let text = folded.as_str();
        let is_longer = |hit: &&Found| index.patterns.uses(hit.pattern).contains(&Use::Longer);
        let mut longer: Vec<Range<usize>> = Vec::new();
        for hit in found.iter().filter(is_longer) {
            count(text.len());
            let all = places(text, index.patterns.text(hit.pattern));
            longer.extend(all.map(|(start, end)| start..end));
        }
        Self {
            index,
            folded,
            words: OtherWords::new(text, longer),
        }
    }

    /// The first place of the keyword of `hit` at which it counts. The places before it are added to
    /// `not_meant`.
    fn first_meant(&self, list: WordList, hit: &Found, not_meant: &mut Vec<NotMeant>) -> Option<Found> {
        let text = self.folded.as_str();
        let keyword = self.index.patterns.text(hit.pattern);
        let own = OwnWords::of(keyword);
        let mut reported = 0;
        let mut meant = |place: &Found| {
            let Some(why) = self.why_not(list, &(place.start..place.end), &own) else {
                return true;
            };
            if reported < MAX_REPORTED {
                reported += 1;
                let hit = self.index.hit(self.folded, place);
                not_meant.push(NotMeant { list, hit, why });
            }
            false
        };
        if meant(hit) {
            return Some(*hit);
        }
        count(text.len());
        // The scan reports only the first place of each keyword; it may count at a later one.
        let later = places(text, keyword).filter(|(start, _)| *start > hit.start);
        later.map(|(start, end)| Found { start, end, ..*hit }).find(meant)
    }

    /// Why the keyword does not count at `place`; `None` if it does.
    fn why_not(&self, list: WordList, place: &Range<usize>, own: &OwnWords<'_>) -> Option<WhyNot> {
        let doubt = match list {
            WordList::Emergency(_) => Some(InDoubt::Keep),
            WordList::HandOff | WordList::Personal | WordList::Elsewhere => Some(InDoubt::Drop),
            // Operators write keywords of rules to be found by their characters.
            WordList::Rule => None,
        };
        if let Some(word) = doubt.and_then(|doubt| self.words.of_keyword(place, own, doubt)) {
            let word = word.to_owned();
            return Some(WhyNot::PartOf { word });
        }
        let text = self.folded.as_str();
        let negation = self.index.negations.get(list)?.of_word(text, place)?;
        let word = text.get(negation)?.to_owned();
        Some(WhyNot::Negated { word })
    }
}
