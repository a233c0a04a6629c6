//! Every condition of every rule, and every kind of person word, as a rule of its own: so the matching that serves also tells
//! which part of a rule held and which did not.

use std::collections::BTreeMap;

use crate::case::Priority;
use crate::engine::analysis::MessageContext;
use crate::engine::compiled::CompiledRulebook;
use crate::keyword::{KeywordError, KeywordIndex};
use crate::message::{MAX_CHARS, RuleId, ThemeId};
use crate::reply::Hit;
use crate::rulebook::{Location, PersonWords, Rule, RuleOutcome, Rulebook, Validity, When};
use crate::text::Folded;

/// How many places of one keyword are shown: a flood of one word says nothing more after so many.
const MAX_PLACES: usize = 100;

/// One part of a rule's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    Exact,
    Any,
    /// The group at this place of `all`, from 0.
    Group(usize),
    None,
    Near,
    /// A word of `near`, wherever it stands.
    NearWord,
    Pattern,
}

/// What a probe stands for.
#[derive(Clone, Copy, Debug)]
enum Stands {
    Rule { rule: usize, part: Part },
    Emergency { kind: usize },
    EmergencyUnless { kind: usize },
    HandOff,
}

/// What was found in a message, part by part.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// For each rule of which a part holds, by its place, the parts with their words.
    pub(super) rules: BTreeMap<usize, Vec<(Part, Vec<Hit>)>>,
    /// Words of danger, by the kind's place.
    pub(super) emergencies: Vec<(usize, Hit)>,
    /// Words that make a danger none, by the kind's place.
    pub(super) unless: Vec<(usize, Hit)>,
    pub(super) hand_off: Vec<Hit>,
}

#[derive(Debug)]
pub(in crate::engine) struct Probes {
    index: KeywordIndex,
    /// One a part; their places are those of `stands`.
    parts: Vec<Rule>,
    stands: Vec<Stands>,
}

impl Probes {
    pub(in crate::engine) fn build(rulebook: &Rulebook) -> Result<Self, KeywordError> {
        let mut list = List::default();
        for (rule, source) in rulebook.rules.iter().enumerate() {
            list.add_rule(rule, &source.when);
        }
        for (kind, emergency) in rulebook.words.emergencies.iter().enumerate() {
            list.add(Stands::Emergency { kind }, any(&emergency.any));
            list.add(Stands::EmergencyUnless { kind }, any(&emergency.none));
        }
        list.add(Stands::HandOff, any(&rulebook.words.hand_off));
        let exact = When {
            exact: rulebook.words.hand_off_exact.clone(),
            ..When::default()
        };
        list.add(Stands::HandOff, exact);
        let words = PersonWords::default();
        Ok(Self {
            index: KeywordIndex::build(&list.parts, &words, &rulebook.synonyms, MAX_CHARS)?,
            parts: list.parts,
            stands: list.stands,
        })
    }

    /// The parts that hold for a message, whatever its account, its day and its length.
    pub(super) fn find(
        &self,
        folded: &Folded<'_>,
        compiled: &CompiledRulebook,
        context: MessageContext<'_>,
    ) -> Found {
        let door = context.match_context(compiled);
        let mut found = Found::default();
        for fired in self.index.matches(folded, &self.parts, door).fired {
            let stands = self.stands.get(fired.rule);
            // Where two words must stand close, only the two that do are meant.
            let hits = match stands {
                Some(Stands::Rule { part: Part::Near, .. }) => fired.hits,
                _ => KeywordIndex::everywhere(folded, &fired.hits, MAX_PLACES),
            };
            match stands {
                Some(&Stands::Rule { rule, part }) => found.rules.entry(rule).or_default().push((part, hits)),
                Some(&Stands::Emergency { kind }) => {
                    found.emergencies.extend(hits.into_iter().map(|hit| (kind, hit)));
                }
                Some(&Stands::EmergencyUnless { kind }) => {
                    found.unless.extend(hits.into_iter().map(|hit| (kind, hit)));
                }
                Some(Stands::HandOff) => found.hand_off.extend(hits),
                None => {}
            }
        }
        found
    }
}

#[derive(Default)]
struct List {
    parts: Vec<Rule>,
    stands: Vec<Stands>,
}

impl List {
    fn add_rule(&mut self, rule: usize, when: &When) {
        let exact = When {
            exact: when.exact.clone(),
            ..When::default()
        };
        self.add(
            Stands::Rule {
                rule,
                part: Part::Exact,
            },
            exact,
        );
        self.add(
            Stands::Rule {
                rule,
                part: Part::Any,
            },
            any(&when.any),
        );
        for (group, words) in when.all.iter().enumerate() {
            let part = Part::Group(group);
            self.add(Stands::Rule { rule, part }, any(words));
        }
        self.add(
            Stands::Rule {
                rule,
                part: Part::None,
            },
            any(&when.none),
        );
        let near = When {
            near: when.near.clone(),
            ..When::default()
        };
        self.add(
            Stands::Rule {
                rule,
                part: Part::Near,
            },
            near,
        );
        if let Some(near) = &when.near {
            let words = [near.one.as_slice(), near.other.as_slice()].concat();
            let part = Part::NearWord;
            self.add(Stands::Rule { rule, part }, any(&words));
        }
        let pattern = When {
            regex: when.regex.clone(),
            ..When::default()
        };
        self.add(
            Stands::Rule {
                rule,
                part: Part::Pattern,
            },
            pattern,
        );
    }

    /// Adds a probe, unless the rule has no such part: one without a condition would hold for every message.
    fn add(&mut self, stands: Stands, when: When) {
        if when == When::default() {
            return;
        }
        self.stands.push(stands);
        self.parts.push(Rule {
            id: RuleId::new(""),
            theme: ThemeId::new(""),
            accounts: Vec::new(),
            priority: 0,
            valid: Validity::default(),
            when,
            outcome: RuleOutcome::Escalate {
                department: None,
                priority: Priority::Normal,
                note: None,
            },
            source: None,
            checked: None,
            examples: Vec::new(),
            counterexamples: Vec::new(),
            location: Location::default(),
        });
    }
}

fn any(words: &[String]) -> When {
    When {
        any: words.to_vec(),
        ..When::default()
    }
}
