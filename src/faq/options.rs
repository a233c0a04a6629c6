//! How the index is built.

use std::path::PathBuf;

/// What the operator may choose about the index; the default serves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaqOptions {
    /// A folder in which what was read and learnt of a bank is kept, by the bank's hash, so that the next start need not do it
    /// again. Without one nothing is written.
    pub cache_dir: Option<PathBuf>,
}
