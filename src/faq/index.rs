//! The index: built once, searched for every message.

use parking_lot::Mutex;

use super::classifier::row;
use super::confidence::confidence;
use super::confidence_measures::{self, ClassMeasures, Leads, Terms};
use super::folder::InUse;
use super::lexicon::Lexicon;
use super::model::Model;
use super::query::Query;
use super::scan::{Best, Phrasing, Scratch, scan};
use super::segment::PhrasingId;
use super::synonyms::Synonyms;
use super::{Candidate, FaqError, Measures};
use crate::message::EntryId;
use crate::text::{Folded, Tokens};

/// How many of the most similar entries are measured.
const MEASURED: usize = 24;

/// How many more entries are measured, the best ones by the classifier.
const MEASURED_BY_CLASS: usize = 3;

/// The range of logits. Beyond it, they only reflect how often an entry's words occur in the bank.
const LOGITS: (f64, f64) = (-8.0, 4.0);

/// The FAQ, ready to search. Immutable, `Send + Sync`; share it by reference or in an `Arc`.
///
/// ```
/// use civic_reply::faq::{Entry, FaqIndex, FaqOptions};
/// use civic_reply::text::fold;
///
/// let entry = |id: &str, phrasing: &str| Entry {
///     id: id.into(),
///     phrasings: vec![phrasing.to_owned()],
///     answer: None,
/// };
/// let bank = [entry("id-card", "身份证丢了怎么补办"), entry("fund", "公积金怎么提取")];
/// let faq = FaqIndex::build(&bank, &[], &FaqOptions::default())?;
/// let candidates = faq.search(&fold("身份证丢了，怎么补办？"), &|_| true, 3)?;
/// assert_eq!(candidates[0].id.as_str(), "id-card");
/// # Ok::<(), civic_reply::faq::FaqError>(())
/// ```
#[derive(Debug)]
pub struct FaqIndex {
    pub(super) fingerprint: String,
    pub(super) synonyms: Synonyms,
    pub(super) lexicon: Lexicon,
    pub(super) entries: Vec<Indexed>,
    pub(super) phrasings: Vec<Phrasing>,
    /// The terms of each phrasing.
    pub(super) terms: Vec<Terms>,
    pub(super) model: Model,
    /// Buffers of finished searches, reused by the next ones.
    pub(super) scratch: Mutex<Vec<Scratch>>,
    /// Keeps the bank's files from being pruned.
    pub(super) _in_use: Option<InUse>,
}

/// An indexed entry.
#[derive(Debug)]
pub(super) struct Indexed {
    pub(super) id: EntryId,
    /// The number of its first readable phrasing.
    pub(super) first: PhrasingId,
    /// The terms of all its phrasings.
    pub(super) terms: Terms,
    /// The terms of its answer.
    pub(super) answer: Terms,
}

impl FaqIndex {
    /// Finds the entries that may answer the message: at most `limit`, the highest confidence first.
    /// Ties are ordered by similarity, then by id.
    ///
    /// Only entries take part for which `keep` returns `true`; its argument is the entry's position in
    /// the bank. The others do not affect the result. A message that shares no token with the bank has
    /// no candidates. The same bank and message give the same result on every run and platform.
    ///
    /// # Errors
    ///
    /// When tantivy can't read the postings, which are in memory and were verified at load. The engine
    /// then hands the message to a person.
    pub fn search(
        &self,
        message: &Folded<'_>,
        keep: &dyn Fn(usize) -> bool,
        limit: usize,
    ) -> Result<Vec<Candidate>, FaqError> {
        let tokens = Tokens::of(&self.synonyms.replace(message.as_str()));
        let query = Query::new(&self.lexicon, &tokens)?;
        if query.terms.is_empty() {
            return Ok(Vec::new());
        }
        let mut scratch = self.scratch.lock().pop().unwrap_or_default();
        let best = scan(
            &self.lexicon,
            &self.phrasings,
            self.entries.len(),
            &query,
            &mut scratch,
        )?;
        let logits = match &self.model {
            Model::Classifier(classifier) => Some(classifier.logits(&row(&self.lexicon, &query))),
            Model::ChanceSimilarities(_) => None,
        };
        let mut close = self.closest(best, keep);
        if let Some(logits) = &logits {
            self.add_by_class(logits, best, keep, &mut close);
        }
        self.scratch.lock().push(scratch);
        let mut candidates = self.measure(&query, &close, logits.as_deref());
        candidates.sort_by(|a, b| {
            // Similarities beyond all in the bank have the same surprisal.
            b.confidence
                .total_cmp(&a.confidence)
                .then_with(|| b.measures.similarity.total_cmp(&a.measures.similarity))
                .then_with(|| a.id.cmp(&b.id))
        });
        candidates.truncate(limit);
        Ok(candidates)
    }

