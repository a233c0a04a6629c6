//! `[[rule]]`.

use std::ops::Range;

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::keywords::{keywords, whole_messages};
use super::names::Kind;
use super::values::{date, filled_list, id_of, list, own_id, string, text, validity, whole_number, word};
use super::{Decoded, TextList, hours, pattern, reply, template, unmatchable};
use crate::case::Priority;
use crate::catalogue::{text, wording};
use crate::message::{MAX_CHARS, RuleId};
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::{Location, Near, Rule, RuleOutcome, When};

/// The largest distance between two words of `near`, in characters.
const MAX_WITHIN: i64 = 200;

/// The keys for the outcome of a rule.
const OUTCOMES: [&str; 4] = ["reply", "escalate", "form", "forward"];

/// The slots of other texts. Operators know their meaning, so captures must not use their names.
const RESERVED: [&str; 10] = [
    "advice",
    "answer",
    "back",
    "case",
    "checked",
    "department",
    "due",
    "none",
    "options",
    "state",
];

pub(super) fn rule(value: &Value<'_>, decoded: &mut Decoded, ctx: &mut Ctx<'_>) {
    let Some(mut fields) = Fields::of("`[[rule]]`", value, ctx) else {
        return;
    };
    let id = fields.required("id", ctx, own_id(Kind::Rule));
    let theme = fields.required("theme", ctx, id_of(Kind::Theme));
    let accounts = fields.optional("accounts", ctx, filled_list(id_of(Kind::Account)));
    let priority = fields.optional("priority", ctx, whole_number(-1_000_000..=1_000_000));
    let valid = fields.optional("valid", ctx, validity);
    let when = fields.required("when", ctx, |value, ctx| when(value, id.as_ref(), ctx));
    let captures = when.as_ref().and_then(|(_, captures)| captures.as_deref());
    let outcome = outcome(&mut fields, captures, ctx);
    let source = fields.optional("source", ctx, text);
    let checked = fields.optional("checked", ctx, date);
    let examples = fields.optional("examples", ctx, list(text)).unwrap_or_default();
    let counterexamples = fields
        .optional("counterexamples", ctx, list(text))
        .unwrap_or_default();
    let location = ctx.location(fields.span());
    keep_spans(&mut fields, &location, decoded);
    fields.finish(ctx);
    let (Some(id), Some(theme), Some((when, _)), Some(outcome)) = (id, theme, when, outcome) else {
        return;
    };
    decoded.rules.push(Rule {
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
        location,
    });
}

/// Keeps the spans of the rule's examples and keywords, for diagnostics that mark one of them.
fn keep_spans(fields: &mut Fields<'_, '_>, location: &Location, decoded: &mut Decoded) {
    let when = fields.raw("when");
    let near = child(when, "near");
    for (list, value) in [
        (TextList::Examples, fields.raw("examples")),
        (TextList::Counterexamples, fields.raw("counterexamples")),
        (TextList::Any, child(when, "any")),
        (TextList::All, child(when, "all")),
        (TextList::NearOne, child(near, "one")),
        (TextList::NearOther, child(near, "other")),
    ] {
        decoded.list_spans.keep(location, list, value);
    }
}

/// The value of `key` in a table.
fn child<'t, 'i>(table: Option<&'t Value<'i>>, key: &str) -> Option<&'t Value<'i>> {
    table?.get_ref().as_table()?.get(key)
}

/// The outcome of a rule: exactly one of its keys.
fn outcome(
    fields: &mut Fields<'_, '_>,
    captures: Option<&[String]>,
    ctx: &mut Ctx<'_>,
) -> Option<RuleOutcome> {
    let given = OUTCOMES.map(|key| (key, fields.raw(key)));
    let mut given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let Some((key, value)) = given.next() else {
        ctx.error(fields.span(), Code::NoOutcome, wording!("no-outcome"));
        return None;
    };
    if let Some((other, second)) = given.next() {
        ctx.error(
            second.span(),
            Code::TwoOutcomes,
            wording!("two-outcomes", first = key, second = other),
        );
        return None;
    }
    match key {
        "reply" => reply::reply(value, captures, ctx).map(RuleOutcome::Reply),
        "escalate" => escalate(value, ctx),
        "form" => id_of(Kind::Form)(value, ctx).map(RuleOutcome::Form),
        _ => forward(value, ctx),
    }
}

