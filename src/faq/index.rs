//! The index: built once, searched by many.

use parking_lot::Mutex;

use super::classifier::{Classifier, row};
use super::confidence::confidence;
use super::lexicon::{Lexicon, PhrasingId};
use super::measures::{self, ClassMeasures, Leads, Terms};
use super::query::Query;
use super::scan::{Best, Phrasing, Scratch, scan};
use super::surprisal::Likenesses;
use super::synonyms::Synonyms;
use super::{Candidate, FaqError, Measures};
use crate::message::EntryId;
use crate::text::{Folded, Tokens};

/// How many entries are looked at closely, the most similar ones.
const CLOSE: usize = 24;

/// How many entries more are, those that the classifier finds best.
const CLOSE_BY_CLASS: usize = 3;

/// The range in which logits differ; beyond it they only say how often the bank says it.
const LOGITS: (f64, f64) = (-8.0, 4.0);

/// The FAQ, ready to be asked. Immutable, `Send + Sync`; share it by reference or in an `Arc`.
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
    pub(super) classifier: Option<Classifier>,
    /// Known where there is no classifier.
    pub(super) likenesses: Option<Likenesses>,
    /// Memory of searches that ended, for the next ones.
    pub(super) scratch: Mutex<Vec<Scratch>>,
}

/// An entry inside.
#[derive(Debug)]
pub(super) struct Indexed {
    pub(super) id: EntryId,
    /// The number of its first phrasing.
    pub(super) first: PhrasingId,
    /// For each indexed phrasing its place in the entry; unreadable ones are left out.
    pub(super) places: Vec<usize>,
    /// The terms of all its phrasings.
    pub(super) terms: Terms,
    /// The terms of its answer.
    pub(super) answer: Terms,
}

impl FaqIndex {
    /// The entries that may answer the message, at most `limit`, the surest first, of those equally sure the more
    /// similar, then by their ids.
    ///
    /// Only entries whose place `keep` agrees to take part; the others do not compete either. A message that shares no token
    /// with the bank has no candidates. The same bank and message give the same result on every run and platform.
    ///
    /// # Errors
    ///
    /// None at present; a caller treats one as "nobody knows" and brings a person.
    pub fn search(
        &self,
        message: &Folded<'_>,
        keep: &dyn Fn(usize) -> bool,
        limit: usize,
    ) -> Result<Vec<Candidate>, FaqError> {
        let tokens = Tokens::of(&self.synonyms.replace(message.as_str()));
        let query = Query::new(&self.lexicon, &tokens);
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
        );
        let logits = self
            .classifier
            .as_ref()
            .map(|classifier| classifier.logits(&row(&self.lexicon, &query)));
        let mut close = self.closest(best, keep);
        if let Some(logits) = &logits {
            self.add_by_class(logits, best, keep, &mut close);
        }
        self.scratch.lock().push(scratch);
        let mut candidates = self.measure(&query, &close, logits.as_deref());
        candidates.sort_by(|a, b| {
            // Beyond all likenesses of a bank they are equally unusual.
            b.confidence
                .total_cmp(&a.confidence)
                .then_with(|| b.measures.similarity.total_cmp(&a.measures.similarity))
                .then_with(|| a.id.cmp(&b.id))
        });
        candidates.truncate(limit);
        Ok(candidates)
    }

    /// A hash of everything that the confidences follow from: the phrasings, the synonyms and this crate's version. Answers play
    /// no part in it.
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

    /// The most similar entries that take part, with their best phrasings, the most similar first.
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
        if close.len() > CLOSE {
            close.select_nth_unstable_by(CLOSE, order);
            close.truncate(CLOSE);
        }
        close.sort_unstable_by(order);
        close
    }

    /// Adds the entries that the classifier finds best and that are not yet among the close ones.
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
        for (entry, _) in by_class.into_iter().take(CLOSE_BY_CLASS) {
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
        let unknown = measures::unknown(&self.lexicon, query);
        let length = libm::log(1.0 + query.units as f64);
        let mut candidates: Vec<Candidate> = close
            .iter()
            .filter_map(|&(entry, best)| {
                let indexed = self.entries.get(entry)?;
                let terms = self.terms.get(best.phrasing as usize)?;
                let place = indexed.places.get((best.phrasing - indexed.first) as usize)?;
                Some(Candidate {
                    entry,
                    id: indexed.id.clone(),
                    confidence: 0.0,
                    phrasing: *place,
                    measures: Measures {
                        similarity: f64::from(best.similarity),
                        pairs: measures::pairs(&self.lexicon, query, terms),
                        coverage: measures::coverage(&self.lexicon, query, &indexed.terms, &[]),
                        answer_coverage: measures::coverage(
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
            measures.surprisal = self
                .likenesses
                .as_ref()
                .map(|likenesses| likenesses.surprisal(measures.similarity, measures.lead));
            candidate.confidence = confidence(measures);
        }
        candidates
    }
}
