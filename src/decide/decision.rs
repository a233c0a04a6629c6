//! The order of the weighing, and the thresholds.

use super::evidence::{AutomaticAnswers, Choice, ChosenEntry, Evidence, FaqEvidence};
use crate::case::Priority;
use crate::keyword::{RuleAction, WinningRule};
use crate::message::{AccountId, DepartmentId, EntryId, RuleId, ThemeId};
use crate::reply::{Action, DecidedBy, Hit, Reason, ScoredEntry};

/// The most entries that a menu shows, and that a reason names.
const MENU_MAX: usize = 5;

/// An entry this unlikely is not shown in a menu, unless a second one is needed.
const MENU_FLOOR: f64 = 0.05;

/// The least confidence at which a FAQ entry's theme is taken for the message's.
const THEME_FLOOR: f64 = 0.3;

/// A decision about a message, with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Decision {
    /// The action, with its details.
    pub(crate) verdict: Verdict,
    /// The service theme, if one was recognised.
    pub(crate) theme: Option<ThemeId>,
    /// The confidence in the FAQ's best entry, in `0..=1`, if there is one.
    pub(crate) confidence: Option<f64>,
    /// The reasons in the order of the weighing.
    pub(crate) reasons: Vec<Reason>,
}

/// The action on a message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Verdict {
    /// Answer with a rule's reply.
    Rule {
        /// The rule.
        rule: RuleId,
        /// Its place in the rulebook.
        place: usize,
        /// The named captures of its pattern.
        captures: Vec<(String, String)>,
    },
    /// Answer with a FAQ entry.
    Entry {
        /// The entry.
        entry: EntryId,
        /// Whether the citizen chose it from a menu.
        chosen: bool,
    },
    /// Answer with two entries that the citizen chose from a menu.
    Entries {
        /// The entries, in the order of the menu.
        entries: Vec<EntryId>,
    },
    /// Ask back: which of these?
    Menu {
        /// Two to five entries, the surest first.
        entries: Vec<EntryId>,
    },
    /// Give it to a person.
    Person {
        /// The cause.
        by: DecidedBy,
        /// The department, where a rule names one.
        department: Option<DepartmentId>,
        /// The account of the desk to which a rule forwards it.
        forward: Option<AccountId>,
        /// How urgent it is.
        priority: Priority,
        /// A rule's hint for the agent.
        note: Option<String>,
        /// The kind of danger, by its place in the rulebook's list.
        emergency: Option<usize>,
    },
    /// Send nothing: the message holds nothing.
    Silent,
}

impl Decision {
    /// The decision's action.
    pub(crate) fn action(&self) -> Action {
        match self.verdict {
            Verdict::Rule { .. } | Verdict::Entry { .. } | Verdict::Entries { .. } => Action::Answer,
            Verdict::Menu { .. } => Action::Clarify,
            Verdict::Person { .. } => Action::Escalate,
            Verdict::Silent => Action::Silent,
        }
    }

    /// The rule, entry or word that decided.
    pub(crate) fn by(&self) -> DecidedBy {
        match &self.verdict {
            Verdict::Rule { rule, .. } => DecidedBy::Rule(rule.clone()),
            Verdict::Entry { entry, chosen: true } => DecidedBy::Menu(entry.clone()),
            Verdict::Entry { entry, chosen: false } => DecidedBy::Faq(entry.clone()),
            Verdict::Entries { entries } => entries
                .first()
                .map_or(DecidedBy::Nobody, |entry| DecidedBy::Menu(entry.clone())),
            Verdict::Menu { entries } => entries
                .first()
                .map_or(DecidedBy::Nobody, |entry| DecidedBy::Faq(entry.clone())),
            Verdict::Person { by, .. } => by.clone(),
            Verdict::Silent => DecidedBy::Nobody,
        }
    }
}

