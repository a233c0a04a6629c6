//! Derives a due time from a policy and a start, step by step.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::alarm::plan;
use super::calendar::{Calendar, Count, DayRole, NotCovered, VisitedDay};
use super::policy::Policy;
use crate::case::{
    Amount, ClockKind, CountsFrom, Deadline, DeadlineStatus, DerivationStep, Due, Ends, Extension, History,
    Pause, TimeLimit, Unit,
};
use crate::catalogue::text;

/// The deadline of a clock that starts at `started`, derived day by day.
///
/// `None` if the policy has no such clock. If the clock starts before or runs past the covered years, its due
/// time is provisional, see [`Due::is_provisional`].
///
/// ```
/// use civic_reply::case::{ClockKind, DerivationStep};
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
/// assert!(matches!(deadline.derivation.first(), Some(DerivationStep::Received { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn deadline(
    calendar: &Calendar,
    policy: &Policy,
    clock: ClockKind,
    started: Timestamp,
) -> Option<Deadline> {
    let time_limit = policy.time_limit(clock)?;
    let history = History {
        started: Some(started),
        time_limit: Some(time_limit.clone()),
        source: source(policy),
        urgent: policy.urgent,
        ..History::default()
    };
    let (due, derivation) = derive(calendar, &history)?;
    let mut deadline = Deadline {
        clock,
        policy: policy.id.clone(),
        due,
        derivation,
        status: DeadlineStatus::Open,
        history,
    };
    deadline.history.alarms = plan(calendar, &deadline, &time_limit.warn);
    Some(deadline)
}

/// The due time of a clock's history with its derivation; `None` for a due time that was set directly.
pub(super) fn derive(calendar: &Calendar, history: &History) -> Option<(Due, Vec<DerivationStep>)> {
    let (started, time_limit) = history.started.zip(history.time_limit.as_ref())?;
    let mut builder = DerivationBuilder {
        calendar,
        steps: vec![
            DerivationStep::Received {
                at: calendar.local(started),
            },
            DerivationStep::Calendar {
                version: calendar.version().to_owned(),
                first: calendar.first_day(),
                last: calendar.last_day(),
            },
            DerivationStep::Rule {
                text: time_limit.to_string(),
                source: history.source.clone(),
            },
        ],
        missing: None,
    };
    let mut due = builder.count(
        started,
        time_limit.amount,
        time_limit.counts_from,
        time_limit.ends,
    );
    let mut paused_time = PausedTime {
        base: due,
        paused: SignedDuration::ZERO,
    };
    // Pauses and extensions before the start belong to the clock before it was reset.
    let extensions = history
        .extensions
        .iter()
        .filter(|extension| extension.asked >= started);
    let mut extensions = extensions.peekable();
    let pauses = history
        .pauses
        .iter()
        .filter(|pause| pause.to.is_none_or(|to| to > started));
    for pause in pauses {
        while let Some(extension) = extensions.next_if(|extension| extension.asked < pause.from) {
            due = builder.extend(due, extension, time_limit);
            paused_time = PausedTime {
                base: due,
                paused: SignedDuration::ZERO,
            };
        }
        due = builder.pause(due, &mut paused_time, pause, started, time_limit);
    }
    for extension in extensions {
        due = builder.extend(due, extension, time_limit);
    }
    for change in &history.changes {
        builder.steps.push(DerivationStep::Changed {
            at: calendar.local(change.at),
            old: change.old.zoned().clone(),
            new: change.new.zoned().clone(),
            reason: change.reason.clone(),
        });
    }
    let at = calendar.local(due);
    let due = match builder.missing {
        None => Due::new(at),
        Some(missing) if missing.is_before() => Due::provisional_before(at, missing.first),
        Some(missing) => Due::provisional(at, missing.last),
    };
    builder.steps.push(DerivationStep::Due {
        at: due.zoned().clone(),
    });
    Some((due, builder.steps))
}

/// The instant from which a time limit counts: its start, or the beginning of the next day.
pub(super) fn counted_from(calendar: &Calendar, started: Timestamp, time_limit: &TimeLimit) -> Timestamp {
    match time_limit.counts_from {
        CountsFrom::SameDay => started,
        CountsFrom::NextDay => calendar.day_after(started),
    }
}

/// The pauses since the due time was last counted without pauses.
struct PausedTime {
    base: Timestamp,
    paused: SignedDuration,
}

/// Builds a derivation.
struct DerivationBuilder<'a> {
    calendar: &'a Calendar,
    steps: Vec<DerivationStep>,
    missing: Option<NotCovered>,
}

