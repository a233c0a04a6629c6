//! Loading: from files to a rulebook, or to everything that is wrong with them.

mod assemble;
mod folder;
mod sources;

use std::path::Path;
use std::sync::Arc;

pub(super) use sources::{Source, Sources};

use super::decode::{self, Decoded};
use super::diagnostic::{Code, Diagnostic, Diagnostics, Problems, RulebookErrors};
use super::shapes::Rulebook;
use crate::catalogue::wording;

/// The most TOML files of a rulebook.
pub const MAX_FILES: usize = 10_000;

/// The largest file, in bytes.
pub const MAX_FILE_BYTES: u64 = 16 << 20;

/// The most bytes of all files together.
pub const MAX_BYTES: u64 = 64 << 20;

/// The most entries of the folder and the folders below it, of any kind.
const MAX_ENTRIES: usize = 100_000;

impl Rulebook {
    /// Loads every `*.toml` file below the folder `path`; the ending may be in capitals.
    ///
    /// Each file may hold any of a rulebook's tables. Links are followed; names that start with a dot are
    /// left out. A byte order mark is skipped, with a warning.
    ///
    /// # Errors
    ///
    /// All problems of all files at once. A folder that is missing, unreadable or without a TOML file is an
    /// error, never an empty rulebook. So is an empty folder below it, because it may be a mount point
    /// without its mount.
    ///
    /// Also an error, with the limit in its text: more than [`MAX_FILES`] files, a file over
    /// [`MAX_FILE_BYTES`], files of more than [`MAX_BYTES`] together, more than
    /// [`MAX_KEYWORDS`](super::MAX_KEYWORDS) keywords, and patterns over their
    /// [size](super::MAX_PATTERN_BYTES) or their [budget](super::MAX_PATTERNS_BYTES).
    pub fn from_dir(path: impl AsRef<Path>) -> Result<Self, RulebookErrors> {
        let mut problems = Problems::default();
        let files = folder::read(path.as_ref(), &mut problems);
        if files.is_empty() && !problems.has_errors() {
            let wording = wording!("folder-without-files", folder = path.as_ref().display());
            problems.push(Diagnostic::error(Code::NoFiles, wording));
        }
        load(files, problems)
    }

    /// Loads files that the caller holds: their names, and their texts.
    ///
    /// # Errors
    ///
    /// As [`Rulebook::from_dir`].
    pub fn from_files<N, T>(files: impl IntoIterator<Item = (N, T)>) -> Result<Self, RulebookErrors>
    where
        N: Into<String>,
        T: Into<String>,
    {
        let mut problems = Problems::default();
        let mut files: Vec<(String, Vec<u8>)> = files
            .into_iter()
            .map(|(name, text)| (name.into(), text.into().into_bytes()))
            .collect();
        files.sort();
        if files.is_empty() {
            problems.push(Diagnostic::error(
                Code::NoFiles,
                wording!("rulebook-without-files"),
            ));
        }
        load(files, problems)
    }
}

fn load(files: Vec<(String, Vec<u8>)>, mut problems: Problems) -> Result<Rulebook, RulebookErrors> {
    let mut decoded = Decoded::default();
    let mut sources = Sources::new();
    for (name, bytes) in files {
        let Some(source) = source(&name, bytes, &mut decoded, &mut problems) else {
            continue;
        };
        decode::file(&source, &mut decoded, &mut problems);
        if sources.insert(source.name().clone(), source).is_some() {
            problems.push(
                Diagnostic::error(Code::RepeatedFile, wording!("file-named-twice", file = name))
                    .at(folder::whole_file(&name)),
            );
        }
    }
    let sources = Arc::new(sources);
    match assemble::assemble(decoded, problems, &sources) {
        Ok(rulebook) => Ok(rulebook),
        Err(problems) => {
            let (list, omitted) = problems.finish();
            Err(RulebookErrors {
                diagnostics: Diagnostics::new(list, omitted, sources),
            })
        }
    }
}

/// A file's text, if it is one.
fn source(name: &str, bytes: Vec<u8>, decoded: &mut Decoded, problems: &mut Problems) -> Option<Source> {
    if bytes.len() as u64 > MAX_FILE_BYTES {
        problems.push(
            Diagnostic::error(
                Code::OverLimit,
                wording!("file-too-large", file = name, limit = MAX_FILE_BYTES),
            )
            .at(folder::whole_file(name)),
        );
        return None;
    }
    let bytes = match bytes.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => {
            problems.push(
                Diagnostic::warning(Code::ByteOrderMark, wording!("byte-order-mark", file = name))
                    .at(folder::whole_file(name)),
            );
            rest.to_vec()
        }
        None => bytes,
    };
    match String::from_utf8(bytes) {
        Ok(text) => Some(Source::new(Arc::from(name), text)),
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let source = Source::new(
                Arc::from(name),
                String::from_utf8_lossy(error.as_bytes()).into_owned(),
            );
            problems.push(
                Diagnostic::error(Code::NotUtf8, wording!("not-utf8", file = name, byte = at))
                    .at(source.location(at..at)),
            );
            decode::note_unreadable(source.text(), decoded);
            None
        }
    }
}
