//! The order of the weighing, and that doubt never becomes an answer.

use proptest::prelude::*;

use super::{AutomaticAnswers, Choice, ChosenEntry, Evidence, FaqEvidence, Limits, Verdict, decide};
use crate::case::Priority;
use crate::keyword::{Matches, RuleAction, WinningRule};
use crate::reply::{Action, DecidedBy, Hit, Reason, Span};

const LIMITS: Limits = Limits {
    answer: 0.8,
    menu: 0.45,
    misses: 2,
    chars: 60,
    automatic: AutomaticAnswers::Allowed,
};

fn hit(keyword: &str, start: usize) -> Hit {
    Hit {
        keyword: keyword.to_owned(),
        span: Span {
            start,
            end: start + keyword.len(),
        },
    }
}

fn offers(confidences: &[f64]) -> Vec<FaqEvidence> {
    let offer = |(n, &confidence): (usize, &f64)| FaqEvidence {
        entry: format!("entry-{n}").as_str().into(),
        theme: "theme".into(),
        phrasing: "去哪里信访".to_owned(),
        differs: Vec::new(),
        opposed: None,
        confidence,
    };
    confidences.iter().enumerate().map(offer).collect()
}

fn winner(action: RuleAction) -> WinningRule {
    WinningRule {
        rule: "rule".into(),
        place: 0,
        theme: "theme".into(),
        action,
        hits: vec![hit("户口", 0)],
        captures: Vec::new(),
        beaten: Vec::new(),
        apart: None,
    }
}

fn evidence<'a>(
    matches: &'a Matches,
    winner: Option<&'a WinningRule>,
    faq: &'a [FaqEvidence],
) -> Evidence<'a> {
    Evidence {
        blank: false,
        chars: 10,
        truncated: false,
        matches,
        winner,
        opposed: None,
        faq: Ok(faq),
        choice: None,
        misses: 0,
        limits: LIMITS,
    }
}

#[test]
fn danger_beats_a_request_for_a_person_which_beats_a_rule_which_beats_the_faq() {
    let rule = winner(RuleAction::Reply);
    let sure = offers(&[0.99]);
    let mut matches = Matches::default();
    assert_eq!(
        decide(&evidence(&matches, None, &sure)).by(),
        DecidedBy::Faq("entry-0".into())
    );
    assert_eq!(
        decide(&evidence(&matches, Some(&rule), &sure)).by(),
        DecidedBy::Rule("rule".into())
    );
    matches.hand_off = vec![hit("人工", 0)];
    assert_eq!(
        decide(&evidence(&matches, Some(&rule), &sure)).by(),
        DecidedBy::HandOff
    );
    matches.emergencies = vec![(2, hit("着火", 0))];
    let decision = decide(&evidence(&matches, Some(&rule), &sure));
    assert_eq!(decision.by(), DecidedBy::Emergency);
    let Verdict::Person {
        priority, emergency, ..
    } = decision.verdict
    else {
        unreachable!()
    };
    assert_eq!((priority, emergency), (Priority::Urgent, Some(2)));
}

#[test]
fn a_complaint_reaches_a_person_unless_the_rule_speaks_of_complaints() {
    let mut rule = winner(RuleAction::Reply);
    let sure = offers(&[0.99]);
    let matches = Matches {
        personal: vec![hit("投诉", 6)],
        ..Matches::default()
    };
    assert_eq!(
        decide(&evidence(&matches, None, &sure)).action(),
        Action::Escalate
    );
    let decision = decide(&evidence(&matches, Some(&rule), &sure));
    assert_eq!(decision.action(), Action::Escalate);
    assert!(decision.reasons.contains(&Reason::Personal {
        hit: hit("投诉", 6)
    }));
    rule.hits.push(hit("投诉电话", 6));
    assert_eq!(
        decide(&evidence(&matches, Some(&rule), &sure)).action(),
        Action::Answer
    );
}

#[test]
fn an_entry_about_complaints_answers_about_them() {
    let sure = offers(&[0.99]);
    let mut matches = Matches {
        personal: vec![hit("信访", 0)],
        ..Matches::default()
    };
    assert_eq!(decide(&evidence(&matches, None, &sure)).action(), Action::Answer);
    matches.personal.push(hit("没人管", 30));
    assert_eq!(
        decide(&evidence(&matches, None, &sure)).action(),
        Action::Escalate
    );
}

#[test]
fn two_matters_in_one_message_reach_a_person() {
    let mut rule = winner(RuleAction::Reply);
    rule.apart = Some("other".into());
    let matches = Matches::default();
    assert_eq!(
        decide(&evidence(&matches, Some(&rule), &[])).action(),
        Action::Escalate
    );
}

#[test]
fn a_long_message_is_not_answered_by_the_faq() {
    let matches = Matches::default();
    let sure = offers(&[0.99]);
    let mut evidence = evidence(&matches, None, &sure);
    evidence.chars = LIMITS.chars;
    assert_eq!(decide(&evidence).action(), Action::Answer);
    evidence.chars = LIMITS.chars + 1;
    assert_eq!(decide(&evidence).action(), Action::Escalate);
}

