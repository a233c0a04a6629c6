//! What operators could write better: phrasings that are missing, and entries that resemble each other too much.

use std::collections::BTreeMap;

use super::labels::Asked;
use super::{Confusion, Proposal};
use crate::engine::compiled::CompiledRulebook;
use crate::message::EntryId;
use crate::text::clean_line;

/// How many phrasings are proposed for one entry.
const PROPOSALS: usize = 5;

/// How many messages an entry must take from another to be named.
const STOLEN: usize = 2;

/// How many messages are shown of each theft.
const EXAMPLES: usize = 3;

/// So many digits in a row name somebody: a telephone, a card, a case.
const DIGITS: usize = 7;

/// Words that citizens used for an entry and that the FAQ would not answer. The same words for several entries
/// are proposed for the one that more than half of the messages name.
pub(super) fn phrasings(compiled: &CompiledRulebook, asked: &[Asked<'_>]) -> Vec<Proposal> {
    let limit = compiled.rulebook.thresholds.faq_chars;
    let mut by_words: BTreeMap<&str, Vec<(&EntryId, &Asked<'_>)>> = BTreeMap::new();
    for one in asked.iter().filter(|one| one.chars <= limit) {
        if let Some(entry) = one.feedback.judgement.answer()
            && compiled.entry(entry).is_some()
            && !names_somebody(&one.words)
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
            let (answer, _) = compiled.bars(compiled.entry(entry));
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

/// Entries that are found first for messages that another answers.
pub(super) fn confusions(asked: &[Asked<'_>]) -> Vec<Confusion> {
    let mut thefts: BTreeMap<(&EntryId, &EntryId), Vec<&Asked<'_>>> = BTreeMap::new();
    for one in asked {
        if let Some(owner) = one.feedback.judgement.answer()
            && let Some(best) = one.candidates.first()
            && best.id != *owner
        {
            thefts.entry((&best.id, owner)).or_default().push(one);
        }
    }
    let mut confusions: Vec<Confusion> = thefts
        .into_iter()
        .filter(|(_, messages)| messages.len() >= STOLEN)
        .map(|((thief, owner), messages)| Confusion {
            thief: thief.clone(),
            owner: owner.clone(),
            messages: messages.len(),
            examples: messages
                .iter()
                .filter(|one| !names_somebody(&one.words))
                .take(EXAMPLES)
                .map(|one| clean_line(&one.feedback.text, 60))
                .collect(),
        })
        .collect();
    confusions.sort_by_key(|theft| std::cmp::Reverse(theft.messages));
    confusions
}

/// Whether the words hold a number that belongs to a person, and therefore belong in no rulebook.
fn names_somebody(words: &str) -> bool {
    let mut digits = 0;
    words.chars().any(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits >= DIGITS
    })
}
