//! The citizen's choice from an open menu.

use jiff::Timestamp;

use crate::message::Menu;

/// A choice from a menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MenuChoice {
    /// The option at this place, from 0.
    Option(usize),
    /// None of the options.
    NoneOfThese,
}

/// The choice that a message makes from `menu`: the number of an option, or its words. `None` if the menu has
/// expired or the message is no choice.
///
/// `words` is the message folded to letters and digits, so that `２。` is `2`; `none_of_these` is the label
/// of the last number in the same form.
pub(crate) fn read_choice(
    menu: &Menu,
    words: &str,
    none_of_these: &str,
    now: Timestamp,
) -> Option<MenuChoice> {
    if now >= menu.expires {
        return None;
    }
    if words.is_empty() {
        return None;
    }
    if words == none_of_these {
        return Some(MenuChoice::NoneOfThese);
    }
    if let Some(place) = menu.options.iter().position(|option| option.words == words) {
        return Some(MenuChoice::Option(place));
    }
    // A single digit: `2026` or `3号楼` is a message, not a choice.
    let number = match words.as_bytes() {
        [digit @ b'1'..=b'9'] => usize::from(digit - b'0'),
        _ => return None,
    };
    match number.cmp(&(menu.options.len() + 1)) {
        std::cmp::Ordering::Less => Some(MenuChoice::Option(number - 1)),
        std::cmp::Ordering::Equal => Some(MenuChoice::NoneOfThese),
        std::cmp::Ordering::Greater => None,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;
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
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn picked(text: &str) -> Option<MenuChoice> {
        read_choice(
            &menu(),
            &fold(text).bare(),
            "都不是",
            at("2026-11-23T10:10+08:00"),
        )
    }

    #[test]
    fn a_number_in_any_width_or_the_words_choose() {
        assert_eq!(picked("1"), Some(MenuChoice::Option(0)));
        assert_eq!(picked(" ２。"), Some(MenuChoice::Option(1)));
        assert_eq!(picked("居住证丢了怎么补办？"), Some(MenuChoice::Option(1)));
        assert_eq!(picked("3"), Some(MenuChoice::NoneOfThese));
        assert_eq!(picked("都不是"), Some(MenuChoice::NoneOfThese));
    }

    #[test]
    fn anything_else_is_a_new_message() {
        for text in ["4", "0", "12", "1号楼停水了", "居住证", "?"] {
            assert_eq!(picked(text), None, "{text}");
        }
    }

    #[test]
    fn an_expired_menu_chooses_nothing() {
        assert_eq!(
            read_choice(&menu(), "1", "都不是", at("2026-11-23T10:30+08:00")),
            None
        );
    }
}
