//! Matches a message in one pass of the automaton, then evaluates only the rules that a keyword triggered.

use std::ops::Range;

use jiff::civil::Date;

use super::compile::{CompiledRule, KeywordIndex};
use super::context::MatchState;
use super::near::closest;
use super::patterns::{Slot, Use};
use super::person_words::NotMeant;
use super::scan::Found;
use crate::message::AccountId;
use crate::reply::{Hit, Span};
use crate::rulebook::Rule;
use crate::text::{Folded, count, is_whole_word};

/// The account, day and state of a message, for the rule conditions `accounts`, `valid`, `hours` and `talk`.
#[derive(Clone, Copy, Debug)]
pub struct MatchContext<'a> {
    /// The account that received the message.
    pub account: &'a AccountId,
    /// The day, in the office's time zone.
    pub today: Date,
    /// The time and the state of the conversation.
    pub state: MatchState,
}

impl<'a> MatchContext<'a> {
    /// A context with the default state, in which rules with `hours` or a `talk` condition may not fire.
    pub fn new(account: &'a AccountId, today: Date) -> Self {
        Self {
            account,
            today,
            state: MatchState::default(),
        }
    }
}

/// The result of matching one message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// The emergencies found, each with its index in
    /// [`PersonWords::emergencies`](crate::rulebook::PersonWords::emergencies) and the keyword, in the order
    /// in which the keywords end. An emergency is left out if the message has one of its `none` words.
    pub emergencies: Vec<(usize, Hit)>,
    /// The keywords that ask for a person, in the order in which they end; the whole message if it is one.
    pub hand_off: Vec<Hit>,
    /// The keywords that mark a complaint or a personal matter, in the order in which they end.
    pub personal: Vec<Hit>,
    /// The names of other places, in the order in which they end.
    pub elsewhere: Vec<Hit>,
    /// Emergency words that are negated where they stand, in the order in which they end.
    pub denied_danger: Vec<Hit>,
    /// The words of these lists that do not count where they stand, in the order in which they end.
    pub not_meant: Vec<NotMeant>,
    /// The rules with all conditions met, in the rulebook's order.
    pub fired: Vec<Fired>,
}

/// A rule with all conditions met.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// Its index in the rulebook.
    pub rule: usize,
    /// The keywords that triggered it and the match of its pattern, in the order of the message. For a rule
    /// with `exact` it is the whole message.
    pub hits: Vec<Hit>,
    /// The number of characters of the folded message that the hits cover.
    pub specificity: usize,
    /// The named captures of its pattern, as the citizen wrote them. A group that took no part is empty.
    pub captures: Vec<(String, String)>,
}

/// One use of a keyword found: the rule's index, the condition, and the index in the list of hits.
type Touch = (usize, Slot, usize);

impl KeywordIndex {
    /// Matches a message. `rules` must be the rules that the index was built from.
    pub fn matches(&self, folded: &Folded<'_>, rules: &[Rule], context: MatchContext<'_>) -> Matches {
        let mut found = self.scanner.scan(folded.as_str());
        count(folded.chars());
        let mut matches = self.person_words(folded, &found);
        let mut touched: Vec<Touch> = Vec::new();
        let replies = |rule: u32| self.rules.get(rule as usize).is_some_and(|rule| rule.replies);
        for place in 0..found.len() {
            let Some(hit) = found.get(place).copied() else {
                continue;
            };
            // Read when a rule that replies first needs it: a negated keyword counts only as a word of `none`,
            // or for a rule that sends the message to a person.
            let mut affirmed = None;
            for &usage in self.patterns.uses(hit.pattern) {
                let Use::Rule { rule, slot } = usage else { continue };
                if slot != Slot::None && replies(rule) {
                    let read = || self.affirmed(folded, &hit, &mut matches.not_meant);
                    let Some(first) = *affirmed.get_or_insert_with(read) else {
                        continue;
                    };
                    if let Some(hit) = found.get_mut(place) {
                        *hit = first;
                    }
                }
                touched.push((rule as usize, slot, place));
            }
        }
        // Most messages are longer than any `exact` message, and stop here.
        let bare = folded.bare_within(self.longest_exact);
        let mut exact = &[][..];
        if let Some(bare) = &bare {
            if let Some(word) = self.hand_off_exact.get(bare).and_then(|words| words.last()) {
                matches.hand_off = vec![whole(folded, word)];
            }
            exact = self.exact.get(bare).map_or(exact, |rules| rules);
        }
        touched.sort_unstable();
        matches.fired = self.fired(folded, exact, rules, context, &found, &touched);
        matches
    }

