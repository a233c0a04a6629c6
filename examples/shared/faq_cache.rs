//! The folder that keeps what an engine learns from the FAQ, for the next program.

use std::path::PathBuf;

use civic_reply::engine::EngineBuilder;

/// The variable that names the folder. Without it, each program learns the FAQ anew.
const VARIABLE: &str = "CIVIC_REPLY_FAQ_CACHE";

/// The folder, if the variable names one.
pub(crate) fn folder() -> Option<PathBuf> {
    std::env::var_os(VARIABLE).map(PathBuf::from)
}

/// The builder with that folder.
#[allow(dead_code, reason = "some programs pass the folder on")]
pub(crate) fn cached(builder: EngineBuilder) -> EngineBuilder {
    match folder() {
        Some(folder) => builder.faq_cache(folder),
        None => builder,
    }
}
