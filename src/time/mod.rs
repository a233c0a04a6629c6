//! Working time: the clock, the calendar, and the deadlines that a policy sets.

mod clock;

pub use clock::{Clock, ManualClock, SystemClock};