    /// A SHA-256 hash, in hexadecimal, of everything that determines the confidences: the phrasings,
    /// the synonyms and the version of this crate. Answers play no part.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// How many entries the index holds.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether the index holds no entry.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The most similar entries that take part, each with its best phrasing, in descending order of
    /// similarity.
    fn closest(&self, best: &[Best], keep: &dyn Fn(usize) -> bool) -> Vec<(usize, Best)> {
        let mut close: Vec<(usize, Best)> = best
            .iter()
            .copied()
            .enumerate()
            .filter(|(entry, best)| best.similarity > 0.0 && keep(*entry))
            .collect();
        let order = |a: &(usize, Best), b: &(usize, Best)| {
            b.1.similarity
                .total_cmp(&a.1.similarity)
                .then_with(|| self.id(a.0).cmp(&self.id(b.0)))
        };
        if close.len() > MEASURED {
            close.select_nth_unstable_by(MEASURED, order);
            close.truncate(MEASURED);
        }
        close.sort_unstable_by(order);
        close
    }

    /// Adds the best entries by the classifier, unless they are already included.
    fn add_by_class(
        &self,
        logits: &[f32],
        best: &[Best],
        keep: &dyn Fn(usize) -> bool,
        close: &mut Vec<(usize, Best)>,
    ) {
        let mut by_class: Vec<(usize, f32)> = logits
            .iter()
            .copied()
            .enumerate()
            .filter(|(entry, _)| keep(*entry))
            .collect();
        by_class.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then_with(|| self.id(a.0).cmp(&self.id(b.0))));
        for (entry, _) in by_class.into_iter().take(MEASURED_BY_CLASS) {
            if !close.iter().any(|(other, _)| *other == entry)
                && let (Some(indexed), Some(best)) = (self.entries.get(entry), best.get(entry))
            {
                let phrasing = if best.similarity > 0.0 {
                    best.phrasing
                } else {
                    indexed.first
                };
                close.push((entry, Best { phrasing, ..*best }));
            }
        }
    }

    fn id(&self, entry: usize) -> Option<&EntryId> {
        self.entries.get(entry).map(|entry| &entry.id)
    }

    fn measure(&self, query: &Query, close: &[(usize, Best)], logits: Option<&[f32]>) -> Vec<Candidate> {
        let unknown = confidence_measures::unknown(&self.lexicon, query);
        let length = libm::log(1.0 + query.units as f64);
        let mut candidates: Vec<Candidate> = close
            .iter()
            .filter_map(|&(entry, best)| {
                let indexed = self.entries.get(entry)?;
                let terms = self.terms.get(best.phrasing as usize)?;
                let phrasing = self.phrasings.get(best.phrasing as usize)?;
                Some(Candidate {
                    entry,
                    id: indexed.id.clone(),
                    confidence: 0.0,
                    phrasing: phrasing.place as usize,
                    measures: Measures {
                        similarity: f64::from(best.similarity),
                        pairs: confidence_measures::pairs(&self.lexicon, query, terms),
                        coverage: confidence_measures::coverage(&self.lexicon, query, &indexed.terms, &[]),
                        answer_coverage: confidence_measures::coverage(
                            &self.lexicon,
                            query,
                            &indexed.terms,
                            &indexed.answer,
                        ),
                        unknown,
                        length,
                        class: logits
                            .and_then(|logits| logits.get(entry))
                            .map(|&logit| ClassMeasures {
                                logit: f64::from(logit).clamp(LOGITS.0, LOGITS.1),
                                lead: 0.0,
                            }),
                        ..Measures::default()
                    },
                })
            })
            .collect();
        let similarity = Leads::over(candidates.iter().map(|c| c.measures.similarity), 0.0);
        let coverage = Leads::over(candidates.iter().map(|c| c.measures.coverage), 0.0);
        let class = Leads::over(
            candidates
                .iter()
                .map(|c| c.measures.class.map_or(0.0, |class| class.logit)),
            LOGITS.0,
        );
        for (n, candidate) in candidates.iter_mut().enumerate() {
            let measures = &mut candidate.measures;
            measures.lead = similarity.of(n, measures.similarity);
            measures.coverage_lead = coverage.of(n, measures.coverage);
            if let Some(own) = &mut measures.class {
                own.lead = class.of(n, own.logit);
            }
            measures.surprisal = match &self.model {
                Model::Classifier(_) => None,
                Model::ChanceSimilarities(similarities) => {
                    Some(similarities.surprisal(measures.similarity, measures.lead))
                }
            };
            candidate.confidence = confidence(measures);
        }
        candidates
    }
}