    /// The rules that fire, out of the candidates: rules with a keyword in the message, rules that list it in
    /// `exact`, and the unanchored rules. `touched` is sorted.
    fn fired(
        &self,
        folded: &Folded<'_>,
        exact: &[usize],
        rules: &[Rule],
        context: MatchContext<'_>,
        found: &[Found],
        touched: &[Touch],
    ) -> Vec<Fired> {
        let mut candidates: Vec<usize> = touched.iter().map(|&(rule, ..)| rule).collect();
        candidates.extend(exact);
        candidates.extend(&self.unanchored);
        candidates.sort_unstable();
        candidates.dedup();

        let mut fired = Vec::new();
        for rule in candidates {
            let Some(compiled) = self.rules.get(rule) else {
                continue;
            };
            if folded.chars() > compiled.max_chars || (compiled.exact && !exact.contains(&rule)) {
                continue;
            }
            let from = touched.partition_point(|&(other, ..)| other < rule);
            let until = touched.partition_point(|&(other, ..)| other <= rule);
            let uses = touched.get(from..until).unwrap_or_default();
            let open = || rules.get(rule).is_some_and(|rule| open_to(rule, context));
            if !holds(compiled, uses) || !(compiled.always || open()) {
                continue;
            }
            let mut captures = Vec::new();
            let mut matched = None;
            if let Some(regex) = &compiled.regex {
                // `is_match` runs in linear time. Captures are slower, so they are read only after a match.
                if !regex.is_match(folded.as_str()) {
                    continue;
                }
                if let Some(groups) = regex.captures(folded.as_str()) {
                    matched = groups.get(0).map(|whole| whole.range());
                    captures = regex
                        .capture_names()
                        .flatten()
                        .map(|name| {
                            let group = groups.name(name).map(|group| group.range());
                            // A group that took no part gets an empty text, so that its slot does not stay in
                            // the reply.
                            let text = group.map(|range| as_written(folded, range));
                            (name.to_owned(), text.unwrap_or_default())
                        })
                        .collect();
                }
            }
            let mut hits: Vec<Found> = uses
                .iter()
                .filter(|(_, slot, _)| !matches!(slot, Slot::One | Slot::Other))
                .filter_map(|&(.., place)| found.get(place).copied())
                .collect();
            if let Some(within) = compiled.near {
                let Some(pair) = self.near(folded.as_str(), within, found, uses) else {
                    continue;
                };
                hits.extend(pair);
            }
            fired.push(Fired {
                captures,
                ..self.fire(folded, rule, compiled, &hits, matched)
            });
        }
        fired
    }

    /// The closest pair of words that meets a rule's `near` condition.
    fn near(&self, text: &str, within: usize, found: &[Found], uses: &[Touch]) -> Option<[Found; 2]> {
        // The scan reports only the first occurrence of each keyword; the closest pair may be a later one.
        let places = |wanted: Slot| -> Vec<Found> {
            let touched = uses.iter().filter(|(_, slot, _)| *slot == wanted);
            let hits = touched.filter_map(|&(.., place)| found.get(place));
            hits.flat_map(|hit| self.all_places(text, hit.pattern)).collect()
        };
        let (ones, others) = (places(Slot::One), places(Slot::Other));
        let ranges = |places: &[Found]| -> Vec<_> { places.iter().map(|hit| (hit.start, hit.end)).collect() };
        let (one, other) = closest(text, &ranges(&ones), &ranges(&others), within)?;
        let at = |places: &[Found], range| {
            let mut same = places.iter().filter(|hit| (hit.start, hit.end) == range);
            same.next().copied()
        };
        Some([at(&ones, one)?, at(&others, other)?])
    }

    fn all_places(&self, text: &str, pattern: usize) -> Vec<Found> {
        let places = places(text, self.patterns.text(pattern));
        places.map(|(start, end)| Found { pattern, start, end }).collect()
    }

