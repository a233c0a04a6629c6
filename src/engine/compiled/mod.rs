//! A rulebook in force: its shapes and everything compiled from them. Immutable, and replaced as a whole.

mod faq;
mod history;
mod menu;
mod open_cases;
mod probes;
mod reload;
mod self_test;
mod training;
#[cfg(feature = "watch")]
mod watch;
mod words;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;
use jiff::civil::Date;

pub(super) use faq::FaqSetup;
pub use history::KEPT_RULEBOOKS;
pub(super) use history::RulebookHistory;
pub use open_cases::CaseMoves;
pub(super) use probes::{Condition, ProbeHits};
pub(super) use self_test::require_examples;
#[cfg(feature = "watch")]
pub use watch::ReloadError;

use super::error::BuildError;
use crate::conversation::{ChoiceWords, FollowUpWords};
use crate::decide::AutomaticAnswers;
use crate::faq::{Candidate, Entry, FaqError, FaqIndex, Recalibration, Reranker, rerank};
use crate::keyword::{KeywordError, KeywordIndex};
use crate::message::{DepartmentId, EntryId};
use crate::reply::LetterConfig;
use crate::route::{Router, TrainingExample};
use crate::rulebook::{Department, FaqEntry, Rulebook};
use crate::text::{Folded, fold};
use crate::workflow::{CannedReplies, DeskConfig};
use faq::{automatic_answers, bank_name, corrected, indexed, same_faq};
use probes::Probes;

pub(super) struct CompiledRulebook {
    pub(super) rulebook: Rulebook,
    /// The part of the rulebook that the desk needs.
    pub(super) desk_config: Arc<DeskConfig>,
    pub(super) keywords: KeywordIndex,
    /// Shared with other rulebooks that have the same FAQ.
    faq: Arc<FaqIndex>,
    /// Predicts the department when no rule matches. Shared with other rulebooks that have the same training
    /// examples.
    pub(super) router: Arc<Router>,
    /// The hash of the router's training examples.
    training_hash: [u8; 32],
    reranker: Option<Arc<dyn Reranker>>,
    /// The correction of the confidence that an operator accepted.
    recalibration: Option<Recalibration>,
    pub(super) automatic: AutomaticAnswers,
    /// The certificate's threshold, after the correction; 0 if no certificate is required.
    certified_from: f64,
    entries: HashMap<EntryId, usize>,
    /// Every phrasing of the FAQ, folded to letters and digits. Made on first use.
    phrasings: OnceLock<HashSet<String>>,
    /// The label of "none of these", folded to letters and digits.
    none_of_these: String,
    /// `None` if the rulebook has no `[follow_up]`.
    pub(super) follow_up_words: Option<FollowUpWords>,
    choice_words: ChoiceWords,
    /// Each condition of each rule by itself. Made on first use.
    probes: OnceLock<Probes>,
}

