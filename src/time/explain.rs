//! Derivations in words, and notices for agents about closing windows and calendars.

use jiff::ZonedDateTime;
use jiff::civil::Date;

use super::calendar::Calendar;
use crate::case::{ClockKind, Deadline, DerivationStep, Due};
use crate::catalogue::text;

/// The next year's calendar is due this many days before the last covered day.
const RENEWAL_NOTICE_DAYS: i64 = 60;

/// The derivation of a due time, one step a line, from the record alone. It says which times count from the
/// reopening of the case, and which clocks went on then.
///
/// Texts that people wrote, such as a reason, can't start a line of their own: control characters become
/// spaces.
///
/// ```
/// use civic_reply::case::ClockKind;
/// use civic_reply::time::{Calendar, Policy, deadline, explain_due};
/// use jiff::civil::Weekday;
///
/// let calendar = Calendar::builder("Asia/Shanghai").year(2026);
/// let calendar = calendar.week(Weekday::Monday, ["09:00-17:00".parse()?]).build()?;
/// let received = "2026-11-29T10:00+08:00".parse()?;
/// let policy = Policy::next_working_day();
/// let deadline = deadline(&calendar, &policy, ClockKind::FirstReply, received).ok_or("no such clock")?;
///
/// let lines = explain_due(&deadline);
/// assert_eq!(lines[0], "2026-11-29 10:00 Asia/Shanghai: received");
/// assert_eq!(lines[4], "2026-11-30: counts, day 1: working day");
/// assert_eq!(lines[5], "2026-11-30 17:00 Asia/Shanghai: due");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn explain_due(deadline: &Deadline) -> Vec<String> {
    let reopened = deadline.history.reopened;
    let lines = deadline
        .derivation
        .iter()
        .flat_map(|step| match (step, reopened) {
            (DerivationStep::Received { at }, Some(reopened)) if at.timestamp() == reopened => {
                vec![text!("step-reopened", at = clock(at))]
            }
            (DerivationStep::Received { at }, Some(reopened)) => {
                let reopened = reopened.to_zoned_datetime(at.time_zone().clone());
                vec![line(step), text!("step-reopened-running", at = clock(&reopened))]
            }
            _ => vec![line(step)],
        });
    lines.map(|line| line.replace(char::is_control, " ")).collect()
}

fn line(step: &DerivationStep) -> String {
    match step {
        DerivationStep::Received { at } => text!("step-received", at = clock(at)),
        DerivationStep::Calendar { version, first, last } => {
            text!("step-calendar", version = version, first = first, last = last)
        }
        DerivationStep::Rule { text, source } => text!("step-rule", rule = text, source = source),
        DerivationStep::Skipped { date, why } => text!("step-skipped", date = date, reason = why),
        DerivationStep::Counted { date, why } => text!("step-counted", date = date, reason = why),
        DerivationStep::NotCovered { last } => text!("step-not-covered-after", last = last),
        DerivationStep::NotCoveredBefore { first } => text!("step-not-covered-before", first = first),
        DerivationStep::Told { at, by } => text!("step-promised", at = clock(at), agent = by),
        DerivationStep::Paused {
            from,
            to: Some(to),
            time,
        } => text!("step-paused", from = clock(from), to = clock(to), time = time),
        DerivationStep::Paused { from, to: None, .. } => text!("step-paused-still", from = clock(from)),
        DerivationStep::Extended {
            asked,
            amount,
            reason,
            approver,
        } => {
            let at = clock(asked);
            text!(
                "step-extended",
                at = at,
                amount = amount,
                agent = approver,
                reason = reason
            )
        }
        DerivationStep::Changed { at, old, new, reason } => {
            let (at, old, new) = (clock(at), clock(old), clock(new));
            text!("step-changed", at = at, old = old, new = new, reason = reason)
        }
        DerivationStep::Due { at } => text!("step-due", at = clock(at)),
    }
}

fn clock(at: &ZonedDateTime) -> String {
    Due::new(at.clone()).to_string()
}

/// The channel's window closes before the office's own deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WindowClosesFirst<'a> {
    /// The channel's window.
    pub window: &'a Due,
    /// The earliest deadline of the office.
    pub office: &'a Due,
}

/// Whether the channel's window closes before the office's earliest deadline; only open clocks count.
pub fn window_closes_first(deadlines: &[Deadline]) -> Option<WindowClosesFirst<'_>> {
    let earliest = |of_channel: bool| {
        let open = deadlines.iter().filter(|deadline| deadline.status.is_open());
        let open = open.filter(|deadline| (deadline.clock == ClockKind::Delivery) == of_channel);
        open.map(|deadline| &deadline.due).min_by_key(|due| due.instant())
    };
    let (window, office) = (earliest(true)?, earliest(false)?);
    (window.instant() < office.instant()).then_some(WindowClosesFirst { window, office })
}

/// The covered years of the calendar end soon, or have ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CalendarEnds {
    /// The last covered day.
    pub last: Date,
    /// How many days are left after today; negative when it is over.
    pub days_left: i64,
}

/// Whether the next year's calendar is due: from 60 days before the last covered day on.
pub fn calendar_ends(calendar: &Calendar, today: Date) -> Option<CalendarEnds> {
    let last = calendar.last_day();
    let days_left = today.duration_until(last).as_hours() / 24;
    (days_left <= RENEWAL_NOTICE_DAYS).then_some(CalendarEnds { last, days_left })
}
