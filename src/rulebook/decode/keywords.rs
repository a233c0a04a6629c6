//! Keywords: words that a message must or must not contain.

use super::ctx::Ctx;
use super::fields::Value;
use super::values::{filled_list, string};
use crate::catalogue::{Wording, wording};
use crate::rulebook::diagnostic::Code;
use crate::text::fold;

/// The longest keyword, in characters.
const MAX_KEYWORD_CHARS: usize = 200;

/// The most keywords of a rulebook.
pub const MAX_KEYWORDS: usize = 1_000_000;

/// A list of keywords that are looked for anywhere in a message.
pub(super) fn keywords(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<String>> {
    filled_list(|value: &Value<'_>, ctx: &mut Ctx<'_>| {
        let keyword = readable(value, ctx)?;
        if fold(&keyword).chars() == 1 {
            ctx.warning(
                value.span(),
                Code::ShortKeyword,
                wording!("short-keyword", keyword = keyword),
            );
        }
        Some(keyword)
    })(value, ctx)
}

/// A list of whole messages; their punctuation and spaces do not count.
pub(super) fn whole_messages(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<String>> {
    filled_list(|value: &Value<'_>, ctx: &mut Ctx<'_>| {
        let message = readable(value, ctx)?;
        let folded = fold(&message);
        // An emoji is a message; a question mark is none.
        let is_symbol = |c: char| !c.is_ascii() && !c.is_whitespace();
        if folded.bare().is_empty() && !folded.as_str().chars().any(is_symbol) {
            empty(value, wording!("empty-message"), ctx);
            return None;
        }
        Some(message)
    })(value, ctx)
}

/// A list of texts that are looked for as they are written, punctuation included.
pub(super) fn written(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<String>> {
    filled_list(readable)(value, ctx)
}

/// A keyword with at least one character after folding.
fn readable(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let keyword = string(value, ctx)?;
    if fold(&keyword).is_blank() {
        empty(value, wording!("empty-keyword"), ctx);
        return None;
    }
    if keyword.chars().count() > MAX_KEYWORD_CHARS {
        ctx.error(
            value.span(),
            Code::OverLimit,
            wording!("keyword-too-long", limit = MAX_KEYWORD_CHARS),
        );
        return None;
    }
    *ctx.keywords += 1;
    if *ctx.keywords == MAX_KEYWORDS + 1 {
        ctx.error(
            value.span(),
            Code::OverLimit,
            wording!("too-many-keywords", limit = MAX_KEYWORDS),
        );
    }
    Some(keyword.trim().to_owned())
}

fn empty(value: &Value<'_>, wording: Wording, ctx: &mut Ctx<'_>) {
    ctx.error(value.span(), Code::EmptyKeyword, wording);
}
