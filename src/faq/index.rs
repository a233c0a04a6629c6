//! The index: built once, searched by many.

use std::collections::HashSet;

use parking_lot::Mutex;

use super::confidence::confidence;
use super::lexicon::{Lexicon, PhrasingId};
use super::measures::{self, Terms, sorted};
use super::query::Query;
use super::scan::{Best, Phrasing, Scratch, scan};
use super::synonyms::Synonyms;
use super::{Candidate, Entry, FaqError, Measures};
use crate::message::EntryId;
use crate::text::{Folded, TokenKind, Tokens, fold};

/// How many entries are looked at closely, the most similar ones.
const CLOSE: usize = 24;

/// How many phrasings a bank may have.
const MAX_PHRASINGS: usize = 10_000_000;

/// The FAQ, ready to be asked. Immutable, `Send + Sync`; share it by reference or in an `Arc`.
///
/// ```
/// use civic_reply::faq::{Entry, FaqIndex};
/// use civic_reply::text::fold;
///
/// let entry = |id: &str, phrasing: &str| Entry {
///     id: id.into(),
///     phrasings: vec![phrasing.to_owned()],
///     answer: None,
/// };
/// let bank = [entry("id-card", "身份证丢了怎么补办"), entry("fund", "公积金怎么提取")];
/// let faq = FaqIndex::build(&bank, &[])?;
/// let candidates = faq.search(&fold("身份证丢了，怎么补办？"), &|_| true, 3)?;
/// assert_eq!(candidates[0].id.as_str(), "id-card");
/// # Ok::<(), civic_reply::faq::FaqError>(())
/// ```
#[derive(Debug)]
pub struct FaqIndex {
    synonyms: Synonyms,
    lexicon: Lexicon,
    entries: Vec<Indexed>,
    phrasings: Vec<Phrasing>,
    /// The terms of each phrasing.
    terms: Vec<Terms>,
    /// Memory of searches that ended, for the next ones.
    scratch: Mutex<Vec<Scratch>>,
}

/// An entry inside.
#[derive(Debug)]
struct Indexed {
    id: EntryId,
    /// The number of its first phrasing.
    first: PhrasingId,
    /// For each indexed phrasing its place in the entry; unreadable ones are left out.
    places: Vec<usize>,
    /// The terms of all its phrasings.
    terms: Terms,
    /// The terms of its answer.
    answer: Terms,
}

impl FaqIndex {
    /// Builds the index. An entry's phrasings without anything readable are left out.
    ///
    /// # Errors
    ///
    /// When two entries share an id, an entry has nothing readable, or the bank is too large to number.
    pub fn build(entries: &[Entry], synonyms: &[Vec<String>]) -> Result<Self, FaqError> {
        let synonyms = Synonyms::new(synonyms)?;
        let read = |text: &str| Tokens::of(&synonyms.replace(fold(text).as_str()));
        let mut ids = HashSet::new();
        let mut texts: Vec<Tokens> = Vec::new();
        let mut indexed = Vec::with_capacity(entries.len());
        for entry in entries {
            if !ids.insert(&entry.id) {
                return Err(FaqError::DuplicateEntry(entry.id.clone()));
            }
            let first = texts.len() as PhrasingId;
            let mut places = Vec::new();
            for (place, phrasing) in entry.phrasings.iter().enumerate() {
                let tokens = read(phrasing);
                if !tokens.is_empty() {
                    places.push(place);
                    texts.push(tokens);
                }
            }
            if places.is_empty() {
                return Err(FaqError::NoPhrasing(entry.id.clone()));
            }
            indexed.push(Indexed {
                id: entry.id.clone(),
                first,
                places,
                terms: Terms::default(),
                answer: Terms::default(),
            });
        }
        if texts.len() > MAX_PHRASINGS {
            return Err(FaqError::TooLarge {
                what: "phrasings",
                found: texts.len(),
                limit: MAX_PHRASINGS,
            });
        }
        let mut lexicon = Lexicon::build(&texts)?;
        let queries: Vec<Query> = texts.iter().map(|tokens| Query::new(&lexicon, tokens)).collect();
        let mut phrasings = Vec::with_capacity(queries.len());
        for (n, entry) in indexed.iter_mut().enumerate() {
            let own = queries.iter().skip(entry.first as usize).take(entry.places.len());
            entry.terms = sorted(own.clone().flat_map(|query| query.terms.iter().copied()));
            phrasings.extend(own.map(|query| Phrasing {
                entry: n as u32,
                sizes: query.sizes,
            }));
        }
        for (entry, source) in indexed.iter_mut().zip(entries) {
            if let Some(answer) = &source.answer {
                let tokens = read(answer);
                let count = texts.len();
                entry.answer = sorted([TokenKind::Unit, TokenKind::Pair].into_iter().flat_map(|kind| {
                    tokens
                        .of_kind(kind)
                        .map(|token| lexicon.add(kind, token, count))
                        .collect::<Vec<_>>()
                }));
            }
        }
        Ok(Self {
            synonyms,
            lexicon,
            entries: indexed,
            phrasings,
            terms: queries.into_iter().map(|query| query.terms.into()).collect(),
            scratch: Mutex::default(),
        })
    }

    /// The entries that may answer the message, at most `limit`, the surest first, those equally sure in the order of
    /// their ids.
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
        let close = self.closest(best, keep);
        self.scratch.lock().push(scratch);
        let mut candidates = self.measure(&query, &close);
        candidates.sort_by(|a, b| {
            b.confidence
                .total_cmp(&a.confidence)
                .then_with(|| a.id.cmp(&b.id))
        });
        candidates.truncate(limit);
        Ok(candidates)
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

    fn id(&self, entry: usize) -> Option<&EntryId> {
        self.entries.get(entry).map(|entry| &entry.id)
    }

    fn measure(&self, query: &Query, close: &[(usize, Best)]) -> Vec<Candidate> {
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
                        ..Measures::default()
                    },
                })
            })
            .collect();
        let similarity = Leads::over(candidates.iter().map(|c| c.measures.similarity));
        let coverage = Leads::over(candidates.iter().map(|c| c.measures.coverage));
        for (n, candidate) in candidates.iter_mut().enumerate() {
            let measures = &mut candidate.measures;
            measures.lead = similarity.of(n, measures.similarity);
            measures.coverage_lead = coverage.of(n, measures.coverage);
            candidate.confidence = confidence(measures);
        }
        candidates
    }
}

/// The best value and the second best, to tell each value's lead over the best other.
struct Leads {
    best: f64,
    place: usize,
    second: f64,
}

impl Leads {
    fn over(values: impl Iterator<Item = f64>) -> Self {
        let mut leads = Self {
            best: 0.0,
            place: usize::MAX,
            second: 0.0,
        };
        for (n, value) in values.enumerate() {
            if leads.place == usize::MAX || value > leads.best {
                leads.second = if leads.place == usize::MAX {
                    0.0
                } else {
                    leads.best
                };
                leads.best = value;
                leads.place = n;
            } else if value > leads.second {
                leads.second = value;
            }
        }
        leads
    }

    fn of(&self, place: usize, value: f64) -> f64 {
        value
            - if place == self.place {
                self.second
            } else {
                self.best
            }
    }
}
