//! What a rulebook could do better, and what its days say.

mod common;
mod conditions;
mod days;
mod dead;
mod never_wins;
mod questions;
mod words;

use std::sync::Arc;

use jiff::civil::Date;

pub(super) use conditions::rules;
pub(super) use never_wins::never_wins;
pub(super) use questions::{asked_twice, entries};

use super::diagnostic::{Diagnostic, Diagnostics, Problems};
use super::load::Sources;
use super::shapes::{Location, Rulebook};
use crate::message::AccountId;

/// What a loaded rulebook keeps of its files: the findings, and the texts that they mark.
#[derive(Clone, Debug)]
pub(super) struct Anchors {
    pub(super) warnings: Vec<Diagnostic>,
    pub(super) omitted: usize,
    pub(super) sources: Arc<Sources>,
    /// Where the calendar's last year stands.
    pub(super) last_year: Location,
}

impl Rulebook {
    /// What loading found that does not refuse the rulebook, whatever the day.
    pub fn warnings(&self) -> Diagnostics {
        Diagnostics::new(
            self.anchors.warnings.clone(),
            self.anchors.omitted,
            self.anchors.sources.clone(),
        )
    }

    /// The [warnings](Self::warnings) and what is amiss on the day `today`: rules and entries that have expired or are
    /// not yet valid, and a calendar that ends within 60 days.
    pub fn lint(&self, today: Date) -> Diagnostics {
        let mut problems = Problems::default();
        days::check(self, today, &mut problems);
        let (mut list, omitted) = problems.finish();
        list.extend(self.anchors.warnings.iter().cloned());
        Diagnostics::new(list, omitted + self.anchors.omitted, self.anchors.sources.clone())
    }
}

impl Rulebook {
    /// Findings about this rulebook that were made after it was loaded, with the texts that they mark.
    pub(crate) fn diagnostics(&self, findings: impl IntoIterator<Item = Diagnostic>) -> Diagnostics {
        let mut problems = Problems::default();
        findings.into_iter().for_each(|finding| problems.push(finding));
        let (list, omitted) = problems.finish();
        Diagnostics::new(list, omitted, self.anchors.sources.clone())
    }

    /// Where `text` stands in the list `key` of the rule or entry at `owner`; the rule or entry itself where it is
    /// not found.
    pub(crate) fn place_in_list(&self, owner: &Location, key: &str, text: &str) -> Location {
        let place = self
            .anchors
            .sources
            .get(&owner.file)
            .and_then(|source| source.in_list(owner, key, text));
        place.unwrap_or_else(|| owner.clone())
    }
}

/// Whether one message can reach both; no account means all.
fn share_an_account(one: &[AccountId], other: &[AccountId]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|account| other.contains(account))
}
