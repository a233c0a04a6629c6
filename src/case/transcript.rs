//! What was said after a case was opened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One remark in the talk about a case, after the message that opened it and before the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TranscriptEntry {
    /// An agent asked for something; who and when, the journal says.
    #[serde(rename = "office")]
    ByOffice {
        /// The question.
        text: String,
    },
    /// The citizen added something.
    #[serde(rename = "citizen")]
    ByCitizen {
        /// The words.
        text: String,
        /// When they were written.
        at: Timestamp,
    },
}
