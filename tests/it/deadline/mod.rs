//! A case's clocks: due times, warnings and breaches, pauses, extensions, changes of the calendar.

mod alarms;
mod clock_changes;
mod extensions;
mod pauses;
mod reported_bugs;
