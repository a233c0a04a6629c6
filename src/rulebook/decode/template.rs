//! Templates: texts with `{slots}`, checked where they are written.

use std::ops::Range;

use super::ctx::Ctx;
use super::fields::{Value, backticked};
use super::suggest::nearest;
use super::values::text;
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::Code;

/// The slots of one kind of template.
pub(super) struct Slots<'a> {
    /// Required slots.
    pub(super) needed: &'a [&'a str],
    /// Optional slots.
    pub(super) allowed: &'a [&'a str],
}

/// Reads a template with the slots `slots`.
pub(super) fn template(slots: &Slots<'_>, value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let template = text(value, ctx)?;
    let known: Vec<&str> = slots.needed.iter().chain(slots.allowed).copied().collect();
    let (found, stray) = named(&template);
    let mut fits = stray.is_none();
    if let Some(near) = stray {
        let help = match known.first() {
            Some(slot) => text!("stray-brace-help", slot = slot),
            None => text!("stray-brace-no-slots"),
        };
        ctx.error(
            within(near, value.span(), ctx),
            Code::BadTemplate,
            wording!("stray-brace").help(help),
        );
    }
    for slot in &found {
        if known.contains(slot) {
            continue;
        }
        fits = false;
        let help = match nearest(slot, known.iter().copied()) {
            Some(near) => text!("slot-suggestion", slot = near),
            None if known.is_empty() => text!("no-slots"),
            None => text!("known-slots", slots = backticked(&known)),
        };
        let at = within(&format!("{{{slot}}}"), value.span(), ctx);
        ctx.error(
            at,
            Code::UnknownSlot,
            wording!("unknown-slot", slot = slot).help(help),
        );
    }
    for slot in slots.needed {
        if !found.contains(slot) {
            fits = false;
            ctx.error(
                value.span(),
                Code::MissingSlot,
                wording!("missing-slot", slot = slot),
            );
        }
    }
    fits.then_some(template)
}

/// Reads a text without slots. A slot in it is reported, because its author expects it to be filled.
pub(super) fn plain(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let plain = text(value, ctx)?;
    let (mut slots, _) = named(&plain);
    slots.sort_unstable();
    slots.dedup();
    for slot in slots {
        ctx.warning(
            within(&format!("{{{slot}}}"), value.span(), ctx),
            Code::UnknownSlot,
            wording!("slot-in-plain-text", slot = slot),
        );
    }
    Some(plain)
}

/// The names of the slots, and the text that starts at the first brace which belongs to none.
fn named(template: &str) -> (Vec<&str>, Option<&str>) {
    let mut names = Vec::new();
    let mut stray = None;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let here = rest.get(at..).unwrap_or_default();
        let name = here
            .strip_prefix('{')
            .and_then(|after| after.split_once('}'))
            .map(|(name, _)| name);
        let Some(name) = name.filter(|name| is_name(name)) else {
            let end = here.char_indices().nth(4).map_or(here.len(), |(end, _)| end);
            stray = stray.or(here.get(..end));
            // Both kinds of brace are one byte.
            rest = here.get(1..).unwrap_or_default();
            continue;
        };
        names.push(name);
        rest = here.get(name.len() + 2..).unwrap_or_default();
    }
    (names, stray)
}

pub(super) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The span of `part` within the text at `span`, or the whole text if escapes hide the part.
pub(super) fn within(part: &str, span: Range<usize>, ctx: &Ctx<'_>) -> Range<usize> {
    let written = ctx.source.text().get(span.clone()).unwrap_or_default();
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
        assert_eq!(named("a {case} b{due}"), (vec!["case", "due"], None));
        assert_eq!(named("无"), (vec![], None));
        assert_eq!(named("a {case"), (vec![], Some("{cas")));
        assert_eq!(named("a } b"), (vec![], Some("} b")));
        assert_eq!(named("{{case}}"), (vec!["case"], Some("{{ca")));
        assert_eq!(named("{姓名}"), (vec!["姓名"], None));
        assert_eq!(named("{} {due}"), (vec!["due"], Some("{} {")));
        assert_eq!(named("户{口 {due} }"), (vec!["due"], Some("{口 {")));
    }
}
