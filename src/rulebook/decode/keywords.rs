//! Keywords: words that a message must or must not contain.

use super::ctx::Ctx;
use super::fields::Value;
use super::values::{filled_list, string};
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
                format!("the keyword `{keyword}` has one character"),
                "found in too many messages",
                "write a longer word",
            );
        }
        Some(keyword)
    })(value, ctx)
}

/// A list of whole messages; their punctuation and spaces do not count.
pub(super) fn whole_messages(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<Vec<String>> {
    filled_list(|value: &Value<'_>, ctx: &mut Ctx<'_>| {
        let message = readable(value, ctx)?;
        if fold(&message).bare().is_empty() {
            empty(
                value,
                "no letter or digit, and punctuation does not count here",
                ctx,
            );
            return None;
        }
        Some(message)
    })(value, ctx)
}

/// A keyword of which something is left when it is folded.
fn readable(value: &Value<'_>, ctx: &mut Ctx<'_>) -> Option<String> {
    let keyword = string(value, ctx)?;
    if fold(&keyword).is_blank() {
        empty(value, "nothing that can be read", ctx);
        return None;
    }
    if keyword.chars().count() > MAX_KEYWORD_CHARS {
        ctx.error(
            value.span(),
            Code::OverLimit,
            format!("the keyword has more than {MAX_KEYWORD_CHARS} characters"),
            "too long",
            "write the words by which a message is known, not the whole of it",
        );
        return None;
    }
    *ctx.keywords += 1;
    if *ctx.keywords == MAX_KEYWORDS + 1 {
        ctx.error(
            value.span(),
            Code::OverLimit,
            format!("the rulebook has more than {MAX_KEYWORDS} keywords"),
            "this is the one too many",
            "take out a word that has another one in it: it is found by the shorter one already",
        );
    }
    Some(keyword.trim().to_owned())
}

fn empty(value: &Value<'_>, label: &str, ctx: &mut Ctx<'_>) {
    ctx.error(
        value.span(),
        Code::EmptyKeyword,
        "the keyword is empty",
        label,
        "an empty keyword would be found in every message; write a word or take it out",
    );
}
