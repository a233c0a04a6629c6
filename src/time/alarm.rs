//! Warnings and breaches: when each is to be raised, and which of them are, exactly once.

use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::derive::counted_from;
use crate::case::{Alarm, AlarmKind, Amount, Deadline, Unit, Warn};

/// The alarms of a deadline that are to be raised by `now` and were not, in the order of their times.
///
/// None while its clock stands still or when it is done. To be told of none twice, the caller stores what
/// [`raise`] returns together with whatever the alarm sets off; what was raised stays raised, also when `now`
/// steps back.
pub fn due_alarms(deadline: &Deadline, now: Timestamp) -> Vec<Alarm> {
    if !deadline.status.is_open() {
        return Vec::new();
    }
    let alarms = deadline.history.alarms.iter();
    let due = alarms.filter(|alarm| alarm.raised.is_none() && alarm.raise_at <= now);
    let mut due: Vec<Alarm> = due.copied().collect();
    due.sort_by_key(|alarm| (alarm.raise_at, alarm.threshold, alarm.kind));
    due
}

/// The deadline after every alarm of [`due_alarms`] was raised at `now`.
#[must_use]
pub fn raise(deadline: &Deadline, now: Timestamp) -> Deadline {
    let mut after = deadline.clone();
    if deadline.status.is_open() {
        let alarms = after.history.alarms.iter_mut();
        for alarm in alarms.filter(|alarm| alarm.raised.is_none() && alarm.raise_at <= now) {
            alarm.raised = Some(now);
        }
    }
    after
}

/// The time by which alarms are raised, of a node's own clock and the store's: the earlier one.
///
/// A breach can't be taken back, so a node whose clock runs ahead must not be the one that declares it; one whose
/// clock is behind only raises it later.
pub fn earlier_clock(own: Timestamp, store: Timestamp) -> Timestamp {
    own.min(store)
}

/// Everything that is to be raised about an open deadline, by its due time as it stands.
///
/// A warning that would come before the clock starts is none. While the due time is provisional, its passing is no
/// breach.
pub(super) fn plan(calendar: &Calendar, deadline: &Deadline, warn: &[Warn]) -> Vec<Alarm> {
    let alarm = |kind, threshold| Alarm {
        kind,
        threshold,
        raise_at: if deadline.history.urgent {
            threshold
        } else {
            calendar.next_office_time(threshold)
        },
        raised: None,
    };
    let due = deadline.due.instant();
    let started = deadline.history.started;
    let warnings = (0..=u8::MAX).zip(warn).filter_map(|(place, warn)| {
        let threshold = warning_time(calendar, deadline, *warn)?;
        let inside = threshold < due && started.is_none_or(|started| started < threshold);
        inside.then(|| alarm(AlarmKind::Warning(place), threshold))
    });
    let mut alarms: Vec<Alarm> = warnings.collect();
    let passing = if deadline.due.is_provisional() {
        AlarmKind::NotCovered
    } else {
        AlarmKind::Breach
    };
    alarms.push(alarm(passing, due));
    alarms
}

/// The alarms after the due time moved: those raised stay as they were, the others are planned anew.
///
/// A breach that was raised is raised again only for a later due time; a warning, only when something else than a
/// pause moved the due time, at `moved`, and the warning's new time is still to come.
pub(super) fn replan(calendar: &Calendar, deadline: &Deadline, moved: Option<Timestamp>) -> Vec<Alarm> {
    let raised = deadline
        .history
        .alarms
        .iter()
        .filter(|alarm| alarm.raised.is_some());
    let mut alarms: Vec<Alarm> = raised.copied().collect();
    let time_limit = deadline.history.time_limit.as_ref();
    let warn = time_limit.map_or(&[] as &[Warn], |time_limit| &time_limit.warn);
    let planned = plan(calendar, deadline, warn).into_iter().filter(|new| {
        let mut before = alarms.iter().filter(|old| old.kind == new.kind);
        let passing = !matches!(new.kind, AlarmKind::Warning(_));
        let to_come = moved.is_some_and(|moved| moved < new.threshold);
        before.all(|old| (to_come || passing) && old.threshold < new.threshold)
    });
    let planned: Vec<Alarm> = planned.collect();
    alarms.extend(planned);
    alarms
}

