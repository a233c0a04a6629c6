//! Proposals for operators: missing phrasings, and entries that are confused.

use std::collections::BTreeMap;

use super::labels::JudgedMessage;
use super::{Confusion, Proposal};
use crate::engine::compiled::CompiledRulebook;
use crate::message::EntryId;
use crate::text::clean_line;

/// The most phrasings that are proposed for one entry.
const PROPOSALS: usize = 5;

/// The least number of messages of a confusion that is reported.
const MIN_CONFUSED: usize = 2;

/// The most examples of a confusion.
const EXAMPLES: usize = 3;

/// The number of digits in a row that identify a person: a telephone, a card, a case.
const DIGITS: usize = 7;

/// Texts that were judged to ask for an entry and that the FAQ would not answer with it. A text that was
/// judged for several entries is proposed for the one that more than half of the messages name.
pub(super) fn phrasings(compiled: &CompiledRulebook, judged: &[JudgedMessage<'_>]) -> Vec<Proposal> {
    let limit = compiled.rulebook.thresholds.faq_chars;
    let mut by_words: BTreeMap<&str, Vec<(&EntryId, &JudgedMessage<'_>)>> = BTreeMap::new();
    for one in judged.iter().filter(|one| one.chars <= limit) {
        if let Some(entry) = one.feedback.judgement.answer()
            && compiled.entry(entry).is_some()
            && !identifies_person(&one.words)
        {
            by_words.entry(&one.words).or_default().push((entry, one));
        }
    }
    let mut proposals: Vec<Proposal> = by_words
        .into_values()
        .filter_map(|same| {
            let named = |entry: &EntryId| same.iter().filter(|(other, _)| *other == entry).count();
            let (entry, first) = same
                .iter()
                .copied()
                .find(|(entry, _)| 2 * named(entry) > same.len())?;
            let best = first.candidates.first();
            let own = first.candidates.iter().find(|candidate| candidate.id == *entry);
            let confidence = own.map_or(0.0, |own| own.confidence);
            let (answer, _) = compiled.faq_thresholds(compiled.entry(entry));
            let answered =
                best.is_some_and(|best| best.id == *entry) && compiled.corrected(confidence) >= answer;
            (!answered).then(|| Proposal {
                entry: entry.clone(),
                text: clean_line(&first.feedback.text, limit),
                messages: named(entry),
                confidence,
            })
        })
        .collect();
    proposals.sort_by(|a, b| {
        b.messages
            .cmp(&a.messages)
            .then_with(|| a.entry.cmp(&b.entry))
            .then_with(|| a.text.cmp(&b.text))
    });
    let mut counts: BTreeMap<EntryId, usize> = BTreeMap::new();
    proposals.retain(|proposal| {
        let count = counts.entry(proposal.entry.clone()).or_default();
        *count += 1;
        *count <= PROPOSALS
    });
    proposals
}

/// Entries that the FAQ ranks first for messages that another entry answers.
pub(super) fn confusions(judged: &[JudgedMessage<'_>]) -> Vec<Confusion> {
    let mut confused: BTreeMap<(&EntryId, &EntryId), Vec<&JudgedMessage<'_>>> = BTreeMap::new();
    for one in judged {
        if let Some(expected) = one.feedback.judgement.answer()
            && let Some(best) = one.candidates.first()
            && best.id != *expected
        {
            confused.entry((&best.id, expected)).or_default().push(one);
        }
    }
    let mut confusions: Vec<Confusion> = confused
        .into_iter()
        .filter(|(_, messages)| messages.len() >= MIN_CONFUSED)
        .map(|((predicted, expected), messages)| Confusion {
            predicted: predicted.clone(),
            expected: expected.clone(),
            messages: messages.len(),
            examples: messages
                .iter()
                .filter(|one| !identifies_person(&one.words))
                .take(EXAMPLES)
                .map(|one| clean_line(&one.feedback.text, 60))
                .collect(),
        })
        .collect();
    confusions.sort_by_key(|confusion| std::cmp::Reverse(confusion.messages));
    confusions
}

/// Whether the words hold a number that identifies a person: such words belong in no rulebook.
fn identifies_person(words: &str) -> bool {
    let mut digits = 0;
    words.chars().any(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= DIGITS
    })
}
