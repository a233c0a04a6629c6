//! The citizen's choice from a menu.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};

use super::choice_words::{ChoiceWords, Part};
use crate::message::Menu;

/// The most characters that a choice has beside the label that it repeats.
const MAX_BESIDE: usize = 20;

/// A choice from a menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MenuChoice {
    /// The options at these places, from 0, in ascending order; at least one.
    Options {
        /// The places.
        places: Vec<usize>,
        /// Whether some words of one option chose it, and neither a number nor the whole label did.
        by_words: bool,
    },
    /// None of the options.
    NoneOfThese,
}

/// The time up to which a menu can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MenuUse {
    /// It has not expired: every choice counts.
    Open,
    /// It has expired without a choice. A first choice still counts.
    Late,
    /// Nothing counts any more.
    Over,
}

impl MenuUse {
    /// The use of `menu` at `now`. Its question lapses `lapse` after the menu has expired.
    pub(crate) fn of(menu: &Menu, lapse: SignedDuration, now: Timestamp) -> Self {
        if now < menu.expires {
            return Self::Open;
        }
        let lapses = menu.expires.checked_add(lapse).unwrap_or(menu.expires);
        match menu.chosen.is_empty() && now < lapses {
            true => Self::Late,
            false => Self::Over,
        }
    }
}

/// A message that may be a choice.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ChoiceText<'a> {
    /// The folded message.
    pub(crate) folded: &'a str,
    /// The label of "none of these", folded to letters and digits.
    pub(crate) none_of_these: &'a str,
}

/// The choice that a message makes from `menu`: by numbers, labels, or words of one label. `None` if the
/// message is no choice.
pub(crate) fn read_choice(menu: &Menu, words: &ChoiceWords, text: ChoiceText<'_>) -> Option<MenuChoice> {
    let labels = menu.options.iter().map(|option| option.words.as_str());
    let labels: Vec<&str> = labels.chain(std::iter::once(text.none_of_these)).collect();
    let longest = labels.iter().map(|label| label.chars().count()).max()?;
    // Everything that is longer is a message of its own.
    let message = Spaced::of(text.folded, longest + MAX_BESIDE)?;
    if message.bare.is_empty() {
        return None;
    }
    if words.is_none(&message.bare) {
        return Some(MenuChoice::NoneOfThese);
    }
    let none = menu.options.len();
    if let Some(places) = numbered(&message, &labels, words) {
        return match (places.contains(&none), places.len()) {
            (true, 1) => Some(MenuChoice::NoneOfThese),
            // "None of these" beside an option is a contradiction.
            (true, _) => None,
            (false, _) => Some(MenuChoice::Options {
                places: places.into_iter().collect(),
                by_words: false,
            }),
        };
    }
    let options = labels.get(..none)?;
    let rest = words.without_ends(&message.bare);
    let place = only_label_with(&message.bare, options).or_else(|| only_label_with(rest, options))?;
    Some(MenuChoice::Options {
        places: vec![place],
        by_words: true,
    })
}

/// A text as letters and digits, with the places where anything else stood.
struct Spaced {
    bare: String,
    /// For each byte of `bare`, whether something else stood before it.
    gaps: Vec<bool>,
}

impl Spaced {
    /// `None` if the text has more than `max` letters and digits.
    fn of(folded: &str, max: usize) -> Option<Self> {
        let (mut bare, mut gaps) = (String::new(), Vec::new());
        let (mut gap, mut chars) = (false, 0);
        for c in folded.chars() {
            if !c.is_alphanumeric() {
                gap = true;
                continue;
            }
            chars += 1;
            if chars > max {
                return None;
            }
            bare.push(c);
            gaps.push(gap);
            gaps.resize(bare.len(), false);
            gap = false;
        }
        Some(Self { bare, gaps })
    }
}

/// The places that a message of numbers, labels and the words beside them names. `None` if the message holds
/// anything else, names no place, or names one that the menu does not have.
fn numbered(message: &Spaced, labels: &[&str], words: &ChoiceWords) -> Option<BTreeSet<usize>> {
    let mut places = BTreeSet::new();
    let (mut at, mut after_number) = (0, false);
    while let Some(rest) = message.bare.get(at..).filter(|rest| !rest.is_empty()) {
        let label = labels.iter().enumerate();
        let label = label.filter(|(_, label)| !label.is_empty() && rest.starts_with(**label));
        if let Some((place, label)) = label.max_by_key(|(_, label)| label.len()) {
            places.insert(place);
            (at, after_number) = (at + label.len(), false);
            continue;
        }
        let (part, length) = words.part(rest)?;
        if let Part::Number(number) = part {
            // `12` is no choice of 1 and 2, and `3` of two options is none.
            let apart = message.gaps.get(at).copied().unwrap_or(false);
            if after_number && !apart || number > labels.len() {
                return None;
            }
            places.insert(number - 1);
        }
        (at, after_number) = (at + length, matches!(part, Part::Number(_)));
    }
    (!places.is_empty()).then_some(places)
}

