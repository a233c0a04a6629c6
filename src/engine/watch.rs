//! Serving what operators save: a watched folder whose rulebook comes into force by itself.

use std::io;
use std::path::Path;

use thiserror::Error;

use super::{BuildError, Engine};
use crate::message::RulebookVersion;
use crate::rulebook::{Rulebook, RulebookErrors, Watch};

/// Why a changed folder was not put in force. The old rulebook keeps serving.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReloadError {
    /// The folder could not be loaded.
    #[error(transparent)]
    Load(#[from] RulebookErrors),
    /// It was loaded, and can't serve.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Engine {
    /// Watches a rulebook's folder until the returned value is dropped: what changes is loaded, checked and put in force.
    /// On any error the old rulebook keeps serving.
    ///
    /// `report` hears of each change, on the watch's own thread: the version now in force, or why it is still the old one.
    /// Both are also logged. What the folder holds when the watch begins comes into force too, if it differs from what
    /// serves. After a [rollback](Engine::rollback) the folder comes into force again only when its content changes.
    ///
    /// # Errors
    ///
    /// The folder can't be watched: it is missing, or the system has no watches left.
    pub fn watch(
        &self,
        folder: impl AsRef<Path>,
        mut report: impl FnMut(Result<RulebookVersion, ReloadError>) + Send + 'static,
    ) -> io::Result<Watch> {
        let engine = self.clone();
        let folder = folder.as_ref();
        let shown = folder.display().to_string();
        Watch::start(folder, &self.rulebook_version(), move |loaded| {
            let outcome = engine.take(loaded);
            match &outcome {
                Ok(version) => tracing::info!(folder = shown, %version, "a rulebook came into force"),
                Err(error) => {
                    tracing::error!(folder = shown, %error, "a rulebook was refused; the old one serves")
                }
            }
            report(outcome);
        })
    }

    fn take(&self, loaded: Result<Rulebook, RulebookErrors>) -> Result<RulebookVersion, ReloadError> {
        let rulebook = loaded?;
        let version = rulebook.version.clone();
        self.reload(rulebook)?;
        Ok(version)
    }
}
