//! The context of decoding: the file, the findings, and the ids seen so far.

use std::ops::Range;

use super::names::{Kind, Names};
use super::pattern::PatternBudget;
use crate::catalogue::{Wording, text, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic, Problems};
use crate::rulebook::load::Source;
use crate::rulebook::shapes::Location;

/// The context in which a value is decoded.
pub(in crate::rulebook) struct Ctx<'a> {
    pub(super) source: &'a Source,
    pub(super) problems: &'a mut Problems,
    pub(super) names: &'a mut Names,
    pub(super) patterns: &'a mut PatternBudget,
    pub(super) keywords: &'a mut usize,
}

impl Ctx<'_> {
    pub(super) fn location(&self, span: Range<usize>) -> Location {
        self.source.location(span)
    }

    /// Reports an error at `span`.
    pub(super) fn error(&mut self, span: Range<usize>, code: Code, wording: Wording) {
        self.report(span, Diagnostic::error(code, wording));
    }

    /// Reports a warning at `span`.
    pub(super) fn warning(&mut self, span: Range<usize>, code: Code, wording: Wording) {
        self.report(span, Diagnostic::warning(code, wording));
    }

    fn report(&mut self, span: Range<usize>, finding: Diagnostic) {
        let location = self.location(span);
        self.problems.push(finding.at(location));
    }

    /// Records that `id` is defined at `span`; a second definition is an error.
    pub(super) fn define(&mut self, kind: Kind, id: &str, span: Range<usize>) {
        let here = self.location(span);
        if let Some(first) = self.names.define(kind, id, here.clone()) {
            self.problems.push(
                Diagnostic::error(
                    Code::DuplicateId,
                    wording!("duplicate-id", kind = kind.plural(), id = id),
                )
                .at(here)
                .related(first, text!("first-used")),
            );
        }
    }

    /// Records a reference to `id`, which is checked when all files are read.
    pub(super) fn refer(&mut self, kind: Kind, id: &str, span: Range<usize>) {
        let here = self.location(span);
        self.names.refer(kind, id, here);
    }
}
