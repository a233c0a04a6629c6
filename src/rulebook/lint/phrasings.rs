//! FAQ entries with the same phrasing, or with few phrasings.

use std::collections::{HashMap, HashSet};

use super::share_an_account;
use crate::catalogue::{text, wording};
use crate::message::EntryId;
use crate::rulebook::decode::{Decoded, Phrasing};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::FaqEntry;

/// An entry with fewer phrasings beside its question is recognised much less reliably.
const FEW_PHRASINGS: usize = 3;

/// Reports phrasings that belong to two entries.
pub(in crate::rulebook) fn shared_phrasings(decoded: &Decoded, problems: &mut Problems) {
    let entries: HashMap<&EntryId, &FaqEntry> = decoded.faq.iter().map(|entry| (&entry.id, entry)).collect();
    let mut seen: HashMap<&str, &Phrasing> = HashMap::new();
    let mut contradictions = HashSet::new();
    for phrasing in &decoded.phrasings {
        let Some(first) = seen.get(phrasing.key.as_str()) else {
            seen.insert(&phrasing.key, phrasing);
            continue;
        };
        if first.entry == phrasing.entry {
            continue;
        }
        match entries.get(&first.entry).zip(entries.get(&phrasing.entry)) {
            Some((one, other)) if !share_an_account(&one.accounts, &other.accounts) => {
                if one.answer != other.answer && contradictions.insert((&first.entry, &phrasing.entry)) {
                    problems.push(contradicting(first, phrasing));
                }
            }
            _ => problems.push(shared(first, phrasing)),
        }
    }
}

fn shared(first: &Phrasing, phrasing: &Phrasing) -> Diagnostic {
    Diagnostic::error(
        Code::SharedPhrasing,
        wording!(
            "shared-phrasing",
            phrasing = phrasing.words,
            first = first.entry,
            second = phrasing.entry
        ),
    )
    .at(phrasing.location.clone())
    .related(
        first.location.clone(),
        text!("same-phrasing", entry = first.entry),
    )
}

fn contradicting(first: &Phrasing, phrasing: &Phrasing) -> Diagnostic {
    Diagnostic::warning(
        Code::ContradictingAnswers,
        wording!(
            "contradicting-entries",
            first = first.entry,
            second = phrasing.entry
        ),
    )
    .at(phrasing.location.clone())
    .related(first.location.clone(), text!("other-phrasing"))
}

/// Reports entries with few phrasings.
pub(in crate::rulebook) fn entries(entries: &[FaqEntry], problems: &mut Problems) {
    for entry in entries {
        let count = entry.phrasings.len();
        if count < FEW_PHRASINGS {
            problems.push(
                Diagnostic::info(
                    Code::FewPhrasings,
                    wording!("few-phrasings", entry = entry.id, count = count),
                )
                .at(entry.location.clone()),
            );
        }
    }
}
