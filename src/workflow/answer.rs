//! An agent's answer with the text that it started from.

use crate::case::AnswerOrigin;
use crate::message::CannedReplyId;

/// An answer to a citizen. A text alone is an answer that the agent wrote.
///
/// ```
/// use civic_reply::case::AnswerOrigin;
/// use civic_reply::workflow::Answer;
///
/// let own = Answer::from("A technician comes this afternoon.");
/// assert_eq!(own.origin, AnswerOrigin::Written);
///
/// let canned = Answer::from_canned_reply("repair-visit", "A technician comes on Friday.");
/// assert_eq!(canned.origin, AnswerOrigin::CannedReply { reply: "repair-visit".into() });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Answer {
    /// The text that the citizen gets.
    pub text: String,
    /// The text that the agent started from.
    pub origin: AnswerOrigin,
}

impl Answer {
    /// An answer that the agent started from another text.
    pub fn new(text: impl Into<String>, origin: AnswerOrigin) -> Self {
        let text = text.into();
        Self { text, origin }
    }

    /// An answer that the agent made from a canned reply of the rulebook.
    pub fn from_canned_reply(reply: impl Into<CannedReplyId>, text: impl Into<String>) -> Self {
        let reply = reply.into();
        Self::new(text, AnswerOrigin::CannedReply { reply })
    }
}

impl From<&str> for Answer {
    fn from(text: &str) -> Self {
        Self::new(text, AnswerOrigin::Written)
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::new(text, AnswerOrigin::Written)
    }
}

impl From<&String> for Answer {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}
