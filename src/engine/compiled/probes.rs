//! Probes: every condition of every rule, and every kind of person word, as a rule of its own. The matcher
//! that decides then also shows which conditions of a rule hold.

use std::collections::BTreeMap;

use crate::case::Priority;
use crate::keyword::{KeywordError, KeywordIndex, MatchContext};
use crate::message::{MAX_CHARS, RuleId, ThemeId};
use crate::reply::Hit;
use crate::rulebook::{Location, PersonWords, Rule, RuleOutcome, Rulebook, Validity, When};
use crate::text::Folded;

/// The most places of one keyword that are reported.
const MAX_PLACES: usize = 100;

/// One condition of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Condition {
    Exact,
    Any,
    /// The group at this place of `all`, from 0.
    Group(usize),
    None,
    Near,
    /// A word of `near`, anywhere in the message.
    NearWord,
    Pattern,
}

/// The origin of a probe in the rulebook.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Rule { rule: usize, condition: Condition },
    Emergency { kind: usize },
    EmergencyUnless { kind: usize },
    HandOff,
}

/// The probes that hold for a message.
#[derive(Debug, Default)]
pub(crate) struct ProbeHits {
    /// The conditions that hold with their words, by the place of the rule.
    pub(crate) rules: BTreeMap<usize, Vec<(Condition, Vec<Hit>)>>,
    /// Emergency words, by the place of their kind.
    pub(crate) emergencies: Vec<(usize, Hit)>,
    /// Words that cancel an emergency, by the place of its kind.
    pub(crate) unless: Vec<(usize, Hit)>,
    pub(crate) hand_off: Vec<Hit>,
}

#[derive(Debug)]
pub(crate) struct Probes {
    index: KeywordIndex,
    /// One rule for each probe, at the same place as its origin in `origins`.
    rules: Vec<Rule>,
    origins: Vec<Origin>,
}

impl Probes {
    pub(crate) fn build(rulebook: &Rulebook) -> Result<Self, KeywordError> {
        let mut list = List::default();
        for (rule, source) in rulebook.rules.iter().enumerate() {
            list.add_rule(rule, &source.when);
        }
        for (kind, emergency) in rulebook.words.emergencies.iter().enumerate() {
            list.add(Origin::Emergency { kind }, any(&emergency.any));
            list.add(Origin::EmergencyUnless { kind }, any(&emergency.none));
        }
        list.add(Origin::HandOff, any(&rulebook.words.hand_off));
        let exact = When {
            exact: rulebook.words.hand_off_exact.clone(),
            ..When::default()
        };
        list.add(Origin::HandOff, exact);
        let words = PersonWords::default();
        Ok(Self {
            index: KeywordIndex::build(&list.rules, &words, &rulebook.synonyms, MAX_CHARS)?,
            rules: list.rules,
            origins: list.origins,
        })
    }

    /// The probes that hold for a message, on any account and day and at any length.
    pub(crate) fn find(&self, folded: &Folded<'_>, context: MatchContext<'_>) -> ProbeHits {
        let mut found = ProbeHits::default();
        for fired in self.index.matches(folded, &self.rules, context).fired {
            let origin = self.origins.get(fired.rule);
            // For `near`, only the two words that stand close are reported.
            let hits = match origin {
                Some(Origin::Rule {
                    condition: Condition::Near,
                    ..
                }) => fired.hits,
                _ => KeywordIndex::everywhere(folded, &fired.hits, MAX_PLACES),
            };
            match origin {
                Some(&Origin::Rule { rule, condition }) => {
                    found.rules.entry(rule).or_default().push((condition, hits))
                }
                Some(&Origin::Emergency { kind }) => {
                    found.emergencies.extend(hits.into_iter().map(|hit| (kind, hit)));
                }
                Some(&Origin::EmergencyUnless { kind }) => {
                    found.unless.extend(hits.into_iter().map(|hit| (kind, hit)));
                }
                Some(Origin::HandOff) => found.hand_off.extend(hits),
                None => {}
            }
        }
        found
    }
}

#[derive(Default)]
struct List {
    rules: Vec<Rule>,
    origins: Vec<Origin>,
}

impl List {
    fn add_rule(&mut self, rule: usize, when: &When) {
        let exact = When {
            exact: when.exact.clone(),
            ..When::default()
        };
        self.add(
            Origin::Rule {
                rule,
                condition: Condition::Exact,
            },
            exact,
        );
        self.add(
            Origin::Rule {
                rule,
                condition: Condition::Any,
            },
            any(&when.any),
        );
        for (group, words) in when.all.iter().enumerate() {
            let condition = Condition::Group(group);
            self.add(Origin::Rule { rule, condition }, any(words));
        }
        self.add(
            Origin::Rule {
                rule,
                condition: Condition::None,
            },
            any(&when.none),
        );
        let near = When {
            near: when.near.clone(),
            ..When::default()
        };
        self.add(
            Origin::Rule {
                rule,
                condition: Condition::Near,
            },
            near,
        );
        if let Some(near) = &when.near {
            let words = [near.one.as_slice(), near.other.as_slice()].concat();
            let condition = Condition::NearWord;
            self.add(Origin::Rule { rule, condition }, any(&words));
        }
        let pattern = When {
            regex: when.regex.clone(),
            ..When::default()
        };
        self.add(
            Origin::Rule {
                rule,
                condition: Condition::Pattern,
            },
            pattern,
        );
    }

    /// Adds a probe, unless the rule has no such condition: one without a condition would hold for every
    /// message.
    fn add(&mut self, origin: Origin, when: When) {
        if when == When::default() {
            return;
        }
        self.origins.push(origin);
        self.rules.push(Rule {
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
