//! A rulebook in force: its shapes with everything that was compiled from them. Immutable, swapped as a whole.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::BuildError;
use crate::decide::{Choice, Decision, Evidence, Limits, Offer, decide};
use crate::dialog::{Pick, pick};
use crate::faq::{Candidate, Entry, FaqIndex, FaqOptions, differences};
use crate::keyword::{Door, KeywordIndex, settle};
use crate::message::{AccountId, Conversation, EntryId};
use crate::rulebook::{FaqEntry, Rulebook};
use crate::text::{Folded, fold};

/// How many FAQ candidates are weighed.
const CANDIDATES: usize = 5;

pub(super) struct Serving {
    pub(super) rulebook: Rulebook,
    keywords: KeywordIndex,
    faq: FaqIndex,
    entries: HashMap<EntryId, usize>,
    /// The label of "none of these", folded.
    none_of_these: String,
}

impl Serving {
    pub(super) fn build(rulebook: Rulebook) -> Result<Self, BuildError> {
        let keywords = KeywordIndex::build(
            &rulebook.rules,
            &rulebook.words,
            &rulebook.synonyms,
            rulebook.thresholds.rule_chars,
        )?;
        let bank: Vec<Entry> = rulebook.faq.iter().map(indexed).collect();
        let faq = FaqIndex::build(&bank, &rulebook.synonyms, &FaqOptions::default())?;
        let entries = rulebook
            .faq
            .iter()
            .enumerate()
            .map(|(place, entry)| (entry.id.clone(), place))
            .collect();
        let none_of_these = fold(&rulebook.templates.none_of_these).bare();
        Ok(Self {
            rulebook,
            keywords,
            faq,
            entries,
            none_of_these,
        })
    }

    /// The entry of this id, where the rulebook has it.
    pub(super) fn entry(&self, id: &EntryId) -> Option<&FaqEntry> {
        self.rulebook.faq.get(*self.entries.get(id)?)
    }

    /// The office's day at `now`.
    pub(super) fn today(&self, now: Timestamp) -> Date {
        self.rulebook.calendar.date_of(now)
    }

    /// Decides about a message. Pure: the same text, conversation and instant give the same decision.
    pub(super) fn decide(
        &self,
        text: &str,
        account: &AccountId,
        conversation: &Conversation,
        now: Timestamp,
    ) -> Decision {
        let folded = fold(text);
        let today = self.today(now);
        let rulebook = &self.rulebook;
        let matches = self
            .keywords
            .matches(&folded, &rulebook.rules, Door { account, today });
        let ruling = settle(&matches.fired, &rulebook.rules);
        let offers = self.offers(&folded, account, today);
        decide(&Evidence {
            blank: folded.is_blank(),
            chars: folded.chars(),
            truncated: folded.is_truncated(),
            matches: &matches,
            ruling: ruling.as_ref(),
            faq: offers.as_deref().map_err(Clone::clone),
            choice: self.choice(conversation, &folded, now),
            misses: conversation.misses,
            limits: Limits {
                answer: rulebook.thresholds.answer,
                menu: rulebook.thresholds.menu,
                misses: rulebook.thresholds.misses,
                chars: rulebook.thresholds.faq_chars,
            },
        })
    }

    fn offers(&self, folded: &Folded<'_>, account: &AccountId, today: Date) -> Result<Vec<Offer>, String> {
        let open = |place: usize| {
            self.rulebook.faq.get(place).is_some_and(|entry| {
                (entry.accounts.is_empty() || entry.accounts.contains(account)) && entry.valid.holds_on(today)
            })
        };
        let candidates = self
            .faq
            .search(folded, &open, CANDIDATES)
            .map_err(|error| error.to_string())?;
        let offer = |candidate: Candidate| {
            let entry = self.rulebook.faq.get(candidate.entry)?;
            let asks = match candidate.phrasing.checked_sub(1) {
                None => &entry.question,
                Some(place) => entry.phrasings.get(place)?,
            };
            // Only an entry that may answer has to mean the very same.
            let differs = match candidate.confidence >= self.rulebook.thresholds.answer {
                true => differences(folded.original(), asks),
                false => Vec::new(),
            };
            Some(Offer {
                entry: entry.id.clone(),
                theme: entry.theme.clone(),
                asks: fold(asks).as_str().to_owned(),
                differs: differs.iter().map(ToString::to_string).collect(),
                confidence: candidate.confidence,
            })
        };
        Ok(candidates.into_iter().filter_map(offer).collect())
    }

    fn choice(&self, conversation: &Conversation, folded: &Folded<'_>, now: Timestamp) -> Option<Choice> {
        let menu = conversation.menu.as_ref()?;
        let picked = pick(menu, &folded.bare(), &self.none_of_these, now)?;
        let mut entries = menu.options.iter().map(|option| self.entry(&option.entry));
        if let Pick::Option(place) = picked
            && let Some(Some(entry)) = entries.clone().nth(place)
        {
            return Some(Choice::Entry {
                number: place + 1,
                entry: entry.id.clone(),
                theme: entry.theme.clone(),
            });
        }
        // None of these was chosen, or an entry that a reload took away: a person of the menu's theme answers.
        let theme = entries.next().flatten().map(|entry| entry.theme.clone());
        let shared = entries.all(|entry| entry.map(|entry| &entry.theme) == theme.as_ref());
        Some(Choice::NoneOfThese {
            theme: theme.filter(|_| shared),
        })
    }
}

/// What the index reads of an entry: its question first, then the other ways to ask it.
fn indexed(entry: &FaqEntry) -> Entry {
    Entry {
        id: entry.id.clone(),
        phrasings: std::iter::once(&entry.question)
            .chain(&entry.phrasings)
            .cloned()
            .collect(),
        answer: Some(entry.answer.clone()),
    }
}
