//! Retries work after a commit conflict.

use super::{Conflict, StoreError};

/// Errors that may wrap a conflict at the store.
pub(crate) trait MaybeConflict {
    /// The conflict, if the error is one.
    fn conflict(&self) -> Option<&Conflict>;
}

impl MaybeConflict for StoreError {
    fn conflict(&self) -> Option<&Conflict> {
        match self {
            Self::Conflict(conflict) => Some(conflict),
            _ => None,
        }
    }
}

/// Runs `work` until it ends in anything but a conflict, at most `attempts` times. If the last attempt
/// conflicts too, its conflict is the error.
///
/// `work` must read its data again on each attempt. It receives the conflict of the attempt before, or `None`
/// on the first.
pub(crate) fn retry_on_conflict<T, E: MaybeConflict>(
    attempts: usize,
    mut work: impl FnMut(Option<&Conflict>) -> Result<T, E>,
) -> Result<T, E> {
    let mut result = work(None);
    for _ in 1..attempts {
        let Err(error) = &result else { break };
        let Some(conflict) = error.conflict() else { break };
        result = work(Some(conflict));
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(times: usize) -> (usize, Result<(), StoreError>) {
        let mut runs = 0;
        let result = retry_on_conflict(3, |last| {
            assert_eq!(last.is_some(), runs > 0);
            runs += 1;
            match runs > times {
                true => Ok(()),
                false => Err(Conflict::Handled.into()),
            }
        });
        (runs, result)
    }

    #[test]
    fn a_conflict_is_retried_until_the_attempts_are_used_up() {
        assert!(matches!(lost(0), (1, Ok(()))));
        assert!(matches!(lost(2), (3, Ok(()))));
        assert!(matches!(
            lost(9),
            (3, Err(StoreError::Conflict(Conflict::Handled)))
        ));
    }

    #[test]
    fn another_error_ends_the_attempts() {
        let mut runs = 0;
        let result: Result<(), _> = retry_on_conflict(3, |_| {
            runs += 1;
            Err(StoreError::Refused("no".into()))
        });
        assert!(matches!((runs, result), (1, Err(StoreError::Refused(_)))));
    }
}