/// The condition, and the names of its pattern's captures if these are known.
fn when(value: &Value<'_>, rule: Option<&RuleId>, ctx: &mut Ctx<'_>) -> Option<(When, Option<Vec<String>>)> {
    let mut fields = Fields::of("`when`", value, ctx)?;
    let positive = ["exact", "any", "all", "near", "regex"];
    let has_condition = value
        .get_ref()
        .as_table()
        .is_some_and(|table| positive.iter().any(|key| table.contains_key(*key)));
    let exact = fields.optional("exact", ctx, whole_messages);
    let any = fields.optional("any", ctx, keywords);
    let all = fields.optional("all", ctx, filled_list(keywords));
    let none = fields.optional("none", ctx, |value, ctx| {
        // An empty `none` is allowed.
        let is_empty = value.get_ref().as_array().is_some_and(|words| words.is_empty());
        if is_empty { None } else { keywords(value, ctx) }
    });
    let mut captures = Some(Vec::new());
    let regex = fields.optional("regex", ctx, |value, ctx| {
        let pattern = string(value, ctx)?;
        captures = self::captures(&pattern, value.span(), rule, ctx);
        Some(pattern)
    });
    let near = fields.optional("near", ctx, near);
    let hours = fields.optional("hours", ctx, hours::hours);
    let talk = fields.optional("talk", ctx, hours::talk);
    let max_chars = fields.optional("max_chars", ctx, whole_number(1..=MAX_CHARS as i64));
    fields.finish(ctx);
    if !has_condition {
        ctx.error(value.span(), Code::NoCondition, wording!("no-condition"));
    }
    let when = When {
        exact: exact.unwrap_or_default(),
        any: any.unwrap_or_default(),
        all: all.unwrap_or_default(),
        none: none.unwrap_or_default(),
        regex,
        near,
        hours,
        talk: talk.unwrap_or_default(),
        max_chars,
    };
    Some((when, captures))
}

fn captures(
    pattern: &str,
    span: Range<usize>,
    rule: Option<&RuleId>,
    ctx: &mut Ctx<'_>,
) -> Option<Vec<String>> {
    // The marked line often does not show the rule that the pattern belongs to.
    let subject = rule.map_or_else(|| text!("pattern"), |rule| text!("pattern-of", rule = rule));
    if pattern.is_empty() {
        ctx.error(
            span,
            Code::BadPattern,
            wording!("pattern-empty", pattern = subject),
        );
        return None;
    }
    let captures = pattern::captures(pattern, &subject, span.clone(), ctx)?;
    unmatchable::check(pattern, &subject, span.clone(), ctx);
    for capture in &captures {
        if reply::SLOTS.contains(&capture.as_str()) || RESERVED.contains(&capture.as_str()) {
            reserved(capture, &subject, span.clone(), ctx);
        }
    }
    Some(captures)
}

/// Refuses a capture with the name of a reserved slot: the reply would show another value than the operator
/// expects.
fn reserved(capture: &str, subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    let group = format!("<{capture}>");
    let at = template::within(&group, span.clone(), ctx);
    // Where escapes hide the group, the whole pattern is marked.
    let at = if at == span {
        span
    } else {
        at.start + 1..at.end - 1
    };
    ctx.error(
        at,
        Code::ReservedSlot,
        wording!("reserved-slot", pattern = subject, capture = capture),
    );
}

/// `{ one = ["…"], other = ["…"], within = 6 }`.
fn near(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Near> {
    let mut fields = Fields::of("`near`", value, ctx)?;
    let one = fields.required("one", ctx, keywords);
    let other = fields.required("other", ctx, keywords);
    let within = fields.required("within", ctx, whole_number(0..=MAX_WITHIN));
    fields.finish(ctx);
    Some(Near {
        one: one?,
        other: other?,
        within: within?,
    })
}

/// `{ theme = "…" }` or `{ account = "…" }`.
fn forward(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<RuleOutcome> {
    let mut fields = Fields::of("`forward`", value, ctx)?;
    let theme = fields.optional("theme", ctx, id_of(Kind::Theme));
    let account = fields.optional("account", ctx, id_of(Kind::Account));
    let (has_theme, has_account) = (fields.raw("theme").is_some(), fields.raw("account").is_some());
    fields.finish(ctx);
    if has_theme == has_account {
        let wording = if has_theme {
            wording!("forward-to-two")
        } else {
            wording!("forward-to-nobody")
        };
        ctx.error(value.span(), Code::BadValue, wording);
        return None;
    }
    theme
        .map(RuleOutcome::ForwardTheme)
        .or(account.map(RuleOutcome::ForwardAccount))
}

fn escalate(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<RuleOutcome> {
    const PRIORITIES: &[(&str, Priority)] = &[("normal", Priority::Normal), ("high", Priority::High)];
    let mut fields = Fields::of("`escalate`", value, ctx)?;
    let department = fields.optional("department", ctx, id_of(Kind::Department));
    let priority = fields
        .optional("priority", ctx, word(PRIORITIES))
        .unwrap_or_default();
    let note = fields.optional("note", ctx, template::plain);
    fields.finish(ctx);
    Some(RuleOutcome::Escalate {
        department,
        priority,
        note,
    })
}
