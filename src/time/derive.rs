//! From a policy and a start to a due time, with the steps that lead there.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::calendar::{Calendar, Count, NotCovered, Passed, Role};
use super::policy::Policy;
use crate::case::{Allowance, ClockKind, Deadline, DeadlineStatus, Due, History, Step, Unit};

/// When what a policy promises falls due, for a clock that starts at `started`, with every day on the way.
///
/// `None` where the policy has no such clock. A clock may start before or run past the covered years: its due time is
/// then provisional, see [`Due::is_provisional`].
///
/// ```
/// use civic_reply::case::{ClockKind, Step};
/// use civic_reply::time::{Calendar, Policy, deadline};
/// use jiff::civil::Weekday;
///
/// let calendar = Calendar::builder("Asia/Shanghai").year(2026);
/// let calendar = calendar.week(Weekday::Monday, ["09:00-17:00".parse()?]).build()?;
/// let policy = Policy::next_working_day();
///
/// let received = "2026-11-24T10:00+08:00".parse()?;
/// let deadline = deadline(&calendar, &policy, ClockKind::FirstReply, received).ok_or("no such clock")?;
/// assert_eq!(deadline.due.to_string(), "2026-11-30 17:00 Asia/Shanghai");
/// assert!(matches!(deadline.derivation.first(), Some(Step::Received { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deadline(
    calendar: &Calendar,
    policy: &Policy,
    clock: ClockKind,
    started: Timestamp,
) -> Option<Deadline> {
    let allowance = policy.allowance(clock)?;
    let mut steps = vec![
        Step::Received {
            at: calendar.local(started),
        },
        Step::Calendar {
            version: calendar.version().to_owned(),
            first: calendar.first_day(),
            last: calendar.last_day(),
        },
        Step::Rule {
            text: allowance.to_string(),
            source: source(policy),
        },
    ];
    let due = count(calendar, allowance, started, &mut steps);
    steps.push(Step::Due {
        at: due.zoned().clone(),
    });
    Some(Deadline {
        clock,
        policy: policy.id.clone(),
        due,
        derivation: steps,
        status: DeadlineStatus::Open,
        history: History {
            started: Some(started),
            allowance: Some(allowance.clone()),
            ..History::default()
        },
    })
}

/// The policy's source with its date, as a derivation shows it.
fn source(policy: &Policy) -> String {
    match policy.source_date {
        Some(date) => format!("{}, {date}", policy.source),
        None => policy.source.clone(),
    }
}

/// Counts the allowance off and writes down every day.
fn count(calendar: &Calendar, allowance: &Allowance, started: Timestamp, steps: &mut Vec<Step>) -> Due {
    let count = Count {
        amount: allowance.amount,
        counts_from: allowance.counts_from,
        ends: allowance.ends,
    };
    let mut days = Vec::new();
    let reached = calendar.walk(started, count, &mut |passed| {
        days.push(step(&passed, allowance.amount.unit()))
    });
    let missing = reached.missing;
    let known = missing.map_or(days.len(), |missing| {
        days.partition_point(|step| day_of(step).is_some_and(|date| date < missing.day))
    });
    let unknown = days.split_off(known);
    steps.extend(days);
    steps.extend(missing.as_ref().map(missing_step));
    steps.extend(unknown);
    let at = calendar.local(reached.at);
    match missing {
        None => Due::new(at),
        Some(missing) if missing.is_before() => Due::provisional_before(at, missing.first),
        Some(missing) => Due::provisional(at, missing.last),
    }
}

fn missing_step(missing: &NotCovered) -> Step {
    if missing.is_before() {
        Step::NotCoveredBefore { first: missing.first }
    } else {
        Step::NotCovered { last: missing.last }
    }
}

fn day_of(step: &Step) -> Option<Date> {
    match step {
        Step::Skipped { date, .. } | Step::Counted { date, .. } => Some(*date),
        _ => None,
    }
}

/// A day on the way, and why it counts or not.
fn step(passed: &Passed<'_>, unit: Unit) -> Step {
    let day = &passed.day;
    let date = day.date;
    match passed.role {
        Role::Start => Step::Skipped {
            date,
            why: "the day of the start; counting begins on the next day".to_owned(),
        },
        Role::Over => Step::Skipped {
            date,
            why: format!("{day}, but business was over"),
        },
        Role::Closed => Step::Skipped {
            date,
            why: day.to_string(),
        },
        Role::Day(number) if unit == Unit::CalendarDays => Step::Counted {
            date,
            why: format!("day {number}: calendar day"),
        },
        Role::Day(number) => Step::Counted {
            date,
            why: format!("day {number}: {day}"),
        },
        Role::Time(time) => Step::Counted {
            date,
            why: format!("{}: {day}", words(time)),
        },
    }
}

/// A stretch of working time in words: `2 h 30 min`.
fn words(time: SignedDuration) -> String {
    let (hours, minutes, seconds) = (time.as_hours(), time.as_mins() % 60, time.as_secs() % 60);
    let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
    let parts = parts.iter().filter(|(count, _)| *count != 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() {
        "less than 1 s".to_owned()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests;
