//! Choices from a menu, in the terms of the rulebook in force.

use jiff::{SignedDuration, Timestamp};

use super::CompiledRulebook;
use crate::conversation::{ChoiceText, MenuChoice, MenuUse, read_choice};
use crate::decide::{Choice, ChosenEntry};
use crate::message::{Conversation, Menu, ThemeId};
use crate::text::Folded;

impl CompiledRulebook {
    /// The use of a menu at `now`. Its question lapses as a question with an automatic answer does.
    pub(in crate::engine) fn menu_use(&self, menu: &Menu, now: Timestamp) -> MenuUse {
        let hours = self
            .rulebook
            .follow_up
            .as_ref()
            .map_or(0, |follow_up| follow_up.confirm_hours);
        MenuUse::of(menu, SignedDuration::from_hours(i64::from(hours)), now)
    }

    /// The citizen's choice from the last menu; `None` if the message is not one.
    pub(in crate::engine) fn choice(
        &self,
        conversation: &Conversation,
        folded: &Folded<'_>,
        now: Timestamp,
    ) -> Option<Choice> {
        let menu = conversation.menu.as_ref()?;
        let left = self.menu_use(menu, now);
        if left == MenuUse::Over {
            return None;
        }
        let without = self
            .follow_up_words
            .as_ref()
            .map(|words| words.emoticons.taken_out(folded.as_str()));
        let text = ChoiceText {
            folded: without.as_ref().map_or(folded.as_str(), |without| &without.rest),
            none_of_these: &self.none_of_these,
        };
        match read_choice(menu, &self.choice_words, text)? {
            MenuChoice::Options { by_words: true, .. } if left == MenuUse::Late => None,
            MenuChoice::Options { places, .. } if self.rates_the_choice(menu, &places, &folded.bare()) => {
                None
            }
            MenuChoice::Options { places, by_words } => match self.chosen(conversation, menu, &places, now) {
                Some(chosen) => Some(Choice::Entries { chosen, by_words }),
                None => Some(self.none_of_these(menu)),
            },
            MenuChoice::NoneOfThese => Some(self.none_of_these(menu)),
        }
    }

    /// Whether the digit of the option that was just answered rates the answer.
    fn rates_the_choice(&self, menu: &Menu, places: &[usize], bare: &str) -> bool {
        let again = menu.chosen.last().is_some_and(|last| places == [*last]);
        let words = self.follow_up_words.as_ref();
        again && words.is_some_and(|words| words.solved.contains(bare) || words.unsolved.contains(bare))
    }

    /// The chosen entries. `None` if one has expired, or if a reload removed it or gave it to another account:
    /// a person answers then.
    fn chosen(
        &self,
        conversation: &Conversation,
        menu: &Menu,
        places: &[usize],
        now: Timestamp,
    ) -> Option<Vec<ChosenEntry>> {
        let today = self.today(now);
        let chosen = places.iter().map(|&place| {
            let entry = self.entry(&menu.options.get(place)?.entry)?;
            entry.answers(&conversation.account, today).then(|| ChosenEntry {
                number: place + 1,
                entry: entry.id.clone(),
                theme: entry.theme.clone(),
            })
        });
        chosen.collect()
    }

    fn none_of_these(&self, menu: &Menu) -> Choice {
        Choice::NoneOfThese {
            theme: self.menu_theme(menu),
            offered: menu.options.iter().map(|option| option.entry.clone()).collect(),
        }
    }

    /// The theme of a menu: the one that all its entries share, or else the one of its question.
    pub(in crate::engine) fn menu_theme(&self, menu: &Menu) -> Option<ThemeId> {
        let mut entries = menu.options.iter().map(|option| self.entry(&option.entry));
        let first = entries.next().flatten().map(|entry| entry.theme.clone());
        let shared = entries.all(|entry| entry.map(|entry| &entry.theme) == first.as_ref());
        let known = menu
            .theme
            .clone()
            .filter(|theme| self.rulebook.themes.contains_key(theme));
        first.filter(|_| shared).or(known)
    }
}
