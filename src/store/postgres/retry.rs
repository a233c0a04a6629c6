//! Retries transactions that collided with others.

use std::thread;
use std::time::Duration;

use uuid::Uuid;

use super::error::ServerError;
use crate::store::StoreError;

/// How often a transaction is attempted.
const ATTEMPTS: u32 = 6;

/// Why a transaction failed.
pub(super) enum TransactionError {
    /// The server or the connection failed.
    Server(ServerError),
    /// The store refuses it: another attempt would not help.
    Store(StoreError),
}

impl From<ServerError> for TransactionError {
    fn from(failure: ServerError) -> Self {
        Self::Server(failure)
    }
}

impl From<StoreError> for TransactionError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Runs a transaction, and restarts it after a deadlock or a serialisation failure.
pub(super) fn with_retries<T>(
    action: &'static str,
    work: impl Fn() -> Result<T, TransactionError>,
) -> Result<T, StoreError> {
    let mut attempt = 1;
    loop {
        match work() {
            Ok(done) => return Ok(done),
            Err(TransactionError::Store(error)) => return Err(error),
            Err(TransactionError::Server(failure)) if failure.is_collision() && attempt < ATTEMPTS => {
                tracing::debug!(action, attempt, %failure, "a transaction collided and is retried");
                thread::sleep(pause(attempt));
                attempt += 1;
            }
            Err(TransactionError::Server(failure)) => return Err(failure.at(action)),
        }
    }
}

/// 2 to 4 ms, doubled with each attempt. It is random, so that two colliding transactions do not collide
/// again.
fn pause(attempt: u32) -> Duration {
    let random = u64::try_from(Uuid::new_v4().as_u128() % 1_000).unwrap_or(0);
    Duration::from_micros((1_000 + random) << attempt.min(8))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use std::cell::Cell;

    use tokio_postgres::error::SqlState;

    use super::*;

    fn server(code: SqlState) -> TransactionError {
        TransactionError::Server(ServerError::Server {
            statement: Some(0),
            code,
            message: "no".into(),
        })
    }

    #[test]
    fn a_collision_is_tried_again_and_not_for_ever() {
        for code in [
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ] {
            let tried = Cell::new(0);
            let work = |good: u32| {
                tried.set(tried.get() + 1);
                if tried.get() < good {
                    Err(server(code.clone()))
                } else {
                    Ok(tried.get())
                }
            };
            assert_eq!(with_retries("work", || work(3)).unwrap(), 3);
            tried.set(0);
            let error = with_retries("work", || work(100)).unwrap_err();
            assert_eq!(tried.get(), ATTEMPTS);
            let said = format!("the store failed at `work`: no ({})", code.code());
            assert_eq!(error.to_string(), said);
        }
    }

    #[test]
    fn nothing_else_is_tried_again() {
        for failure in [
            || server(SqlState::QUERY_CANCELED),
            || server(SqlState::LOCK_NOT_AVAILABLE),
            || TransactionError::Server(ServerError::Lost("gone".into())),
            || TransactionError::Store(StoreError::Refused("no".into())),
        ] {
            let tried = Cell::new(0);
            let result: Result<(), _> = with_retries("work", || {
                tried.set(tried.get() + 1);
                Err(failure())
            });
            assert!(result.is_err());
            assert_eq!(tried.get(), 1);
        }
    }
}
