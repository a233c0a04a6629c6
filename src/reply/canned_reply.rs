//! A text that agents answer with.

use jiff::civil::Date;
use serde::Serialize;

use super::Validity;
use crate::message::{CannedReplyId, ThemeId};

/// The slots of a canned reply that the desk fills from the case.
pub(crate) const CASE_SLOTS: [&str; 4] = ["case", "department", "due", "sender_name"];

/// A canned reply (`[[canned_reply]]`): a text prepared for agents, who choose it, change it and send it. The
/// engine never sends one by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CannedReply {
    /// Its id.
    pub id: CannedReplyId,
    /// The theme that it is written for; `None` for every theme.
    pub theme: Option<ThemeId>,
    /// The name that agents choose it by.
    pub title: String,
    /// The text, a template. The desk fills `{case}`, `{department}`, `{due}` and `{sender_name}`, and the agent
    /// fills [`slots`](Self::slots).
    pub text: String,
    /// The slots that the agent fills, in the order in which the operator listed them.
    pub slots: Vec<String>,
    /// Words that agents find it by, besides those of the title and the text.
    pub words: Vec<String>,
    /// The document on which the text is based.
    pub source: Option<String>,
    /// When the text was last checked.
    pub checked: Option<Date>,
    /// When it is in force. Outside of this period it is not offered.
    pub valid: Validity,
}

impl CannedReply {
    /// A canned reply for every theme, in force without limit.
    pub fn new(id: impl Into<CannedReplyId>, title: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            theme: None,
            title: title.into(),
            text: text.into(),
            slots: Vec::new(),
            words: Vec::new(),
            source: None,
            checked: None,
            valid: Validity::default(),
        }
    }
}
