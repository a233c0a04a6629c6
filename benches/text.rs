//! Folding beside the chains of libraries that it replaces: NFKC, lower case, traditional to simplified
//! Chinese.
//!
//! `cargo bench --bench text`. The outputs are compared before anything is timed: for every character of
//! Unicode, every phrase of OpenCC, and all messages. Folding does more than the chains; [`further`] adds
//! those steps to the chains' output, outside the timing.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]
#![allow(clippy::indexing_slicing, reason = "a bench panics when an answer is wrong")]

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

/// The steps of folding that the chains lack.
///
/// Invisible characters are removed. White space other than line ends becomes one space, and none at the
/// ends, at line ends and beside Chinese characters. OpenCC maps `薴` to `苧` and `苧` to `苎`; folding maps
/// both to `苎`, so that folding twice changes nothing.
fn further(text: &str) -> String {
    let wide = |c: char| {
        matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{FE30}'..='\u{FE4F}')
            || matches!(c, '\u{20000}'..='\u{3FFFF}')
    };
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
    println!(
        "text: folding, beside NFKC, lower case and traditional to simplified by hanconv and ferrous-opencc"
    );
    let messages = common::messages();
    let opencc = OpenCC::from_config(BuiltinConfig::T2s).unwrap();
    for c in '\0'..=char::MAX {
        assert_same(&opencc, c.encode_utf8(&mut [0; 4]));
    }
    // hanconv has one phrase more than ferrous-opencc: both are compared with hanconv's output.
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
        let each = |run: &dyn Fn(&str) -> usize| texts.iter().map(|text| run(black_box(text))).sum::<usize>();
        let folded = |text: &str| fold(text).chars();
        let count = |text: &str| text.chars().filter(|&c| c == '戶').count();
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
            &format!("{name}: time per character, and its ratio to `fold`"),
            chars,
            5,
            &mut [
                ("fold", &mut || _ = black_box(each(&folded))),
                ("fold and one span", &mut || _ = black_box(each(&span))),
                ("counting one character with chars()", &mut || {
                    _ = black_box(each(&count))
                }),
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

criterion_group! {
    name = benches;
    config = common::criterion();
    targets = folding
}
criterion_main!(benches);
