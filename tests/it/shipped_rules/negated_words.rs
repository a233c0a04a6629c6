//! A negated word does not count, a negated danger reaches a person without alarm, and what only looks
//! negated counts.

use std::collections::BTreeMap;

use civic_reply::case::Priority;
use civic_reply::engine::{Explanation, WordHit, WordKind};
use civic_reply::reply::{Action, DecidedBy, Reason, WhyNot};
use civic_reply::{Engine, Message, Outcome};

use crate::support::shipped;

const NEGATIONS: &str = include_str!("../../data/negations.tsv");

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
        WordKind::Keyword => "rule",
        _ => "none",
    }
}

#[test]
fn negated_words_do_not_count_and_the_others_do() {
    let (engine, _) = shipped::engine();
    let mut figures: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    let mut wrong = Vec::new();
    for line in NEGATIONS.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        let &[wanted, counts, text] = fields.as_slice() else {
            panic!("{line}")
        };
        let explanation = explain(&engine, text);
        let words = || explanation.words.iter().filter(|word| list(word) == wanted);
        let negated = |word: &WordHit| matches!(word.why_not, Some(WhyNot::Negated { .. }));
        let right = match counts {
            // Opposites that count are not shown.
            "yes" if wanted == "opposite" => !words().any(negated),
            "yes" => words().any(|word| word.why_not.is_none()),
            _ => words().any(negated) && words().all(|word| word.why_not.is_some()),
        };
        let figures = figures.entry((wanted, counts)).or_default();
        figures.0 += 1;
        figures.1 += usize::from(right);
        if !right {
            wrong.push(format!("{line}\n{explanation}"));
        }
        if (wanted, counts) == ("danger", "yes") {
            assert_eq!(explanation.by, DecidedBy::Emergency, "{text}\n{explanation}");
        }
    }
    assert!(wrong.is_empty(), "{figures:?}\n{}", wrong.join("\n"));
    let total = |wanted: &str| -> usize {
        let own = figures.iter().filter(|((_, counts), _)| *counts == wanted);
        own.map(|(_, (_, right))| right).sum()
    };
    assert_eq!((total("no"), total("yes")), (62, 69), "{figures:?}");
}

#[test]
fn a_negated_danger_reaches_a_person_at_normal_priority_without_advice() {
    let (engine, _) = shipped::engine();
    let negated = NEGATIONS
        .lines()
        .filter_map(|line| line.strip_prefix("danger\tno\t"));
    for text in negated {
        let message = Message::text("gov-wechat", text, "1", text);
        let key = message.key().clone();
        let outcome = engine.receive(message).unwrap();
        let handled = engine.handled(&key).unwrap().unwrap();
        assert_eq!(handled.action, Action::Escalate, "{text}: {:?}", handled.reasons);
        let Outcome::Queued { case, .. } = &outcome else {
            panic!("{text}: {outcome:?}")
        };
        assert_ne!(case.priority, Priority::Urgent, "{text}");
        let reply = outcome.reply().unwrap().text();
        for number in ["110", "119", "120", "12356"] {
            assert!(!reply.contains(number), "{text}: {reply}");
        }
    }
}

#[test]
fn the_explanation_names_the_negation() {
    let (engine, _) = shipped::engine();
    for (text, negation) in [
        ("不用转人工了", "不用"),
        ("家里没有煤气味,为什么停气", "没有"),
        ("转人工就算了,我再看看", "就算了"),
    ] {
        let shown = explain(&engine, text).to_string();
        let wanted = format!("not meant: negated by `{negation}`");
        assert!(shown.contains(&wanted), "{shown}");
    }
}

#[test]
fn a_question_whose_matter_is_denied_is_not_answered_surely() {
    let (engine, _) = shipped::engine();
    for text in [
        "护照没丢但是破了怎么办",
        "身份证没有丢失怎么补办",
        "身份证没有遗失怎么补办",
        "护照没有弄丢要登报吗",
    ] {
        let explanation = explain(&engine, text);
        assert_ne!(explanation.action, Action::Answer, "{explanation}");
    }
    let denied = |reason: &Reason| matches!(reason, Reason::DangerDenied { .. });
    let explanation = explain(&engine, "家里没有煤气味,为什么停气");
    assert!(
        !explanation
            .reasons
            .iter()
            .any(|reason| matches!(reason, Reason::Emergency { .. })),
        "{explanation}"
    );
    assert!(
        explanation.action == Action::Escalate || explanation.reasons.iter().any(denied),
        "{explanation}"
    );
}