/// Weighs the evidence. An emergency comes first, then a choice from a menu, a request for a person, and
/// rules. A complaint rules out automatic answers. Last comes the FAQ: its confidence is compared with the
/// thresholds.
pub(crate) fn decide(evidence: &Evidence<'_>) -> Decision {
    let mut weigh = Weigh {
        evidence,
        reasons: Vec::new(),
    };
    if evidence.truncated {
        weigh.reasons.push(Reason::Truncated { kept: evidence.chars });
    }
    let (verdict, theme) = weigh.verdict();
    let confidence = match evidence.faq {
        Ok(offers) => offers.first().map(|offer| sane(offer.confidence)),
        Err(_) => None,
    };
    weigh.reasons.push(match &theme {
        Some(theme) => Reason::Theme { theme: theme.clone() },
        None => Reason::NoTheme,
    });
    Decision {
        verdict,
        theme,
        confidence,
        reasons: weigh.reasons,
    }
}

struct Weigh<'a> {
    evidence: &'a Evidence<'a>,
    reasons: Vec<Reason>,
}

impl Weigh<'_> {
    fn verdict(&mut self) -> (Verdict, Option<ThemeId>) {
        let evidence = self.evidence;
        if let Some((kind, hit)) = evidence.matches.emergencies.first() {
            self.reasons.push(Reason::Emergency { hit: hit.clone() });
            let person = Verdict::Person {
                by: DecidedBy::Emergency,
                department: None,
                forward: None,
                priority: Priority::Urgent,
                note: None,
                emergency: Some(*kind),
            };
            return (person, self.likely_theme());
        }
        if evidence.blank {
            self.reasons.push(Reason::Empty);
            return (Verdict::Silent, None);
        }
        match &evidence.choice {
            Some(Choice::Entries { chosen, by_words }) if !by_words || self.nothing_outranks_words() => {
                return self.chosen(chosen);
            }
            Some(Choice::Entries { .. }) => {}
            Some(Choice::NoneOfThese { theme, offered }) => {
                let offered = offered.clone();
                self.reasons.push(Reason::NoneOfThese { offered });
                return (person(DecidedBy::Nobody), theme.clone());
            }
            None => {}
        }
        if let Some(hit) = evidence.matches.hand_off.first() {
            self.reasons.push(Reason::HandOff { hit: hit.clone() });
            return (person(DecidedBy::HandOff), self.likely_theme());
        }
        let (verdict, theme) = self.rule().unwrap_or_else(|| self.faq());
        if let Some(hit) = evidence.matches.denied_danger.first()
            && !matches!(verdict, Verdict::Person { .. })
        {
            self.reasons.push(Reason::DangerDenied { hit: hit.clone() });
            return (person(DecidedBy::Nobody), theme);
        }
        (verdict, theme)
    }

    /// Whether neither a rule nor a request for a person nor a complaint speaks against a choice that was
    /// made in a few words.
    fn nothing_outranks_words(&self) -> bool {
        let matches = self.evidence.matches;
        self.evidence.winner.is_none() && matches.hand_off.is_empty() && matches.personal.is_empty()
    }

    /// The verdict on a choice. More than two questions at once are for a person.
    fn chosen(&mut self, chosen: &[ChosenEntry]) -> (Verdict, Option<ThemeId>) {
        let numbers = chosen.iter().map(|entry| Reason::Chosen { number: entry.number });
        self.reasons.extend(numbers);
        let first = chosen.first().map(|entry| &entry.theme);
        let shared = chosen.iter().all(|entry| Some(&entry.theme) == first);
        let theme = first.filter(|_| shared).cloned();
        let verdict = match chosen {
            [] => person(DecidedBy::Nobody),
            [one] => Verdict::Entry {
                entry: one.entry.clone(),
                chosen: true,
            },
            [one, other] => Verdict::Entries {
                entries: vec![one.entry.clone(), other.entry.clone()],
            },
            _ => person(DecidedBy::Nobody),
        };
        (verdict, theme)
    }

    /// The verdict of the winning rule. `None` leaves the message to the FAQ.
    fn rule(&mut self) -> Option<(Verdict, Option<ThemeId>)> {
        let winner = self.evidence.winner?;
        self.reasons.push(Reason::RuleFired {
            rule: winner.rule.clone(),
            hits: winner.hits.clone(),
        });
        for (other, why) in &winner.beaten {
            self.reasons.push(Reason::RuleBeaten {
                rule: other.clone(),
                by: winner.rule.clone(),
                why: *why,
            });
        }
        let verdict = match &winner.action {
            RuleAction::Escalate {
                department,
                priority,
                note,
            } => Verdict::Person {
                by: DecidedBy::Rule(winner.rule.clone()),
                department: department.clone(),
                forward: None,
                priority: *priority,
                note: note.clone(),
                emergency: None,
            },
            RuleAction::Reply => self.rule_reply(winner),
            RuleAction::ForwardTheme(theme) => {
                self.reasons
                    .push(Reason::ForwardedToTheme { theme: theme.clone() });
                return Some((person(DecidedBy::Rule(winner.rule.clone())), Some(theme.clone())));
            }
            RuleAction::ForwardAccount(account) => {
                self.reasons.push(Reason::ForwardedToAccount {
                    account: account.clone(),
                });
                let person = Verdict::Person {
                    by: DecidedBy::Rule(winner.rule.clone()),
                    department: None,
                    forward: Some(account.clone()),
                    priority: Priority::Normal,
                    note: None,
                    emergency: None,
                };
                return Some((person, None));
            }
        };
        Some((verdict, Some(winner.theme.clone())))
    }

    /// The winning rule's reply, unless the message complains, has several questions, or is about something
    /// that the rule does not cover.
    fn rule_reply(&mut self, winner: &WinningRule) -> Verdict {
        // Only a rule that names the words of the complaint itself, such as one about the complaints line,
        // answers it.
        let named = |word: &Hit| {
            let within = |hit: &Hit| hit.span.start <= word.span.start && word.span.end <= hit.span.end;
            winner.hits.iter().any(within)
        };
        if let Some(hit) = self.evidence.matches.personal.iter().find(|word| !named(word)) {
            self.reasons.push(Reason::Personal { hit: hit.clone() });
            return person(DecidedBy::Nobody);
        }
        if let Some(other) = &winner.apart {
            let (rule, other) = (winner.rule.clone(), other.clone());
            self.reasons.push(Reason::SeveralMatters { rule, other });
            return person(DecidedBy::Nobody);
        }
        if let Some(what) = &self.evidence.opposed {
            let (rule, what) = (winner.rule.clone(), what.clone());
            self.reasons.push(Reason::NotSpokenOf { rule, what });
            return person(DecidedBy::Nobody);
        }
        Verdict::Rule {
            rule: winner.rule.clone(),
            place: winner.place,
            captures: winner.captures.clone(),
        }
    }

    fn faq(&mut self) -> (Verdict, Option<ThemeId>) {
        let evidence = self.evidence;
        let offers = match &evidence.faq {
            Ok(offers) => *offers,
            Err(error) => {
                self.reasons.push(Reason::FaqFailed { error: error.clone() });
                return (person(DecidedBy::Nobody), None);
            }
        };
        if !offers.is_empty() {
            let candidates = offers.iter().take(MENU_MAX);
            let candidates = candidates
                .map(|offer| ScoredEntry {
                    entry: offer.entry.clone(),
                    confidence: sane(offer.confidence),
                })
                .collect();
            self.reasons.push(Reason::FaqCandidates { candidates });
        }
        let theme = self.likely_theme();
        // Only an entry about complaining itself, such as where to complain, answers a complaint.
        let phrasing = offers.first().map_or("", |offer| &offer.phrasing);
        if let Some(hit) = evidence
            .matches
            .personal
            .iter()
            .find(|hit| !phrasing.contains(&hit.keyword))
        {
            self.reasons.push(Reason::Personal { hit: hit.clone() });
            return (person(DecidedBy::Nobody), theme);
        }
        let limit = evidence.limits.chars;
        if evidence.chars > limit {
            self.reasons.push(Reason::TooLong {
                chars: evidence.chars,
                limit,
            });
            return (person(DecidedBy::Nobody), theme);
        }
        (self.by_confidence(offers), theme)
    }

    fn by_confidence(&mut self, offers: &[FaqEvidence]) -> Verdict {
        let (threshold, menu_threshold) = (self.evidence.limits.answer, self.evidence.limits.menu);
        let best = offers.first();
        let confidence = best.map_or(0.0, |offer| sane(offer.confidence));
        if let Some(offer) = best.filter(|_| confidence >= threshold) {
            let withheld = match self.evidence.limits.automatic {
                AutomaticAnswers::Allowed => None,
                AutomaticAnswers::Uncertified => Some(Reason::Uncertified),
                AutomaticAnswers::Off => Some(Reason::NotAutomatic),
            };
            if withheld.is_none() && offer.differs.is_empty() && offer.opposed.is_none() {
                self.reasons.push(Reason::Sure {
                    confidence,
                    threshold,
                });
                return Verdict::Entry {
                    entry: offer.entry.clone(),
                    chosen: false,
                };
            }
            let differs = offer.differs.iter().map(|what| Reason::Differs {
                entry: offer.entry.clone(),
                what: what.clone(),
            });
            self.reasons.extend(differs);
            self.reasons.extend(withheld);
        }
        let likely = |offer: &&FaqEvidence| sane(offer.confidence) >= MENU_FLOOR;
        for offer in offers.iter().filter(likely) {
            let what = offer.opposed.clone().filter(|what| !offer.differs.contains(what));
            self.reasons.extend(what.map(|what| Reason::Differs {
                entry: offer.entry.clone(),
                what,
            }));
        }
        let (opposed, open): (Vec<&FaqEvidence>, Vec<&FaqEvidence>) =
            offers.iter().partition(|offer| offer.opposed.is_some());
        let count = open.iter().copied().take(MENU_MAX).filter(likely).count();
        // A menu has at least two options: a single likely entry is shown with the next one.
        let shown: Vec<&FaqEvidence> = open.iter().copied().chain(opposed).take(count.max(2)).collect();
        // The probability that at least one of the best three answers, as if they were independent. An
        // opposed entry does not count.
        let any = 1.0
            - shown
                .iter()
                .filter(|offer| offer.opposed.is_none())
                .take(3)
                .map(|offer| 1.0 - sane(offer.confidence))
                .product::<f64>();
        if any >= menu_threshold && shown.len() >= 2 {
            let misses = self.evidence.misses.saturating_add(1);
            if misses >= self.evidence.limits.misses {
                self.reasons.push(Reason::Misses { misses });
                return person(DecidedBy::Nobody);
            }
            self.reasons.push(Reason::NearlySure {
                confidence,
                threshold,
                any,
                menu_threshold,
            });
            return Verdict::Menu {
                entries: shown.iter().map(|offer| offer.entry.clone()).collect(),
            };
        }
        self.reasons.push(Reason::Unsure { any, menu_threshold });
        person(DecidedBy::Nobody)
    }

    /// The theme of the winning rule, or of the best entry if it is likely enough to route by.
    fn likely_theme(&self) -> Option<ThemeId> {
        if let Some(winner) = self.evidence.winner {
            return Some(winner.theme.clone());
        }
        let offer = self.evidence.faq.as_ref().ok()?.first()?;
        (sane(offer.confidence) >= THEME_FLOOR).then(|| offer.theme.clone())
    }
}

fn person(by: DecidedBy) -> Verdict {
    Verdict::Person {
        by,
        department: None,
        forward: None,
        priority: Priority::Normal,
        note: None,
        emergency: None,
    }
}

/// A confidence that can be compared. Values outside `0..=1` and NaN count as 0.
fn sane(confidence: f64) -> f64 {
    if (0.0..=1.0).contains(&confidence) {
        confidence
    } else {
        0.0
    }
}
