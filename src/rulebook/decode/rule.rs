//! `[[rule]]`.

use std::ops::Range;

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::keywords::{keywords, whole_messages};
use super::names::Kind;
use super::template::{Slots, template};
use super::values::{
    date, filled_list, id_of, link, list, own_id, string, text, validity, whole_number, word,
};
use super::{Draft, pattern};
use crate::case::Priority;
use crate::message::MAX_CHARS;
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::{Outcome, Rule, When};

/// The slots that every rule's reply may show, besides the captures of its pattern.
const REPLY_SLOTS: [&str; 1] = ["sender_name"];

pub(super) fn rule(value: &Value<'_>, draft: &mut Draft, cx: &mut Cx<'_>) {
    let Some(mut fields) = Fields::of("`[[rule]]`", value, cx) else {
        return;
    };
    let id = fields.required("id", cx, own_id(Kind::Rule));
    let theme = fields.required("theme", cx, id_of(Kind::Theme));
    let accounts = fields.optional("accounts", cx, filled_list(id_of(Kind::Account)));
    let priority = fields.optional("priority", cx, whole_number(-1_000_000..=1_000_000));
    let valid = fields.optional("valid", cx, validity);
    let when = fields.required("when", cx, when);
    let captures = when.as_ref().and_then(|(_, captures)| captures.as_deref());
    let reply = fields.raw("reply");
    let escalate = fields.raw("escalate");
    let outcome = match (reply, escalate) {
        (Some(reply), None) => self::reply(reply, captures, cx),
        (None, Some(escalate)) => self::escalate(escalate, cx),
        (None, None) => {
            cx.error_with_help(
                fields.span(),
                Code::NoOutcome,
                "the rule does not say what becomes of a message",
                "neither `reply` nor `escalate`",
                "add `reply = { text = \"…\" }`, or `escalate = {}` for a person of the theme's department",
            );
            None
        }
        (Some(_), Some(second)) => {
            cx.error_with_help(
                second.span(),
                Code::TwoOutcomes,
                "the rule both replies and escalates",
                "`reply` is given too",
                "keep one of them",
            );
            None
        }
    };
    let source = fields.optional("source", cx, text);
    let checked = fields.optional("checked", cx, date);
    let examples = fields.optional("examples", cx, list(text)).unwrap_or_default();
    let counterexamples = fields
        .optional("counterexamples", cx, list(text))
        .unwrap_or_default();
    let span = fields.span();
    fields.finish(cx);
    let (Some(id), Some(theme), Some((when, _)), Some(outcome)) = (id, theme, when, outcome) else {
        return;
    };
    draft.rules.push(Rule {
        id,
        theme,
        accounts: accounts.unwrap_or_default(),
        priority: priority.unwrap_or_default(),
        valid: valid.unwrap_or_default(),
        when,
        outcome,
        source,
        checked,
        examples,
        counterexamples,
        location: cx.location(span),
    });
}

/// The condition, and the names of its pattern's captures; none where these are not known.
fn when(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<(When, Option<Vec<String>>)> {
    let mut fields = Fields::of("`when`", value, cx)?;
    let positive = ["exact", "any", "all", "regex"];
    let has_condition = value
        .get_ref()
        .as_table()
        .is_some_and(|table| positive.iter().any(|key| table.contains_key(*key)));
    let exact = fields.optional("exact", cx, whole_messages);
    let any = fields.optional("any", cx, keywords);
    let all = fields.optional("all", cx, filled_list(keywords));
    let none = fields.optional("none", cx, |value, cx| {
        // Nothing to leave out is no mistake.
        let is_empty = value.get_ref().as_array().is_some_and(|words| words.is_empty());
        if is_empty { None } else { keywords(value, cx) }
    });
    let mut captures = Some(Vec::new());
    let regex = fields.optional("regex", cx, |value, cx| {
        let pattern = string(value, cx)?;
        captures = self::captures(&pattern, value.span(), cx);
        Some(pattern)
    });
    let max_chars = fields.optional("max_chars", cx, whole_number(1..=MAX_CHARS as i64));
    fields.finish(cx);
    if !has_condition {
        cx.error_with_help(
            value.span(),
            Code::NoCondition,
            "the rule would fire on nearly every message",
            "nothing that a message must have",
            "add `any`, `all`, `exact` or `regex`",
        );
    }
    let when = When {
        exact: exact.unwrap_or_default(),
        any: any.unwrap_or_default(),
        all: all.unwrap_or_default(),
        none: none.unwrap_or_default(),
        regex,
        max_chars,
    };
    Some((when, captures))
}

fn captures(pattern: &str, span: Range<usize>, cx: &mut Cx<'_>) -> Option<Vec<String>> {
    if pattern.is_empty() {
        cx.error(
            span,
            Code::BadPattern,
            "the pattern is empty",
            "matches every message",
        );
        return None;
    }
    pattern::captures(pattern, span, cx)
}

fn reply(value: &Value<'_>, captures: Option<&[String]>, cx: &mut Cx<'_>) -> Option<Outcome> {
    let mut fields = Fields::of("`reply`", value, cx)?;
    let text = fields.required("text", cx, |value, cx| match captures {
        Some(captures) => {
            let allowed: Vec<&str> = REPLY_SLOTS
                .into_iter()
                .chain(captures.iter().map(String::as_str))
                .collect();
            let slots = Slots {
                needed: &[],
                allowed: &allowed,
            };
            template(&slots, value, cx)
        }
        // The condition was refused, so nobody knows which slots there are.
        None => text(value, cx),
    });
    let links = fields.optional("links", cx, list(link)).unwrap_or_default();
    fields.finish(cx);
    Some(Outcome::Reply { text: text?, links })
}

fn escalate(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Outcome> {
    const PRIORITIES: &[(&str, Priority)] = &[("normal", Priority::Normal), ("high", Priority::High)];
    let mut fields = Fields::of("`escalate`", value, cx)?;
    let department = fields.optional("department", cx, id_of(Kind::Department));
    let priority = fields
        .optional("priority", cx, word(PRIORITIES))
        .unwrap_or_default();
    let note = fields.optional("note", cx, text);
    fields.finish(cx);
    Some(Outcome::Escalate {
        department,
        priority,
        note,
    })
}
