//! The files' texts, kept for marking places in them.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use crate::rulebook::shapes::Location;

/// The texts of a rulebook's files by name.
pub(in crate::rulebook) type Sources = BTreeMap<Arc<str>, Source>;

/// Every how many bytes characters are counted in advance.
const STRIDE: usize = 1 << 10;

/// How many characters begin in `bytes`.
fn characters(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte & 0xc0 != 0x80).count()
}

/// One file's text.
#[derive(Clone)]
pub(in crate::rulebook) struct Source {
    name: Arc<str>,
    text: String,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    /// How many characters precede each [`STRIDE`]th byte. Counting from the start of a line would take
    /// quadratic time in a file that is one long line.
    chars: Vec<usize>,
}

/// Without the text, so that unwrapped errors of a large rulebook do not write all its files into a log.
impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Source({:?}, {} bytes)", self.name, self.text.len())
    }
}

impl Source {
    pub(in crate::rulebook) fn new(name: Arc<str>, text: String) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0).chain(starts.map(|(at, _)| at + 1)).collect();
        let chars = text
            .as_bytes()
            .chunks(STRIDE)
            .scan(0, |sum, chunk| {
                let before = *sum;
                *sum += characters(chunk);
                Some(before)
            })
            .collect();
        Self {
            name,
            text,
            lines,
            chars,
        }
    }

    pub(in crate::rulebook) fn name(&self) -> &Arc<str> {
        &self.name
    }

    pub(in crate::rulebook) fn text(&self) -> &str {
        &self.text
    }

    /// The place of `span`, moved onto character borders of the text.
    pub(in crate::rulebook) fn location(&self, span: Range<usize>) -> Location {
        let on_border = |at: &usize| self.text.is_char_boundary(*at);
        let length = self.text.len();
        let start = (0..=span.start.min(length)).rev().find(on_border).unwrap_or(0);
        let end = (span.end.clamp(start, length)..=length)
            .find(on_border)
            .unwrap_or(length);
        let line = self.line_of(start);
        let line_start = self.lines.get(line).copied().unwrap_or(0);
        Location {
            file: self.name.clone(),
            line: line + 1,
            column: self.chars_before(start) - self.chars_before(line_start) + 1,
            span: start..end,
        }
    }

    /// The lines that `span` touches, and where it is in them. Nothing for an empty file.
    pub(in crate::rulebook) fn lines_of(&self, span: &Range<usize>) -> Option<(&str, Range<usize>)> {
        if self.text.is_empty() {
            return None;
        }
        let last = self.line_of(span.end.saturating_sub(1).max(span.start));
        let start = self.lines.get(self.line_of(span.start)).copied()?;
        let end = self.lines.get(last + 1).copied().unwrap_or(self.text.len());
        let text = self.text.get(start..end)?;
        Some((text, span.start - start..span.end.min(end) - start))
    }

    /// How many characters precede byte `at`.
    fn chars_before(&self, at: usize) -> usize {
        let before = self.chars.get(at / STRIDE).copied().unwrap_or(0);
        let rest = self.text.as_bytes().get(at - at % STRIDE..at);
        before + rest.map_or(0, characters)
    }

    /// The number of the line in which byte `at` is, from 0.
    fn line_of(&self, at: usize) -> usize {
        self.lines.partition_point(|start| *start <= at).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{STRIDE, Source};

    #[test]
    fn columns_are_characters_of_the_line_however_long_it_is() {
        let text = format!("一行\n{}x", "户".repeat(STRIDE));
        let source = Source::new(Arc::from("a.toml"), text.clone());
        for (number, (at, _)) in text.char_indices().enumerate() {
            let place = source.location(at..at + 1);
            let expected = if number < 3 {
                (1, number + 1)
            } else {
                (2, number - 2)
            };
            assert_eq!((place.line, place.column), expected, "{at}");
        }
        let end = source.location(text.len()..text.len() + 9);
        assert_eq!(
            (end.line, end.column, end.span),
            (2, STRIDE + 2, text.len()..text.len())
        );
    }
}
