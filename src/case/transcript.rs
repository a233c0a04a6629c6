//! The exchange with the citizen before and after a case was opened.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::reply::{Action, DecidedBy};

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
        /// The writer's index in [`Case::recipients`](super::Case::recipients): 0 for the citizen who opened
        /// the case.
        #[serde(default, skip_serializing_if = "super::event::is_first")]
        from: usize,
    },
}

/// The most entries of the transcript that a case keeps: 20, the latest. Every message that changes a case rewrites
/// it whole, so a case has a size; the journal has every message in full.
pub const MAX_TRANSCRIPT: usize = 20;

/// How many of the latest entries are kept in full: 3.
pub const FULL_ENTRIES: usize = 3;

/// The characters that are kept of an older entry: 1,000.
pub const ENTRY_CHARS: usize = 1_000;

/// The mark at the end of a text that was shortened.
const CUT: &str = "…";

/// Shortens what a case keeps of its transcript. Gives the number of entries that were dropped.
///
/// Whether an entry stays depends on its place alone, not on its text, so that the same entries stay when the
/// journal is replayed after an erasure.
pub(super) fn bound(transcript: &mut Vec<TranscriptEntry>) -> u32 {
    let excess = transcript.len().saturating_sub(MAX_TRANSCRIPT);
    transcript.drain(..excess);
    let older = transcript.len().saturating_sub(FULL_ENTRIES);
    // The entries before were shortened when they became older.
    for entry in transcript.iter_mut().take(older) {
        match entry {
            TranscriptEntry::ByOffice { text } | TranscriptEntry::ByCitizen { text, .. } => shorten(text),
        }
    }
    u32::try_from(excess).unwrap_or(u32::MAX)
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(ENTRY_CHARS)
        && text.get(end..) != Some(CUT)
    {
        text.truncate(end);
        text.push_str(CUT);
    }
}

/// The most earlier turns that a case keeps: 20. Together they have at most
/// [`MAX_CHARS`](crate::message::MAX_CHARS) characters. The whole conversation is in the journal.
pub const MAX_EARLIER_TURNS: usize = 20;

/// A message of the citizen since the last settled matter, and its decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierTurn {
    /// The text.
    pub text: String,
    /// The time of writing.
    pub at: Timestamp,
    /// The action on it.
    pub action: Action,
    /// The stage that decided, with the entry or rule of its answer.
    pub by: DecidedBy,
}
