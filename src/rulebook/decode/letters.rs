//! `[letters]`, and `[account.sending]`.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::template::{Slots, template};
use super::values::{MAX_HOURS, MAX_MINUTES, text, whole_number};
use crate::message::Sending;
use crate::reply::LetterTemplates;

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
    let lapse_hours = fields.required("lapse_hours", ctx, whole_number(1..=MAX_HOURS));
    let reminder_hours = fields.required("reminder_hours", ctx, whole_number(1..=MAX_HOURS));
    let reply_hours = fields.required("reply_hours", ctx, |value, ctx| {
        // A reminder after the end of the wait would never be sent.
        let least = reminder_hours.map_or(1, |hours: u32| i64::from(hours) + 1);
        whole_number(least..=MAX_HOURS)(value, ctx)
    });
    let postpone_minutes = fields.required("postpone_minutes", ctx, whole_number(1..=MAX_MINUTES));
    let postpone_times = fields.required("postpone_times", ctx, whole_number(0..=MAX_TIMES));
    let idle_minutes = fields.required("idle_minutes", ctx, whole_number(1..=MAX_MINUTES));
    fields.finish(ctx);
    Some(LetterTemplates {
        solved: solved?,
        lapse_hours: lapse_hours?,
        reminder: reminder?,
        reminder_hours: reminder_hours?,
        reply_hours: reply_hours?,
        extended: extended?,
        postponed: postponed?,
        postpone_minutes: postpone_minutes?,
        postpone_times: postpone_times?,
        overdue: overdue?,
        idle_minutes: idle_minutes?,
        handed_back: handed_back?,
    })
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
