//! `[follow_up]`.

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::keywords::whole_messages;
use super::template::{Slots, template};
use super::values::{MAX_HOURS, MAX_MINUTES, flag, text, whole_number};
use crate::rulebook::shapes::{FollowUp, FollowUpTexts, StateNames};

pub(super) fn follow_up(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<FollowUp> {
    let mut fields = Fields::of("`[follow_up]`", value, cx)?;
    let mut words = |key, cx: &mut Cx<'_>| fields.required(key, cx, whole_messages);
    let progress = words("progress", cx);
    let thanks = words("thanks", cx);
    let solved = words("solved", cx);
    let unsolved = words("unsolved", cx);
    let add = words("add", cx);
    let minutes = fields.required("minutes", cx, whole_number(1..=MAX_MINUTES));
    let from_arrival = fields.optional("from_arrival", cx, flag);
    let confirm_hours = fields.required("confirm_hours", cx, whole_number(1..=MAX_HOURS));
    let repeat_minutes = fields.required("repeat_minutes", cx, whole_number(1..=MAX_MINUTES));
    let texts = fields.required("texts", cx, texts);
    let states = fields.required("states", cx, states);
    fields.finish(cx);
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

fn texts(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<FollowUpTexts> {
    let mut fields = Fields::of("`[follow_up.texts]`", value, cx)?;
    let mut read = |key, needed: &[&str], allowed: &[&str], cx: &mut Cx<'_>| {
        fields.required(key, cx, |value, cx| {
            template(&Slots { needed, allowed }, value, cx)
        })
    };
    let progress = read("progress", &["case", "state", "due"], &["department"], cx);
    let progress_undated = read("progress_undated", &["case", "state"], &["department"], cx);
    let no_case = read("no_case", &[], &[], cx);
    let added = read("added", &["case"], &["department"], cx);
    let held = read("held", &["case"], &["department"], cx);
    let handed_back = read("handed_back", &[], &[], cx);
    let welcome = read("welcome", &[], &[], cx);
    let confirmed = read("confirmed", &[], &[], cx);
    let reopened = read("reopened", &["case"], &["department"], cx);
    let new_due = read("new_due", &["due"], &[], cx);
    let repeated = read("repeated", &[], &[], cx);
    let closed_now = read("closed_now", &["back"], &[], cx);
    let absent = read("absent", &[], &[], cx);
    let absent_until = read("absent_until", &["back"], &[], cx);
    fields.finish(cx);
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

fn states(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<StateNames> {
    let mut fields = Fields::of("`[follow_up.states]`", value, cx)?;
    let mut name = |key, cx: &mut Cx<'_>| fields.required(key, cx, text);
    let waiting = name("waiting", cx);
    let claimed = name("claimed", cx);
    let awaiting_citizen = name("awaiting_citizen", cx);
    let offered = name("offered", cx);
    let answered = name("answered", cx);
    let closed = name("closed", cx);
    fields.finish(cx);
    Some(StateNames {
        waiting: waiting?,
        claimed: claimed?,
        awaiting_citizen: awaiting_citizen?,
        offered: offered?,
        answered: answered?,
        closed: closed?,
    })
}
