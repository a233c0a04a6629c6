//! Patterns that require characters that no folded message has, or that match the empty string.
//!
//! A pattern runs on the folded message, which never has `[A-Z]`, `戶口` or `１`.

use std::ops::Range;

use regex_syntax::hir::{Class, ClassUnicode, Hir, HirKind};

use super::ctx::Ctx;
use super::template::within;
use crate::catalogue::{text, wording};
use crate::rulebook::diagnostic::Code;
use crate::text::{fold, may_stand_folded};

/// How many characters of a class are tried; a larger class is assumed to match.
const MAX_TRIED: usize = 10_000;

/// How many ranges of a class a diagnostic shows.
const MAX_NAMED: usize = 8;

/// Reports problems of `pattern`, which compiles and is named `subject` in diagnostics.
pub(super) fn check(pattern: &str, subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    let Ok(hir) = regex_syntax::Parser::new().parse(pattern) else {
        return;
    };
    if hir.properties().minimum_len() == Some(0) {
        asks_for_nothing(&hir, subject, span.clone(), ctx);
    } else if hir.properties().explicit_captures_len() == 0 && takes_any_character(&hir) {
        // With a capture it is useful: it puts the whole message into a reply.
        ctx.error(
            span.clone(),
            Code::BadPattern,
            wording!("pattern-any-character", pattern = subject),
        );
    }
    let mut lost = Vec::new();
    collect(&hir, &mut lost);
    lost.dedup();
    for (asked, folded) in lost {
        let instead = if folded.is_empty() {
            text!("pattern-leave-out")
        } else {
            text!("pattern-write-folded", folded = folded)
        };
        let at = within(&asked, span.clone(), ctx);
        ctx.warning(
            at,
            Code::UnmatchablePattern,
            wording!(
                "pattern-unmatchable",
                pattern = subject,
                required = asked,
                instead = instead
            ),
        );
    }
}

fn asks_for_nothing(hir: &Hir, subject: &str, span: Range<usize>, ctx: &mut Ctx<'_>) {
    if hir.properties().look_set().is_empty() {
        ctx.error(
            span,
            Code::BadPattern,
            wording!("pattern-nothing", pattern = subject),
        );
    } else {
        ctx.warning(
            span,
            Code::BadPattern,
            wording!("pattern-nothing-anchored", pattern = subject),
        );
    }
}

/// Whether every message of one character matches.
fn takes_any_character(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Class(Class::Unicode(class)) => {
            // One character of each kind that messages have.
            let holds = |c: char| {
                class
                    .iter()
                    .any(|range| (range.start()..=range.end()).contains(&c))
            };
            ['a', '1', '.', '\u{6237}', '\u{ff0c}'].into_iter().all(holds)
        }
        HirKind::Repetition(repeated) => repeated.min <= 1 && takes_any_character(&repeated.sub),
        HirKind::Alternation(branches) => branches.iter().any(takes_any_character),
        HirKind::Concat(parts) => {
            let may_be_nothing = |part: &&Hir| {
                let properties = part.properties();
                properties.minimum_len() == Some(0) && properties.look_set().is_empty()
            };
            let mut rest = parts.iter().filter(|part| !may_be_nothing(part));
            rest.next().is_some_and(takes_any_character) && rest.next().is_none()
        }
        _ => false,
    }
}

/// Collects the parts that match no folded message, each as written and as a folded message would have it.
fn collect(hir: &Hir, lost: &mut Vec<(String, String)>) {
    match hir.kind() {
        HirKind::Literal(literal) => {
            if let Ok(text) = std::str::from_utf8(&literal.0) {
                if !may_be_met(text.trim()) {
                    lost.push((text.to_owned(), fold(text.trim()).as_str().to_owned()));
                } else if text.chars().any(|c| c.is_whitespace() && !may_stand_folded(c)) {
                    lost.push((
                        text.to_owned(),
                        text.split_whitespace().collect::<Vec<_>>().join(" "),
                    ));
                }
            }
        }
        HirKind::Class(class) => {
            let chars = match class {
                Class::Unicode(class) => Some(class.clone()),
                Class::Bytes(class) => class.to_unicode_class(),
            };
            lost.extend(
                chars
                    .filter(|class| !has_a_char(class))
                    .map(|class| named(&class)),
            );
        }
        HirKind::Repetition(repetition) => collect(&repetition.sub, lost),
        HirKind::Capture(capture) => collect(&capture.sub, lost),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            parts.iter().for_each(|part| collect(part, lost));
        }
        HirKind::Empty | HirKind::Look(_) => {}
    }
}

