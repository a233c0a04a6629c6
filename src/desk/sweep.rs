//! The sweep: what became due since the last one, each crossing exactly once.

use std::collections::HashSet;

use jiff::Timestamp;

use super::commands::{ATTEMPTS, Desk, DeskError};
use super::sweep_report::SweepReport;
use crate::case::{Actor, Case, CaseId};
use crate::store::{ChangeSet, Conflict, StoreError, retry_on_conflict};
use crate::time::{earlier_clock, calendar_ends};
use crate::workflow::{DeskConfig, due_work};

/// How many crossings one sweep yields at most, but for those of its last commit; what is left comes with the next one.
pub const SWEEP_MOST: usize = 10_000;

/// How many cases are read, and if nobody is in the way committed, at once.
const PAGE: usize = 100;

impl Desk {
    /// Raises everything that became due by `now` and was not raised, accepts the offers that no department gave back in its
    /// time, closes the answered cases whose citizens stayed silent, reminds those who were asked for something and puts their cases
    /// back into the queue when they are silent for too long, tells those whose promised time is about to pass of a new one, and
    /// says what it was.
    ///
    /// Each crossing is yielded once, whichever node sweeps and however often, also when clocks step: it is durable
    /// before it is yielded. A host that stops between the two finds it in the journal. What counts as now is the earlier of
    /// `now` and the store's own clock, so a node that is ahead declares nothing early. The cost grows with what is due, not
    /// with what is open. Sweep every minute or so.
    ///
    /// ```
    /// use civic_reply::{Engine, MemoryStore, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
    /// let sweep = engine.desk().sweep(jiff::Timestamp::now())?;
    /// for crossing in &sweep.crossings {
    ///     println!("case {}: {:?} of {}, due {}", crossing.case, crossing.alarm.kind, crossing.clock, crossing.due);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The store could not be read at all; nothing was raised.
    pub fn sweep(&self, now: Timestamp) -> Result<SweepReport, DeskError> {
        let now = earlier_clock(now, self.store.now()?);
        let calendar = &self.config().calendar;
        let mut sweep = SweepReport {
            calendar_ends: calendar_ends(calendar, calendar.date_of(now)),
            ..SweepReport::default()
        };
        let mut passed_over = HashSet::new();
        loop {
            let page = match self.store.alarms(now, PAGE + passed_over.len()) {
                Ok(page) => page,
                Err(error) if sweep.moves() == 0 => {
                    return Err(error.into());
                }
                Err(error) => {
                    sweep.ended = Some(error);
                    return Ok(sweep);
                }
            };
            let fresh = page.into_iter().filter(|case| !passed_over.contains(&case.id));
            let fresh: Vec<Case> = fresh.collect();
            if fresh.is_empty() {
                return Ok(sweep);
            }
            if sweep.moves() >= SWEEP_MOST {
                sweep.more = true;
                return Ok(sweep);
            }
            match self.raise_all(&fresh, now) {
                Ok(raised) => sweep.take_in(raised),
                Err(_) => {
                    let before = sweep.failed.len() + fresh.len();
                    self.raise_each(fresh, now, &mut sweep, &mut passed_over);
                    // No case is to blame for a disk that is full, and trying all the others would take ever longer.
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

    /// Raises the alarms of all these cases in one commit.
    fn raise_all(&self, cases: &[Case], now: Timestamp) -> Result<SweepReport, StoreError> {
        let mut all = ChangeSet::default();
        let mut yielded = SweepReport::default();
        let config = self.config();
        for case in cases {
            let (change, raised) = raise(case, &config, now);
            if raised.moves() == 0 {
                return Err(Conflict::Case(case.id.clone()).into());
            }
            all.merge(change);
            yielded.take_in(raised);
        }
        self.store.commit(all).map(|()| yielded)
    }

    /// Raises the alarms of each of these cases by itself, so that none is in the way of the others.
    fn raise_each(
        &self,
        cases: Vec<Case>,
        now: Timestamp,
        sweep: &mut SweepReport,
        passed_over: &mut HashSet<CaseId>,
    ) {
        for case in cases {
            let id = case.id.clone();
            match self.raise_one(case, now) {
                Ok(Some(raised)) => sweep.take_in(raised),
                // There is nothing to raise in what the store says there is: looking again would not end.
                Ok(None) => drop(passed_over.insert(id)),
                Err(error) => {
                    passed_over.insert(id.clone());
                    sweep.failed.push((id, error));
                }
            }
        }
    }

    /// `None` where nothing is to be raised, though nobody was faster.
    fn raise_one(&self, mut case: Case, now: Timestamp) -> Result<Option<SweepReport>, DeskError> {
        let config = self.config();
        retry_on_conflict(ATTEMPTS, |conflict| {
            if conflict.is_some() {
                case = self.case(&case.id)?;
            }
            let (change, raised) = raise(&case, &config, now);
            if raised.moves() == 0 {
                return Ok(conflict.map(|_| SweepReport::default()));
            }
            self.store.commit(change)?;
            Ok(Some(raised))
        })
    }
}

/// The change set of everything that is due in a case by `now`, with the report of it.
fn raise(case: &Case, config: &DeskConfig, now: Timestamp) -> (ChangeSet, SweepReport) {
    let (events, findings) = due_work(case, config, now);
    let mut change = ChangeSet::default();
    let after = change.apply(case.clone(), events, &Actor::Engine, now);
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
    fn silence_is_acceptance_and_said_once() {
        let (desk, clock, store) = test_support::desk(&["A", "B"]);
        for id in ["A", "B"] {
            let (case, token) = held(&desk, id);
            let offer = Transfer {
                to: "fund".into(),
                theme: Some("pension".into()),
                reason: "theirs".to_owned(),
                complex: false,
            };
            desk.transfer(&case.id, &"eve".into(), &token, offer).unwrap();
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
        let given_back = desk.return_case(&"B".into(), &"fay".into(), ReturnReason::NotOurs, "not ours");
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
