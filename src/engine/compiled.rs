//! A rulebook in force: its shapes with everything that was compiled from them. Immutable, swapped as a whole.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::civil::Date;

use super::BuildError;
use super::analysis::{Analysis, MessageContext};
use super::explain::Probes;
use super::routing;
use crate::conversation::{FollowUpWords, MenuChoice, read_choice};
use crate::decide::{AutomaticAnswers, Choice, Decision};
use crate::faq::{Candidate, Entry, FaqError, FaqIndex, FaqOptions, Recalibration, Reranker, rerank};
use crate::keyword::{KeywordError, KeywordIndex};
use crate::message::{AccountId, Conversation, EntryId};
use crate::reply::LetterConfig;
use crate::route::{Router, TrainingExample};
use crate::rulebook::{self, FaqEntry, FollowUp, Rulebook, Thresholds};
use crate::text::{Folded, fold};
use crate::workflow::DeskConfig;

pub(super) struct CompiledRulebook {
    pub(super) rulebook: Rulebook,
    /// What deadlines follow: a part of the rulebook, for the desk.
    pub(super) desk_config: Arc<DeskConfig>,
    pub(super) keywords: KeywordIndex,
    /// Shared with the rulebooks whose FAQ is the same.
    faq: Arc<FaqIndex>,
    /// Knows whose a message is that no rule speaks of; shared with the rulebooks that taught it the same.
    pub(super) router: Arc<Router>,
    /// What the router learnt from, hashed.
    training_examples: [u8; 32],
    reranker: Option<Arc<dyn Reranker>>,
    /// What an operator accepted for correcting the confidence.
    recalibration: Option<Recalibration>,
    /// Whether a FAQ entry may answer by itself.
    pub(super) automatic: AutomaticAnswers,
    /// The least confidence, after the correction, that the certificate lets answer; 0 where none is asked for.
    certified_from: f64,
    entries: HashMap<EntryId, usize>,
    /// Every phrasing, folded, letters and digits alone; made when learning first asks for it.
    phrasings: OnceLock<HashSet<String>>,
    /// The label of "none of these", folded.
    none_of_these: String,
    /// The words that go on with something; `None` where the rulebook has none.
    pub(super) follow_up_words: Option<FollowUpWords>,
    /// Each condition of each rule alone; made when an explanation first asks for it.
    probes: OnceLock<Probes>,
}

impl CompiledRulebook {
    /// Compiles a rulebook. Learning from the FAQ's phrasings, and from closed cases whose they are, is what takes long; where one
    /// of `kept` has learnt from the same, that serves on.
    pub(super) fn build(
        rulebook: Rulebook,
        setup: &FaqSetup,
        closed: &[TrainingExample],
        kept: &[Arc<Self>],
    ) -> Result<Self, BuildError> {
        let keywords = KeywordIndex::build(
            &rulebook.rules,
            &rulebook.words,
            &rulebook.synonyms,
            rulebook.thresholds.rule_chars,
        )?;
        let texts = routing::training_examples(&rulebook, closed);
        let training_examples = routing::hash(&texts);
        let faq = || match kept.iter().find(|other| same_faq(&other.rulebook, &rulebook)) {
            Some(other) => Ok(Arc::clone(&other.faq)),
            None => {
                let bank: Vec<Entry> = rulebook.faq.iter().map(indexed).collect();
                FaqIndex::build(&bank, &rulebook.synonyms, &setup.options).map(Arc::new)
            }
        };
        let router = || match kept
            .iter()
            .find(|other| other.training_examples == training_examples)
        {
            Some(other) => Arc::clone(&other.router),
            None => Arc::new(Router::learn(&texts)),
        };
        // Two things to learn, at the same time: a load takes as long as the longer one.
        let (faq, router) = std::thread::scope(|scope| {
            let beside = std::thread::Builder::new().spawn_scoped(scope, router);
            let faq = faq();
            // A router that broke is unsure of everything.
            let router = beside.map_or_else(|_| router(), |router| router.join().unwrap_or_default());
            (faq, router)
        });
        let faq = faq?;
        let entries = rulebook
            .faq
            .iter()
            .enumerate()
            .map(|(place, entry)| (entry.id.clone(), place))
            .collect();
        let none_of_these = fold(&rulebook.templates.none_of_these).bare();
        let follow_up_words = rulebook.follow_up.as_ref().map(follow_up_words);
        let desk_config = DeskConfig {
            rulebook: rulebook.version.clone(),
            calendar: rulebook.calendar.clone(),
            policies: rulebook.policies.clone(),
            letters: letter_config(&rulebook),
        };
        let reranker = setup.reranker.clone();
        let accepted = rulebook.thresholds.recalibration;
        let recalibration = accepted.and_then(|accepted| Recalibration::new(accepted.slope, accepted.shift));
        let bank = bank_of(&faq, reranker.as_deref());
        let (automatic, certified) = automatic(&rulebook.thresholds, &bank);
        // A certificate speaks of confidences before any correction.
        let certified_from = certified.map_or(0.0, |least| corrected(recalibration.as_ref(), least));
        Ok(Self {
            reranker,
            recalibration,
            automatic,
            certified_from,
            desk_config: Arc::new(desk_config),
            rulebook,
            keywords,
            faq,
            router,
            training_examples,
            entries,
            none_of_these,
            follow_up_words,
            probes: OnceLock::new(),
            phrasings: OnceLock::new(),
        })
    }

