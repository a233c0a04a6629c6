//! Makes characters visible that control a terminal or are invisible.

use std::borrow::Cow;
use std::fmt::Write as _;

/// Whether `c` is a control or direction character, or an invisible one (Unicode's default ignorables).
pub(in crate::rulebook) fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether `c` is a control character other than a line end or a tab, or changes the direction of writing.
pub(in crate::rulebook) fn alters_display(c: char) -> bool {
    (c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
        || matches!(
            c,
            '\u{61c}' | '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
        )
}

/// `text` with every hidden character written as `\u{..}`.
pub(in crate::rulebook) fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) {
            // Writing to a `String` can't fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn hidden_characters_are_written_out() {
        assert_eq!(visible("公积金 ok"), "公积金 ok");
        assert_eq!(visible("a\u{202e}b\u{1b}[0m\n"), "a\\u{202e}b\\u{1b}[0m\\u{a}");
        assert_eq!(visible("\u{9b}\u{200b}"), "\\u{9b}\\u{200b}");
    }
}
