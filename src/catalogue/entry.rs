//! Finding an entry of the catalogue and checking its placeholders, while the crate is compiled.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    reason = "runs at compile time only, where a panic is a compile error"
)]

use std::borrow::Cow;

use super::ENGLISH;
use super::fill::{self, Arguments, Wording};

/// An entry of the catalogue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Entry {
    /// Where its texts start in the English file, behind the key.
    start: usize,
    /// Where they end.
    end: usize,
}

impl Entry {
    /// Its message with `arguments`.
    pub(crate) fn text(self, arguments: Arguments<'_>) -> String {
        fill::fill(&self.part("message"), arguments)
    }

    /// All its texts with `arguments`.
    pub(crate) fn wording(self, arguments: Arguments<'_>) -> Wording {
        let part = |name| Some(self.part(name)).filter(|text| !text.is_empty());
        Wording {
            message: self.text(arguments),
            label: part("label").map(|text| fill::fill(&text, arguments)),
            help: part("help").map(|text| fill::fill(&text, arguments)),
        }
    }

    fn part(self, name: &str) -> Cow<'static, str> {
        fill::part(ENGLISH.get(self.start..self.end).unwrap_or_default(), name)
    }
}

/// The byte at which each entry starts.
const STARTS: [usize; count()] = starts();

/// Whether an entry starts at byte `at`: at the first column, with something else than a comment.
const fn starts_entry(at: usize) -> bool {
    let text = ENGLISH.as_bytes();
    (at == 0 || text[at - 1] == b'\n') && !matches!(text[at], b'#' | b' ' | b'\n' | b'\r')
}

const fn count() -> usize {
    let (mut count, mut at) = (0, 0);
    while at < ENGLISH.len() {
        count += starts_entry(at) as usize;
        at += 1;
    }
    count
}

const fn starts() -> [usize; count()] {
    let mut starts = [0; count()];
    let (mut count, mut at) = (0, 0);
    while at < ENGLISH.len() {
        if starts_entry(at) {
            starts[count] = at;
            count += 1;
        }
        at += 1;
    }
    starts
}

/// The entry `key`, which shows exactly these arguments. Anything else is a compile error.
pub(crate) const fn find(key: &str, arguments: &[&str]) -> Entry {
    let mut n = 0;
    while n < STARTS.len() {
        let start = STARTS[n] + key.len() + " = ".len();
        if is_at(STARTS[n], key) && is_at(STARTS[n] + key.len(), " = ") {
            let end = end_of(start);
            check(start, end, arguments);
            return Entry { start, end };
        }
        n += 1;
    }
    panic!("the catalogue has no entry with this key");
}

const fn is_at(at: usize, part: &str) -> bool {
    let (text, part) = (ENGLISH.as_bytes(), part.as_bytes());
    let mut n = 0;
    while n < part.len() {
        if at + n >= text.len() || text[at + n] != part[n] {
            return false;
        }
        n += 1;
    }
    true
}

/// The end of the entry with texts from byte `start` on: the next line that is not indented.
const fn end_of(start: usize) -> usize {
    let text = ENGLISH.as_bytes();
    let mut at = start;
    while at < text.len() {
        if text[at] == b'\n' && (at + 1 == text.len() || text[at + 1] != b' ') {
            return at;
        }
        at += 1;
    }
    at
}

/// Compares the placeholders between two bytes with the arguments.
const fn check(start: usize, end: usize, arguments: &[&str]) {
    let text = ENGLISH.as_bytes();
    let mut shown = 0_u32;
    let mut at = start;
    while at < end {
        if text[at] == b'{' && text[at + 1] == b'{' {
            at += 2;
            continue;
        }
        if text[at] == b'{' {
            shown |= 1 << argument_at(at + 1, arguments);
        }
        at += 1;
    }
    if shown.count_ones() as usize != arguments.len() {
        panic!("an argument that no placeholder of the entry shows");
    }
}

/// The argument that the placeholder with its name at byte `at` shows.
const fn argument_at(at: usize, arguments: &[&str]) -> usize {
    let mut n = 0;
    while n < arguments.len() {
        let end = at + arguments[n].len();
        if is_at(at, arguments[n]) && (is_at(end, "}") || is_at(end, "|")) {
            return n;
        }
        n += 1;
    }
    panic!("the entry has a placeholder that no argument fills");
}
