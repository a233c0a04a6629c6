//! Diagnostics of a rulebook: as data, and as text for a terminal.

mod code;
mod collector;
mod render;
mod visible;

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

pub use code::Code;
pub(super) use collector::Problems;
pub(super) use visible::{alters_display, is_hidden, visible};

use super::load::Sources;
use super::shapes::Location;
use crate::catalogue::Wording;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Severity {
    /// The rulebook is refused.
    Error,
    /// The rulebook serves, but an operator should look.
    Warning,
    /// It could be better.
    Info,
}

/// One finding.
///
/// Its texts may quote the rulebook's files verbatim. Escape control characters before printing them, as
/// [`Diagnostics`] does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// The kind of finding.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// The problem, in a sentence without its full stop.
    pub message: String,
    /// The place; `None` for the rulebook as a whole.
    pub location: Option<Location>,
    /// The text beside the marked place.
    pub label: Option<String>,
    /// Advice on how to solve it.
    pub help: Option<String>,
    /// Related places, each with a text that explains the relation.
    pub related: Vec<(Location, String)>,
}

impl Diagnostic {
    fn new(severity: Severity, code: Code, wording: Wording) -> Self {
        Self {
            code,
            severity,
            message: wording.message,
            location: None,
            label: wording.label,
            help: wording.help,
            related: Vec::new(),
        }
    }

    pub(crate) fn error(code: Code, wording: Wording) -> Self {
        Self::new(Severity::Error, code, wording)
    }

    pub(crate) fn warning(code: Code, wording: Wording) -> Self {
        Self::new(Severity::Warning, code, wording)
    }

    pub(super) fn info(code: Code, wording: Wording) -> Self {
        Self::new(Severity::Info, code, wording)
    }

    pub(crate) fn at(mut self, location: Location) -> Self {
        self.location = Some(location);
        self
    }

    pub(crate) fn related(mut self, location: Location, text: impl Into<String>) -> Self {
        self.related.push((location, text.into()));
        self
    }
}

/// Findings in the order of files and lines, with the texts that they mark.
///
/// [`Display`](fmt::Display) renders them as cargo does, without colours; [`styled`](Self::styled) with. At
/// most [`Diagnostics::MAX`] findings of each severity are kept; the rest is counted.
#[derive(Clone, Debug, Default)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
    omitted: usize,
    sources: Arc<Sources>,
}

impl Diagnostics {
    /// How many findings of one severity are kept.
    pub const MAX: usize = 1_000;

    pub(super) fn new(mut list: Vec<Diagnostic>, omitted: usize, sources: Arc<Sources>) -> Self {
        // Findings without a place concern the whole rulebook and come first.
        list.sort_by(|a, b| {
            let key = |finding: &Diagnostic| {
                finding
                    .location
                    .as_ref()
                    .map(|place| (place.file.clone(), place.span.start, place.span.end))
            };
            key(a).cmp(&key(b)).then(a.code.cmp(&b.code))
        });
        Self {
            list,
            omitted,
            sources,
        }
    }

    /// The findings.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many were found and not kept.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// Whether one of them refuses the rulebook.
    pub fn has_errors(&self) -> bool {
        self.list
            .iter()
            .any(|finding| finding.severity == Severity::Error)
    }

    /// Only the errors; the warnings count as [omitted](Self::omitted).
    #[must_use]
    pub fn errors(&self) -> Self {
        let mut list = self.list.clone();
        list.retain(|finding| finding.severity == Severity::Error);
        Self {
            omitted: self.omitted + self.list.len() - list.len(),
            list,
            sources: self.sources.clone(),
        }
    }

    /// The findings rendered with colours for a terminal.
    pub fn styled(&self) -> String {
        render::report(&self.list, self.omitted, &self.sources, true)
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&render::report(&self.list, self.omitted, &self.sources, false))
    }
}

/// Why a rulebook was refused: every problem of every file at once, warnings among them.
///
/// ```
/// use civic_reply::Rulebook;
///
/// let errors = Rulebook::from_files([("rules.toml", "[[rules]]\n")]).unwrap_err();
/// let found = errors.diagnostics.iter().find(|found| found.code.name() == "unknown-table");
/// let found = found.ok_or("the table is not known")?;
/// let place = found.location.as_ref().ok_or("it has a place")?;
/// assert_eq!(place.to_string(), "rules.toml:1:3");
/// assert_eq!(found.help.as_deref(), Some("did you mean `rule`?"));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RulebookErrors {
    /// The findings; at least one is an error.
    pub diagnostics: Diagnostics,
}

impl fmt::Display for RulebookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.diagnostics, f)
    }
}

impl std::error::Error for RulebookErrors {}
