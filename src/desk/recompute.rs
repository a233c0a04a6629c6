//! Open cases under a new calendar or new policies.

use jiff::Timestamp;

use super::commands::{ATTEMPTS, Desk, DeskError};
use crate::case::{Actor, Case, CaseId, State};
use crate::store::{CaseFilter, ChangeSet, retry_on_conflict};
use crate::workflow::{DeskConfig, recomputed};

/// The states in which something may still be owed.
const OPEN: [State; 5] = [
    State::Waiting,
    State::Claimed,
    State::AwaitingCitizen,
    State::Offered,
    State::Answered,
];

/// How many cases are read at once.
const PAGE: usize = 1_000;

/// How often everything is looked at again while others move cases from page to page.
const PASSES: usize = 8;

/// What a recomputing did.
#[derive(Debug, Default)]
pub struct Recomputed {
    /// The cases of which a due time moved, or which have other warnings now.
    pub moved: Vec<CaseId>,
    /// Cases that could not be moved, with the reason; recomputing again tries them again.
    pub failed: Vec<(CaseId, DeskError)>,
    /// Whether cases were still found to move when it gave up looking: others move cases at the same time, and some may
    /// have been stepped over. Recompute again.
    pub more: bool,
}

impl Desk {
    /// Derives the due times of all open cases again by the calendar and the policies in force, and records each that moves:
    /// the old one, the new one, and the rulebook that moved it.
    ///
    /// To be called after a reload that brings another calendar or other policies, on one node. Doing it twice changes
    /// nothing more. A policy that the rulebook no longer has goes on as it was when the case came, on the new calendar.
    ///
    /// # Errors
    ///
    /// The store could not be read; what was moved by then stays moved, and doing it again goes on.
    pub fn recompute_deadlines(&self, now: Timestamp) -> Result<Recomputed, DeskError> {
        let config = self.config();
        let mut done = Recomputed::default();
        for _ in 0..PASSES {
            let before = done.moved.len();
            done.failed.clear();
            for state in OPEN {
                self.recompute_state(state, &config, now, &mut done)?;
            }
            // A move changes a case's place in the order of the pages, so another may have been stepped over.
            done.more = done.moved.len() > before;
            if !done.more {
                break;
            }
        }
        done.moved.sort();
        done.moved.dedup();
        Ok(done)
    }

    fn recompute_state(
        &self,
        state: State,
        config: &DeskConfig,
        now: Timestamp,
        done: &mut Recomputed,
    ) -> Result<(), DeskError> {
        let mut filter = CaseFilter {
            states: vec![state],
            limit: Some(PAGE),
            ..CaseFilter::default()
        };
        loop {
            let page = self.store.cases(&filter)?;
            for case in page.cases {
                let id = case.id.clone();
                match self.recompute_case(case, config, now) {
                    Ok(true) => done.moved.push(id),
                    Ok(false) => {}
                    Err(error) => done.failed.push((id, error)),
                }
            }
            filter.offset += PAGE;
            if filter.offset >= page.total {
                return Ok(());
            }
        }
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
            change.apply(case.clone(), events, &Actor::Engine, now);
            self.store.commit(change)?;
            Ok(true)
        })
    }
}
