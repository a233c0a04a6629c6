//! Reading single values: texts, ids, numbers, dates, lists.

use std::fmt::Display;
use std::ops::{Range, RangeInclusive};

use jiff::civil::Date;
use toml::de::DeValue;

use super::ctx::Ctx;
use super::fields::{Fields, Type, Value, wrong_type};
use super::names::Kind;
use super::suggest::nearest;
use crate::catalogue::{text, wording};
use crate::message::MAX_ID_BYTES;
use crate::reply::Link;
use crate::rulebook::diagnostic::{Code, alters_display, is_hidden};
use crate::rulebook::shapes::Validity;

/// The longest text of a rulebook, in characters.
pub(super) const MAX_TEXT_CHARS: usize = 10_000;

/// Any string, with line ends as `\n`. Characters that control a terminal or the direction of writing are
/// refused: they would be sent to citizens, or make one text look like another.
pub(super) fn string(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    match value.get_ref() {
        DeValue::String(text) => match text.chars().find(|&c| alters_display(c)) {
            Some(c) => {
                ctx.error(
                    value.span(),
                    Code::ControlCharacter,
                    wording!("control-character", code = format!("{:04X}", u32::from(c))),
                );
                None
            }
            None => Some(text.replace("\r\n", "\n")),
        },
        other => {
            wrong_type(value.span(), Type::Text, other, ctx);
            None
        }
    }
}

/// A text with at least one visible character, without white space at its ends.
pub(super) fn text(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let whole = string(value, ctx)?;
    let text = whole.trim();
    if text.chars().all(|c| c.is_whitespace() || is_hidden(c)) {
        ctx.error(value.span(), Code::EmptyText, wording!("empty-text"));
        return None;
    }
    if text.chars().count() > MAX_TEXT_CHARS {
        ctx.error(
            value.span(),
            Code::OverLimit,
            wording!("text-too-long", limit = MAX_TEXT_CHARS),
        );
        return None;
    }
    Some(text.to_owned())
}

/// An id: letters, digits and `-`, `_`, `.`.
fn id(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let id = string(value, ctx)?;
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if id.is_empty() || id.len() > MAX_ID_BYTES || !id.chars().all(fits) {
        ctx.error(
            value.span(),
            Code::BadId,
            wording!("bad-id", id = id, limit = MAX_ID_BYTES),
        );
        return None;
    }
    Some(id)
}

/// The id of the table that is being read.
pub(super) fn own_id<T: for<'a> From<&'a str>>(
    kind: Kind,
) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T> {
    move |value, ctx| {
        let id = id(value, ctx)?;
        ctx.define(kind, &id, value.span());
        Some(T::from(&id))
    }
}

/// A reference to the id of another table.
pub(super) fn id_of<T: for<'a> From<&'a str>>(kind: Kind) -> impl Fn(&Value<'_>, &mut Ctx<'_>) -> Option<T> {
    move |value, ctx| {
        let id = string(value, ctx)?;
        ctx.refer(kind, &id, value.span());
        Some(T::from(&id))
    }
}

