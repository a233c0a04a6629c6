//! Whether the receiving department is staffed, as the host knows it.

use std::sync::Arc;

use jiff::Timestamp;

use crate::message::DepartmentId;

/// Whether agents of a department are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Availability {
    /// Agents are at work, or the host does not know.
    #[default]
    Available,
    /// No agent is at work.
    Unavailable {
        /// The time from which one is, where it is known. A time in the past has no effect.
        back: Option<Timestamp>,
    },
}

pub(crate) type AvailabilityLookup = Arc<dyn Fn(&DepartmentId) -> Availability + Send + Sync>;
