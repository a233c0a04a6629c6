//! A listed word is a word: true dangers are found, and words that only contain the characters of a listed
//! word are not.

use std::collections::BTreeMap;

use civic_reply::engine::{Explanation, WordHit, WordKind};
use civic_reply::faq::Reading;
use civic_reply::reply::{Action, DecidedBy, WhyNot};
use civic_reply::{Engine, Message};

use crate::support::shipped;

const TRUE_DANGERS: &str = include_str!("../../data/true_dangers.txt");
const LOOKALIKES: &str = include_str!("../../data/lookalikes.tsv");

fn explain(engine: &Engine, text: &str) -> Explanation {
    let message = Message::text("gov-wechat", text, "1", text);
    engine.explain(&message).unwrap()
}

/// The list of a word, by its name in the test data.
fn list(word: &WordHit) -> &'static str {
    match word.kind {
        WordKind::Emergency { .. } => "danger",
        WordKind::Personal => "complaint",
        WordKind::HandOff => "hand_off",
        WordKind::Elsewhere => "place",
        WordKind::Opposite => "opposite",
        _ => "none",
    }
}

/// Whether the word is found by its characters alone, and whether it counts.
fn found(explanation: &Explanation, wanted: &str) -> (bool, bool) {
    let words = explanation.words.iter().filter(|word| list(word) == wanted);
    let cancelled = |word: &&WordHit| {
        let no = |other: &WordHit| match (&other.kind, &word.kind) {
            (WordKind::NoEmergency { id }, WordKind::Emergency { id: own, .. }) => id == own,
            _ => false,
        };
        explanation.words.iter().any(no)
    };
    let mut words = words.filter(|word| !cancelled(word)).peekable();
    let before = words.peek().is_some();
    (before, words.any(|word| word.why_not.is_none()))
}

#[test]
fn every_true_danger_is_found() {
    let (engine, _) = shipped::engine();
    let (mut before, mut after) = (0, 0);
    for text in TRUE_DANGERS.lines() {
        let explanation = explain(&engine, text);
        let (by_characters, counts) = found(&explanation, "danger");
        before += usize::from(by_characters);
        after += usize::from(counts);
        assert!(counts, "{text}\n{explanation}");
        assert_eq!(explanation.by, DecidedBy::Emergency, "{text}");
    }
    assert_eq!((before, after), (100, 100));
}

#[test]
fn a_lookalike_of_a_listed_word_is_not_found_and_the_explanation_names_the_other_word() {
    let (engine, _) = shipped::engine();
    let mut figures: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for line in LOOKALIKES.lines() {
        let (wanted, text) = line.split_once('\t').unwrap();
        let explanation = explain(&engine, text);
        let (by_characters, counts) = found(&explanation, wanted);
        let figures = figures.entry(wanted).or_default();
        figures.0 += usize::from(by_characters);
        figures.1 += usize::from(counts);
        assert!(by_characters, "{text}: no lookalike\n{explanation}");
        assert!(!counts, "{text}\n{explanation}");
        for word in explanation.words.iter().filter(|word| list(word) == wanted) {
            let Some(WhyNot::PartOf { word: other }) = &word.why_not else {
                continue;
            };
            assert!(explanation.folded.contains(other), "{text}: {other}");
            let shown = explanation.to_string();
            assert!(
                shown.contains(&format!("not meant: part of `{other}`")),
                "{shown}"
            );
        }
        if wanted == "opposite" {
            let opposition = Reading::of(text).opposition(["居住证怎么办"], 2026);
            assert_eq!(opposition, None, "{text}");
        }
    }
    let expected = [
        ("complaint", (13, 0)),
        ("danger", (51, 0)),
        ("hand_off", (10, 0)),
        ("opposite", (10, 0)),
        ("place", (16, 0)),
    ];
    assert_eq!(figures, BTreeMap::from(expected), "false hits before and after");
}

#[test]
fn a_word_that_is_part_of_another_one_counts_at_a_later_place() {
    let (engine, _) = shipped::engine();
    for (text, wanted) in [
        ("以前生活不下去,现在真的活不下去了", "danger"),
        ("路口被拐弯的车挡住,我女儿被拐了", "danger"),
        ("想转人工智能专业,请转人工", "hand_off"),
        ("单位说不给退休,也不给退押金", "complaint"),
        ("医保定点在保定能用吗", "place"),
    ] {
        let explanation = explain(&engine, text);
        assert_eq!(found(&explanation, wanted), (true, true), "{text}\n{explanation}");
        let mut words = explanation.words.iter();
        assert!(words.any(|word| word.why_not.is_some()), "{text}\n{explanation}");
    }
}

#[test]
fn a_message_with_a_lookalike_is_handled_as_if_it_had_none() {
    let (engine, _) = shipped::engine();
    for text in ["生活不下去了,想申请低保", "公交车被拐弯的货车蹭了"] {
        let outcome = engine
            .receive(Message::text("gov-wechat", text, "1", text))
            .unwrap();
        let reply = outcome.reply().unwrap().text();
        for number in ["110", "120", "12356"] {
            assert!(!reply.contains(number), "{text}: {reply}");
        }
    }
    let text = "怎么退休";
    let message = Message::text("gov-wechat", text, "1", text);
    let explanation = engine.explain(&message).unwrap();
    assert_ne!(explanation.action, Action::Silent);
    let differs = |reason: &civic_reply::reply::Reason| reason.to_string().contains("怎么退");
    assert!(!explanation.reasons.iter().any(differs), "{explanation}");
}