/// Whether a folded message may contain `text`. White space at its ends depends on the neighbouring parts.
fn may_be_met(text: &str) -> bool {
    let changes = |c: char| !c.is_whitespace() && fold_of(c) != c.to_string();
    let folded = fold(text);
    folded.as_str() == text
        // Folding keeps some phrases unchanged, so another spelling may occur, unless a character is never
        // kept.
        || text.chars().any(changes) && text.chars().all(may_stand_folded)
}

fn has_a_char(class: &ClassUnicode) -> bool {
    let ranges = class.ranges().iter();
    let mut chars = ranges.flat_map(|range| range.start()..=range.end());
    let mut tried = 0;
    chars.any(|c| {
        tried += 1;
        tried > MAX_TRIED || may_stand_folded(c)
    })
}

/// A class as it is written, and as it is written for folded messages.
fn named(class: &ClassUnicode) -> (String, String) {
    let (mut asked, mut folded) = ("[".to_owned(), "[".to_owned());
    for range in class.ranges().iter().take(MAX_NAMED) {
        let (start, end) = (range.start(), range.end());
        let (first, last) = (fold_of(start), fold_of(end));
        asked.push(start);
        folded.push_str(&first);
        if start != end {
            asked.push('-');
            asked.push(end);
            if first.chars().count() == 1 && last.chars().count() == 1 {
                folded.push('-');
            }
            folded.push_str(&last);
        }
    }
    let more = if class.ranges().len() > MAX_NAMED {
        "…]"
    } else {
        "]"
    };
    asked.push_str(more);
    folded.push_str(more);
    if folded.chars().count() <= 2 {
        folded.clear();
    }
    (asked, folded)
}

fn fold_of(c: char) -> String {
    fold(c.encode_utf8(&mut [0; 4])).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests fail by panicking")]

    use super::*;

    fn lost(pattern: &str) -> Vec<(String, String)> {
        let mut lost = Vec::new();
        collect(&regex_syntax::Parser::new().parse(pattern).unwrap(), &mut lost);
        lost
    }

    #[test]
    fn what_folding_takes_away_is_named_with_what_it_leaves() {
        for (pattern, asked, folded) in [
            ("AB[0-9]+", "AB", "ab"),
            ("戶口", "戶口", "户口"),
            ("[A-Z]{2}[0-9]", "[A-Z]", "[a-z]"),
            ("[０-９]+号", "[０-９]", "[0-9]"),
            ("(?P<n>號)", "號", "号"),
            ("户 口", "户 口", "户口"),
            ("(?-u:[A-C])", "[A-C]", "[a-c]"),
            ("户\u{200B}口", "户\u{200B}口", "户口"),
            ("a\\tb", "a\tb", "a b"),
            ("[0-9]\\t", "\t", ""),
        ] {
            assert_eq!(
                lost(pattern),
                [(asked.to_owned(), folded.to_owned())],
                "{pattern}"
            );
        }
        assert!(!lost("[A-Zａ-ｚ]").is_empty());
        assert!(!lost(r"[^\s\S]").is_empty());
    }

    #[test]
    fn what_a_folded_message_may_have_is_left_alone() {
        for pattern in [
            r"(?i)AB",
            r"[A-Za-z]",
            r"[戶户]口",
            r"\w+\s?[^a-z]",
            r"单号(?P<n>[a-z0-9-]+)",
            r"a b",
            r"\d 口",
            r"第.{1,3}条\n",
            // Phrases keep these: 乾隆, 回覆.
            r"乾",
            r"[乾]",
            r"乾隆",
            r"café",
            r"[^A]",
        ] {
            assert_eq!(lost(pattern), [], "{pattern}");
        }
    }
}
