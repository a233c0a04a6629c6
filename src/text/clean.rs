//! Cleans a citizen's text for display to people and channels.

use super::table::is_ignorable;
use crate::message::MAX_CHARS;

/// Cleans a citizen's text for display to an agent. The result has at most [`MAX_CHARS`] characters and no
/// control characters, direction marks or other invisible characters. Line ends become `\n`, tabs become
/// spaces, and white space at the end is removed.
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

/// Cleans a citizen's text like [`clean`] and puts it on one line of at most `max` characters. Each run of
/// white space becomes one space.
pub fn clean_line(text: &str, max: usize) -> String {
    clean(text)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(max)
        .collect()
}