impl DerivationBuilder<'_> {
    /// Counts an amount and records every day.
    fn count(&mut self, from: Timestamp, amount: Amount, counts_from: CountsFrom, ends: Ends) -> Timestamp {
        let count = Count {
            amount,
            counts_from,
            ends,
        };
        let mut days = Vec::new();
        let advanced = self.calendar.advance(from, count, &mut |visited| {
            days.push(day_step(&visited, amount.unit()))
        });
        let known = advanced.missing.map_or(days.len(), |missing| {
            days.partition_point(|step| day_of(step).is_some_and(|date| date < missing.day))
        });
        let unknown = days.split_off(known);
        self.steps.extend(days);
        self.note_not_covered(advanced.missing);
        self.steps.extend(unknown);
        advanced.at
    }

    /// Notes the first day that was needed and is not covered.
    fn note_not_covered(&mut self, missing: Option<NotCovered>) {
        if let (None, Some(missing)) = (self.missing, missing) {
            self.steps.push(if missing.is_before() {
                DerivationStep::NotCoveredBefore { first: missing.first }
            } else {
                DerivationStep::NotCovered { last: missing.last }
            });
            self.missing = Some(missing);
        }
    }

    /// Moves the due time by the counted time of the pause, on the same calendar as the time limit.
    fn pause(
        &mut self,
        due: Timestamp,
        paused_time: &mut PausedTime,
        pause: &Pause,
        started: Timestamp,
        time_limit: &TimeLimit,
    ) -> Timestamp {
        let from = pause.from.max(counted_from(self.calendar, started, time_limit));
        let working = time_limit.amount.unit().is_working();
        let (time, missing) = match pause.to {
            // A pause after the due time moves nothing.
            Some(to) if pause.from < due && working => self.calendar.measure(from, to),
            Some(to) if pause.from < due => (from.duration_until(to).max(SignedDuration::ZERO), None),
            _ => (SignedDuration::ZERO, None),
        };
        self.note_not_covered(missing);
        self.steps.push(DerivationStep::Paused {
            from: self.calendar.local(pause.from),
            to: pause.to.map(|to| self.calendar.local(to)),
            time: pause_text(time, working),
        });
        if time.is_zero() {
            return due;
        }
        paused_time.paused = paused_time.paused.saturating_add(time);
        let moved = if working {
            let moved = self
                .calendar
                .advance_time(paused_time.base, paused_time.paused, &mut |_| {});
            self.note_not_covered(moved.missing);
            moved.at
        } else {
            paused_time
                .base
                .saturating_add(paused_time.paused)
                .unwrap_or(Timestamp::MAX)
        };
        if time_limit.amount.unit().is_days() && time_limit.ends == Ends::Midnight {
            self.calendar.end_of_day(moved)
        } else {
            moved
        }
    }

    /// Adds an extension to the due time: in days, from the day after it.
    fn extend(&mut self, due: Timestamp, extension: &Extension, time_limit: &TimeLimit) -> Timestamp {
        self.steps.push(DerivationStep::Extended {
            asked: self.calendar.local(extension.asked),
            amount: extension.amount,
            reason: extension.reason.clone(),
            approver: extension.approver.clone(),
        });
        if extension.amount.unit().is_days() {
            // A due time of 24:00 belongs to the day that ends with it.
            let within = due.saturating_sub(SignedDuration::from_nanos(1)).unwrap_or(due);
            self.count(within, extension.amount, CountsFrom::NextDay, time_limit.ends)
        } else {
            self.count(due, extension.amount, CountsFrom::SameDay, time_limit.ends)
        }
    }
}

/// The policy's source with its date, as a derivation shows it.
pub(super) fn source(policy: &Policy) -> String {
    match policy.source_date {
        Some(date) => format!("{}, {date}", policy.source),
        None => policy.source.clone(),
    }
}

fn day_of(step: &DerivationStep) -> Option<Date> {
    match step {
        DerivationStep::Skipped { date, .. } | DerivationStep::Counted { date, .. } => Some(*date),
        _ => None,
    }
}

/// The step of a visited day, with the reason why it counts or not.
fn day_step(visited: &VisitedDay<'_>, unit: Unit) -> DerivationStep {
    let day = &visited.day;
    let date = day.date;
    match visited.role {
        DayRole::Start => DerivationStep::Skipped {
            date,
            why: text!("day-of-start"),
        },
        DayRole::Over => DerivationStep::Skipped {
            date,
            why: text!("day-after-hours", day = day),
        },
        DayRole::Closed => DerivationStep::Skipped {
            date,
            why: day.to_string(),
        },
        DayRole::Day(number) if unit == Unit::CalendarDays => DerivationStep::Counted {
            date,
            why: text!("day-number-calendar", number = number),
        },
        DayRole::Day(number) => DerivationStep::Counted {
            date,
            why: text!("day-number", number = number, day = day),
        },
        DayRole::Time(time) => DerivationStep::Counted {
            date,
            why: text!("day-time", time = format_duration(time), day = day),
        },
    }
}

/// How much counted time a pause took.
fn pause_text(time: SignedDuration, working: bool) -> String {
    if time.is_zero() {
        text!("pause-nothing")
    } else if working {
        text!("pause-working-time", time = format_duration(time))
    } else {
        text!("pause-time", time = format_duration(time))
    }
}

/// A stretch of time in words: `2 h 30 min`.
pub(super) fn format_duration(time: SignedDuration) -> String {
    let (hours, minutes, seconds) = (time.as_hours(), time.as_mins() % 60, time.as_secs() % 60);
    let parts = [(hours, "h"), (minutes, "min"), (seconds, "s")];
    let parts = parts.iter().filter(|(count, _)| *count != 0);
    let parts: Vec<String> = parts.map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() {
        text!("less-than-a-second")
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests;
