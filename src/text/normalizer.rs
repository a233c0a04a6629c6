//! The normaliser reads an original and writes its folded form.

use std::str::CharIndices;

use super::offset_map::Trail;
use super::phrases::PHRASES;
use super::table::{Fold, TABLE, Table, normalize, simplify};
use crate::message::MAX_CHARS;

/// The maximum number of combining marks on one character, as in Unicode's Stream-Safe Text Format.
const MAX_MARKS: usize = 30;

/// A normalised text.
pub(super) struct Normalized {
    pub(super) text: String,
    pub(super) chars: usize,
    /// The number of bytes of the original that were read.
    pub(super) read: usize,
}

/// Normalises `text`. With `phrases`, characters of phrases are written unchanged, for [`PHRASES`] to
/// resolve. Without, they are simplified, and the result is `None` if the text may contain a phrase.
pub(super) fn normalize_text<T: Trail>(text: &str, trail: &mut T, phrases: bool) -> Option<Normalized> {
    // A text cannot have more characters than bytes.
    let limit = if text.len() <= MAX_CHARS {
        text.len()
    } else {
        text.char_indices()
            .nth(MAX_CHARS)
            .map_or(text.len(), |(at, _)| at)
    };
    let head = text.get(..limit).unwrap_or(text);
    let mut normalizer = Normalizer {
        head,
        table: &TABLE,
        phrases,
        out: String::with_capacity(limit),
        chars: 0,
        trail,
    };
    let read = normalizer.run()?;
    let kept = normalizer.out.trim_end_matches(' ').len();
    normalizer.chars -= normalizer.out.len() - kept;
    normalizer.out.truncate(kept);
    Some(Normalized {
        text: normalizer.out,
        chars: normalizer.chars,
        read,
    })
}

struct Normalizer<'a, T> {
    /// The part of the original within the length limit.
    head: &'a str,
    table: &'static Table,
    phrases: bool,
    out: String,
    chars: usize,
    trail: &'a mut T,
}

impl<T: Trail> Normalizer<'_, T> {
    /// Returns the number of bytes read, or `None` if the text may contain a phrase and `phrases` is false.
    fn run(&mut self) -> Option<usize> {
        let mut rest = self.head.char_indices();
        let mut copied = 0;
        let mut count = 0;
        while let Some((at, c)) = rest.next() {
            let fold = self.table.get(c);
            if fold == Fold::Keep {
                count += 1;
                continue;
            }
            self.copy(copied, at, count);
            let mut end = rest.offset();
            match fold {
                Fold::Keep | Fold::Drop => {}
                Fold::Space => self.space(at, end),
                Fold::One(c) => self.push(c, at, end),
                Fold::Many(n) => self.many(n, at, end),
                Fold::Joins => end = self.marks(at, end, c, &mut rest),
                Fold::Phrase(n) => {
                    let part = self.table.part(n);
                    if part.trigger && !self.phrases {
                        return None;
                    }
                    self.push(if self.phrases { part.raw } else { part.folded }, at, end);
                }
            }
            if self.chars >= MAX_CHARS {
                return Some(end);
            }
            copied = end;
            count = 0;
        }
        self.copy(copied, self.head.len(), count);
        Some(self.head.len())
    }

    /// Writes bytes `from..to` of the original, which are `count` characters, unchanged.
    #[inline]
    fn copy(&mut self, from: usize, to: usize, count: usize) {
        let Some(run) = self.head.get(from..to).filter(|run| !run.is_empty()) else {
            return;
        };
        if let Some(c) = run.chars().next() {
            self.close_up(c);
        }
        self.trail.copied(self.out.len(), from);
        if self.chars + count > MAX_CHARS {
            self.out.extend(run.chars().take(MAX_CHARS - self.chars));
            self.chars = MAX_CHARS;
        } else {
            self.out.push_str(run);
            self.chars += count;
        }
    }

    /// Removes the space before a character that is written without one.
    fn close_up(&mut self, c: char) {
        if self.out.ends_with(' ') && (is_wide(c) || c == '\n') {
            self.out.pop();
            self.chars -= 1;
            self.trail.cut(self.out.len());
        }
    }

    fn space(&mut self, from: usize, to: usize) {
        let last = self.out.chars().next_back();
        if last.is_some_and(|last| last != ' ' && last != '\n' && !is_wide(last)) {
            self.write(' ', from, to);
        }
    }

    fn push(&mut self, c: char, from: usize, to: usize) {
        self.close_up(c);
        self.write(c, from, to);
    }

    fn write(&mut self, c: char, from: usize, to: usize) {
        if self.chars < MAX_CHARS {
            self.trail.written(self.out.len(), from, to);
            self.out.push(c);
            self.chars += 1;
        }
    }

    fn many(&mut self, n: u32, from: usize, to: usize) {
        for c in self.table.sequence(n).chars() {
            match c {
                ' ' => self.space(from, to),
                c if self.table.joins(c) => self.join(c.encode_utf8(&mut [0; 4]), from, to),
                c => self.push(c, from, to),
            }
        }
    }

    /// Reads a run of combining marks and the invisible characters between them. Returns its end.
    fn marks(&mut self, from: usize, to: usize, first: char, rest: &mut CharIndices<'_>) -> usize {
        let mut marks = String::from(first);
        let mut end = to;
        let mut ahead = rest.clone();
        while let Some((_, c)) = ahead.next() {
            match self.table.get(c) {
                Fold::Joins => {
                    marks.push(c);
                    end = ahead.offset();
                    *rest = ahead.clone();
                }
                Fold::Drop => {}
                _ => break,
            }
        }
        self.join(&marks, from, end);
        end
    }

    /// Normalises marks together with the character and marks before them, and writes the result in their
    /// place.
    fn join(&mut self, marks: &str, from: usize, to: usize) {
        if let Some(c) = marks.chars().next() {
            self.close_up(c);
        }
        let mut base = self.out.len();
        let mut before = 0;
        for (at, c) in self.out.char_indices().rev() {
            base = at;
            if !self.table.joins(c) {
                break;
            }
            before += 1;
        }
        let mut joined = self.out.split_off(base);
        self.chars -= joined.chars().count();
        let from = self.trail.cut(base).unwrap_or(from);
        joined.extend(marks.chars().take(MAX_MARKS.saturating_sub(before)));
        for c in normalize(&joined) {
            let kept = self.phrases && PHRASES.role(c).is_some();
            self.write(if kept { c } else { simplify(c) }, from, to);
        }
    }
}

/// Whether a character is written without spaces around it: Chinese characters and their punctuation, and
/// kana.
fn is_wide(c: char) -> bool {
    matches!(
        c,
        '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}'
            | '\u{20000}'..='\u{3FFFF}'
    )
}
