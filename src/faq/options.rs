//! Options for building the index.

use std::path::PathBuf;

/// Options for building the index. The default keeps nothing on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FaqOptions {
    /// A folder for the index, so that the next start and a reload need not make it again. Without one
    /// nothing is written.
    ///
    /// It is created where it is missing, and several processes may share it. Files are named by their
    /// content and never changed; only their owner can read them. The folder keeps the banks in use and
    /// the eight that were used last, each as a tantivy segment and a model: about 30 MB for 15,000
    /// phrasings of 150 entries. A damaged or missing file is made again, with a warning in the log.
    pub cache_dir: Option<PathBuf>,
}
