//! From the journal to labels: what the FAQ in force makes of each message that somebody judged.

use std::collections::HashMap;

use crate::case::Event;
use crate::engine::compiled::CompiledRulebook;
use crate::faq::Candidate;
use crate::message::MessageKey;
use crate::reply::Feedback;
use crate::store::{JournalPage, Store, StoreError};
use crate::text::fold;

/// How many of the journal's records are read at once.
const PAGE: usize = 1_000;

/// How many candidates are looked at.
const CANDIDATES: usize = 5;

/// All feedback, the last about each message, in the order in which the messages were first judged. What was erased teaches
/// nothing.
pub(super) fn read(store: &dyn Store) -> Result<Vec<Feedback>, StoreError> {
    let mut all: Vec<Feedback> = Vec::new();
    let mut places: HashMap<MessageKey, usize> = HashMap::new();
    let mut after = None;
    loop {
        let JournalPage {
            records,
            erased,
            next,
            ..
        } = store.journal(after, PAGE)?;
        for (place, record) in records {
            let Event::Feedback { feedback } = record.event else {
                continue;
            };
            if erased.contains(&place) {
                continue;
            }
            match places.get(&feedback.key).and_then(|&place| all.get_mut(place)) {
                Some(earlier) => *earlier = feedback,
                None => {
                    places.insert(feedback.key.clone(), all.len());
                    all.push(feedback);
                }
            }
        }
        match next {
            Some(next) => after = Some(next),
            None => return Ok(all),
        }
    }
}

/// A judged message, and what the FAQ in force says of it.
pub(super) struct Asked<'f> {
    pub(super) feedback: &'f Feedback,
    /// Its words folded, letters and digits alone.
    pub(super) words: String,
    /// How many folded characters it has.
    pub(super) chars: usize,
    /// The candidates before any correction, the surest first.
    pub(super) candidates: Vec<Candidate>,
}

impl Asked<'_> {
    /// How sure the FAQ is of its best entry, and whether that is right, where the judgement says.
    ///
    /// A message without a candidate would never be answered, so that it says nothing about answers.
    pub(super) fn label(&self) -> Option<(f64, bool)> {
        let best = self.candidates.first()?;
        let right = self.feedback.judgement.says_of(&best.id)?;
        Some((best.confidence, right))
    }
}

/// Asks the FAQ about a judged message, on its account. `None` where the bank holds its very words, or nobody can be asked.
pub(super) fn ask<'f>(compiled: &CompiledRulebook, feedback: &'f Feedback) -> Option<Asked<'f>> {
    let folded = fold(&feedback.text);
    let words = folded.bare();
    if compiled.is_phrasing(&words) {
        return None;
    }
    let account = feedback.key.account();
    let open = |place: usize| {
        let entry = compiled.rulebook.faq.get(place);
        entry.is_some_and(|entry| entry.accounts.is_empty() || entry.accounts.contains(account))
    };
    let candidates = compiled.candidates(&folded, &open, CANDIDATES).ok()?;
    Some(Asked {
        feedback,
        words,
        chars: folded.chars(),
        candidates,
    })
}
