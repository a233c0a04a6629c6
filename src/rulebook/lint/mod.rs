//! Lint: findings about a loaded rulebook that do not prevent its use.

mod common_words;
mod condition_words;
mod conditions;
mod never_fires;
mod never_wins;
mod phrasings;
mod urgent;
mod validity;

use jiff::civil::Date;

pub(super) use conditions::rules;
pub(super) use never_wins::never_wins;
pub(super) use phrasings::{entries, shared_phrasings};

use super::decode::TextList;
use super::diagnostic::{Diagnostic, Diagnostics, Problems};
use super::shapes::{Location, Rulebook};
use crate::message::AccountId;

impl Rulebook {
    /// The warnings and hints of the load, which do not depend on the day.
    pub fn warnings(&self) -> Diagnostics {
        Diagnostics::new(
            self.load_report.warnings.clone(),
            self.load_report.omitted,
            self.load_report.sources.clone(),
        )
    }

    /// The [warnings](Self::warnings), the findings for the day `today`: rules and entries that have expired
    /// or are not yet valid, and a calendar that ends within 60 days; and urgent policies that count working
    /// time.
    pub fn lint(&self, today: Date) -> Diagnostics {
        let mut problems = Problems::default();
        validity::check(self, today, &mut problems);
        urgent::check(self, &mut problems);
        let (mut list, omitted) = problems.finish();
        list.extend(self.load_report.warnings.iter().cloned());
        Diagnostics::new(
            list,
            omitted + self.load_report.omitted,
            self.load_report.sources.clone(),
        )
    }
}

impl Rulebook {
    /// Findings about this rulebook that were made after it was loaded, with the texts that they mark.
    pub(crate) fn diagnostics(&self, findings: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
        let mut problems = Problems::default();
        findings.into_iter().for_each(|finding| problems.push(finding));
        let (list, omitted) = problems.finish();
        Diagnostics::new(list, omitted, self.load_report.sources.clone())
    }

    /// The location of the text at `index` of the list `list` of the rule or entry at `owner`. Falls back to
    /// `owner` if the lists were changed after the rulebook was loaded.
    pub(crate) fn text_location(&self, owner: &Location, list: TextList, index: usize) -> Location {
        let report = &self.load_report;
        let span = report.list_spans.get(owner, list, index);
        span.zip(report.sources.get(&owner.file))
            .map_or_else(|| owner.clone(), |(span, source)| source.location(span))
    }
}

/// Whether one message can reach both. An empty list means all accounts.
fn share_an_account(one: &[AccountId], other: &[AccountId]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|account| other.contains(account))
}
