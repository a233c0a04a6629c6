//! What several subjects share: rulebooks, calendars, servers and programs to test with.

pub(crate) mod conversation;
pub(crate) mod deadline;
pub(crate) mod import_graph;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod programs;
#[cfg(feature = "postgres")]
pub(crate) mod proxy;
pub(crate) mod shipped;
pub(crate) mod shipped_calendar;
pub(crate) mod small_rulebook;
pub(crate) mod talk;
