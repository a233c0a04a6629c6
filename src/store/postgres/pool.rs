//! The way to the server: a thread that talks to it, and a pool of connections.

use std::fmt;
use std::sync::mpsc;
use std::time::Duration;

use deadpool_postgres::{Client, Manager, ManagerConfig, Pool, RecyclingMethod, Runtime as PoolRuntime};
use tokio::runtime::{Builder, Handle, Runtime};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Config, Row, Socket};

use super::PostgresOptions;
use super::error::ServerError;
use super::pipeline::Pipeline;
use crate::store::StoreError;

/// How long after the server's own limit a turn is given up.
const GRACE: Duration = Duration::from_secs(2);

/// The connections, and the thread on which they are driven: callers may wait on any thread, an async host's too.
pub(super) struct ConnectionPool {
    runtime: Option<Runtime>,
    pool: Pool,
    connect_timeout: Duration,
    patience: Duration,
}

impl ConnectionPool {
    /// A pool that opens its connections when they are needed.
    pub(super) fn new<T>(mut config: Config, options: &PostgresOptions, tls: T) -> Result<Self, StoreError>
    where
        T: MakeTlsConnect<Socket> + Clone + Sync + Send + 'static,
        T::Stream: Sync + Send,
        T::TlsConnect: Sync + Send,
        <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
    {
        let failed = |error: std::io::Error| StoreError::Backend {
            action: "start the thread that talks to the server",
            source: Box::new(error),
        };
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("civic-reply-postgres")
            .enable_all()
            .build()
            .map_err(failed)?;
        if config.get_application_name().is_none() {
            config.application_name("civic-reply");
        }
        let recycling = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let pool = Pool::builder(Manager::from_config(config, tls, recycling))
            .max_size(options.connections.max(1))
            .wait_timeout(Some(options.connect_timeout))
            .create_timeout(Some(options.connect_timeout))
            .runtime(PoolRuntime::Tokio1)
            .build()
            .map_err(|_| ServerError::Stopped.at("make the pool of connections"))?;
        Ok(Self {
            runtime: Some(runtime),
            pool,
            connect_timeout: options.connect_timeout,
            patience: options.statement_timeout.saturating_add(GRACE),
        })
    }

    /// A talk with the server, on a connection that it takes with its first turn.
    pub(super) fn session(&self) -> Session<'_> {
        self.session_with(self.patience)
    }

    /// A talk whose statements may take as long as this.
    pub(super) fn long_session(&self, statement_timeout: Duration) -> Session<'_> {
        self.session_with(statement_timeout.saturating_add(GRACE))
    }

    fn session_with(&self, patience: Duration) -> Session<'_> {
        Session {
            pool: self,
            patience,
            client: None,
            open: false,
        }
    }

    /// A turn that changes nothing and ends what it begins; once more on another connection when the first is lost.
    pub(super) fn read(&self, pipeline: impl Fn() -> Pipeline) -> Result<Vec<Vec<Row>>, ServerError> {
        match self.session().pipeline(pipeline()) {
            Err(ServerError::Lost(_)) => self.session().pipeline(pipeline()),
            answer => answer,
        }
    }

    fn handle(&self) -> Result<&Handle, ServerError> {
        self.runtime
            .as_ref()
            .map(Runtime::handle)
            .ok_or(ServerError::Stopped)
    }
}

impl Drop for ConnectionPool {
    fn drop(&mut self) {
        self.pool.close();
        // Waiting for the thread would not be allowed on a thread of an async host.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl fmt::Debug for ConnectionPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.pool.status();
        f.debug_struct("Link")
            .field("connections", &status.size)
            .field("most", &status.max_size)
            .finish_non_exhaustive()
    }
}

/// One caller's talk with the server: a transaction of one turn or more.
pub(super) struct Session<'a> {
    pool: &'a ConnectionPool,
    patience: Duration,
    client: Option<Client>,
    /// Whether a transaction was begun and not ended.
    open: bool,
}

impl Session<'_> {
    /// Sends a turn and waits for its answers.
    pub(super) fn pipeline(&mut self, pipeline: Pipeline) -> Result<Vec<Vec<Row>>, ServerError> {
        let (pool, patience, waited) = (self.pool.pool.clone(), self.patience, self.pool.connect_timeout);
        let held = self.client.take();
        let ends = pipeline.ends();
        let (answer, answered) = mpsc::sync_channel(1);
        self.pool.handle()?.spawn(async move {
            let client = match held {
                Some(client) => Ok(client),
                None => pool.get().await,
            };
            let result = match client {
                Err(error) => (None, Err(ServerError::of_pool(&error, waited))),
                Ok(client) => match tokio::time::timeout(patience, pipeline.send(&client)).await {
                    Ok(result) => (Some(client), result),
                    Err(_) => (Some(client), Err(ServerError::NoAnswer(patience))),
                },
            };
            // A caller that no longer listens has nothing to be told.
            let _ = answer.send(result);
        });
        let (client, result) = answered.recv().map_err(|_| ServerError::Stopped)?;
        self.client = client;
        // After a failed turn that was to end it, the server has undone the transaction and ended it.
        self.open = !ends;
        if result.as_ref().is_err_and(ServerError::ends_connection) {
            self.discard();
        }
        result
    }

    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            // Outside the pool it is closed, and the server undoes what was open on it.
            drop(Client::take(client));
        }
    }
}

impl Drop for Session<'_> {
    fn drop(&mut self) {
        if self.open {
            self.discard();
        }
    }
}
