//! A FAQ entry.

use jiff::civil::Date;
use serde::Serialize;

use super::{Location, Validity};
use crate::message::{AccountId, EntryId, ThemeId};
use crate::reply::Link;

/// A FAQ entry (`[[faq]]`): a question, other ways to ask it, and its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FaqEntry {
    /// Its id.
    pub id: EntryId,
    /// The theme that it belongs to.
    pub theme: ThemeId,
    /// The accounts that it serves; empty for all.
    pub accounts: Vec<AccountId>,
    /// The question, as a menu shows it.
    pub question: String,
    /// Other ways to ask it.
    pub phrasings: Vec<String>,
    /// The answer. It is text, not a template.
    pub answer: String,
    /// Links that go with it.
    pub links: Vec<Link>,
    /// The document on which the answer is based.
    pub source: Option<String>,
    /// When the answer was last checked.
    pub checked: Option<Date>,
    /// When it is in force.
    pub valid: Validity,
    /// Messages that it must win.
    pub examples: Vec<String>,
    /// Messages that it must not answer.
    pub counterexamples: Vec<String>,
    /// Its place in the rulebook's files.
    #[serde(skip)]
    pub location: Location,
}

impl FaqEntry {
    /// Whether it answers messages to `account` on the day `today`.
    pub(crate) fn answers(&self, account: &AccountId, today: Date) -> bool {
        (self.accounts.is_empty() || self.accounts.contains(account)) && self.valid.holds_on(today)
    }
}
