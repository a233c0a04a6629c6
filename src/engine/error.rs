//! Errors of the engine.

use thiserror::Error;

use super::dropped_in_use::DroppedInUse;
use crate::faq::FaqError;
use crate::keyword::KeywordError;
use crate::message::{EntryId, MAX_ID_BYTES, RulebookVersion};
use crate::rulebook::Diagnostics;
use crate::store::{Conflict, MaybeConflict, StoreError};

/// Why a rulebook did not come into force. An earlier rulebook stays in force.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The keyword rules could not be compiled.
    #[error(transparent)]
    Keyword(#[from] KeywordError),
    /// The FAQ could not be indexed.
    #[error(transparent)]
    Faq(#[from] FaqError),
    /// The rulebook breaks its own examples or counterexamples.
    #[error("the rulebook breaks its own examples:\n{}", .0.errors())]
    Examples(Diagnostics),
    /// The rulebook drops something that open cases need.
    #[error(
        "the rulebook drops what open cases need: {}; keep it, or say with `reload_moving` where the cases go",
        named(.0)
    )]
    OpenCases(Vec<DroppedInUse>),
    /// The store could not be read or written. Cases that were moved by then stay moved, and another call
    /// continues. If only cases that were opened during the reload are left, the new rulebook is in force.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn named(dropped: &[DroppedInUse]) -> String {
    let named: Vec<String> = dropped.iter().map(ToString::to_string).collect();
    named.join(", ")
}

/// No rulebook of the requested version is kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no rulebook of version `{version}` is kept; those kept: {}", listed(kept))]
#[non_exhaustive]
pub struct UnknownVersion {
    /// The requested version.
    pub version: RulebookVersion,
    /// The versions that are kept, the one in force first.
    pub kept: Vec<RulebookVersion>,
}

fn listed(versions: &[RulebookVersion]) -> String {
    let versions: Vec<String> = versions.iter().map(|version| format!("`{version}`")).collect();
    versions.join(", ")
}

/// Why a call failed. Nothing was recorded: the channel may deliver the message again.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// An identifier of the message is empty or too long.
    #[error(transparent)]
    Invalid(#[from] InvalidMessage),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The conditions of the rules could not be compiled for an explanation.
    #[error("no explanation can be given: {0}")]
    Explain(#[from] KeywordError),
    /// The feedback cannot be used.
    #[error(transparent)]
    Feedback(#[from] InvalidFeedback),
    /// Every attempt to commit conflicted with another message or command.
    #[error("the message conflicted with others {attempts} times in a row; deliver it again")]
    Busy {
        /// The number of attempts.
        attempts: usize,
    },
}

impl MaybeConflict for Error {
    fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Store(error) => error.conflict(),
            _ => None,
        }
    }
}

/// Why feedback was refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidFeedback {
    /// The question is blank.
    #[error("the feedback has no readable question; give the citizen's words")]
    NoText,
    /// The rulebook in force has no such entry.
    #[error("the rulebook has no FAQ entry `{0}`; name an existing one")]
    UnknownEntry(EntryId),
}

/// Why a message's identifiers were refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum InvalidMessage {
    /// An identifier is empty, so that two messages could not be distinguished.
    #[error("the message's {what} is empty; give the channel's own")]
    EmptyId {
        /// The identifier: `account`, `sender` or `id`.
        what: &'static str,
    },
    /// An identifier is too long.
    #[error("the message's {what} has {bytes} bytes, more than {MAX_ID_BYTES}")]
    LongId {
        /// The identifier: `account`, `sender` or `id`.
        what: &'static str,
        /// Its length in bytes.
        bytes: usize,
    },
}
