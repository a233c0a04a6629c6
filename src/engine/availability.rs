//! Whether anybody is there to read what a citizen writes, as the host knows it.

use std::sync::Arc;

use jiff::Timestamp;

use super::compiled::CompiledRulebook;
use super::new_case::department_of;
use crate::case::Case;
use crate::decide::{Decision, Verdict};
use crate::message::{DepartmentId, Message};

/// Whether agents of a department are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Availability {
    /// Somebody is there, or the host does not know.
    #[default]
    Available,
    /// Nobody is.
    Unavailable {
        /// When somebody is back, where that is known; a time that has passed says nothing.
        back: Option<Timestamp>,
    },
}

/// Whether agents of a department are at work.
pub(super) type AvailabilityLookup = Arc<dyn Fn(&DepartmentId) -> Availability + Send + Sync>;

/// Whether anybody of the department is there that gets the message: the one that has `case`, or else the one that gets the case
/// which the message opens.
pub(super) fn availability_for(
    availability: Option<&AvailabilityLookup>,
    compiled: &CompiledRulebook,
    message: &Message,
    decision: &Decision,
    case: Option<&Case>,
) -> Availability {
    match (availability, case, &decision.verdict) {
        (Some(availability), Some(case), _) => availability(&case.department),
        (Some(availability), None, Verdict::Person { .. }) => {
            availability(&department_of(compiled, message, decision))
        }
        _ => Availability::Available,
    }
}
