//! Errors between the store and its server.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use deadpool_postgres::{PoolError, TimeoutType};
use tokio_postgres::error::SqlState;

use super::schema;
use crate::store::StoreError;

/// Why a pipeline failed.
///
/// Only the server's message is kept: its details may repeat a row, and with it a citizen's text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ServerError {
    /// The server refused a statement, and the transaction with it.
    Server {
        /// The index of the statement in the pipeline; `None` for the beginning and the end of the
        /// transaction.
        statement: Option<usize>,
        code: SqlState,
        message: String,
    },
    /// The tables have another version: a newer node has upgraded them.
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
    /// Classifies the error of a pipeline.
    pub(super) fn of(error: &tokio_postgres::Error, statement: Option<usize>) -> Self {
        match error.as_db_error() {
            // The version check at the beginning of the transaction.
            Some(db) if statement.is_none() && *db.code() == SqlState::CHECK_VIOLATION => Self::Outdated,
            Some(db) => Self::Server {
                statement,
                code: db.code().clone(),
                message: db.message().to_owned(),
            },
            None => Self::Lost(chain(error)),
        }
    }

    /// Classifies the failure to get a connection after `waited`.
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

    /// Whether two transactions collided, so that another attempt may succeed.
    pub(super) fn is_collision(&self) -> bool {
        matches!(self, Self::Server { code, .. }
            if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
    }

    /// The index of the statement with a failed assumption, if that is the failure.
    pub(super) fn failed_assertion(&self) -> Option<usize> {
        match self {
            Self::Server { statement, code, .. }
                if *code == SqlState::UNIQUE_VIOLATION || *code == SqlState::CHECK_VIOLATION =>
            {
                *statement
            }
            _ => None,
        }
    }

    /// Whether the connection must not be used again.
    pub(super) fn ends_connection(&self) -> bool {
        match self {
            Self::Server { code, .. } => {
                *code == SqlState::READ_ONLY_SQL_TRANSACTION || code.code().starts_with("57P")
            }
            Self::Outdated => false,
            _ => true,
        }
    }

    /// The failure as the store's error, at this action.
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
                "the tables are no longer of schema {}, which this node writes: \
                 run the same civic-reply on every node",
                schema::NEWEST
            ),
            Self::Connect(why) => write!(f, "can't connect to the server: {why}"),
            Self::Busy(waited) => write!(f, "every connection of the store was in use for {waited:?}"),
            Self::NoAnswer(waited) => write!(f, "the server did not answer within {waited:?}"),
            Self::Lost(why) => write!(f, "the connection to the server was lost: {why}"),
            Self::Stopped => f.write_str("the store has stopped: open it again"),
        }
    }
}

/// An error with its causes, each once.
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
