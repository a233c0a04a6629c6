//! The clocks of a case that is reopened.

use jiff::Timestamp;

use super::calendar::Calendar;
use super::derive::deadline;
use super::policy::Policy;
use crate::case::{ClockKind, Deadline};

/// The deadline of a clock that begins anew when its case is reopened at `at`: counted from `since` if that
/// leaves time, else from `at`. `None` if the policy has no such clock.
pub(crate) fn begin_anew(
    calendar: &Calendar,
    policy: &Policy,
    clock: ClockKind,
    since: Timestamp,
    at: Timestamp,
) -> Option<Deadline> {
    let from = |start| deadline(calendar, policy, clock, start);
    let anew = from(since.min(at)).filter(|deadline| at < deadline.due.instant());
    anew.or_else(|| from(at)).map(|deadline| go_on(deadline, at))
}

/// The deadline of a clock that runs on when its case is reopened at `at`. Alarms of times before that are no
/// longer raised.
pub(crate) fn go_on(mut running: Deadline, at: Timestamp) -> Deadline {
    let history = &mut running.history;
    history.reopened = Some(at);
    history
        .alarms
        .retain(|alarm| alarm.raised.is_some() || at < alarm.threshold);
    running
}
