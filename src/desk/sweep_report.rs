//! What a sweep found.

use super::commands::DeskError;
use crate::case::{Alarm, Case, CaseId, ClockKind, Due, Priority};
use crate::message::{DepartmentId, ThemeId};
use crate::store::StoreError;
use crate::time::CalendarEnds;
use crate::workflow::Finding;

/// Something that became due: a warning, a breach, or the passing of a due time that is provisional.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crossing {
    /// The case.
    pub case: CaseId,
    /// The department that has it.
    pub department: DepartmentId,
    /// Its theme, where one is known.
    pub theme: Option<ThemeId>,
    /// How urgent it is.
    pub priority: Priority,
    /// The clock.
    pub clock: ClockKind,
    /// When the clock's deadline falls due.
    pub due: Due,
    /// What is to be raised, and when it was.
    pub alarm: Alarm,
}

/// An offered case that a department has, because it did not give it back in its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilentAcceptance {
    /// The case.
    pub case: CaseId,
    /// The department that has it now.
    pub department: DepartmentId,
}

/// What a sweep found.
#[derive(Debug, Default)]
pub struct SweepReport {
    /// What became due, in the order in which it was to be raised, case by case. Each is in the journal as
    /// [`Event::Raised`](crate::case::Event::Raised) already.
    pub crossings: Vec<Crossing>,
    /// The offers that were accepted by silence, each in the journal as [`Event::Accepted`](crate::case::Event::Accepted) already.
    pub accepted: Vec<SilentAcceptance>,
    /// The cases that were closed as lapsed, because their citizens did not say in the stated time whether the answer settled
    /// them; each in the journal as [`Event::Ended`](crate::case::Event::Ended) already.
    pub lapsed: Vec<CaseId>,
    /// The answered cases whose citizens did not say so either, but whose answer did not arrive: their time begins anew, and the letter
    /// is among [`Outbox::stuck`](super::Outbox::stuck), or was never claimed.
    pub unread: Vec<CaseId>,
    /// The cases whose citizens were asked for something and are reminded of it: the letter is in the outbox, unless the question itself
    /// did not arrive.
    pub reminded: Vec<CaseId>,
    /// The cases that are back in the queue because their citizens, who were asked for something, were silent for the stated time; each
    /// in the journal as [`Event::Resumed`](crate::case::Event::Resumed) already.
    pub resumed: Vec<CaseId>,
    /// The cases whose citizens are told that the promised time will not be kept, and the new one: the letter is in the outbox.
    pub postponed: Vec<CaseId>,
    /// The cases whose promise was put off as often as may be: it is left to break, a supervisor's reminder stands in each as
    /// [`Event::Supervised`](crate::case::Event::Supervised), and their citizens are told.
    pub overdue: Vec<CaseId>,
    /// The cases whose citizens are told that the person has left the talk, because the claim ended in silence, or the agent renewed it
    /// and did nothing else for the stated time: then the claim has ended too.
    pub handed_back: Vec<CaseId>,
    /// Cases that could not be moved, with the reason. They did not hold up the others, and the next sweep tries again.
    pub failed: Vec<(CaseId, DeskError)>,
    /// Why the sweep ended early, if it did: the store failed, be it that it could not be read or that it took no move of a
    /// whole page of cases. What was raised by then is in `crossings`; the next sweep goes on.
    pub ended: Option<StoreError>,
    /// Whether there was more than [`SWEEP_MOST`](super::SWEEP_MOST): sweep again.
    pub more: bool,
    /// That the working calendar ends within 60 days, or has ended: the next year must be loaded. Said by every sweep
    /// until it is.
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

    /// What was moved of other cases, too.
    pub(super) fn take_in(&mut self, other: SweepReport) {
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

    /// How much was moved. A promise is postponed with the crossing of its warning.
    pub(super) fn moves(&self) -> usize {
        let answered = self.lapsed.len() + self.unread.len();
        let asked = self.reminded.len() + self.resumed.len();
        self.crossings.len() + self.accepted.len() + answered + asked + self.handed_back.len()
    }

    /// The last failure, where the engine below the store is its cause.
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
