//! What a person or a channel may be shown of a citizen's words.

use super::table::is_ignorable;
use crate::message::MAX_CHARS;

/// A citizen's text as an agent may see it: at most [`MAX_CHARS`] characters, without control, direction and other
/// invisible characters. Line ends stay, as `\n`.
///
/// ```
/// assert_eq!(civic_reply::text::clean("a\u{202E}b\r\nc\u{0}"), "ab\nc");
/// ```
pub fn clean(text: &str) -> String {
    let mut out = String::new();
    let mut previous = ' ';
    for c in text.chars().take(MAX_CHARS) {
        match c {
            '\n' if previous == '\r' => {}
            '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}' => out.push('\n'),
            '\t' => out.push(' '),
            c if is_ignorable(c) || c.is_control() => {}
            c => out.push(c),
        }
        previous = c;
    }
    out.truncate(out.trim_end().len());
    out
}

/// A citizen's text in one line: as [`clean`], with line ends as spaces and at most `max` characters.
pub fn clean_line(text: &str, max: usize) -> String {
    clean(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(max)
        .collect()
}
