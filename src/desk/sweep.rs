//! The sweep: does the work that became due since the last one, each piece once.

use std::collections::HashSet;

use jiff::Timestamp;

use super::sweep_report::SweepReport;
use super::{ATTEMPTS, Desk, DeskError};
use crate::case::{Author, Case, CaseId};
use crate::store::{ChangeSet, Conflict, StoreError, retry_on_conflict};
use crate::time::{calendar_ends, earlier_clock};
use crate::workflow::{DeskConfig, due_work};

/// The number of cases' moves after which a sweep stops: 10,000, up to those of the last commit. The next
/// sweep continues.
pub const SWEEP_MOST: usize = 10_000;

/// The number of cases that are read, and without a conflict committed, at once.
const PAGE: usize = 100;

impl Desk {
    /// Does everything that is due by `now`, and reports it. Call it every minute or so.
    ///
    /// A sweep
    ///
    /// - raises the alarms of deadlines;
    /// - accepts offers that the department did not return in time;
    /// - closes answered cases that the citizen did not confirm in time;
    /// - reminds citizens of questions, and puts cases without a reply back into the queue;
    /// - postpones promises that are about to be broken, and tells the citizen;
    /// - tells citizens that the agent has left the conversation.
    ///
    /// Each of these is reported once, by one node, also when clocks step: it is committed before it is
    /// reported. A host that stops between the two finds it in the journal. The time of the sweep is the
    /// earlier of `now` and the store's clock, so a node with a fast clock does nothing early. The cost grows
    /// with the due work, not with the number of open cases.
    ///
    /// ```
    /// use civic_reply::{Engine, MemoryStore, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
    /// let sweep = engine.desk().sweep(jiff::Timestamp::now())?;
    /// for crossing in &sweep.crossings {
    ///     println!("case {}: {} is due {}", crossing.case, crossing.clock, crossing.due);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The store can't be read. Nothing was done.
    pub fn sweep(&self, now: Timestamp) -> Result<SweepReport, DeskError> {
        let now = earlier_clock(now, self.store.now()?);
        let calendar = &self.config().calendar;
        let mut sweep = SweepReport {
            calendar_ends: calendar_ends(calendar, calendar.date_of(now)),
            ..SweepReport::default()
        };
        let mut skipped = HashSet::new();
        loop {
            let page = match self.store.alarms(now, PAGE + skipped.len()) {
                Ok(page) => page,
                Err(error) if sweep.moves() == 0 => {
                    return Err(error.into());
                }
                Err(error) => {
                    sweep.ended = Some(error);
                    return Ok(sweep);
                }
            };
            let fresh = page.into_iter().filter(|case| !skipped.contains(&case.id));
            let fresh: Vec<Case> = fresh.collect();
            if fresh.is_empty() {
                return Ok(sweep);
            }
            if sweep.moves() >= SWEEP_MOST {
                sweep.more = true;
                return Ok(sweep);
            }
            match self.commit_all(&fresh, now) {
                Ok(found) => sweep.merge(found),
                Err(_) => {
                    let before = sweep.failed.len() + fresh.len();
                    self.commit_each(fresh, now, &mut sweep, &mut skipped);
                    // If every case of the page fails by the store itself, for example by a full disk, the
                    // other pages would fail too.
                    if sweep.failed.len() == before
                        && let Some(error) = sweep.take_failure_of_store()
                    {
                        sweep.ended = Some(error);
                        return Ok(sweep);
                    }
                }
            }
        }
    }

    /// Does the due work of all these cases in one commit.
    fn commit_all(&self, cases: &[Case], now: Timestamp) -> Result<SweepReport, StoreError> {
        let mut all = ChangeSet::default();
        let mut report = SweepReport::default();
        let config = self.config();
        for case in cases {
            let (change, found) = due(case, &config, now);
            if found.moves() == 0 {
                return Err(Conflict::Case(case.id.clone()).into());
            }
            all.merge(change);
            report.merge(found);
        }
        self.store.commit(all).map(|()| report)
    }

    /// Does the due work of each case in a commit of its own, so that one case can't block the others.
    fn commit_each(
        &self,
        cases: Vec<Case>,
        now: Timestamp,
        sweep: &mut SweepReport,
        skipped: &mut HashSet<CaseId>,
    ) {
        for case in cases {
            let id = case.id.clone();
            match self.commit_one(case, now) {
                Ok(Some(found)) => sweep.merge(found),
                // The store names a case without due work; reading it again would never end.
                Ok(None) => drop(skipped.insert(id)),
                Err(error) => {
                    skipped.insert(id.clone());
                    sweep.failed.push((id, error));
                }
            }
        }
    }

    /// The report of one case; `None` if nothing is due in it, though no other call was faster.
    fn commit_one(&self, mut case: Case, now: Timestamp) -> Result<Option<SweepReport>, DeskError> {
        let config = self.config();
        retry_on_conflict(ATTEMPTS, |conflict| {
            if conflict.is_some() {
                case = self.case(&case.id)?;
            }
            let (change, found) = due(&case, &config, now);
            if found.moves() == 0 {
                return Ok(conflict.map(|_| SweepReport::default()));
            }
            self.store.commit(change)?;
            Ok(Some(found))
        })
    }
}

/// The change set of everything that is due in a case by `now`, with the report of it.
fn due(case: &Case, config: &DeskConfig, now: Timestamp) -> (ChangeSet, SweepReport) {
    let (events, findings) = due_work(case, config, now);
    let mut change = ChangeSet::default();
    let after = change.apply(case.clone(), events, &Author::Engine, now);
    let mut report = SweepReport::default();
    for finding in findings {
        report.add(case, &after, finding);
    }
    (change, report)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use jiff::SignedDuration;

    use crate::case::{ReturnReason, State};
    use crate::desk::test_support::{self, held};
    use crate::desk::{SilentAcceptance, Transfer};
    use crate::time::Clock as _;

    #[test]
    fn silence_is_acceptance_and_reported_once() {
        let (desk, clock, store) = test_support::desk(&["A", "B"]);
        for id in ["A", "B"] {
            let (case, token) = held(&desk, id);
            let offer = Transfer {
                to: "fund".into(),
                theme: Some("pension".into()),
                reason: "theirs".to_owned(),
                complex: false,
            };
            desk.claimed(&case.id, "eve", &token)
                .and_then(|case| case.transfer(offer))
                .unwrap();
        }
        let until = desk
            .case(&"A".into())
            .unwrap()
            .handling
            .transfers
            .offer
            .unwrap()
            .until;
        clock.set(until - SignedDuration::from_micros(1));
        assert!(desk.sweep(clock.now()).unwrap().accepted.is_empty());
        let given_back = desk.return_case(&"B".into(), "fay", ReturnReason::NotOurs, "not ours");
        assert_eq!(given_back.unwrap().state, State::Waiting);

        clock.set(until);
        let sweep = desk.sweep(clock.now()).unwrap();
        let taken = SilentAcceptance {
            case: "A".into(),
            department: "fund".into(),
        };
        assert_eq!(sweep.accepted, [taken]);
        let case = desk.case(&"A".into()).unwrap();
        assert_eq!((case.state, case.department.as_str()), (State::Waiting, "fund"));
        assert!(desk.sweep(clock.now()).unwrap().accepted.is_empty());
        assert_eq!(test_support::replay(&*store).get(&case.id), Some(&case));
    }
}
