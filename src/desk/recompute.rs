//! Recomputing the deadlines of open cases under a new calendar or new policies.

use jiff::Timestamp;

use super::{ATTEMPTS, Desk, DeskError};
use crate::case::{Author, Case, CaseId};
use crate::store::{ChangeSet, retry_on_conflict, visit_open_cases};
use crate::workflow::{DeskConfig, recomputed};

/// The number of passes over all cases, while other calls move cases from page to page.
const PASSES: usize = 8;

/// The result of recomputing deadlines.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recomputed {
    /// The cases with a changed due time or changed warnings.
    pub moved: Vec<CaseId>,
    /// The cases that could not be changed, with the error. Recompute again to retry them.
    pub failed: Vec<(CaseId, DeskError)>,
    /// Whether the last pass still changed cases, so that some may have been missed. Recompute again.
    pub more: bool,
}

impl Desk {
    /// Derives the due times of all open cases again, by the calendar and the policies in force. Each change
    /// is recorded with the old and the new due time and the version of the rulebook.
    ///
    /// Call it on one node after a reload that changes the calendar or the policies. A second call changes
    /// nothing. If the rulebook no longer has the policy of a deadline, the time limit stored with the
    /// deadline stays in force.
    ///
    /// # Errors
    ///
    /// The store can't be read. Changes made by then stay, and another call continues.
    pub fn recompute_deadlines(&self, now: Timestamp) -> Result<Recomputed, DeskError> {
        let config = self.config();
        let mut done = Recomputed::default();
        for _ in 0..PASSES {
            let before = done.moved.len();
            done.failed.clear();
            visit_open_cases(self.store.as_ref(), |case| {
                let id = case.id.clone();
                match self.recompute_case(case, &config, now) {
                    Ok(true) => done.moved.push(id),
                    Ok(false) => {}
                    Err(error) => done.failed.push((id, error)),
                }
                Ok::<(), DeskError>(())
            })?;
            // A changed case moves to another page, so another case may have been skipped.
            done.more = done.moved.len() > before;
            if !done.more {
                break;
            }
        }
        done.moved.sort();
        done.moved.dedup();
        Ok(done)
    }

    fn recompute_case(&self, mut case: Case, config: &DeskConfig, now: Timestamp) -> Result<bool, DeskError> {
        retry_on_conflict(ATTEMPTS, |conflict| {
            if conflict.is_some() {
                case = self.case(&case.id)?;
            }
            let events = recomputed(&case, config, now);
            if events.is_empty() {
                return Ok(false);
            }
            let mut change = ChangeSet::default();
            change.apply(case.clone(), events, &Author::Engine, now);
            self.store.commit(change)?;
            Ok(true)
        })
    }
}