/// When a warning is due; `None` for a share that is none.
fn warning_time(calendar: &Calendar, deadline: &Deadline, warn: Warn) -> Option<Timestamp> {
    let due = deadline.due.instant();
    let history = &deadline.history;
    let time_limit = history.time_limit.as_ref();
    let working = time_limit.is_none_or(|time_limit| time_limit.amount.unit().is_working());
    match warn {
        Warn::Before(amount) => Some(before(calendar, deadline, amount)),
        Warn::Share(percent @ 1..=99) => {
            let started = history.started?;
            let from = time_limit.map_or(started, |time_limit| counted_from(calendar, started, time_limit));
            let left = running_time(calendar, deadline, from, due, working);
            let part = left.as_secs().saturating_mul(100 - i64::from(percent)) / 100;
            Some(subtract_running_time(
                calendar,
                deadline,
                SignedDuration::from_secs(part),
                working,
            ))
        }
        Warn::Share(_) => None,
    }
}

/// The instant from which so much is left until the deadline is due.
fn before(calendar: &Calendar, deadline: &Deadline, amount: Amount) -> Timestamp {
    let due = deadline.due.instant();
    let count = i64::from(amount.count());
    let real = |time: SignedDuration| due.saturating_sub(time).unwrap_or(due);
    match amount.unit() {
        Unit::Minutes => real(SignedDuration::from_mins(count)),
        Unit::Hours => real(SignedDuration::from_hours(count)),
        Unit::CalendarDays => real(SignedDuration::from_hours(24 * count)),
        Unit::WorkingMinutes => {
            subtract_running_time(calendar, deadline, SignedDuration::from_mins(count), true)
        }
        Unit::WorkingHours => {
            subtract_running_time(calendar, deadline, SignedDuration::from_hours(count), true)
        }
        Unit::WorkingDays => calendar.subtract_days(due, amount.count()),
    }
}

/// How long the clock ran between two instants.
fn running_time(
    calendar: &Calendar,
    deadline: &Deadline,
    from: Timestamp,
    to: Timestamp,
    working: bool,
) -> SignedDuration {
    let pauses = deadline
        .history
        .pauses
        .iter()
        .filter_map(|pause| pause.to.map(|to| (pause.from, to)));
    let paused: Vec<(Timestamp, Timestamp)> = pauses.collect();
    let whole = elapsed_time(calendar, from, to, working);
    paused.iter().fold(whole, |left, (stop, go)| {
        left.saturating_sub(elapsed_time(calendar, from.max(*stop), to.min(*go), working))
    })
}

/// The last instant from which the clock still runs for `time` until the deadline is due.
fn subtract_running_time(
    calendar: &Calendar,
    deadline: &Deadline,
    time: SignedDuration,
    working: bool,
) -> Timestamp {
    let mut end = deadline.due.instant();
    let mut left = time;
    for pause in deadline.history.pauses.iter().rev() {
        let Some(to) = pause.to.filter(|to| *to < end) else {
            end = end.min(pause.from);
            continue;
        };
        let ran = elapsed_time(calendar, to, end, working);
        if left <= ran {
            break;
        }
        left = left.saturating_sub(ran);
        end = pause.from;
    }
    if working {
        calendar.subtract_time(end, left)
    } else {
        end.saturating_sub(left).unwrap_or(end)
    }
}

fn elapsed_time(calendar: &Calendar, from: Timestamp, to: Timestamp, working: bool) -> SignedDuration {
    if working {
        calendar.measure(from, to).0
    } else {
        from.duration_until(to).max(SignedDuration::ZERO)
    }
}
