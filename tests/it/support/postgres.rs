//! A PostgreSQL server to test on, with a schema for each test.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};

use civic_reply::PostgresStore;
use civic_reply::store::PostgresOptions;
use tokio_postgres::NoTls;
use uuid::Uuid;

/// The connection string in an environment variable. Without it the test can't run, and prints that past
/// the output capture of the test harness.
pub(crate) fn server(variable: &str) -> Option<String> {
    let found = std::env::var(variable).ok();
    if found.is_none() {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        let mut stderr = std::io::stderr();
        writeln!(
            stderr,
            "NOT RUN: {test}: {variable} is not set; run it through .ci/postgres"
        )
        .unwrap();
    }
    found
}

/// A schema for one test, dropped at its end.
pub(crate) struct Schema {
    pub(crate) url: String,
    pub(crate) name: String,
}

impl Schema {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            name: format!("test_{}", Uuid::new_v4().simple()),
        }
    }

    /// Options with this schema and few connections, because many tests run at once.
    pub(crate) fn options(&self) -> PostgresOptions {
        PostgresOptions {
            schema: self.name.clone(),
            connections: 4,
            ..PostgresOptions::default()
        }
    }

    pub(crate) fn store(&self) -> PostgresStore {
        PostgresStore::connect_with(&self.url, self.options()).unwrap()
    }

    /// Runs SQL on a separate connection; `@` stands for the schema. Returns the rows of the last statement
    /// as text.
    pub(crate) fn sql(&self, sql: &str) -> Vec<Vec<String>> {
        Outsider::new(self).sql(sql)
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let gone = Outsider::connect(self).map(|mut outsider| {
            outsider.try_sql("DROP SCHEMA IF EXISTS @ CASCADE").ok();
        });
        // If a failed test left the server stopped, there is nothing to drop.
        drop(gone);
    }
}

/// A connection beside the store's.
pub(crate) struct Outsider {
    runtime: tokio::runtime::Runtime,
    client: tokio_postgres::Client,
    schema: String,
}

impl Outsider {
    pub(crate) fn new(schema: &Schema) -> Self {
        Self::connect(schema).unwrap()
    }

    fn connect(schema: &Schema) -> Result<Self, tokio_postgres::Error> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let client = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&schema.url, NoTls).await?;
            tokio::spawn(connection);
            Ok(client)
        })?;
        Ok(Self {
            runtime,
            client,
            schema: schema.name.clone(),
        })
    }

    pub(crate) fn sql(&mut self, sql: &str) -> Vec<Vec<String>> {
        self.try_sql(sql).unwrap()
    }

    pub(crate) fn try_sql(&mut self, sql: &str) -> Result<Vec<Vec<String>>, tokio_postgres::Error> {
        let sql = sql.replace('@', &self.schema);
        let messages = self.runtime.block_on(self.client.simple_query(&sql))?;
        let rows = messages.iter().filter_map(|message| match message {
            tokio_postgres::SimpleQueryMessage::Row(row) => Some(
                (0..row.len())
                    .map(|column| row.get(column).unwrap_or("NULL").to_owned())
                    .collect(),
            ),
            _ => None,
        });
        Ok(rows.collect())
    }
}

/// A number that no other test of this process has.
pub(crate) fn unique() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