#[test]
fn nearly_sure_asks_back_and_unsure_does_not() {
    let matches = Matches::default();
    let menu = |confidences: &[f64]| decide(&evidence(&matches, None, &offers(confidences))).verdict;
    let entries = vec!["entry-0".into(), "entry-1".into()];
    assert_eq!(menu(&[0.5, 0.3, 0.01]), Verdict::Menu { entries });
    assert!(matches!(menu(&[0.2, 0.1]), Verdict::Person { .. }));
    assert!(
        matches!(menu(&[0.7]), Verdict::Person { .. }),
        "a menu of one is no menu"
    );
    assert!(matches!(menu(&[]), Verdict::Person { .. }));
}

#[test]
fn the_second_miss_in_a_row_reaches_a_person() {
    let matches = Matches::default();
    let likely = offers(&[0.5, 0.3]);
    let mut evidence = evidence(&matches, None, &likely);
    assert_eq!(decide(&evidence).action(), Action::Clarify);
    evidence.misses = 1;
    assert_eq!(decide(&evidence).action(), Action::Escalate);
}

#[test]
fn an_entry_that_differs_in_what_matters_is_only_offered() {
    let matches = Matches::default();
    let mut sure = offers(&[0.99, 0.2]);
    sure[0].differs = vec!["another year".to_owned()];
    let decision = decide(&evidence(&matches, None, &sure));
    assert_eq!(decision.action(), Action::Clarify);
    let what = "another year".to_owned();
    assert!(decision.reasons.contains(&Reason::Differs {
        entry: "entry-0".into(),
        what
    }));
    assert_eq!(
        decide(&evidence(&matches, None, &sure[..1])).action(),
        Action::Escalate
    );
}

#[test]
fn an_entry_of_the_opposite_is_not_even_offered() {
    let matches = Matches::default();
    let mut found = offers(&[0.9, 0.6, 0.3, 0.2]);
    found[0].opposed = Some("another intent".to_owned());
    found[2].opposed = Some("another year".to_owned());
    let decision = decide(&evidence(&matches, None, &found));
    let entries = vec!["entry-1".into(), "entry-3".into()];
    assert_eq!(decision.verdict, Verdict::Menu { entries });
    for (entry, what) in [("entry-0", "another intent"), ("entry-2", "another year")] {
        assert!(decision.reasons.contains(&Reason::Differs {
            entry: entry.into(),
            what: what.to_owned(),
        }));
    }
    // The only likely option is shown with the next one.
    found.truncate(2);
    let entries = vec!["entry-1".into(), "entry-0".into()];
    assert_eq!(
        decide(&evidence(&matches, None, &found)).verdict,
        Verdict::Menu { entries }
    );
    found[1].confidence = 0.02;
    assert_eq!(
        decide(&evidence(&matches, None, &found)).action(),
        Action::Escalate
    );
}

#[test]
fn without_a_certificate_a_sure_entry_is_only_offered() {
    let matches = Matches::default();
    let sure = offers(&[0.99, 0.2]);
    let mut evidence = evidence(&matches, None, &sure);
    for (automatic, reason) in [
        (AutomaticAnswers::Uncertified, Reason::Uncertified),
        (AutomaticAnswers::Off, Reason::NotAutomatic),
    ] {
        evidence.limits.automatic = automatic;
        let decision = decide(&evidence);
        assert_eq!(decision.action(), Action::Clarify);
        assert!(decision.reasons.contains(&reason), "{:?}", decision.reasons);
    }
}

#[test]
fn a_broken_faq_brings_a_person() {
    let matches = Matches::default();
    let mut evidence = evidence(&matches, None, &[]);
    evidence.faq = Err("the index is gone".to_owned());
    let decision = decide(&evidence);
    assert_eq!(decision.action(), Action::Escalate);
    assert_eq!(decision.confidence, None);
}

#[test]
fn a_choice_is_answered_and_none_of_these_reaches_a_person() {
    let matches = Matches::default();
    let mut evidence = evidence(&matches, None, &[]);
    evidence.choice = Some(Choice::Entries {
        chosen: vec![ChosenEntry {
            number: 1,
            entry: "entry-7".into(),
            theme: "theme".into(),
        }],
        by_words: false,
    });
    assert_eq!(decide(&evidence).by(), DecidedBy::Menu("entry-7".into()));
    evidence.choice = Some(Choice::NoneOfThese {
        theme: None,
        offered: vec!["entry-7".into(), "entry-8".into()],
    });
    let decision = decide(&evidence);
    assert_eq!(decision.action(), Action::Escalate);
    let offered = vec!["entry-7".into(), "entry-8".into()];
    assert_eq!(
        decision.reasons[0],
        Reason::NoneOfThese { offered },
        "the agent sees what did not fit"
    );
}

#[test]
fn a_blank_message_is_silent() {
    let matches = Matches::default();
    let mut evidence = evidence(&matches, None, &[]);
    evidence.blank = true;
    assert_eq!(decide(&evidence).verdict, Verdict::Silent);
}

proptest! {
    #[test]
    fn what_is_no_probability_never_answers(
        confidences in prop::collection::vec(
            prop_oneof![
                Just(f64::NAN),
                Just(f64::INFINITY),
                Just(f64::NEG_INFINITY),
                -10.0..0.8_f64,
                1.0001..10.0_f64
            ],
            0..6,
        ),
    ) {
        let matches = Matches::default();
        let action = decide(&evidence(&matches, None, &offers(&confidences))).action();
        prop_assert_ne!(action, Action::Answer);
    }
}
