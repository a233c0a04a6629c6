//! Trying again what the server took to collide with another transaction.

use std::thread;
use std::time::Duration;

use uuid::Uuid;

use super::error::ServerError;
use crate::store::StoreError;

/// How often a transaction is tried.
const ATTEMPTS: u32 = 6;

/// What keeps a transaction from being done.
pub(super) enum Problem {
    /// Something between the store and its server.
    Failed(ServerError),
    /// Something that another attempt would not change.
    Refused(StoreError),
}

impl From<ServerError> for Problem {
    fn from(failure: ServerError) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

/// Does the work, and again from its start after a deadlock or a serialisation failure.
pub(super) fn retried<T>(
    action: &'static str,
    work: impl Fn() -> Result<T, Problem>,
) -> Result<T, StoreError> {
    let mut attempt = 1;
    loop {
        match work() {
            Ok(done) => return Ok(done),
            Err(Problem::Refused(error)) => return Err(error),
            Err(Problem::Failed(failure)) if failure.is_collision() && attempt < ATTEMPTS => {
                tracing::debug!(action, attempt, %failure, "a transaction collided and is tried again");
                thread::sleep(pause(attempt));
                attempt += 1;
            }
            Err(Problem::Failed(failure)) => return Err(failure.at(action)),
        }
    }
}

/// 2 to 4 ms, twice as much each time: different for each caller, so that two who collided don't meet again.
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

    fn server(code: SqlState) -> Problem {
        Problem::Failed(ServerError::Server {
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
            assert_eq!(retried("work", || work(3)).unwrap(), 3);
            tried.set(0);
            let error = retried("work", || work(100)).unwrap_err();
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
            || Problem::Failed(ServerError::Lost("gone".into())),
            || Problem::Refused(StoreError::Refused("no".into())),
        ] {
            let tried = Cell::new(0);
            let result: Result<(), _> = retried("work", || {
                tried.set(tried.get() + 1);
                Err(failure())
            });
            assert!(result.is_err());
            assert_eq!(tried.get(), 1);
        }
    }
}
