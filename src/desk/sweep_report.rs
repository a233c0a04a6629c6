//! The report of a sweep.

use super::DeskError;
use crate::case::{Alarm, Case, CaseId, ClockKind, Due, Priority};
use crate::message::{DepartmentId, ThemeId};
use crate::store::StoreError;
use crate::time::CalendarEnds;
use crate::workflow::Finding;

/// A raised alarm: a warning, a breach, or the passing of a provisional due time.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crossing {
    /// The case.
    pub case: CaseId,
    /// The department that has it.
    pub department: DepartmentId,
    /// Its theme, if one is known.
    pub theme: Option<ThemeId>,
    /// Its priority.
    pub priority: Priority,
    /// The clock.
    pub clock: ClockKind,
    /// The due time of the clock's deadline.
    pub due: Due,
    /// The alarm, with the time at which it was raised.
    pub alarm: Alarm,
}

/// An offered case that now belongs to a department that did not return it in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentAcceptance {
    /// The case.
    pub case: CaseId,
    /// The department that has it now.
    pub department: DepartmentId,
}

/// The report of a sweep. Everything in it is committed, and in the journal, before it is reported.
///
/// ```
/// # use civic_reply::{Engine, MemoryStore, Rulebook};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// let report = engine.desk().sweep(jiff::Timestamp::now())?;
/// for crossing in &report.crossings {
///     println!("case {}: {:?} of {}", crossing.case, crossing.alarm.kind, crossing.clock);
/// }
/// for case in &report.resumed {
///     println!("case {case}: no reply, back in the queue");
/// }
/// assert!(report.failed.is_empty() && !report.more);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct SweepReport {
    /// The alarms, case by case in the order of their times ([`Event::Raised`](crate::case::Event::Raised)).
    pub crossings: Vec<Crossing>,
    /// The offers that were accepted by silence ([`Event::Accepted`](crate::case::Event::Accepted)).
    pub accepted: Vec<SilentAcceptance>,
    /// The cases that were closed as lapsed, because the citizen did not confirm in time
    /// ([`Event::Ended`](crate::case::Event::Ended)).
    pub lapsed: Vec<CaseId>,
    /// The answered cases without a confirmation in time, of which the answer was not delivered either. Their
    /// time starts again. The letter is in [`Outbox::stuck`](super::Outbox::stuck), or no sender has claimed
    /// it.
    pub unread: Vec<CaseId>,
    /// The cases with a reminder of a question. The reminder is in the outbox, unless the question was not
    /// delivered.
    pub reminded: Vec<CaseId>,
    /// The cases that are back in the queue, because the citizen did not reply in time
    /// ([`Event::Resumed`](crate::case::Event::Resumed)).
    pub resumed: Vec<CaseId>,
    /// The cases with a postponed promise. The letter with the new time is in the outbox.
    pub postponed: Vec<CaseId>,
    /// The cases with a promise that can't be postponed again and will be broken. Each has a reminder of a
    /// supervisor ([`Event::Supervised`](crate::case::Event::Supervised)), and a letter to the citizen.
    pub overdue: Vec<CaseId>,
    /// The cases with a letter that the agent has left the conversation: the lease ended, or the agent
    /// renewed it without any other sign of work, and then the claim has ended too.
    pub handed_back: Vec<CaseId>,
    /// The cases that could not be changed, with the error. The next sweep tries them again.
    pub failed: Vec<(CaseId, DeskError)>,
    /// The error that ended the sweep early: the store could not be read, or refused every case of a page.
    /// The next sweep continues.
    pub ended: Option<StoreError>,
    /// Whether there is more work than [`SWEEP_MOST`](super::SWEEP_MOST) moves. Sweep again.
    pub more: bool,
    /// The end of the working calendar, if it is at most 60 days away or has passed. Load the next year.
    /// Every sweep reports it.
    pub calendar_ends: Option<CalendarEnds>,
}

impl SweepReport {
    /// Adds one finding about a case, which was read as `before` and is now `after`.
    pub(super) fn add(&mut self, before: &Case, after: &Case, finding: Finding) {
        let id = before.id.clone();
        match finding {
            Finding::Crossed { clock, due, alarm } => self.crossings.push(Crossing {
                case: id,
                department: before.department.clone(),
                theme: before.theme.clone(),
                priority: before.priority,
                clock,
                due,
                alarm,
            }),
            Finding::Accepted => self.accepted.push(SilentAcceptance {
                case: id,
                department: after.department.clone(),
            }),
            Finding::Postponed => self.postponed.push(id),
            Finding::GivenUp => self.overdue.push(id),
            Finding::HandedBack => self.handed_back.push(id),
            Finding::Resumed => self.resumed.push(id),
            Finding::Reminded => self.reminded.push(id),
            Finding::NotReceived => self.unread.push(id),
            Finding::Lapsed => self.lapsed.push(id),
        }
    }

    /// Adds the report of other cases.
    pub(super) fn merge(&mut self, other: SweepReport) {
        self.crossings.extend(other.crossings);
        self.accepted.extend(other.accepted);
        self.lapsed.extend(other.lapsed);
        self.unread.extend(other.unread);
        self.reminded.extend(other.reminded);
        self.resumed.extend(other.resumed);
        self.postponed.extend(other.postponed);
        self.overdue.extend(other.overdue);
        self.handed_back.extend(other.handed_back);
    }

    /// The number of moves. The postponing of a promise counts with the crossing of its warning.
    pub(super) fn moves(&self) -> usize {
        let answered = self.lapsed.len() + self.unread.len();
        let asked = self.reminded.len() + self.resumed.len();
        self.crossings.len() + self.accepted.len() + answered + asked + self.handed_back.len()
    }

    /// Takes the last failure, if the backend of the store is its cause.
    pub(super) fn take_failure_of_store(&mut self) -> Option<StoreError> {
        let of_store = |(_, error): &mut (CaseId, DeskError)| {
            matches!(error, DeskError::Store(StoreError::Backend { .. }))
        };
        match self.failed.pop_if(of_store) {
            Some((_, DeskError::Store(error))) => Some(error),
            _ => None,
        }
    }
}
