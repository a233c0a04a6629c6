//! A watched folder: a changed rulebook comes into force by itself.

use std::io;
use std::path::Path;

use thiserror::Error;

use crate::engine::Engine;
use crate::engine::error::BuildError;
use crate::message::RulebookVersion;
use crate::rulebook::{Rulebook, RulebookErrors, Watch};

/// Why a changed folder did not come into force. The old rulebook stays in force.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The folder could not be loaded.
    #[error(transparent)]
    Load(#[from] RulebookErrors),
    /// The rulebook was loaded and could not be compiled, or breaks its own examples.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Engine {
    /// Watches a rulebook's folder until the returned value is dropped: each change is loaded, checked and
    /// put in force. On any error the old rulebook stays in force.
    ///
    /// `report` is called after each change, on the watch's own thread, with the version in force or the
    /// error. Both are also logged. If the folder differs from the rulebook in force when the watch begins,
    /// it comes into force too. After a [rollback](Engine::rollback) the folder comes into force again only
    /// when its content changes.
    ///
    /// # Errors
    ///
    /// The folder cannot be watched: it is missing, or the system has no watches left.
    pub fn watch(
        &self,
        folder: impl AsRef<Path>,
        mut report: impl FnMut(Result<RulebookVersion, ReloadError>) + Send + 'static,
    ) -> io::Result<Watch> {
        let engine = self.clone();
        let folder = folder.as_ref();
        let shown = folder.display().to_string();
        Watch::start(folder, &self.rulebook_version(), move |loaded| {
            let outcome = engine.reload_loaded(loaded);
            match &outcome {
                Ok(version) => tracing::info!(folder = shown, %version, "a rulebook came into force"),
                Err(error) => {
                    tracing::error!(folder = shown, %error, "a rulebook was refused; the old one stays")
                }
            }
            report(outcome);
        })
    }

    fn reload_loaded(
        &self,
        loaded: Result<Rulebook, RulebookErrors>,
    ) -> Result<RulebookVersion, ReloadError> {
        let rulebook = loaded?;
        let version = rulebook.version.clone();
        self.reload(rulebook)?;
        Ok(version)
    }
}
