//! `[[faq]]`.

use toml::de::DeValue;

use super::ctx::Ctx;
use super::fields::{Fields, Value};
use super::names::Kind;
use super::template;
use super::values::{date, filled_list, id_of, link, list, own_id, text, validity};
use super::{Decoded, Phrasing, TextList};
use crate::message::EntryId;
use crate::rulebook::shapes::FaqEntry;
use crate::text::fold;

pub(super) fn entry(value: &Value<'_>, decoded: &mut Decoded, ctx: &mut Ctx<'_>) {
    let Some(mut fields) = Fields::of("`[[faq]]`", value, ctx) else {
        return;
    };
    let id = fields.required("id", ctx, own_id(Kind::Entry));
    let theme = fields.required("theme", ctx, id_of(Kind::Theme));
    let accounts = fields.optional("accounts", ctx, filled_list(id_of(Kind::Account)));
    let question = fields.required("question", ctx, text);
    let phrasings = fields.optional("phrasings", ctx, list(text)).unwrap_or_default();
    let answer = fields.required("answer", ctx, template::plain);
    let links = fields.optional("links", ctx, list(link)).unwrap_or_default();
    let source = fields.optional("source", ctx, text);
    let checked = fields.optional("checked", ctx, date);
    let valid = fields.optional("valid", ctx, validity);
    let examples = fields.optional("examples", ctx, list(text)).unwrap_or_default();
    let counterexamples = fields
        .optional("counterexamples", ctx, list(text))
        .unwrap_or_default();
    if let Some(id) = &id {
        for key in ["question", "phrasings"] {
            collect_phrasings(id, fields.raw(key), decoded, ctx);
        }
    }
    let location = ctx.location(fields.span());
    for (key, list) in [
        ("examples", TextList::Examples),
        ("counterexamples", TextList::Counterexamples),
    ] {
        decoded.list_spans.keep(&location, list, fields.raw(key));
    }
    fields.finish(ctx);
    let (Some(id), Some(theme), Some(question), Some(answer)) = (id, theme, question, answer) else {
        return;
    };
    decoded.faq.push(FaqEntry {
        id,
        theme,
        accounts: accounts.unwrap_or_default(),
        question,
        phrasings,
        answer,
        links,
        source,
        checked,
        valid: valid.unwrap_or_default(),
        examples,
        counterexamples,
        location,
    });
}

/// Collects the phrasings of the entry with their places.
fn collect_phrasings(entry: &EntryId, value: Option<&Value<'_>>, decoded: &mut Decoded, ctx: &Ctx<'_>) {
    let Some(value) = value else { return };
    match value.get_ref() {
        DeValue::String(words) => {
            let folded = fold(words);
            let bare = folded.bare();
            decoded.phrasings.push(Phrasing {
                key: if bare.is_empty() {
                    folded.as_str().to_owned()
                } else {
                    bare
                },
                words: words.clone().into_owned(),
                entry: entry.clone(),
                location: ctx.location(value.span()),
            });
        }
        DeValue::Array(values) => {
            for value in values {
                collect_phrasings(entry, Some(value), decoded, ctx);
            }
        }
        _ => {}
    }
}
