//! Matching: one pass of the automaton, then only the rules that it touched.

use jiff::civil::Date;

use super::compile::{CompiledRule, KeywordIndex, Slot, Use};
use crate::message::AccountId;
use crate::reply::{Hit, Span};
use crate::rulebook::Rule;
use crate::text::Folded;

/// Where and when a message came in: what a rule's `accounts` and `valid` are held against.
#[derive(Clone, Copy, Debug)]
pub struct Door<'a> {
    /// The account that the message was written to.
    pub account: &'a AccountId,
    /// The day, in the office's time zone.
    pub today: Date,
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
    /// The keywords that fired it.
    pub hits: Vec<Hit>,
    /// How many characters of the folded message its keywords cover.
    pub specificity: usize,
    /// The named captures of its pattern.
    pub captures: Vec<(String, String)>,
}

/// The first place where a pattern stands in the folded text.
struct Found {
    pattern: usize,
    start: usize,
    end: usize,
}

impl KeywordIndex {
    /// Matches a message. `rules` must be the ones that the index was built from.
    pub fn matches(&self, folded: &Folded<'_>, rules: &[Rule], door: Door<'_>) -> Matches {
        let found = self.scan(folded.as_str());
        let mut matches = Matches::default();
        let mut unless = Vec::new();
        let mut touched: Vec<(usize, Slot, usize)> = Vec::new();
        for (place, hit) in found.iter().enumerate() {
            for &usage in self
                .patterns
                .get(hit.pattern)
                .map_or(&[][..], |pattern| &pattern.uses)
            {
                match usage {
                    Use::Emergency { kind } => matches.emergencies.push((kind, self.hit(folded, hit))),
                    Use::EmergencyUnless { kind } => unless.push(kind),
                    Use::HandOff => {
                        matches.hand_off.get_or_insert_with(|| self.hit(folded, hit));
                    }
                    Use::Personal => matches.personal.push(self.hit(folded, hit)),
                    Use::Rule { rule, slot } => touched.push((rule, slot, place)),
                }
            }
        }
        matches.emergencies.retain(|(kind, _)| !unless.contains(kind));
        let bare = folded.bare();
        if let Some(word) = self.hand_off_exact.get(&bare) {
            matches.hand_off = Some(whole(folded, word));
        }
        matches.fired = self.fired(folded, &bare, rules, door, &found, touched);
        matches
    }

    /// The first place of each pattern that is found, in the order of their ends.
    fn scan(&self, text: &str) -> Vec<Found> {
        let mut seen = vec![0_u64; self.patterns.len().div_ceil(64)];
        let mut found = Vec::new();
        for hit in self.automaton.find_overlapping_iter(text) {
            let pattern = hit.pattern().as_usize();
            let bit = 1 << (pattern % 64);
            let Some(word) = seen.get_mut(pattern / 64) else {
                continue;
            };
            if *word & bit == 0 && whole_word(text, hit.start(), hit.end()) {
                *word |= bit;
                found.push(Found {
                    pattern,
                    start: hit.start(),
                    end: hit.end(),
                });
            }
        }
        found
    }

    fn fired(
        &self,
        folded: &Folded<'_>,
        bare: &str,
        rules: &[Rule],
        door: Door<'_>,
        found: &[Found],
        mut touched: Vec<(usize, Slot, usize)>,
    ) -> Vec<Fired> {
        touched.sort_unstable();
        let exact = self.exact.get(bare).map_or(&[][..], |rules| rules);
        let mut candidates: Vec<usize> = touched.iter().map(|&(rule, ..)| rule).collect();
        candidates.extend(exact);
        candidates.extend(&self.unanchored);
        candidates.sort_unstable();
        candidates.dedup();

        let mut fired = Vec::new();
        for rule in candidates {
            let (Some(compiled), Some(source)) = (self.rules.get(rule), rules.get(rule)) else {
                continue;
            };
            if !open_to(source, door) || folded.chars() > compiled.max_chars {
                continue;
            }
            if compiled.exact && !exact.contains(&rule) {
                continue;
            }
            let from = touched.partition_point(|&(other, ..)| other < rule);
            let uses: Vec<(Slot, &Found)> = touched
                .iter()
                .skip(from)
                .take_while(|&&(other, ..)| other == rule)
                .filter_map(|&(_, slot, place)| Some((slot, found.get(place)?)))
                .collect();
            if !holds(compiled, &uses) {
                continue;
            }
            let mut captures = Vec::new();
            if let Some(regex) = &compiled.regex {
                // `is_match` first: it is linear, where finding groups on text that does not match is not worth its cost.
                if !regex.is_match(folded.as_str()) {
                    continue;
                }
                if let Some(groups) = regex.captures(folded.as_str()) {
                    captures = regex
                        .capture_names()
                        .flatten()
                        .filter_map(|name| Some((name.to_owned(), groups.name(name)?.as_str().to_owned())))
                        .collect();
                }
            }
            fired.push(self.fire(folded, rule, compiled, &uses, captures));
        }
        fired
    }

    fn fire(
        &self,
        folded: &Folded<'_>,
        rule: usize,
        compiled: &CompiledRule,
        uses: &[(Slot, &Found)],
        captures: Vec<(String, String)>,
    ) -> Fired {
        let mut ranges: Vec<(usize, usize)> = uses.iter().map(|(_, hit)| (hit.start, hit.end)).collect();
        let mut hits: Vec<Hit> = uses.iter().map(|(_, hit)| self.hit(folded, hit)).collect();
        if compiled.exact {
            ranges = vec![(0, folded.as_str().len())];
            hits = vec![whole(folded, folded.as_str())];
        }
        hits.sort_by_key(|hit| (hit.span, hit.keyword.clone()));
        hits.dedup();
        Fired {
            rule,
            hits,
            specificity: covered(folded.as_str(), ranges),
            captures,
        }
    }

    fn hit(&self, folded: &Folded<'_>, found: &Found) -> Hit {
        Hit {
            keyword: self
                .patterns
                .get(found.pattern)
                .map_or_else(String::new, |pattern| pattern.text.clone()),
            span: folded.original_span(found.start..found.end),
        }
    }
}

fn open_to(rule: &Rule, door: Door<'_>) -> bool {
    (rule.accounts.is_empty() || rule.accounts.contains(door.account)) && rule.valid.holds_on(door.today)
}

/// Whether the keyword conditions of a rule hold, given what was found for it.
fn holds(rule: &CompiledRule, uses: &[(Slot, &Found)]) -> bool {
    let has = |wanted: Slot| uses.iter().any(|&(slot, _)| slot == wanted);
    !has(Slot::None)
        && (!rule.needs_any || has(Slot::Any))
        && (0..rule.groups).all(|group| has(Slot::Group(group)))
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

/// Whether a hit does not cut a Latin word or a number in two: `etc` is not in `fetch`, nor `12` in `123`.
fn whole_word(text: &str, start: usize, end: usize) -> bool {
    let bytes = text.as_bytes();
    let cuts = |left: Option<&u8>, right: Option<&u8>| match (left, right) {
        (Some(left), Some(right)) => {
            (left.is_ascii_alphabetic() && right.is_ascii_alphabetic())
                || (left.is_ascii_digit() && right.is_ascii_digit())
        }
        _ => false,
    };
    let before = start.checked_sub(1).and_then(|at| bytes.get(at));
    let last = end.checked_sub(1).and_then(|at| bytes.get(at));
    !cuts(before, bytes.get(start)) && !cuts(last, bytes.get(end))
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
