//! Follows mergers to the surviving case.

use std::collections::BTreeSet;

use crate::case::{Case, CaseId};

/// The case that continues this one: the case that it was merged into, or the case that it is a joined part
/// of.
fn successor(case: &Case) -> Option<&CaseId> {
    let joined = case
        .handling
        .relations
        .parent
        .as_ref()
        .filter(|parent| parent.joined);
    let merged_into = case.handling.relations.merged_into.as_ref();
    merged_into.or(joined.map(|parent| &parent.case))
}

/// Follows successors to the last one that is still stored. `read` gives the case of a number.
pub(super) fn last_successor<E>(
    case: &Case,
    mut read: impl FnMut(&CaseId) -> Result<Option<Case>, E>,
) -> Result<Option<Case>, E> {
    let mut met = BTreeSet::from([case.id.clone()]);
    let mut last: Option<Case> = None;
    let mut next = successor(case).cloned();
    // A circle of successors ends at the first number that was met before.
    while let Some(id) = next.filter(|id| met.insert(id.clone())) {
        last = read(&id)?.or(last);
        next = last.as_ref().and_then(successor).cloned();
    }
    Ok(last)
}
