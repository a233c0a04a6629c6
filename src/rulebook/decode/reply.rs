//! The reply of a rule: text, links, cards, a service page, a menu.

use std::collections::BTreeSet;

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::names::Kind;
use super::template::{Slots, template};
use super::values::{address, id_of, link, list, text};
use crate::catalogue::wording;
use crate::message::{EntryId, MAX_MENU_OPTIONS};
use crate::reply::{Card, ServiceCard};
use crate::rulebook::diagnostic::Code;
use crate::rulebook::shapes::ReplyContent;

/// The slots that every rule's reply may show, besides the captures of its pattern.
pub(super) const SLOTS: [&str; 1] = ["sender_name"];

/// `captures` are those of the rule's pattern; `None` if they are not known.
pub(super) fn reply(
    value: &Value<'_>,
    captures: Option<&[String]>,
    ctx: &mut Ctx<'_>,
) -> Option<ReplyContent> {
    let mut fields = Fields::of("`reply`", value, ctx)?;
    let text = fields.required("text", ctx, |value, ctx| match captures {
        Some(captures) => {
            let allowed: Vec<&str> = SLOTS
                .into_iter()
                .chain(captures.iter().map(String::as_str))
                .collect();
            let slots = Slots {
                needed: &[],
                allowed: &allowed,
            };
            template(&slots, value, ctx)
        }
        // The condition is invalid, so the slots are not known.
        None => text(value, ctx),
    });
    let links = fields.optional("links", ctx, list(link)).unwrap_or_default();
    let cards = fields.optional("cards", ctx, list(card)).unwrap_or_default();
    let service = fields.optional("service", ctx, service);
    let menu = fields.optional("menu", ctx, menu).unwrap_or_default();
    fields.finish(ctx);
    Some(ReplyContent {
        text: text?,
        links,
        cards,
        service,
        menu,
    })
}

fn card(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Card> {
    let mut fields = Fields::of("a card", value, ctx)?;
    let title = fields.required("title", ctx, text);
    let description = fields.optional("description", ctx, text);
    let url = fields.required("url", ctx, address);
    let picture = fields.optional("picture", ctx, address);
    fields.finish(ctx);
    Some(Card {
        title: title?,
        description,
        url: url?,
        picture,
    })
}

fn service(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<ServiceCard> {
    let mut fields = Fields::of("`service`", value, ctx)?;
    let title = fields.required("title", ctx, text);
    let app = fields.required("app", ctx, text);
    let page = fields.required("page", ctx, text);
    fields.finish(ctx);
    Some(ServiceCard {
        title: title?,
        app: app?,
        page: page?,
    })
}

/// FAQ entries to choose from: at least two, and together with "none of these" no more than one digit can
/// number.
fn menu(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<EntryId>> {
    let entries: Vec<EntryId> = list(id_of(Kind::Entry))(value, ctx)?;
    if !(2..=MAX_MENU_OPTIONS).contains(&entries.len()) {
        ctx.error(
            value.span(),
            Code::BadValue,
            wording!("menu-size", count = entries.len(), most = MAX_MENU_OPTIONS),
        );
        return None;
    }
    let mut shown = BTreeSet::new();
    for option in value.get_ref().as_array().into_iter().flatten() {
        let id = option.get_ref().as_str().unwrap_or_default();
        if !shown.insert(id) {
            ctx.error(
                option.span(),
                Code::BadValue,
                wording!("menu-entry-twice", entry = id),
            );
        }
    }
    Some(entries)
}
