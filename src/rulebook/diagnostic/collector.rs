//! Collects findings while a rulebook is read.

use super::{Diagnostic, Diagnostics, Severity};

/// The findings so far. Reading continues after an error, so that all of them are reported at once.
#[derive(Debug, Default)]
pub(in crate::rulebook) struct Problems {
    list: Vec<Diagnostic>,
    counts: [usize; 3],
}

impl Problems {
    /// Adds a finding, or only counts it if enough of its severity are kept.
    pub(in crate::rulebook) fn push(&mut self, finding: Diagnostic) {
        let count = match (finding.severity, &mut self.counts) {
            (Severity::Error, [count, _, _])
            | (Severity::Warning, [_, count, _])
            | (Severity::Info, [_, _, count]) => count,
        };
        *count += 1;
        if *count <= Diagnostics::MAX {
            self.list.push(finding);
        }
    }

    /// Whether further errors are only counted, so that their texts need not be made.
    pub(in crate::rulebook) fn is_full(&self) -> bool {
        self.counts[0] >= Diagnostics::MAX
    }

    /// Whether the rulebook is to be refused.
    pub(in crate::rulebook) fn has_errors(&self) -> bool {
        self.counts[0] > 0
    }

    /// The findings, and how many were not kept.
    pub(in crate::rulebook) fn finish(self) -> (Vec<Diagnostic>, usize) {
        let omitted = self.counts.iter().sum::<usize>() - self.list.len();
        (self.list, omitted)
    }
}
