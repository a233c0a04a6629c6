//! Menus: the questions that a reply offers to choose from.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{EntryId, ThemeId};

/// The most options of a menu: 8. One digit numbers them and "none of these" after them.
pub const MAX_MENU_OPTIONS: usize = 8;

/// A menu that the citizen can choose from.
///
/// A first choice counts until the question lapses, also after the menu has expired: the citizen still sees
/// the menu. A further choice counts until the menu expires.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Menu {
    /// The options in the order shown, numbered from 1. "None of these" has the next number.
    pub options: Vec<MenuOption>,
    /// The end of the time for further choices, and for messages that go on with the question.
    pub expires: Timestamp,
    /// The question that led to the menu. A case that is opened instead of a choice holds it.
    pub asked: String,
    /// When the question was written. The deadlines of a case that is opened for it count from here.
    pub asked_at: Timestamp,
    /// When the menu was sent. Menus stored before this field existed have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shown_at: Option<Timestamp>,
    /// The theme of the question, if one was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub theme: Option<ThemeId>,
    /// The places of the options that were chosen, from 0, the latest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub chosen: Vec<usize>,
}

/// One choice of a menu.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MenuOption {
    /// The FAQ entry that it stands for.
    pub entry: EntryId,
    /// The words shown.
    pub label: String,
    /// The label folded to letters and digits: typing it chooses the option.
    pub words: String,
}
