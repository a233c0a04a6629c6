//! The hours of a rule, and how the talk with the citizen must stand.

use toml::de::DeValue;

use super::cx::Cx;
use super::fields::{Fields, Value, wrong_type};
use super::values::{filled_list, flag, string, whole_number};
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::{Hours, Talk};
use crate::time::DaySpan;

/// `"working"`, `"outside"`, or a list of spans.
pub(super) fn hours(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Hours> {
    match value.get_ref() {
        DeValue::Array(_) => filled_list(span)(value, cx).map(Hours::Spans),
        DeValue::String(word) if word == "working" => Some(Hours::Working),
        DeValue::String(word) if word == "outside" => Some(Hours::Outside),
        DeValue::String(word) => {
            cx.error(
                value.span(),
                Code::BadValue,
                format!("`{word}` is not known here"),
                "neither `working` nor `outside`",
                "write `\"working\"`, `\"outside\"`, or stretches of the day such as `[\"18:00-24:00\"]`",
            );
            None
        }
        other => {
            wrong_type(value.span(), "`working`, `outside` or a list of spans", other, cx);
            None
        }
    }
}

fn span(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<DaySpan> {
    match string(value, cx)?.parse() {
        Ok(span) => Some(span),
        Err(error) => {
            cx.error(
                value.span(),
                Code::BadValue,
                error.to_string(),
                "no stretch of a day",
                "two times such as `18:00-24:00`; what goes past midnight is two stretches",
            );
            None
        }
    }
}

/// `{ first_today = true, menu_open = false, misses = 1 }`, each optional.
pub(super) fn talk(value: &Value<'_>, cx: &mut Cx<'_>) -> Option<Talk> {
    let mut fields = Fields::of("`talk`", value, cx)?;
    let first_today = fields.optional("first_today", cx, flag);
    let menu_open = fields.optional("menu_open", cx, flag);
    let misses = fields.optional("misses", cx, whole_number(1..=10));
    fields.finish(cx);
    Some(Talk {
        first_today,
        menu_open,
        misses,
    })
}
