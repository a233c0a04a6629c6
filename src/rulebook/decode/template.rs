//! Templates: texts with `{slots}`, checked where they are written.

use std::ops::Range;

use super::cx::Cx;
use super::fields::{Value, backticked};
use super::near::nearest;
use super::values::text;
use crate::rulebook::diagnostic::Code;

/// The slots of one kind of template.
pub(super) struct Slots<'a> {
    /// Those that it must show.
    pub(super) needed: &'a [&'a str],
    /// Those that it may show besides.
    pub(super) allowed: &'a [&'a str],
}

/// Reads a template whose slots are `slots`.
pub(super) fn template(slots: &Slots<'_>, value: &Value<'_>, cx: &mut Cx<'_>) -> Option<String> {
    let template = text(value, cx)?;
    let known: Vec<&str> = slots.needed.iter().chain(slots.allowed).copied().collect();
    let found = match named(&template) {
        Ok(found) => found,
        Err(near) => {
            let at = within(near, value, cx);
            cx.error_with_help(
                at,
                Code::BadTemplate,
                "a brace that belongs to no slot",
                "neither opens nor closes a slot",
                format!(
                    "write a slot such as {}, or leave the brace out",
                    known
                        .first()
                        .map_or_else(|| "`{name}`".to_owned(), |slot| format!("`{{{slot}}}`"),)
                ),
            );
            return None;
        }
    };
    let mut fits = true;
    for slot in &found {
        if known.contains(slot) {
            continue;
        }
        fits = false;
        let help = match nearest(slot, known.iter().copied()) {
            Some(near) => format!("did you mean `{{{near}}}`?"),
            None if known.is_empty() => "this text has no slots".to_owned(),
            None => format!("its slots are {}", backticked(&known)),
        };
        let at = within(&format!("{{{slot}}}"), value, cx);
        cx.error_with_help(
            at,
            Code::UnknownSlot,
            format!("there is no slot `{{{slot}}}` here"),
            "unknown slot",
            help,
        );
    }
    for slot in slots.needed {
        if !found.contains(slot) {
            fits = false;
            cx.error_with_help(
                value.span(),
                Code::MissingSlot,
                format!("the template does not show `{{{slot}}}`"),
                "a slot is missing",
                format!("write `{{{slot}}}` where it belongs"),
            );
        }
    }
    fits.then_some(template)
}

/// The names of the slots, or the text that starts at a brace which belongs to none.
fn named(template: &str) -> Result<Vec<&str>, &str> {
    let mut names = Vec::new();
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let here = rest.get(at..).unwrap_or_default();
        let name = here
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'))
            .map(|(name, _)| name);
        let Some(name) = name.filter(|name| is_name(name)) else {
            let end = here.char_indices().nth(4).map_or(here.len(), |(end, _)| end);
            return Err(here.get(..end).unwrap_or(here));
        };
        names.push(name);
        rest = here.get(name.len() + 2..).unwrap_or_default();
    }
    Ok(names)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Where `part` of a text stands in the file; the whole text where escapes hide it.
fn within(part: &str, value: &Value<'_>, cx: &Cx<'_>) -> Range<usize> {
    let span = value.span();
    let written = cx.source.text().get(span.clone()).unwrap_or_default();
    match written.find(part) {
        Some(at) => span.start + at..span.start + at + part.len(),
        None => span,
    }
}

#[cfg(test)]
mod tests {
    use super::named;

    #[test]
    fn slots_are_named_and_stray_braces_found() {
        assert_eq!(named("a {case} b{due}"), Ok(vec!["case", "due"]));
        assert_eq!(named("无"), Ok(vec![]));
        assert_eq!(named("a {case"), Err("{cas"));
        assert_eq!(named("a } b"), Err("} b"));
        assert_eq!(named("{{case}}"), Err("{{ca"));
        assert_eq!(named("{}"), Err("{}"));
    }
}
