//! From the journal to labels: each judged message with the candidates of the FAQ in force.

use std::collections::HashMap;

use crate::case::Event;
use crate::engine::compiled::CompiledRulebook;
use crate::faq::Candidate;
use crate::message::MessageKey;
use crate::reply::Feedback;
use crate::store::{JournalPage, Store, StoreError};
use crate::text::fold;

/// The number of journal records that are read at once.
const PAGE: usize = 1_000;

/// The number of FAQ candidates of a message.
const CANDIDATES: usize = 5;

/// The last feedback about each message, in the order in which the messages were first judged. Erased
/// feedback is left out.
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

/// A judged message, and the candidates of the FAQ in force.
pub(super) struct JudgedMessage<'f> {
    pub(super) feedback: &'f Feedback,
    /// Its text folded to letters and digits.
    pub(super) words: String,
    /// The number of its folded characters.
    pub(super) chars: usize,
    /// Before any correction, the surest first.
    pub(super) candidates: Vec<Candidate>,
}

impl JudgedMessage<'_> {
    /// The confidence in the best entry, and whether that entry is right. `None` if the judgement does not
    /// say, or if the message has no candidate and could not be answered.
    pub(super) fn label(&self) -> Option<(f64, bool)> {
        let best = self.candidates.first()?;
        let right = self.feedback.judgement.says_of(&best.id)?;
        Some((best.confidence, right))
    }
}

/// Searches the FAQ for a judged message, on its account. `None` if the message is a phrasing of the FAQ, or
/// if the search fails.
pub(super) fn search<'f>(compiled: &CompiledRulebook, feedback: &'f Feedback) -> Option<JudgedMessage<'f>> {
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
    Some(JudgedMessage {
        feedback,
        words,
        chars: folded.chars(),
        candidates,
    })
}
