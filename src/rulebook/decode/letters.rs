//! `[letters]`, and `[account.sending]`.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::policy::amount;
use super::template::{Slots, template};
use super::values::{MAX_HOURS, MAX_MINUTES, out_of_range, text, whole_number};
use crate::case::{Amount, Unit};
use crate::catalogue::wording;
use crate::message::Sending;
use crate::reply::LetterTemplates;
use crate::rulebook::diagnostic::Code;

/// No channel allows more messages; larger numbers are typing errors.
const MAX_MESSAGES: i64 = 1_000;
/// A promise that is postponed more often is worthless.
const MAX_TIMES: i64 = 10;
const BYTES: std::ops::RangeInclusive<i64> = 100..=1_000_000;

pub(super) fn letters(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<LetterTemplates> {
    let mut fields = Fields::of("`[letters]`", value, ctx)?;
    let mut read = |key, needed: &[&str], ctx: &mut Ctx<'_>| {
        fields.required(key, ctx, |value, ctx| {
            let allowed = &[];
            template(&Slots { needed, allowed }, value, ctx)
        })
    };
    let solved = read("solved", &[], ctx);
    let reminder = read("reminder", &["case"], ctx);
    let extended = read("extended", &["case", "due"], ctx);
    let postponed = read("postponed", &["case", "due"], ctx);
    let overdue = read("overdue", &["case"], ctx);
    let handed_back = read("handed_back", &["case"], ctx);
    let lapse_after = fields.required("lapse_hours", ctx, wait(1));
    let remind_after = fields.required("reminder_hours", ctx, wait(1));
    let reply_within = fields.required("reply_hours", ctx, |value, ctx| {
        // A reminder after the end of the wait would never be sent.
        let hours = remind_after.filter(|amount| amount.unit() == Unit::Hours);
        let least = hours.map_or(1, |hours| i64::from(hours.count()) + 1);
        let reply_within = wait(least)(value, ctx)?;
        if let Some(reminder) = remind_after.filter(|reminder| !comes_before(*reminder, reply_within)) {
            let wording = wording!("reply-before-reminder", reply = reply_within, reminder = reminder);
            ctx.error(value.span(), Code::BadValue, wording);
            return None;
        }
        Some(reply_within)
    });
    let postpone_minutes = fields.required("postpone_minutes", ctx, whole_number(1..=MAX_MINUTES));
    let postpone_times = fields.required("postpone_times", ctx, whole_number(0..=MAX_TIMES));
    let idle_minutes = fields.required("idle_minutes", ctx, whole_number(1..=MAX_MINUTES));
    fields.finish(ctx);
    Some(LetterTemplates {
        solved: solved?,
        lapse_after: lapse_after?,
        reminder: reminder?,
        remind_after: remind_after?,
        reply_within: reply_within?,
        extended: extended?,
        postponed: postponed?,
        postpone_minutes: postpone_minutes?,
        postpone_times: postpone_times?,
        overdue: overdue?,
        idle_minutes: idle_minutes?,
        handed_back: handed_back?,
    })
}

/// A time for which a citizen is waited for: hours of the clock as a number, at least `least`, or an amount in
/// any unit.
fn wait(least: i64) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<Amount> {
    move |value, ctx| {
        if !value.get_ref().is_table() {
            let hours = whole_number(least..=MAX_HOURS)(value, ctx)?;
            return Amount::new(hours, Unit::Hours).ok();
        }
        let amount = amount(value, ctx)?;
        let most = match amount.unit() {
            Unit::Minutes | Unit::WorkingMinutes => MAX_HOURS * 60,
            Unit::Hours | Unit::WorkingHours => MAX_HOURS,
            Unit::WorkingDays | Unit::CalendarDays => MAX_HOURS / 24,
        };
        if i64::from(amount.count()) > most {
            out_of_range(value.span(), &amount.to_string(), 1, most, ctx);
            return None;
        }
        Some(amount)
    }
}

/// Whether a reminder comes before the end of the wait. Only amounts of one kind of time can be compared; a
/// reminder in working time may come after any end that is not.
fn comes_before(reminder: Amount, end: Amount) -> bool {
    let minutes = |amount: Amount| match amount.unit() {
        Unit::Minutes | Unit::WorkingMinutes => Some(amount.count()),
        Unit::Hours | Unit::WorkingHours => amount.count().checked_mul(60),
        Unit::CalendarDays => amount.count().checked_mul(24 * 60),
        Unit::WorkingDays => None,
    };
    match (reminder.unit(), end.unit()) {
        (one, other) if one == other => reminder.count() < end.count(),
        (one, other) if one.is_working() != other.is_working() => !one.is_working(),
        _ => minutes(reminder)
            .zip(minutes(end))
            .is_none_or(|(reminder, end)| reminder < end),
    }
}

pub(super) fn sending(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Sending> {
    let mut fields = Fields::of("`[account.sending]`", value, ctx)?;
    let messages = fields.required("messages", ctx, whole_number(1..=MAX_MESSAGES));
    let within_hours = fields.required("within_hours", ctx, whole_number(1..=MAX_HOURS));
    let bytes = fields.optional("bytes", ctx, whole_number(BYTES));
    let source = fields.required("source", ctx, text);
    let fallback = fields.optional("fallback", ctx, text);
    fields.finish(ctx);
    Some(Sending {
        messages: messages?,
        within_hours: within_hours?,
        bytes,
        source: source?,
        fallback,
    })
}