impl CompiledRulebook {
    /// Compiles a rulebook. Training on the FAQ's phrasings and on closed cases takes most of the time; both
    /// results are shared with one of `kept` that was trained on the same.
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
        let examples = training::training_examples(&rulebook, closed);
        let training_hash = training::hash(&examples);
        let faq = || match kept.iter().find(|other| same_faq(&other.rulebook, &rulebook)) {
            Some(other) => Ok(Arc::clone(&other.faq)),
            None => {
                let bank: Vec<Entry> = rulebook.faq.iter().map(indexed).collect();
                let (synonyms, options) = (&rulebook.synonyms, &setup.options);
                let index = match kept.first() {
                    Some(former) => former.faq.rebuild(&bank, synonyms, options),
                    None => FaqIndex::build(&bank, synonyms, options),
                };
                index.map(Arc::new)
            }
        };
        let router = || match kept.iter().find(|other| other.training_hash == training_hash) {
            Some(other) => Arc::clone(&other.router),
            None => Arc::new(Router::learn(&examples)),
        };
        // Both are trained at the same time: a load takes as long as the slower one.
        let (faq, router) = std::thread::scope(|scope| {
            let training = std::thread::Builder::new().spawn_scoped(scope, router);
            let faq = faq();
            // If training panicked, the default router is unsure of everything.
            let router = training.map_or_else(|_| router(), |router| router.join().unwrap_or_default());
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
        let follow_up_words = rulebook
            .follow_up
            .as_ref()
            .map(|follow_up| words::follow_up_words(follow_up, &rulebook.words));
        let choice_words = rulebook
            .follow_up
            .as_ref()
            .map(words::choice_words)
            .unwrap_or_default();
        let desk_config = DeskConfig {
            rulebook: rulebook.version.clone(),
            calendar: rulebook.calendar.clone(),
            policies: rulebook.policies.clone(),
            letters: letter_config(&rulebook),
            canned_replies: CannedReplies::new(rulebook.canned_replies.iter().cloned()),
            department_names: names(rulebook.departments.values()),
            departments: rulebook.departments.keys().cloned().collect(),
            themes: rulebook.themes.keys().cloned().collect(),
        };
        let reranker = setup.reranker.clone();
        let accepted = rulebook.thresholds.recalibration;
        let recalibration = accepted.and_then(|accepted| Recalibration::new(accepted.slope, accepted.shift));
        let bank = bank_name(&faq, reranker.as_deref());
        let (automatic, certified) = automatic_answers(&rulebook.thresholds, &bank);
        // A certificate's threshold is a confidence before any correction.
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
            training_hash,
            entries,
            none_of_these,
            follow_up_words,
            choice_words,
            probes: OnceLock::new(),
            phrasings: OnceLock::new(),
        })
    }

    #[cfg(test)]
    pub(super) fn shares_faq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.faq, &other.faq)
    }

    /// Every condition of every rule by itself. Compiled on the first call, which takes as long as compiling
    /// the rules.
    pub(super) fn probes(&self) -> Result<&Probes, KeywordError> {
        if let Some(probes) = self.probes.get() {
            return Ok(probes);
        }
        let probes = Probes::build(&self.rulebook)?;
        Ok(self.probes.get_or_init(|| probes))
    }

    /// The name of the FAQ and the reranker: confidences of different banks cannot be compared.
    pub(super) fn bank(&self) -> String {
        bank_name(&self.faq, self.reranker.as_deref())
    }

    /// The FAQ's candidates for a message after reranking and before any correction, the surest first.
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

    /// The confidence after the correction.
    pub(super) fn corrected(&self, confidence: f64) -> f64 {
        corrected(self.recalibration.as_ref(), confidence)
    }

    /// The least confidences at which the FAQ answers and asks back, by the theme of the best entry.
    pub(super) fn faq_thresholds(&self, best: Option<&FaqEntry>) -> (f64, f64) {
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

    /// The entry with this id.
    pub(super) fn entry(&self, id: &EntryId) -> Option<&FaqEntry> {
        self.rulebook.faq.get(*self.entries.get(id)?)
    }

    /// Whether `words`, folded to letters and digits, are a phrasing of the FAQ.
    pub(super) fn is_phrasing(&self, words: &str) -> bool {
        let all = self.phrasings.get_or_init(|| {
            let texts = self.rulebook.faq.iter();
            let texts = texts.flat_map(|entry| std::iter::once(&entry.question).chain(&entry.phrasings));
            texts.map(|text| fold(text).bare()).collect()
        });
        all.contains(words)
    }

    /// The number of cases that the department answers a working day. Unknown without `[letters]`: nothing
    /// would then watch the promises made from it.
    pub(super) fn answers_a_day(&self, department: &DepartmentId) -> Option<u32> {
        self.rulebook.letters.as_ref()?;
        self.rulebook.departments.get(department)?.answers_a_day
    }

    /// The office's day at `now`.
    pub(super) fn today(&self, now: Timestamp) -> Date {
        self.rulebook.calendar.date_of(now)
    }

    /// The phrasing that a candidate was found by, as the operator wrote it.
    pub(super) fn phrasing(&self, candidate: &Candidate) -> Option<&str> {
        let entry = self.rulebook.faq.get(candidate.entry)?;
        let phrasing = match candidate.phrasing.checked_sub(1) {
            None => Some(&entry.question),
            Some(place) => entry.phrasings.get(place),
        };
        phrasing.map(String::as_str)
    }
}

/// The names of departments by their ids.
fn names<'a>(departments: impl Iterator<Item = &'a Department>) -> BTreeMap<DepartmentId, String> {
    departments
        .map(|department| (department.id.clone(), department.name.clone()))
        .collect()
}

/// The texts and limits that the desk needs to write to citizens.
fn letter_config(rulebook: &Rulebook) -> LetterConfig {
    let accounts = rulebook.accounts.values();
    let limited = accounts.filter_map(|account| Some((account.id.clone(), account.sending.clone()?)));
    LetterConfig {
        templates: rulebook.letters.clone(),
        due_format: rulebook.templates.due_format.clone(),
        channels: limited.collect(),
    }
}
