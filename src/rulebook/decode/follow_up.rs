//! `[follow_up]`.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::keywords::whole_messages;
use super::template::{Slots, template};
use super::values::{MAX_HOURS, MAX_MINUTES, flag, text, whole_number};
use crate::rulebook::shapes::{FollowUp, FollowUpTexts, StateNames};

pub(super) fn follow_up(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<FollowUp> {
    let mut fields = Fields::of("`[follow_up]`", value, ctx)?;
    let mut words = |key, ctx: &mut Ctx<'_>| fields.required(key, ctx, whole_messages);
    let progress = words("progress", ctx);
    let thanks = words("thanks", ctx);
    let solved = words("solved", ctx);
    let unsolved = words("unsolved", ctx);
    let add = words("add", ctx);
    let minutes = fields.required("minutes", ctx, whole_number(1..=MAX_MINUTES));
    let from_arrival = fields.optional("from_arrival", ctx, flag);
    let confirm_hours = fields.required("confirm_hours", ctx, whole_number(1..=MAX_HOURS));
    let repeat_minutes = fields.required("repeat_minutes", ctx, whole_number(1..=MAX_MINUTES));
    let texts = fields.required("texts", ctx, texts);
    let states = fields.required("states", ctx, states);
    fields.finish(ctx);
    Some(FollowUp {
        progress: progress?,
        thanks: thanks?,
        solved: solved?,
        unsolved: unsolved?,
        add: add?,
        minutes: minutes?,
        from_arrival: from_arrival.unwrap_or(false),
        confirm_hours: confirm_hours?,
        repeat_minutes: repeat_minutes?,
        texts: texts?,
        states: states?,
    })
}

fn texts(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<FollowUpTexts> {
    let mut fields = Fields::of("`[follow_up.texts]`", value, ctx)?;
    let mut read = |key, needed: &[&str], allowed: &[&str], ctx: &mut Ctx<'_>| {
        fields.required(key, ctx, |value, ctx| {
            template(&Slots { needed, allowed }, value, ctx)
        })
    };
    let progress = read("progress", &["case", "state", "due"], &["department"], ctx);
    let progress_undated = read("progress_undated", &["case", "state"], &["department"], ctx);
    let no_case = read("no_case", &[], &[], ctx);
    let added = read("added", &["case"], &["department"], ctx);
    let held = read("held", &["case"], &["department"], ctx);
    let handed_back = read("handed_back", &[], &[], ctx);
    let welcome = read("welcome", &[], &[], ctx);
    let confirmed = read("confirmed", &[], &[], ctx);
    let reopened = read("reopened", &["case"], &["department"], ctx);
    let new_due = read("new_due", &["due"], &[], ctx);
    let repeated = read("repeated", &[], &[], ctx);
    let closed_now = read("closed_now", &["back"], &[], ctx);
    let absent = read("absent", &[], &[], ctx);
    let absent_until = read("absent_until", &["back"], &[], ctx);
    fields.finish(ctx);
    Some(FollowUpTexts {
        progress: progress?,
        progress_undated: progress_undated?,
        no_case: no_case?,
        added: added?,
        held: held?,
        handed_back: handed_back?,
        welcome: welcome?,
        confirmed: confirmed?,
        reopened: reopened?,
        new_due: new_due?,
        repeated: repeated?,
        closed_now: closed_now?,
        absent: absent?,
        absent_until: absent_until?,
    })
}

fn states(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<StateNames> {
    let mut fields = Fields::of("`[follow_up.states]`", value, ctx)?;
    let mut name = |key, ctx: &mut Ctx<'_>| fields.required(key, ctx, text);
    let waiting = name("waiting", ctx);
    let claimed = name("claimed", ctx);
    let awaiting_citizen = name("awaiting_citizen", ctx);
    let offered = name("offered", ctx);
    let answered = name("answered", ctx);
    let closed = name("closed", ctx);
    fields.finish(ctx);
    Some(StateNames {
        waiting: waiting?,
        claimed: claimed?,
        awaiting_citizen: awaiting_citizen?,
        offered: offered?,
        answered: answered?,
        closed: closed?,
    })
}
