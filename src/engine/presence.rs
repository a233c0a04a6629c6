//! Whether anybody is there to read what a citizen writes, as the host knows it.

use std::sync::Arc;

use jiff::Timestamp;

use super::opening::department_of;
use super::serving::Serving;
use crate::case::Case;
use crate::decide::{Decision, Verdict};
use crate::message::{DepartmentId, Message};

/// Whether agents of a department are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attendance {
    /// Somebody is there, or the host does not know.
    #[default]
    Present,
    /// Nobody is.
    Absent {
        /// When somebody is back, where that is known; a time that has passed says nothing.
        back: Option<Timestamp>,
    },
}

/// Whether agents of a department are at work.
pub(super) type Presence = Arc<dyn Fn(&DepartmentId) -> Attendance + Send + Sync>;

/// Whether anybody of the department is there that gets the message: the one that has `case`, or else the one that gets the case
/// which the message opens.
pub(super) fn attendance(
    presence: Option<&Presence>,
    serving: &Serving,
    message: &Message,
    decision: &Decision,
    case: Option<&Case>,
) -> Attendance {
    match (presence, case, &decision.verdict) {
        (Some(presence), Some(case), _) => presence(&case.department),
        (Some(presence), None, Verdict::Person { .. }) => {
            presence(&department_of(serving, message, decision))
        }
        _ => Attendance::Present,
    }
}
