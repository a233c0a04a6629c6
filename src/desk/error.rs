//! The errors of calls at the desk.

use thiserror::Error;

use crate::case::CaseId;
use crate::store::{Conflict, MaybeConflict, StoreError};
use crate::workflow::CommandError;

/// The error of a call at the desk. Nothing was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeskError {
    /// There is no case of this number.
    #[error("there is no case `{0}`")]
    NoSuchCase(CaseId),
    /// The rules of the workflow refuse the command.
    #[error(transparent)]
    Refused(#[from] CommandError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl MaybeConflict for DeskError {
    fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Store(error) => error.conflict(),
            _ => None,
        }
    }
}
