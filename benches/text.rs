//! Folding against the chains of libraries that it replaces: NFKC, lower case, and OpenCC's traditional to simplified.
//!
//! The outputs are compared before anything is timed: for every character there is, for every phrase of OpenCC's, and for
//! all messages. Folding goes further than the chains; [`further`] takes those steps for them, outside the timing.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]
#![allow(clippy::indexing_slicing, reason = "a bench fails by panicking")]

mod common;

use std::hint::black_box;

use civic_reply::text::{fold, is_ignorable};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;
use unicode_normalization::UnicodeNormalization;

fn normal(text: &str) -> String {
    text.nfkc().flat_map(char::to_lowercase).collect()
}

/// The steps that folding takes and the chains don't: no invisible characters; one space for other white space than
/// line ends, and none at the ends, at line ends and beside Chinese characters; and `苧` as what OpenCC makes of it, also
/// where it makes it itself (of `薴`), so that folding twice changes nothing.
fn further(text: &str) -> String {
    let wide = |c: char| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}' | '\u{20000}'..='\u{3FFFF}');
    let mut out: Vec<char> = Vec::new();
    for c in text.chars().filter(|&c| !is_ignorable(c)) {
        let space = c != '\n' && c.is_whitespace();
        while (wide(c) || c == '\n') && out.last() == Some(&' ') {
            out.pop();
        }
        match out.last() {
            _ if !space => out.push(if c == '苧' { '苎' } else { c }),
            Some(&last) if last != ' ' && last != '\n' && !wide(last) => out.push(' '),
            _ => {}
        }
    }
    while out.last() == Some(&' ') {
        out.pop();
    }
    out.into_iter().collect()
}

fn assert_same(opencc: &OpenCC, text: &str) {
    let normal = normal(text);
    let chain = opencc.convert(&normal);
    assert_eq!(chain, hanconv::t2s(&normal), "the libraries differ on {text:?}");
    assert_eq!(fold(text).as_str(), further(&chain), "{text:?}");
}

fn folding(c: &mut Criterion) {
    let messages = common::messages();
    let opencc = OpenCC::from_config(BuiltinConfig::T2s).unwrap();
    for c in '\0'..=char::MAX {
        assert_same(&opencc, c.encode_utf8(&mut [0; 4]));
    }
    // Of these, hanconv's data has one more.
    for (phrase, _) in hanconv::RawDictionary::TSPhrases.iter() {
        assert_eq!(fold(phrase).as_str(), hanconv::t2s(phrase));
    }
    let traditional: Vec<String> = messages.iter().map(hanconv::s2t).collect();
    for text in messages.iter().chain(&traditional) {
        assert_same(&opencc, text);
    }
    println!("same output: every character, every phrase, every message and its traditional form");

    for (name, texts) in [("messages", &messages), ("traditional", &traditional)] {
        let chars: usize = texts.iter().map(|text| text.chars().count()).sum();
        let each = |way: &dyn Fn(&str) -> usize| texts.iter().map(|text| way(black_box(text))).sum::<usize>();
        let folded = |text: &str| fold(text).chars();
        let walk = |text: &str| text.chars().filter(|&c| c == '戶').count();
        let by_opencc = |text: &str| opencc.convert(&normal(text)).len();
        let by_hanconv = |text: &str| hanconv::t2s(normal(text)).len();
        let span = |text: &str| {
            let folded = fold(text);
            folded
                .original_span(folded.as_str().len() / 2..folded.as_str().len())
                .end
        };

        let mut group = c.benchmark_group(format!("text/{name}"));
        group
            .throughput(Throughput::Elements(chars as u64))
            .sample_size(10);
        group.bench_function("fold", |b| b.iter(|| each(&folded)));
        group.bench_function("fold and one span", |b| b.iter(|| each(&span)));
        group.bench_function("nfkc, lower case, hanconv", |b| b.iter(|| each(&by_hanconv)));
        group.bench_function("nfkc, lower case, ferrous-opencc", |b| {
            b.iter(|| each(&by_opencc))
        });
        group.finish();

        common::compare(
            &format!("{name}: a character, and how many times `fold`"),
            chars,
            5,
            &mut [
                ("fold", &mut || _ = black_box(each(&folded))),
                ("fold and one span", &mut || _ = black_box(each(&span))),
                ("a bare walk over chars()", &mut || _ = black_box(each(&walk))),
                ("nfkc, lower case, hanconv", &mut || {
                    _ = black_box(each(&by_hanconv))
                }),
                ("nfkc, lower case, ferrous-opencc", &mut || {
                    _ = black_box(each(&by_opencc))
                }),
            ],
        );
    }
}

criterion_group!(benches, folding);
criterion_main!(benches);