/// A list, each value read by `read`. Values that can't be read are reported and left out.
pub(super) fn list<T>(
    read: impl Fn(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<Vec<T>> {
    move |value, ctx| match value.get_ref() {
        DeValue::Array(values) => Some(values.iter().filter_map(|value| read(value, ctx)).collect()),
        other => {
            wrong_type(value.span(), Type::List, other, ctx);
            None
        }
    }
}

/// A list of at least one value.
pub(super) fn filled_list<T>(
    read: impl Fn(&Value<'_>, &mut Ctx<'_>) -> Option<T>,
) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<Vec<T>> {
    move |value, ctx| {
        if value.get_ref().as_array().is_some_and(|values| values.is_empty()) {
            ctx.error(value.span(), Code::EmptyList, wording!("empty-list"));
            return None;
        }
        list(read)(value, ctx)
    }
}

/// A whole number within `range`.
pub(super) fn whole_number<T: TryFrom<i64>>(
    range: RangeInclusive<i64>,
) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T> {
    move |value, ctx| {
        let DeValue::Integer(number) = value.get_ref() else {
            wrong_type(value.span(), Type::WholeNumber, value.get_ref(), ctx);
            return None;
        };
        i64::from_str_radix(number.as_str(), number.radix())
            .ok()
            .filter(|number| range.contains(number))
            .and_then(|number| T::try_from(number).ok())
            .or_else(|| {
                out_of_range(value.span(), number.as_str(), range.start(), range.end(), ctx);
                None
            })
    }
}

/// Ten weeks in hours, and a week in minutes: longer times of a conversation are typing errors.
pub(super) const MAX_HOURS: i64 = 1_680;
pub(super) const MAX_MINUTES: i64 = 10_080;

/// A number in `0..=1`.
pub(super) fn share(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<f64> {
    number(0.0..=1.0)(value, ctx)
}

/// A number within `range`.
pub(super) fn number(range: RangeInclusive<f64>) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<f64> {
    move |value, ctx| {
        let written = match value.get_ref() {
            DeValue::Float(number) => number.as_str(),
            DeValue::Integer(number) => number.as_str(),
            other => {
                wrong_type(value.span(), Type::Number, other, ctx);
                return None;
            }
        };
        let number = written.parse().ok().filter(|number| range.contains(number));
        if number.is_none() {
            out_of_range(value.span(), written, range.start(), range.end(), ctx);
        }
        number
    }
}

pub(super) fn out_of_range(
    span: Range<usize>,
    found: &str,
    least: impl Display,
    most: impl Display,
    ctx: &mut Ctx<'_>,
) {
    ctx.error(
        span,
        Code::BadValue,
        wording!("out-of-range", found = found, least = least, most = most),
    );
}

/// A day without a time.
pub(super) fn date(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Date> {
    let found = match value.get_ref() {
        DeValue::Datetime(found) => found,
        other => {
            wrong_type(value.span(), Type::Date, other, ctx);
            return None;
        }
    };
    let day = match (found.date, found.time, found.offset) {
        (Some(day), None, None) => i16::try_from(day.year).ok().and_then(|year| {
            Date::new(year, i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?).ok()
        }),
        _ => None,
    };
    if day.is_none() {
        ctx.error(
            value.span(),
            Code::BadValue,
            wording!("not-a-date", found = found),
        );
    }
    day
}

/// `true` or `false`.
pub(super) fn flag(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<bool> {
    let flag = value.get_ref().as_bool();
    if flag.is_none() {
        wrong_type(value.span(), Type::Boolean, value.get_ref(), ctx);
    }
    flag
}

/// One of a few words, each with its meaning.
pub(super) fn word<T: Copy>(
    words: &'static [(&'static str, T)],
) -> impl FnOnce(&Value<'_>, &mut Ctx<'_>) -> Option<T> {
    move |value, ctx| {
        let found = string(value, ctx)?;
        let meaning = words
            .iter()
            .find(|(word, _)| *word == found)
            .map(|(_, meaning)| *meaning);
        if meaning.is_none() {
            let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            let help = match nearest(&found, known.iter().copied()) {
                Some(near) => text!("did-you-mean", name = near),
                None => text!("known-words", words = super::fields::backticked(&known)),
            };
            ctx.error(
                value.span(),
                Code::BadValue,
                wording!("unknown-word", word = found).help(help),
            );
        }
        meaning
    }
}

/// `{ from = 2026-01-01, until = 2026-12-31 }`, both optional.
pub(super) fn validity(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Validity> {
    let mut fields = Fields::of("`valid`", value, ctx)?;
    let from = fields.optional("from", ctx, date);
    let until = fields.optional("until", ctx, date);
    fields.finish(ctx);
    if let (Some(from), Some(until)) = (from, until)
        && from > until
    {
        ctx.error(
            value.span(),
            Code::BadPeriod,
            wording!("period-reversed", from = from, until = until),
        );
    }
    Some(Validity { from, until })
}

/// `{ title = "…", url = "https://…" }`.
pub(super) fn link(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Link> {
    let mut fields = Fields::of("a link", value, ctx)?;
    let title = fields.required("title", ctx, text);
    let url = fields.required("url", ctx, address);
    fields.finish(ctx);
    Some(Link {
        title: title?,
        url: url?,
    })
}

/// `"https://…"`.
pub(super) fn address(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let url = string(value, ctx)?;
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // Quotes and angle brackets end an address in a page; `name@` displays a host other than the real one.
    let breaks = |c: char| c.is_whitespace() || is_hidden(c) || matches!(c, '"' | '<' | '>' | '\\');
    if host.is_empty() || host.contains('@') || url.chars().any(breaks) {
        ctx.error(value.span(), Code::BadLink, wording!("bad-link", url = url));
        return None;
    }
    Some(url)
}
