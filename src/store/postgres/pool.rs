//! The connections to the server, and the thread that drives them.

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

/// The time after the server's own limit until the store gives a pipeline up.
const GRACE: Duration = Duration::from_secs(2);

/// The pool of connections and its thread. Callers may wait on any thread, including an async host's.
pub(super) struct ConnectionPool {
    runtime: Option<Runtime>,
    pool: Pool,
    connect_timeout: Duration,
    patience: Duration,
}

impl ConnectionPool {
    /// A pool that opens connections on demand.
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

    /// A session, which takes a connection for its first pipeline.
    pub(super) fn session(&self) -> Session<'_> {
        self.session_with(self.patience)
    }

    /// A session with this limit for each statement.
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

    /// Sends a read-only pipeline that ends its transaction. Retries it once on another connection if the
    /// first is lost.
    pub(super) fn read(&self, pipeline: impl Fn() -> Pipeline) -> Result<Vec<Vec<Row>>, ServerError> {
        match self.session().send(pipeline()) {
            Err(ServerError::Lost(_)) => self.session().send(pipeline()),
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
        f.debug_struct("ConnectionPool")
            .field("connections", &status.size)
            .field("most", &status.max_size)
            .finish_non_exhaustive()
    }
}

/// One caller's transaction, of one pipeline or more.
pub(super) struct Session<'a> {
    pool: &'a ConnectionPool,
    patience: Duration,
    client: Option<Client>,
    /// Whether a transaction is open.
    open: bool,
}

impl Session<'_> {
    /// Sends a pipeline and waits for the rows of its statements.
    pub(super) fn send(&mut self, pipeline: Pipeline) -> Result<Vec<Vec<Row>>, ServerError> {
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
            // The caller may be gone.
            let _ = answer.send(result);
        });
        let (client, result) = answered.recv().map_err(|_| ServerError::Stopped)?;
        self.client = client;
        // If the end of the transaction fails, the server rolls it back.
        self.open = !ends;
        if result.as_ref().is_err_and(ServerError::ends_connection) {
            self.discard();
        }
        result
    }

    fn discard(&mut self) {
        if let Some(client) = self.client.take() {
            // Outside the pool the connection is closed, and the server rolls its transaction back.
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
