//! Working time: the clock, the calendar, and the deadlines that a policy sets.

mod after;
mod alarm;
mod calendar;
mod clock;
mod deadline_error;
mod derive;
mod explain;
mod extend;
mod pause;
mod policy;
mod promise;
mod reopen;
mod reset;

pub(crate) use after::after;
pub use alarm::{due_alarms, earlier_clock, raise};
pub use calendar::{
    Calendar, CalendarBuilder, CalendarError, CalendarErrors, Day, DayKind, DayRule, DaySpan, DaySpanError,
    NotCovered, WeekdayName,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use deadline_error::DeadlineError;
pub use derive::deadline;
pub use explain::{CalendarEnds, WindowClosesFirst, calendar_ends, explain_due, window_closes_first};
pub use extend::extend;
pub use pause::{pause, resume};
pub use policy::{ExtensionRule, Policy, ReturnRule};
pub use promise::promise;
pub(crate) use reopen::{begin_anew, go_on};
pub use reset::{Reset, recompute, reset, restart};
