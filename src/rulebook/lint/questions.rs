//! FAQ entries that are asked for in the same words, or in too few.

use std::collections::{HashMap, HashSet};

use super::share_an_account;
use crate::message::EntryId;
use crate::rulebook::decode::{Asked, Draft};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::shapes::FaqEntry;

/// Below so many phrasings beside the question an entry is recognised much less surely.
const FEW_PHRASINGS: usize = 3;

/// Reports phrasings that belong to two entries.
pub(in crate::rulebook) fn asked_twice(draft: &Draft, problems: &mut Problems) {
    let entries: HashMap<&EntryId, &FaqEntry> = draft.faq.iter().map(|entry| (&entry.id, entry)).collect();
    let mut seen: HashMap<&str, &Asked> = HashMap::new();
    let mut contradictions = HashSet::new();
    for asked in &draft.asked {
        let Some(first) = seen.get(asked.key.as_str()) else {
            seen.insert(&asked.key, asked);
            continue;
        };
        if first.entry == asked.entry {
            continue;
        }
        match entries.get(&first.entry).zip(entries.get(&asked.entry)) {
            Some((one, other)) if !share_an_account(&one.accounts, &other.accounts) => {
                if one.answer != other.answer && contradictions.insert((&first.entry, &asked.entry)) {
                    problems.push(contradicting(first, asked));
                }
            }
            _ => problems.push(shared(first, asked)),
        }
    }
}

fn shared(first: &Asked, asked: &Asked) -> Diagnostic {
    Diagnostic::error(
        Code::SharedPhrasing,
        format!(
            "`{}` belongs to both `{}` and `{}`",
            asked.words, first.entry, asked.entry
        ),
    )
    .at(asked.location.clone())
    .label("asks for another entry too")
    .help("leave it to the entry that answers it")
    .related(
        first.location.clone(),
        format!("the same words ask for `{}`", first.entry),
    )
}

fn contradicting(first: &Asked, asked: &Asked) -> Diagnostic {
    Diagnostic::warning(
        Code::ContradictingAnswers,
        format!(
            "`{}` and `{}` answer the same differently",
            first.entry, asked.entry
        ),
    )
    .at(asked.location.clone())
    .label("answered otherwise by another account")
    .help("a citizen should hear the same from every account; use one entry for both")
    .related(first.location.clone(), "the other entry's words")
}

/// Reports what is doubtful about entries.
pub(in crate::rulebook) fn entries(entries: &[FaqEntry], problems: &mut Problems) {
    for entry in entries {
        let count = entry.phrasings.len();
        if count < FEW_PHRASINGS {
            problems.push(
                Diagnostic::info(
                    Code::FewPhrasings,
                    format!(
                        "the entry `{}` has {count} phrasings beside its question",
                        entry.id
                    ),
                )
                .at(entry.location.clone())
                .label("recognised less surely")
                .help("add messages in which citizens asked it; more phrasings help more than anything else"),
            );
        }
    }
}