    /// Returns the hits and the further occurrences of their keywords, up to `most` per keyword, sorted by
    /// position.
    pub(crate) fn everywhere(folded: &Folded<'_>, hits: &[Hit], most: usize) -> Vec<Hit> {
        let mut all: Vec<Hit> = hits.to_vec();
        for keyword in hits.iter().map(|hit| &hit.keyword) {
            all.extend(
                places(folded.as_str(), keyword)
                    .take(most)
                    .map(|(start, end)| Hit {
                        keyword: keyword.clone(),
                        span: folded.original_span(start..end),
                    }),
            );
        }
        all.sort_unstable_by(|one, other| (one.span, &one.keyword).cmp(&(other.span, &other.keyword)));
        all.dedup();
        all
    }

    fn fire(
        &self,
        folded: &Folded<'_>,
        rule: usize,
        compiled: &CompiledRule,
        found: &[Found],
        matched: Option<Range<usize>>,
    ) -> Fired {
        let mut ranges: Vec<(usize, usize)> = found.iter().map(|hit| (hit.start, hit.end)).collect();
        let mut hits: Vec<Hit> = found.iter().map(|hit| self.hit(folded, hit)).collect();
        if let Some(range) = matched.filter(|range| !range.is_empty()) {
            ranges.push((range.start, range.end));
            hits.push(Hit {
                keyword: folded.as_str().get(range.clone()).unwrap_or_default().to_owned(),
                span: folded.original_span(range),
            });
        }
        if compiled.exact {
            ranges = vec![(0, folded.as_str().len())];
            hits = vec![whole(folded, folded.as_str())];
        }
        hits.sort_unstable_by(|one, other| (one.span, &one.keyword).cmp(&(other.span, &other.keyword)));
        hits.dedup();
        Fired {
            rule,
            hits,
            specificity: covered(folded.as_str(), ranges),
            captures: Vec::new(),
        }
    }

    pub(super) fn hit(&self, folded: &Folded<'_>, found: &Found) -> Hit {
        Hit {
            keyword: self.patterns.text(found.pattern).to_owned(),
            span: folded.original_span(found.start..found.end),
        }
    }
}

/// The occurrences of `keyword` in `text` as whole words. They may overlap.
pub(super) fn places<'t>(text: &'t str, keyword: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        while !keyword.is_empty() {
            count(keyword.len());
            let start = from + text.get(from..)?.find(keyword)?;
            let end = start + keyword.len();
            let first = text.get(start..).and_then(|rest| rest.chars().next());
            from = start + first.map_or(1, char::len_utf8);
            if is_whole_word(text, start, end) {
                return Some((start, end));
            }
        }
        None
    })
}

/// The original text behind `range` of the folded text, so that a reply shows names and numbers as the
/// citizen spelled them.
fn as_written(folded: &Folded<'_>, range: Range<usize>) -> String {
    let Span { start, end } = folded.original_span(range);
    folded.original().get(start..end).unwrap_or_default().to_owned()
}

fn open_to(rule: &Rule, context: MatchContext<'_>) -> bool {
    (rule.accounts.is_empty() || rule.accounts.contains(context.account))
        && rule.valid.holds_on(context.today)
        && context.state.allows(&rule.when)
}

/// Whether the keyword conditions of a rule hold, given its uses in the message.
fn holds(rule: &CompiledRule, uses: &[Touch]) -> bool {
    let has = |wanted: Slot| uses.iter().any(|&(_, slot, _)| slot == wanted);
    !has(Slot::None)
        && (!rule.needs_any || has(Slot::Any))
        && (0..rule.groups).all(|group| has(Slot::Group(group)))
        && (rule.near.is_none() || (has(Slot::One) && has(Slot::Other)))
}

fn whole(folded: &Folded<'_>, keyword: &str) -> Hit {
    Hit {
        keyword: keyword.to_owned(),
        span: Span {
            start: 0,
            end: folded.original().len(),
        },
    }
}

/// The number of characters in the union of the ranges.
fn covered(text: &str, mut ranges: Vec<(usize, usize)>) -> usize {
    ranges.sort_unstable();
    let mut until = 0;
    let mut chars = 0;
    for (start, end) in ranges {
        let start = start.max(until);
        if start < end {
            chars += text.get(start..end).map_or(0, |part| part.chars().count());
            until = end;
        }
    }
    chars
}
