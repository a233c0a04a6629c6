//! Working time: the clock, the calendar, and the deadlines that a policy sets.

mod calendar;
mod clock;
mod derive;
mod policy;

pub use calendar::{
    Calendar, CalendarBuilder, CalendarError, CalendarErrors, Day, DayKind, DayRule, DaySpan, DaySpanError,
    NotCovered, WeekdayName,
};
pub use clock::{Clock, ManualClock, SystemClock};
pub use derive::deadline;
pub use policy::{ExtensionRule, Policy, ReturnRule};
