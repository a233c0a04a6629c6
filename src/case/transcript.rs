//! The transcript: the exchange with the citizen after a case was opened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// One entry of the conversation about a case, after the message that opened it and before the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
#[non_exhaustive]
pub enum TranscriptEntry {
    /// A question of an agent, or the answer that was given before the case was reopened. The journal has the
    /// agent and the time.
    #[serde(rename = "office")]
    ByOffice {
        /// The text.
        text: String,
    },
    /// A message of the citizen.
    #[serde(rename = "citizen")]
    ByCitizen {
        /// The text.
        text: String,
        /// The time of writing.
        at: Timestamp,
    },
}
