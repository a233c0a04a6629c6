//! `[words]`, `[[emergency]]`, `[[synonyms]]`, `[templates]`.

use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::keywords::{keywords, whole_messages};
use super::names::Kind;
use super::template::{Slots, plain, template};
use super::values::{filled_list, own_id, string, text, whole_number};
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::{Code, Diagnostic};
use crate::rulebook::shapes::{Emergency, Negation, PersonWords, Templates};
use crate::text::fold;

pub(super) fn words(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<PersonWords> {
    let mut fields = Fields::of("`[words]`", value, ctx)?;
    let words = PersonWords {
        hand_off_exact: fields
            .optional("hand_off_exact", ctx, whole_messages)
            .unwrap_or_default(),
        hand_off: fields.optional("hand_off", ctx, keywords).unwrap_or_default(),
        personal: fields.optional("personal", ctx, keywords).unwrap_or_default(),
        elsewhere: fields.optional("elsewhere", ctx, keywords).unwrap_or_default(),
        longer: fields.optional("longer", ctx, keywords).unwrap_or_default(),
        emergencies: Vec::new(),
        negations: Vec::new(),
    };
    if words.hand_off.is_empty() && words.hand_off_exact.is_empty() {
        ctx.warning(fields.span(), Code::NoHandOff, wording!("no-hand-off-words"));
    }
    fields.finish(ctx);
    Some(words)
}

pub(super) fn emergency(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Emergency> {
    let mut fields = Fields::of("`[[emergency]]`", value, ctx)?;
    let id: Option<EmergencyId> = fields.required("id", ctx, own_id(Kind::Emergency));
    let any = fields.required("any", ctx, keywords);
    let none = fields.optional("none", ctx, keywords).unwrap_or_default();
    let advice = fields.required("advice", ctx, plain);
    let location = ctx.location(fields.span());
    fields.finish(ctx);
    Some(Emergency {
        id: id?.0,
        any: any?,
        none,
        advice: advice?,
        location,
    })
}

/// The most characters between a negation and its word.
const MAX_WITHIN: i64 = 20;

pub(super) fn negation(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Negation> {
    let mut fields = Fields::of("`[[negation]]`", value, ctx)?;
    let of = fields.required("of", ctx, |value, ctx| filled_list(negated)(value, ctx));
    let mut words = |key, ctx: &mut Ctx<'_>| fields.optional(key, ctx, filled_list(text)).unwrap_or_default();
    let (before, between) = (words("before", ctx), words("between", ctx));
    let (after, unless) = (words("after", ctx), words("unless", ctx));
    let within = fields.optional("within", ctx, whole_number(0..=MAX_WITHIN));
    fields.finish(ctx);
    Some(Negation {
        of: of?,
        before,
        between,
        after,
        unless,
        within: within.unwrap_or(0),
    })
}

/// The name of a list, or the id of an emergency.
fn negated(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let name = string(value, ctx)?;
    if !Negation::NEGATABLE.contains(&name.as_str()) {
        let here = ctx.location(value.span());
        ctx.names.refer(Kind::Emergency, &name, here);
    }
    Some(name)
}

struct EmergencyId(String);

impl From<&str> for EmergencyId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

pub(super) fn synonyms(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<String>> {
    let mut fields = Fields::of("`[[synonyms]]`", value, ctx)?;
    let words = fields.required("words", ctx, |value, ctx| {
        let words = keywords(value, ctx)?;
        if value.get_ref().as_array().is_some_and(|words| words.len() == 1) {
            ctx.error(value.span(), Code::BadValue, wording!("lone-synonym"));
        }
        check_repeated_words(value, ctx);
        Some(words)
    });
    fields.finish(ctx);
    words
}

/// Reports the words of a group that an earlier group or the group itself already has.
fn check_repeated_words(group: &Value<'_>, ctx: &mut Ctx<'_>) {
    for value in group.get_ref().as_array().into_iter().flatten() {
        let Some(word) = value.get_ref().as_str() else {
            continue;
        };
        let here = ctx.location(value.span());
        let folded = fold(word);
        if folded.is_blank() {
            continue;
        }
        let Some(first) = ctx.names.define(Kind::Synonym, folded.as_str(), here.clone()) else {
            continue;
        };
        let in_group = first.file == here.file && group.span().contains(&first.span.start);
        let wording = if in_group {
            wording!("synonym-twice-in-group", word = word)
        } else {
            wording!("synonym-in-two-groups", word = word)
        };
        ctx.problems.push(
            Diagnostic::warning(Code::SharedSynonym, wording)
                .at(here)
                .related(first, text!("first-one")),
        );
    }
}

pub(super) fn templates(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Templates> {
    let mut fields = Fields::of("`[templates]`", value, ctx)?;
    let mut read = |key, needed: &[&str], allowed: &[&str], ctx: &mut Ctx<'_>| {
        fields.required(key, ctx, |value, ctx| {
            template(&Slots { needed, allowed }, value, ctx)
        })
    };
    let answer = read("answer", &["answer"], &["checked"], ctx);
    let unchecked = read("unchecked", &[], &[], ctx);
    let menu = read("menu", &["options", "none"], &[], ctx);
    let queued = read("queued", &["case", "due"], &["department"], ctx);
    let queued_provisional = read("queued_provisional", &["case"], &["department"], ctx);
    let emergency = read("emergency", &["advice", "case"], &["department"], ctx);
    let none_of_these = read("none_of_these", &[], &[], ctx);
    let date_format = fields.required("date_format", ctx, date_format);
    let due_format = fields.required("due_format", ctx, due_format);
    fields.finish(ctx);
    Some(Templates {
        answer: answer?,
        unchecked: unchecked?,
        date_format: date_format?,
        menu: menu?,
        queued: queued?,
        queued_provisional: queued_provisional?,
        emergency: emergency?,
        due_format: due_format?,
        none_of_these: none_of_these?,
    })
}

fn date_format(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let format = text(value, ctx)?;
    let day = jiff::civil::date(2026, 1, 31);
    let written = strtime::format(&format, day).map(drop);
    known_format(format, written, "%Y-%m-%d", value, ctx)
}

fn due_format(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let format = text(value, ctx)?;
    let instant = ZonedDateTime::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let written = strtime::format(&format, &instant).map(drop);
    known_format(format, written, "%m-%d %H:%M", value, ctx)
}

/// An invalid format would be noticed only when a citizen waits for the date.
fn known_format(
    format: String,
    written: Result<(), jiff::Error>,
    example: &str,
    value: &Value<'_>,
    ctx: &mut Ctx<'_>,
) -> Option<String> {
    match written {
        Ok(()) => Some(format),
        Err(error) => {
            ctx.error(
                value.span(),
                Code::BadValue,
                wording!("bad-date-format", error = error, example = example),
            );
            None
        }
    }
}
