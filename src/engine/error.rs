//! What can go wrong in the engine.

use thiserror::Error;

use crate::faq::FaqError;
use crate::keyword::KeywordError;
use crate::message::{EntryId, MAX_ID_BYTES, RulebookVersion};
use crate::rulebook::Diagnostics;
use crate::store::StoreError;

/// Why a rulebook could not be put in force. Where one served before, it still does.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The keyword rules could not be compiled.
    #[error(transparent)]
    Keyword(#[from] KeywordError),
    /// The FAQ could not be indexed.
    #[error(transparent)]
    Faq(#[from] FaqError),
    /// The rulebook does not do what its own examples and counterexamples say.
    #[error("the rulebook does not hold its own examples:\n{}", .0.errors())]
    Examples(Diagnostics),
}

/// A rulebook that is not kept was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no rulebook of version `{version}` is kept; those kept: {}", listed(kept))]
pub struct UnknownVersion {
    /// The version that was asked for.
    pub version: RulebookVersion,
    /// The versions that are kept, the one in force first.
    pub kept: Vec<RulebookVersion>,
}

fn listed(versions: &[RulebookVersion]) -> String {
    let versions: Vec<String> = versions.iter().map(|version| format!("`{version}`")).collect();
    versions.join(", ")
}

/// Why a message was not handled. Nothing was recorded: the channel may deliver it again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The message can't be taken as it is.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The conditions of the rules could not be compiled one by one, for an explanation.
    #[error("no explanation can be given: {0}")]
    Explain(#[from] KeywordError),
    /// Feedback says nothing that could be learnt from.
    #[error(transparent)]
    Feedback(#[from] InvalidFeedback),
    /// Other messages of the same citizen kept coming in between.
    #[error("the message collided with others {attempts} times in a row; deliver it again")]
    Busy {
        /// How often it was tried.
        attempts: usize,
    },
}

/// What is wrong with feedback.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidFeedback {
    /// It does not say about which words.
    #[error("the feedback holds no readable question; give the citizen's words")]
    NoText,
    /// The rulebook in force has no such entry.
    #[error("the rulebook has no FAQ entry `{0}`; name one that it has")]
    UnknownEntry(EntryId),
}

/// What is wrong with a message's identity.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// An identifier is empty: two messages could not be told apart.
    #[error("the message's {what} is empty; give the channel's own")]
    EmptyId {
        /// Which one.
        what: &'static str,
    },
    /// An identifier is too long.
    #[error("the message's {what} has {bytes} bytes, more than {MAX_ID_BYTES}")]
    LongId {
        /// Which one.
        what: &'static str,
        /// Its bytes.
        bytes: usize,
    },
}
