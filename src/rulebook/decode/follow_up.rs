//! `[follow_up]`.

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::keywords::{whole_messages, written};
use super::template::{Slots, template};
use super::values::{MAX_HOURS, MAX_MINUTES, flag, text, whole_number};
use crate::rulebook::shapes::{ChoiceTexts, FollowUp, FollowUpTexts, StateNames};

pub(super) fn follow_up(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<FollowUp> {
    let mut fields = Fields::of("`[follow_up]`", value, ctx)?;
    let mut words = |key, ctx: &mut Ctx<'_>| fields.required(key, ctx, whole_messages);
    let progress = words("progress", ctx);
    let thanks = words("thanks", ctx);
    let solved = words("solved", ctx);
    let unsolved = words("unsolved", ctx);
    let add = words("add", ctx);
    let mut listed = |key, ctx: &mut Ctx<'_>| fields.optional(key, ctx, whole_messages).unwrap_or_default();
    let beside_thanks = listed("beside_thanks", ctx);
    let chase = listed("chase", ctx);
    let beside_chase = listed("beside_chase", ctx);
    let emoticons = fields.optional("emoticons", ctx, written).unwrap_or_default();
    let asks = fields.optional("asks", ctx, written).unwrap_or_default();
    let choice = fields.optional("choice", ctx, choice).unwrap_or_default();
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
        beside_thanks,
        emoticons,
        chase,
        beside_chase,
        asks,
        choice,
        minutes: minutes?,
        from_arrival: from_arrival.unwrap_or(false),
        confirm_hours: confirm_hours?,
        repeat_minutes: repeat_minutes?,
        texts: texts?,
        states: states?,
    })
}

fn choice(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<ChoiceTexts> {
    let mut fields = Fields::of("`[follow_up.choice]`", value, ctx)?;
    let mut listed = |key, ctx: &mut Ctx<'_>| fields.optional(key, ctx, whole_messages).unwrap_or_default();
    let beside = listed("beside", ctx);
    let numerals = listed("numerals", ctx);
    let none = listed("none", ctx);
    fields.finish(ctx);
    Some(ChoiceTexts {
        beside,
        numerals,
        none,
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
    let mut read = |key, allowed: &[&str], ctx: &mut Ctx<'_>| {
        fields.optional(key, ctx, |value, ctx| {
            template(&Slots { needed: &[], allowed }, value, ctx)
        })
    };
    let chased = read("chased", &[], ctx);
    let case_goes_on = read("case_goes_on", &["case", "department"], ctx);
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
        chased,
        case_goes_on,
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
