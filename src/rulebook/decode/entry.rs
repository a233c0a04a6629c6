//! `[[faq]]`.

use toml::de::DeValue;

use super::cx::Cx;
use super::fields::{Fields, Value};
use super::names::Kind;
use super::template;
use super::values::{date, filled_list, id_of, link, list, own_id, text, validity};
use super::{Asked, Draft};
use crate::message::EntryId;
use crate::rulebook::shapes::FaqEntry;
use crate::text::fold;

pub(super) fn entry(value: &Value<'_>, draft: &mut Draft, cx: &mut Cx<'_>) {
    let Some(mut fields) = Fields::of("`[[faq]]`", value, cx) else {
        return;
    };
    let id = fields.required("id", cx, own_id(Kind::Entry));
    let theme = fields.required("theme", cx, id_of(Kind::Theme));
    let accounts = fields.optional("accounts", cx, filled_list(id_of(Kind::Account)));
    let question = fields.required("question", cx, text);
    let phrasings = fields.optional("phrasings", cx, list(text)).unwrap_or_default();
    let answer = fields.required("answer", cx, template::plain);
    let links = fields.optional("links", cx, list(link)).unwrap_or_default();
    let source = fields.optional("source", cx, text);
    let checked = fields.optional("checked", cx, date);
    let valid = fields.optional("valid", cx, validity);
    let examples = fields.optional("examples", cx, list(text)).unwrap_or_default();
    let counterexamples = fields
        .optional("counterexamples", cx, list(text))
        .unwrap_or_default();
    if let Some(id) = &id {
        for key in ["question", "phrasings"] {
            note_asked(id, fields.raw(key), draft, cx);
        }
    }
    let span = fields.span();
    fields.finish(cx);
    let (Some(id), Some(theme), Some(question), Some(answer)) = (id, theme, question, answer) else {
        return;
    };
    draft.faq.push(FaqEntry {
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
        location: cx.location(span),
    });
}

/// Notes in which words the entry is asked for, and where they stand.
fn note_asked(entry: &EntryId, value: Option<&Value<'_>>, draft: &mut Draft, cx: &Cx<'_>) {
    let Some(value) = value else { return };
    match value.get_ref() {
        DeValue::String(words) => {
            let folded = fold(words);
            let bare = folded.bare();
            draft.asked.push(Asked {
                key: if bare.is_empty() {
                    folded.as_str().to_owned()
                } else {
                    bare
                },
                words: words.clone().into_owned(),
                entry: entry.clone(),
                location: cx.location(value.span()),
            });
        }
        DeValue::Array(values) => {
            for value in values {
                note_asked(entry, Some(value), draft, cx);
            }
        }
        _ => {}
    }
}
