//! What goes wrong between the store and its server, in words.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use super::schema;
use crate::store::StoreError;

/// Why a turn had no result.
///
/// What the server says beside its message is left out: it may repeat a row, and with it what a citizen wrote.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ServerError {
    /// The server refused a statement, and the transaction with it.
    Server {
        /// Which of the turn's statements, from 0; none for what begins and ends the transaction.
        statement: Option<usize>,
        code: SqlState,
        message: String,
    },
    /// The tables are of another version: a newer node has brought them up to date.
    Outdated,
    /// No connection could be opened.
    Connect(String),
    /// Every connection was in use.
    Busy(Duration),
    /// The server did not answer in time.
    NoAnswer(Duration),
    /// The connection ended before the answer.
    Lost(String),
    /// The thread that talks to the server is gone.
    Stopped,
}

impl ServerError {
    /// Sorts what came instead of an answer to a turn.
    pub(super) fn of(error: &tokio_postgres::Error, statement: Option<usize>) -> Self {
        match error.as_db_error() {
            // The one fence that a transaction begins with.
            Some(db) if statement.is_none() && *db.code() == SqlState::CHECK_VIOLATION => Self::Outdated,
            Some(db) => Self::Server {
                statement,
                code: db.code().clone(),
                message: db.message().to_owned(),
            },
            None => Self::Lost(chain(error)),
        }
    }

    /// Sorts what came instead of a connection; `waited` is how long it was waited for.
    pub(super) fn of_pool(error: &PoolError, waited: Duration) -> Self {
        match error {
            PoolError::Timeout(TimeoutType::Wait) => Self::Busy(waited),
            PoolError::Timeout(_) => Self::Connect(format!("no connection within {waited:?}")),
            PoolError::Backend(error) => Self::of_connecting(error),
            PoolError::Closed | PoolError::NoRuntimeSpecified | PoolError::PostCreateHook(_) => Self::Stopped,
        }
    }

    fn of_connecting(error: &tokio_postgres::Error) -> Self {
        match error.as_db_error() {
            Some(db) => Self::Connect(format!("{} ({})", db.message(), db.code().code())),
            None => Self::Connect(chain(error)),
        }
    }

    /// Whether the server took two transactions to stand in each other's way, so that the same one may succeed when
    /// it is tried again.
    pub(super) fn is_collision(&self) -> bool {
        matches!(self, Self::Server { code, .. }
            if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
    }

    /// The statement that found something else than what was read, if that is what failed.
    pub(super) fn broken_fence(&self) -> Option<usize> {
        match self {
            Self::Server { statement, code, .. }
                if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::CHECK_VIOLATION =>
            {
                *statement
            }
            _ => None,
        }
    }

    /// Whether another connection may do better than the one that was used.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Server { code, .. } => {
                *code == SqlState::READ_ONLY_SQL_TRANSACTION || code.code().starts_with("57P")
            }
            Self::Outdated => false,
            _ => true,
        }
    }

    /// The failure as the store's, with what was being done.
    pub(super) fn at(self, action: &'static str) -> StoreError {
        StoreError::Backend {
            action,
            source: Box::new(self),
        }
    }
}

impl Error for ServerError {}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Server { code, message, .. } => write!(f, "{message} ({})", code.code()),
            Self::Outdated => write!(
                f,
                "the tables are no longer of schema {}, which this node writes: run the same civic-reply on every node",
                schema::newest()
            ),
            Self::Connect(why) => write!(f, "can't connect to the server: {why}"),
            Self::Busy(waited) => write!(f, "every connection of the store was in use for {waited:?}"),
            Self::NoAnswer(waited) => write!(f, "the server did not answer within {waited:?}"),
            Self::Lost(why) => write!(f, "the connection to the server was lost: {why}"),
            Self::Stopped => f.write_str("the store has stopped: open it again"),
        }
    }
}

/// An error with its causes, none said twice.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text = format!("{text}: {next}");
        }
        cause = error.source();
    }
    text
}
