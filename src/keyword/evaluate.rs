//! Matching: one pass of the automaton, then only the rules that it touched.

use std::ops::Range;

use jiff::civil::Date;

use super::compile::{CompiledRule, KeywordIndex};
use super::context::MatchState;
use super::near::closest;
use super::patterns::{Slot, Use};
use super::scan::Found;
use crate::message::AccountId;
use crate::reply::{Hit, Span};
use crate::rulebook::Rule;
use crate::text::{Folded, is_whole_word};

/// Where and when a message came in: what a rule's `accounts`, `valid`, `hours` and `talk` are held against.
#[derive(Clone, Copy, Debug)]
pub struct MatchContext<'a> {
    /// The account that the message was written to.
    pub account: &'a AccountId,
    /// The day, in the office's time zone.
    pub today: Date,
    /// The moment, and how the talk stands.
    pub state: MatchState,
}

impl<'a> MatchContext<'a> {
    /// A message of this day to this account, at a moment of which nothing is known.
    pub fn new(account: &'a AccountId, today: Date) -> Self {
        Self {
            account,
            today,
            state: MatchState::default(),
        }
    }
}

/// What the automaton found in a message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matches {
    /// Dangers named, each with its place in the rulebook's list, in the message's order.
    pub emergencies: Vec<(usize, Hit)>,
    /// The words that ask for a person.
    pub hand_off: Option<Hit>,
    /// The words that make it a complaint or a personal matter, in the message's order.
    pub personal: Vec<Hit>,
    /// The rules whose conditions all hold, in the rulebook's order.
    pub fired: Vec<Fired>,
}

/// A rule whose conditions all hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Fired {
    /// Its place in the rulebook.
    pub rule: usize,
    /// The keywords that fired it, and what its pattern matched.
    pub hits: Vec<Hit>,
    /// How many characters of the folded message its keywords and its pattern's match cover.
    pub specificity: usize,
    /// The named captures of its pattern, as the citizen wrote them.
    pub captures: Vec<(String, String)>,
}

/// A keyword of a rule that was found: the rule, the condition that it serves, and its place among what was found.
type Touch = (usize, Slot, usize);

impl KeywordIndex {
    /// Matches a message. `rules` must be the ones that the index was built from.
    pub fn matches(&self, folded: &Folded<'_>, rules: &[Rule], context: MatchContext<'_>) -> Matches {
        let found = self.scanner.scan(folded.as_str());
        let mut matches = Matches::default();
        let mut unless = Vec::new();
        let mut touched: Vec<Touch> = Vec::new();
        for (place, hit) in found.iter().enumerate() {
            for &usage in self.patterns.uses(hit.pattern) {
                match usage {
                    Use::Emergency { kind } => {
                        matches.emergencies.push((kind as usize, self.hit(folded, hit)))
                    }
                    Use::EmergencyUnless { kind } => unless.push(kind as usize),
                    Use::HandOff => {
                        matches.hand_off.get_or_insert_with(|| self.hit(folded, hit));
                    }
                    Use::Personal => matches.personal.push(self.hit(folded, hit)),
                    Use::Rule { rule, slot } => touched.push((rule as usize, slot, place)),
                }
            }
        }
        matches.emergencies.retain(|(kind, _)| !unless.contains(kind));
        // Most messages are longer than any that a rule names whole.
        let bare = folded.bare_within(self.longest_exact);
        let mut exact = &[][..];
        if let Some(bare) = &bare {
            if let Some(word) = self.hand_off_exact.get(bare).and_then(|words| words.last()) {
                matches.hand_off = Some(whole(folded, word));
            }
            exact = self.exact.get(bare).map_or(exact, |rules| rules);
        }
        touched.sort_unstable();
        matches.fired = self.fired(folded, exact, rules, context, &found, &touched);
        matches
    }

    /// The rules that hold, of those that a keyword or the whole message (`exact`) leads to. `touched` is sorted.
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
                // `is_match` first: it is linear, where finding groups on text that does not match is not worth its cost.
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
                            // One that took no part is empty: its slot must not stay in the reply.
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

    /// The two words that make a rule's `near` hold.
    fn near(&self, text: &str, within: usize, found: &[Found], uses: &[Touch]) -> Option<[Found; 2]> {
        // The scan gives each keyword's first place only; the pair may be another one.
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

    /// Every place of the hits' keywords in the message, up to `most` of each, in the order of their places.
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

    fn hit(&self, folded: &Folded<'_>, found: &Found) -> Hit {
        Hit {
            keyword: self.patterns.text(found.pattern).to_owned(),
            span: folded.original_span(found.start..found.end),
        }
    }
}

/// Where `keyword` stands in `text` as whole words; places may overlap.
fn places<'t>(text: &'t str, keyword: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let mut from = 0;
    std::iter::from_fn(move || {
        while !keyword.is_empty() {
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

/// What the citizen wrote where the folded text has `range`: a name or a number is shown as its owner spells it.
fn as_written(folded: &Folded<'_>, range: Range<usize>) -> String {
    let Span { start, end } = folded.original_span(range);
    folded.original().get(start..end).unwrap_or_default().to_owned()
}

fn open_to(rule: &Rule, context: MatchContext<'_>) -> bool {
    (rule.accounts.is_empty() || rule.accounts.contains(context.account))
        && rule.valid.holds_on(context.today)
        && context.state.allows(&rule.when)
}

/// Whether the keyword conditions of a rule hold, given what was found for it.
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

/// How many characters the ranges cover together.
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
