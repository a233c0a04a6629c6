//! `[words]`, `[[emergency]]`, `[[synonyms]]`, `[templates]`.

use jiff::ZonedDateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::keywords::{keywords, whole_messages};
use super::names::Kind;
use super::template::{Slots, plain, template};
use super::values::{own_id, text};
use crate::rulebook::diagnostic::{Code, Diagnostic};
use crate::rulebook::shapes::{Emergency, PersonWords, Templates};
use crate::text::fold;

pub(super) fn words(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<PersonWords> {
    let mut fields = Fields::of("`[words]`", value, cx)?;
    let words = PersonWords {
        hand_off_exact: fields
            .optional("hand_off_exact", cx, whole_messages)
            .unwrap_or_default(),
        hand_off: fields.optional("hand_off", cx, keywords).unwrap_or_default(),
        personal: fields.optional("personal", cx, keywords).unwrap_or_default(),
        elsewhere: fields.optional("elsewhere", cx, keywords).unwrap_or_default(),
        emergencies: Vec::new(),
    };
    if words.hand_off.is_empty() && words.hand_off_exact.is_empty() {
        cx.warning(
            fields.span(),
            Code::NoHandOff,
            "no word by which a citizen can ask for a person",
            "neither `hand_off` nor `hand_off_exact` has a word",
            "add at least `hand_off_exact`: the words by which a citizen asks for a person",
        );
    }
    fields.finish(cx);
    Some(words)
}

pub(super) fn emergency(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Emergency> {
    let mut fields = Fields::of("`[[emergency]]`", value, cx)?;
    let id: Option<EmergencyId> = fields.required("id", cx, own_id(Kind::Emergency));
    let any = fields.required("any", cx, keywords);
    let none = fields.optional("none", cx, keywords).unwrap_or_default();
    let advice = fields.required("advice", cx, plain);
    let location = cx.location(fields.span());
    fields.finish(cx);
    Some(Emergency {
        id: id?.0,
        any: any?,
        none,
        advice: advice?,
        location,
    })
}

struct EmergencyId(String);

impl From<&str> for EmergencyId {
    fn from(id: &str) -> Self {
        Self(id.to_owned())
    }
}

pub(super) fn synonyms(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Vec<String>> {
    let mut fields = Fields::of("`[[synonyms]]`", value, cx)?;
    let words = fields.required("words", cx, |value, cx| {
        let words = keywords(value, cx)?;
        if value.get_ref().as_array().is_some_and(|words| words.len() == 1) {
            cx.error(
                value.span(),
                Code::BadValue,
                "a word alone has no synonyms",
                "at least two are needed",
                "add another word for the same thing, or take the group out",
            );
        }
        grouped(value, cx);
        Some(words)
    });
    fields.finish(cx);
    words
}

/// Reports the words of a group that stand in an earlier one too, or twice in this one.
fn grouped(group: &Value<'_>, cx: &mut Cx<'_>) {
    for value in group.get_ref().as_array().into_iter().flatten() {
        let Some(word) = value.get_ref().as_str() else {
            continue;
        };
        let here = cx.location(value.span());
        let folded = fold(word);
        if folded.is_blank() {
            continue;
        }
        let Some(first) = cx.names.define(Kind::Synonym, folded.as_str(), here.clone()) else {
            continue;
        };
        let in_group = first.file == here.file && group.span().contains(&first.span.start);
        let (message, help) = if in_group {
            (
                format!("the synonym `{word}` stands twice in its group"),
                "take one out: capitals, width and traditional characters are folded anyway",
            )
        } else {
            (
                format!("the synonym `{word}` stands in two groups"),
                "the words of one group do not stand for those of the other: join the groups, or take it out of one",
            )
        };
        cx.problems.push(
            Diagnostic::warning(Code::SharedSynonym, message)
                .at(here)
                .label("again here")
                .help(help)
                .related(first, "first here"),
        );
    }
}

pub(super) fn templates(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Templates> {
    let mut fields = Fields::of("`[templates]`", value, cx)?;
    let mut read = |key, needed: &[&str], allowed: &[&str], cx: &mut Cx<'_>| {
        fields.required(key, cx, |value, cx| {
            template(&Slots { needed, allowed }, value, cx)
        })
    };
    let answer = read("answer", &["answer"], &["checked"], cx);
    let unchecked = read("unchecked", &[], &[], cx);
    let menu = read("menu", &["options", "none"], &[], cx);
    let queued = read("queued", &["case", "due"], &["department"], cx);
    let queued_provisional = read("queued_provisional", &["case"], &["department"], cx);
    let emergency = read("emergency", &["advice", "case"], &["department"], cx);
    let none_of_these = read("none_of_these", &[], &[], cx);
    let date_format = fields.required("date_format", cx, date_format);
    let due_format = fields.required("due_format", cx, due_format);
    fields.finish(cx);
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

fn date_format(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<String> {
    let format = text(value, cx)?;
    let day = jiff::civil::date(2026, 1, 31);
    let written = strtime::format(&format, day).map(drop);
    known_format(format, written, "%Y-%m-%d", value, cx)
}

fn due_format(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<String> {
    let format = text(value, cx)?;
    let instant = ZonedDateTime::new(jiff::Timestamp::UNIX_EPOCH, TimeZone::UTC);
    let written = strtime::format(&format, &instant).map(drop);
    known_format(format, written, "%m-%d %H:%M", value, cx)
}

/// A date that can't be written would be noticed only when a citizen waits for it.
fn known_format(
    format: String,
    written: Result<(), jiff::Error>,
    example: &str,
    value: &Value<'_>,
    cx: &mut Cx<'_>,
) -> Option<String> {
    match written {
        Ok(()) => Some(format),
        Err(error) => {
            cx.error(
                value.span(),
                Code::BadValue,
                format!("no date can be written so: {error}"),
                "not a date format",
                format!("write for example `{example}`"),
            );
            None
        }
    }
}
