//! The location of an example's store: a file, or a schema of the PostgreSQL database that the environment
//! names.

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use civic_reply::Store;

/// The environment variable of the connection string: other users of the machine can read arguments.
pub(crate) const URL: &str = "CIVIC_REPLY_POSTGRES";

/// The environment variable of a program that accepts the commands of `pg_ctl` for that server.
pub(crate) const CONTROL: &str = "CIVIC_REPLY_POSTGRES_CONTROL";

/// The location of a store.
#[derive(Clone, Debug)]
pub(crate) enum StoreLocation {
    /// An SQLite file.
    File(PathBuf),
    /// A schema of the PostgreSQL database.
    Schema(String),
}

impl StoreLocation {
    /// Opens the store.
    pub(crate) fn open(&self) -> Result<Arc<dyn Store>, Box<dyn Error>> {
        match self {
            Self::File(path) => open_file(path),
            Self::Schema(schema) => open_schema(schema),
        }
    }

    /// The arguments that pass the location to a worker.
    pub(crate) fn arguments(&self) -> [String; 2] {
        match self {
            Self::File(path) => ["--file".into(), path.display().to_string()],
            Self::Schema(schema) => ["--schema".into(), schema.clone()],
        }
    }

    /// Removes the store.
    pub(crate) fn remove(&self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::File(path) => {
                for end in ["", "-wal", "-shm"] {
                    let mut name = path.clone().into_os_string();
                    name.push(end);
                    if PathBuf::from(&name).exists() {
                        std::fs::remove_file(name)?;
                    }
                }
                Ok(())
            }
            Self::Schema(schema) => drop_schema(schema),
        }
    }
}

#[cfg(feature = "sqlite")]
fn open_file(path: &PathBuf) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    Ok(Arc::new(civic_reply::SqliteStore::open(path)?))
}

#[cfg(not(feature = "sqlite"))]
fn open_file(_: &PathBuf) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    Err("built without the feature `sqlite`".into())
}

#[cfg(feature = "postgres")]
fn open_schema(schema: &str) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    let url = std::env::var(URL).map_err(|_| format!("set {URL} to a connection string"))?;
    let options = civic_reply::store::PostgresOptions {
        schema: schema.to_owned(),
        ..Default::default()
    };
    Ok(Arc::new(civic_reply::PostgresStore::connect_with(&url, options)?))
}

#[cfg(feature = "postgres")]
fn drop_schema(schema: &str) -> Result<(), Box<dyn Error>> {
    let url = std::env::var(URL)?;
    let runtime = tokio::runtime::Runtime::new()?;
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, tokio_postgres::NoTls).await?;
        tokio::spawn(connection);
        client
            .batch_execute(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE"))
            .await?;
        Ok(())
    })
}

#[cfg(not(feature = "postgres"))]
fn open_schema(_: &str) -> Result<Arc<dyn Store>, Box<dyn Error>> {
    Err("built without the feature `postgres`".into())
}

#[cfg(not(feature = "postgres"))]
fn drop_schema(_: &str) -> Result<(), Box<dyn Error>> {
    Ok(())
}
