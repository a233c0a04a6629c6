//! The hours of a rule, and its condition on the conversation.

use toml::de::DeValue;

use super::ctx::Ctx;
use super::fields::{Fields, Type, Value, wrong_type};
use super::values::{filled_list, flag, string, whole_number};
use crate::catalogue::wording;
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::{ConversationCondition, Hours};
use crate::time::DaySpan;

/// `"working"`, `"outside"`, or a list of spans.
pub(super) fn hours(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Hours> {
    match value.get_ref() {
        DeValue::Array(_) => filled_list(span)(value, ctx).map(Hours::Spans),
        DeValue::String(word) if word == "working" => Some(Hours::Working),
        DeValue::String(word) if word == "outside" => Some(Hours::Outside),
        DeValue::String(word) => {
            ctx.error(
                value.span(),
                Code::BadValue,
                wording!("unknown-hours", word = word),
            );
            None
        }
        other => {
            wrong_type(value.span(), Type::Hours, other, ctx);
            None
        }
    }
}

fn span(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<DaySpan> {
    match string(value, ctx)?.parse() {
        Ok(span) => Some(span),
        Err(error) => {
            ctx.error(value.span(), Code::BadValue, wording!("bad-hours", error = error));
            None
        }
    }
}

/// `{ first_today = true, menu_open = false, misses = 1 }`, each optional.
pub(super) fn talk(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<ConversationCondition> {
    let mut fields = Fields::of("`talk`", value, ctx)?;
    let first_today = fields.optional("first_today", ctx, flag);
    let menu_open = fields.optional("menu_open", ctx, flag);
    let misses = fields.optional("misses", ctx, whole_number(1..=10));
    fields.finish(ctx);
    Some(ConversationCondition {
        first_today,
        menu_open,
        misses,
    })
}
