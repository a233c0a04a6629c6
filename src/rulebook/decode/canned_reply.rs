//! `[[canned_reply]]`.

use super::Decoded;
use super::ctx::Ctx;
use super::fields::{Fields, Value, backticked};
use super::names::Kind;
use super::template::{Slots, is_name, template};
use super::values::{date, id_of, list, own_id, text, validity};
use crate::catalogue::wording;
use crate::message::CannedReplyId;
use crate::reply::{CASE_SLOTS, CannedReply};
use crate::rulebook::diagnostic::Code;

pub(super) fn canned_reply(value: &Value<'_>, decoded: &mut Decoded, ctx: &mut Ctx<'_>) {
    let Some(mut fields) = Fields::of("`[[canned_reply]]`", value, ctx) else {
        return;
    };
    let id: Option<CannedReplyId> = fields.required("id", ctx, own_id(Kind::CannedReply));
    let theme = fields.optional("theme", ctx, id_of(Kind::Theme));
    let title = fields.required("title", ctx, text);
    let slots = fields.optional("slots", ctx, list(slot)).unwrap_or_default();
    let needed: Vec<&str> = slots.iter().map(String::as_str).collect();
    let body = fields.required("text", ctx, |value, ctx| {
        let slots = Slots {
            needed: &needed,
            allowed: &CASE_SLOTS,
        };
        template(&slots, value, ctx)
    });
    let words = fields.optional("words", ctx, list(text)).unwrap_or_default();
    let source = fields.optional("source", ctx, text);
    let checked = fields.optional("checked", ctx, date);
    let valid = fields.optional("valid", ctx, validity).unwrap_or_default();
    let location = ctx.location(fields.span());
    fields.finish(ctx);
    let (Some(id), Some(title), Some(text)) = (id, title, body) else {
        return;
    };
    decoded.canned_reply_locations.insert(id.clone(), location);
    let mut reply = CannedReply::new(id, title, text);
    (reply.theme, reply.slots, reply.words) = (theme, slots, words);
    (reply.source, reply.checked, reply.valid) = (source, checked, valid);
    decoded.canned_replies.push(reply);
}

/// The name of a slot that the agent fills.
fn slot(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let name = text(value, ctx)?;
    if CASE_SLOTS.contains(&name.as_str()) {
        let wording = wording!("slot-of-the-case", slot = name);
        ctx.error(value.span(), Code::ReservedSlot, wording);
        return None;
    }
    if !is_name(&name) {
        let wording = wording!("bad-slot-name", slot = name, reserved = backticked(&CASE_SLOTS));
        ctx.error(value.span(), Code::BadValue, wording);
        return None;
    }
    Some(name)
}