    #[cfg(test)]
    pub(super) fn shares_faq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.faq, &other.faq)
    }

    /// Which condition of which rule holds, each looked at alone. Compiled on the first call, which takes as long as
    /// compiling the rules.
    pub(super) fn probes(&self) -> Result<&Probes, KeywordError> {
        if let Some(probes) = self.probes.get() {
            return Ok(probes);
        }
        let probes = Probes::build(&self.rulebook)?;
        Ok(self.probes.get_or_init(|| probes))
    }

    /// What the confidences follow from: the FAQ and the reranker.
    pub(super) fn bank(&self) -> String {
        bank_of(&self.faq, self.reranker.as_deref())
    }

    /// The FAQ's candidates for a message as the reranker leaves them, before any correction, the surest first.
    pub(super) fn candidates(
        &self,
        message: &Folded<'_>,
        keep: &dyn Fn(usize) -> bool,
        limit: usize,
    ) -> Result<Vec<Candidate>, FaqError> {
        let candidates = self.faq.search(message, keep, limit)?;
        match &self.reranker {
            None => Ok(candidates),
            Some(reranker) => rerank(&**reranker, message.original(), candidates, |candidate| {
                self.phrasing(candidate).unwrap_or_default()
            }),
        }
    }

    /// The confidence with the correction that was accepted.
    pub(super) fn corrected(&self, confidence: f64) -> f64 {
        corrected(self.recalibration.as_ref(), confidence)
    }

    /// The least confidences at which an entry answers and is asked back about, by the theme of the best one.
    pub(super) fn bars(&self, best: Option<&FaqEntry>) -> (f64, f64) {
        let (thresholds, office) = (&self.rulebook.thresholds, &self.rulebook.office);
        let (answer, menu) = match best {
            None => (thresholds.answer, thresholds.menu),
            Some(entry) => {
                let theme = self.rulebook.themes.get(&entry.theme);
                let policy = theme.and_then(|theme| theme.policy.as_ref());
                thresholds.of(&entry.theme, policy.unwrap_or(&office.policy))
            }
        };
        (answer.max(self.certified_from), menu)
    }

    /// The entry of this id, where the rulebook has it.
    pub(super) fn entry(&self, id: &EntryId) -> Option<&FaqEntry> {
        self.rulebook.faq.get(*self.entries.get(id)?)
    }

    /// Whether the FAQ holds exactly these words, given folded, letters and digits alone.
    pub(super) fn is_phrasing(&self, words: &str) -> bool {
        let all = self.phrasings.get_or_init(|| {
            let texts = self.rulebook.faq.iter();
            let texts = texts.flat_map(|entry| std::iter::once(&entry.question).chain(&entry.phrasings));
            texts.map(|text| fold(text).bare()).collect()
        });
        all.contains(words)
    }

    /// The office's day at `now`.
    pub(super) fn today(&self, now: Timestamp) -> Date {
        self.rulebook.calendar.date_of(now)
    }

    /// Decides about a message. Pure: the same text, conversation and instant give the same decision.
    pub(super) fn decide(
        &self,
        text: &str,
        account: &AccountId,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Decision {
        let context = MessageContext {
            account,
            conversation,
            now,
            today: self.today(now),
            state: None,
        };
        routing::decide(self, &Analysis::gather(self, text, context), context)
    }

    /// The phrasing of its entry that a candidate was found by, as the operator wrote it.
    pub(super) fn phrasing(&self, candidate: &Candidate) -> Option<&str> {
        let entry = self.rulebook.faq.get(candidate.entry)?;
        let phrasing = match candidate.phrasing.checked_sub(1) {
            None => Some(&entry.question),
            Some(place) => entry.phrasings.get(place),
        };
        phrasing.map(String::as_str)
    }

    /// What the citizen chose from the open menu, if there is one and the message is a choice.
    pub(super) fn choice(
        &self,
        conversation: &Conversation,
        folded: &Folded<'_>,
        now: Timestamp,
    ) -> Option<Choice> {
        let menu = conversation.menu.as_ref()?;
        let picked = read_choice(menu, &folded.bare(), &self.none_of_these, now)?;
        let mut entries = menu.options.iter().map(|option| self.entry(&option.entry));
        if let MenuChoice::Option(place) = picked
            && let Some(Some(entry)) = entries.clone().nth(place)
            && entry.answers(&conversation.account, self.today(now))
        {
            return Some(Choice::Entry {
                number: place + 1,
                entry: entry.id.clone(),
                theme: entry.theme.clone(),
            });
        }
        // None of these was chosen, or an entry that a reload took away or gave to another account, or whose time is over: a person of
        // the menu's theme answers.
        let theme = entries.next().flatten().map(|entry| entry.theme.clone());
        let shared = entries.all(|entry| entry.map(|entry| &entry.theme) == theme.as_ref());
        Some(Choice::NoneOfThese {
            theme: theme.filter(|_| shared),
            offered: menu.options.iter().map(|option| option.entry.clone()).collect(),
        })
    }
}

