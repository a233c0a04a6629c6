//! Warnings and breaches: when each is raised, exactly once.

use jiff::{SignedDuration, Timestamp};

use super::calendar::Calendar;
use super::derive::counted_from;
use crate::case::{Alarm, AlarmKind, Amount, Deadline, Unit, Warn};

/// The alarms of a deadline that are due by `now` and were not raised yet, in the order of their times.
///
/// None while its clock is paused or after it is done. To raise each alarm once, store the deadline that
/// [`raise`] returns in the same change as the alarm's effects. A raised alarm stays raised, even if `now`
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

/// The earlier of a node's own clock and the store's clock, by which alarms are raised.
///
/// A breach can't be revoked, so a node with a fast clock must not declare it. A node with a slow clock
/// raises it later.
pub fn earlier_clock(own: Timestamp, store: Timestamp) -> Timestamp {
    own.min(store)
}

/// All alarms of an open deadline with its present due time.
///
/// A warning before the start of the clock, or before its case was reopened, is left out. The passing of a provisional due time is no breach.
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
    let started = deadline.history.started.max(deadline.history.reopened);
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

/// The alarms after the due time moved: raised alarms stay, the others are planned again.
///
/// A raised breach is raised again only for a later due time. A raised warning is raised again only if the
/// due time was moved at `moved` by something other than a pause, and its new time is still to come.
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

/// The time of a warning; `None` for an invalid share.
fn warning_time(calendar: &Calendar, deadline: &Deadline, warn: Warn) -> Option<Timestamp> {
    let due = deadline.due.instant();
    let history = &deadline.history;
    let time_limit = history.time_limit.as_ref();
    let working = time_limit.map_or(!history.urgent, |time_limit| {
        time_limit.amount.unit().is_working()
    });
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

/// The instant at which `amount` is left until the deadline is due.
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

/// How long the clock ran between two instants, without pauses.
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

/// The last instant from which the clock runs for `time` until the deadline is due.
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
