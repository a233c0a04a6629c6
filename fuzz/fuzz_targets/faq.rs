//! Searches the FAQ with arbitrary messages.
//!
//! No message may fail. Each confidence is a probability, candidates are in order of confidence, and a
//! message and its folded form give the same candidates. `cargo fuzz run faq`.

#![no_main]

use std::sync::OnceLock;

use civic_reply::faq::{Candidate, Entry, FaqIndex, FaqOptions, Reading};
use civic_reply::text::fold;
use libfuzzer_sys::fuzz_target;

/// A bank with many phrasings per entry, enough for a classifier, and a bank with one phrasing per entry.
fn banks() -> &'static [FaqIndex; 2] {
    static BANKS: OnceLock<[FaqIndex; 2]> = OnceLock::new();
    BANKS.get_or_init(|| {
        let matters = ["身份证", "公积金", "新生儿户口", "parking ticket", "社保卡", "library card"];
        let endings = [
            "怎么办",
            "丢了怎么补",
            "去哪里办理要什么材料",
            "how do I get a",
            "2026年还能办吗",
            "不要了怎么取消",
        ];
        let bank = |phrasings: usize| -> Vec<Entry> {
            matters
                .iter()
                .map(|matter| Entry {
                    id: (*matter).into(),
                    phrasings: endings
                        .iter()
                        .take(phrasings)
                        .map(|ending| format!("{matter}{ending}"))
                        .collect(),
                    answer: Some(format!("请带{matter}到窗口")),
                })
                .collect()
        };
        let synonyms = [vec!["怎么".to_owned(), "如何".to_owned()]];
        [6, 1].map(|phrasings| {
            FaqIndex::build(&bank(phrasings), &synonyms, &FaqOptions::default()).expect("the bank is sound")
        })
    })
}

fn found(faq: &FaqIndex, text: &str) -> Vec<Candidate> {
    faq.search(&fold(text), &|_| true, 5).expect("a search does not fail")
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    for faq in banks() {
        let candidates = found(faq, &text);
        assert!(candidates.len() <= 5);
        for candidate in &candidates {
            assert!((0.0..=1.0).contains(&candidate.confidence), "{candidate:?}");
        }
        for pair in candidates.windows(2) {
            let in_order = pair[0].confidence > pair[1].confidence
                || pair[0].confidence == pair[1].confidence && pair[0].id < pair[1].id;
            assert!(in_order, "{pair:?}");
        }
        assert_eq!(candidates, found(faq, &text), "the same message again");
        // Folding is idempotent; a truncated text is another message.
        let folded = fold(&text);
        if !folded.is_truncated() {
            assert_eq!(candidates, found(faq, folded.as_str()), "the same words, folded");
        }
        if faq.search(&folded, &|_| false, 5).is_ok_and(|kept| !kept.is_empty()) {
            panic!("the search returned an entry that the filter excludes");
        }
    }
    let differences = || Reading::of(&text).differences(&Reading::of("2026年公积金怎么取消"));
    let differ = differences();
    assert_eq!(differ, differences());
});