/// Whether the FAQ of this name may answer by itself, and the least confidence that its certificate lets answer, where one is
/// asked for.
fn automatic(thresholds: &Thresholds, bank: &str) -> (AutomaticAnswers, Option<f64>) {
    match (thresholds.automatic, &thresholds.certificate) {
        (rulebook::Automatic::Sure, _) => (AutomaticAnswers::Allowed, None),
        (rulebook::Automatic::Never, _) => (AutomaticAnswers::Off, None),
        (rulebook::Automatic::Certified, Some(certificate)) if certificate.bank == bank => {
            (AutomaticAnswers::Allowed, Some(certificate.threshold))
        }
        (rulebook::Automatic::Certified, certificate) => {
            if let Some(certificate) = certificate {
                tracing::warn!(
                    made_for = certificate.bank,
                    bank,
                    "the certificate was made for another FAQ and promises nothing"
                );
            }
            (AutomaticAnswers::Uncertified, None)
        }
    }
}

fn corrected(recalibration: Option<&Recalibration>, confidence: f64) -> f64 {
    recalibration.map_or(confidence, |correction| correction.apply(confidence))
}

/// What the desk needs to write to citizens.
fn letter_config(rulebook: &Rulebook) -> LetterConfig {
    let accounts = rulebook.accounts.values();
    let limited = accounts.filter_map(|account| Some((account.id.clone(), account.sending.clone()?)));
    LetterConfig {
        templates: rulebook.letters.clone(),
        due_format: rulebook.templates.due_format.clone(),
        channels: limited.collect(),
    }
}

/// The words of a follow-up, folded.
fn follow_up_words(follow_up: &FollowUp) -> FollowUpWords {
    fn bare<T: FromIterator<String>>(words: &[String]) -> T {
        words.iter().map(|word| fold(word).bare()).collect()
    }
    FollowUpWords {
        progress: bare(&follow_up.progress),
        thanks: bare(&follow_up.thanks),
        solved: bare(&follow_up.solved),
        unsolved: bare(&follow_up.unsolved),
        add: bare(&follow_up.add),
        minutes: follow_up.minutes,
    }
}

/// What the host chose about the FAQ, kept for the next reload.
#[derive(Clone, Default)]
pub(super) struct FaqSetup {
    pub(super) options: FaqOptions,
    pub(super) reranker: Option<Arc<dyn Reranker>>,
}

/// A name for what the confidences follow from, short enough to copy.
fn bank_of(faq: &FaqIndex, reranker: Option<&dyn Reranker>) -> String {
    let bank: String = faq.fingerprint().chars().take(16).collect();
    match reranker {
        None => bank,
        Some(reranker) => format!("{bank} {}", reranker.name()),
    }
}

/// Whether the index of the one is that of the other.
fn same_faq(one: &Rulebook, other: &Rulebook) -> bool {
    one.synonyms == other.synonyms && one.faq.iter().map(indexed).eq(other.faq.iter().map(indexed))
}

/// What the index reads of an entry: its question first, then the other ways to ask it.
fn indexed(entry: &FaqEntry) -> Entry {
    Entry {
        id: entry.id.clone(),
        phrasings: std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .cloned()
            .collect(),
        answer: Some(entry.answer.clone()),
    }
}
