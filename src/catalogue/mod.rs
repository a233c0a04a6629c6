//! The catalogue of messages: the texts that operators and agents read, each once and by a key.
//!
//! A language is one file; `operators.en.txt` is the English one. Code names a key and the arguments, with [`text!`]
//! for a single text and [`wording!`] for the texts of a diagnostic. A key that the file does not have, a
//! placeholder that no argument fills, and an argument that no placeholder shows are compile errors; the
//! tests below find entries that nothing uses.
//!
//! # The file
//!
//! ```text
//! # A comment.
//! menu-size = the menu has {count} {count|entry|entries}
//!   .label = must be 2 to {most}
//!   .help = citizens choose with one digit, and the last digit stands for
//!     "none of these"
//! ```
//!
//! - An entry starts at the first column with its key. Its other lines are indented; they continue the line
//!   before, with a space in between, unless they start with the name of an attribute.
//! - `{name}` shows an argument. `{name|entry|entries}` shows the first form if the argument is 1, and the
//!   last one otherwise; a language without plurals writes one form.
//! - `{{` and `}}` are braces.
//!
//! # Why not Fluent
//!
//! The format is a small part of Fluent's. The `fluent` crates would bring ten more crates, report a wrong
//! key or argument only when a message is shown, and put direction marks around each argument. This module
//! takes one page.

mod entry;
mod fill;

pub(crate) use entry::{Entry, find};
pub(crate) use fill::Wording;

/// The English texts.
const ENGLISH: &str = include_str!("operators.en.txt");

/// The text of a key with its arguments, as a `String`.
macro_rules! text {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        const ENTRY: $crate::catalogue::Entry = $crate::catalogue::find($key, &[$(stringify!($name)),*]);
        ENTRY.text(&[$((stringify!($name), &$value)),*])
    }};
}

/// The texts of a diagnostic's key with their arguments, as a [`Wording`].
macro_rules! wording {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {{
        const ENTRY: $crate::catalogue::Entry = $crate::catalogue::find($key, &[$(stringify!($name)),*]);
        ENTRY.wording(&[$((stringify!($name), &$value)),*])
    }};
}

pub(crate) use {text, wording};

#[cfg(test)]
mod tests;