/// The place of the only label that has the words: all at once, or else one after another.
fn only_label_with(words: &str, labels: &[&str]) -> Option<usize> {
    words.chars().nth(1)?;
    let whole = labels.iter().map(|label| label.contains(words));
    let scattered = labels.iter().map(|label| {
        let mut label = label.chars();
        words.chars().all(|c| label.any(|other| other == c))
    });
    match only(whole.collect()) {
        Only::None => match only(scattered.collect()) {
            Only::One(place) => Some(place),
            Only::None | Only::Several => None,
        },
        Only::One(place) => Some(place),
        Only::Several => None,
    }
}

enum Only {
    None,
    One(usize),
    Several,
}

fn only(found: Vec<bool>) -> Only {
    let mut places = found.iter().enumerate().filter(|(_, found)| **found);
    match (places.next(), places.next()) {
        (None, _) => Only::None,
        (Some((place, _)), None) => Only::One(place),
        (Some(_), Some(_)) => Only::Several,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
    use crate::conversation::composed::Composed;
    use crate::message::{EntryId, MenuOption};
    use crate::text::fold;

    fn menu() -> Menu {
        let option = |id: &str, label: &str| MenuOption {
            entry: EntryId::new(id),
            label: label.to_owned(),
            words: fold(label).bare(),
        };
        Menu {
            options: vec![option("a", "怎么办理居住证?"), option("b", "居住证丢了怎么补办?")],
            expires: at("2026-11-23T10:30+08:00"),
            asked: "居住证".to_owned(),
            asked_at: at("2026-11-23T10:00+08:00"),
            shown_at: Some(at("2026-11-23T10:00+08:00")),
            theme: None,
            chosen: Vec::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn picked(text: &str) -> Option<MenuChoice> {
        let list = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        let words = ChoiceWords::new(
            list(&["选", "第", "个", "号", "和", "谢谢", "一下", "看", "那"]),
            list(&["一", "二", "三"]),
            Composed::new(list(&["不是"]), list(&["谢谢"])),
        );
        let folded = fold(text);
        let text = ChoiceText {
            folded: folded.as_str(),
            none_of_these: "都不是",
        };
        read_choice(&menu(), &words, text)
    }

    fn options(places: &[usize]) -> Option<MenuChoice> {
        Some(MenuChoice::Options {
            places: places.to_vec(),
            by_words: false,
        })
    }

    #[test]
    fn numbers_and_labels_choose_however_they_are_written() {
        for text in [
            "1",
            "①",
            "选1",
            "第一个",
            "(1)",
            "1.怎么办理居住证?",
            "看一下1谢谢",
        ] {
            assert_eq!(picked(text), options(&[0]), "{text}");
        }
        for text in [" ２。", "二", "居住证丢了怎么补办？", "2、居住证丢了怎么补办"] {
            assert_eq!(picked(text), options(&[1]), "{text}");
        }
        for text in ["1和2", "1、2", "1 2", "第一个，第二个", "二和一"] {
            assert_eq!(picked(text), options(&[0, 1]), "{text}");
        }
        for text in ["3", "第三个", "都不是", "3.都不是", "不是", "不是，谢谢"] {
            assert_eq!(picked(text), Some(MenuChoice::NoneOfThese), "{text}");
        }
    }

    #[test]
    fn words_of_one_label_choose_it() {
        for text in ["丢了", "补办", "补办那个", "丢了补办"] {
            let chosen = MenuChoice::Options {
                places: vec![1],
                by_words: true,
            };
            assert_eq!(picked(text), Some(chosen), "{text}");
        }
    }

    #[test]
    fn anything_else_is_a_new_message() {
        for text in [
            "4",
            "0",
            "12",
            "一二",
            "1号楼停水了",
            "居住证",
            "?",
            "2026",
            "3和1",
            "没丢",
            "选",
            "办",
        ] {
            assert_eq!(picked(text), None, "{text}");
        }
    }

    #[test]
    fn a_first_choice_counts_late_and_a_further_one_until_the_menu_expires() {
        let lapse = SignedDuration::from_hours(48);
        let mut menu = menu();
        let after = |minutes| at("2026-11-23T10:00+08:00") + SignedDuration::from_mins(minutes);
        assert_eq!(MenuUse::of(&menu, lapse, after(29)), MenuUse::Open);
        assert_eq!(MenuUse::of(&menu, lapse, after(30)), MenuUse::Late);
        assert_eq!(MenuUse::of(&menu, lapse, after(30 + 48 * 60)), MenuUse::Over);
        menu.chosen.push(0);
        assert_eq!(MenuUse::of(&menu, lapse, after(29)), MenuUse::Open);
        assert_eq!(MenuUse::of(&menu, lapse, after(30)), MenuUse::Over);
    }
}
