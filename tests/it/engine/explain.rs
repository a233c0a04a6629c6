//! Explanations: the same decision as receiving the message, everything that matched, and what would change
//! the decision.

use civic_reply::engine::{EvidenceChange, Explanation, FailedCondition, RuleState, WordKind};
use civic_reply::reply::{Action, Beaten, DecidedBy};
use civic_reply::store::CaseFilter;
use civic_reply::{Engine, ManualClock, MemoryStore, Message};

use crate::support::shipped;
use crate::support::small_rulebook::{ENTRY, OFFICE, RULE, load};

fn message(text: &str) -> Message {
    Message::text("gov-wechat", "citizen", "1", text)
}

/// An engine on the small rulebook and one more file.
fn small(text: &str) -> Engine {
    let rulebook = load([("office.toml", OFFICE), ("more.toml", text)]).unwrap();
    Engine::builder(rulebook, MemoryStore::new())
        .clock(ManualClock::new("2026-11-23T10:00+08:00".parse().unwrap()))
        .check_examples(false)
        .build()
        .unwrap()
}

fn explain(engine: &Engine, text: &str) -> Explanation {
    engine.explain(&message(text)).unwrap()
}

fn failed<'a>(explanation: &'a Explanation, rule: &str) -> &'a [FailedCondition] {
    let trace = explanation.rules.iter().find(|trace| trace.rule.as_str() == rule);
    match &trace.unwrap_or_else(|| panic!("`{rule}` is touched")).state {
        RuleState::NotFired { failed } => failed,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_explanation_decides_as_the_engine_does_and_records_nothing() {
    let (engine, _) = shipped::engine();
    let book = shipped::rulebook();
    let examples = book
        .faq
        .iter()
        .step_by(9)
        .filter_map(|entry| entry.examples.first());
    let rules = book
        .rules
        .iter()
        .step_by(5)
        .filter_map(|rule| rule.examples.first());
    let others = [
        "转人工",
        "",
        "着火了,快来人",
        "楼下半夜施工没人管",
        "1",
        "我要投诉公积金怎么提取",
    ];
    let texts = examples.chain(rules).map(String::as_str).chain(others);
    for (n, text) in texts.enumerate() {
        let message = Message::text("gov-wechat", format!("citizen-{n}"), "1", text);
        let explained = engine.explain(&message).unwrap();
        assert_eq!(engine.handled(message.key()).unwrap(), None);
        let before = engine.desk().cases(&CaseFilter::default()).unwrap().total;
        assert_eq!(
            engine.explain(&message).unwrap(),
            explained,
            "a second one is the same"
        );
        assert_eq!(engine.desk().cases(&CaseFilter::default()).unwrap().total, before);

        let key = message.key().clone();
        engine.receive(message).unwrap();
        let handled = engine.handled(&key).unwrap().unwrap();
        assert_eq!(
            (explained.action, &explained.by),
            (handled.action, &handled.by),
            "{text}"
        );
        assert_eq!(explained.reasons, handled.reasons, "{text}");
        assert_eq!(
            (explained.theme, explained.rulebook),
            (handled.theme, handled.rulebook)
        );
        for trace in &explained.rules {
            let fired = !matches!(trace.state, RuleState::NotFired { .. });
            let RuleState::NotFired { failed } = &trace.state else {
                continue;
            };
            assert!(
                !fired && !failed.is_empty(),
                "{text}: `{}` lacks nothing",
                trace.rule
            );
        }
    }
}

#[test]
fn hits_have_spans_in_the_original_text() {
    let engine = small(RULE);
    let text = "請問,寶\u{200B}寶怎麼上戶口?我要投訴";
    let explanation = explain(&engine, text);
    assert_eq!(explanation.folded, "请问,宝宝怎么上户口?我要投诉");
    let shown = |hit: &civic_reply::reply::Hit| text.get(hit.span.start..hit.span.end).unwrap().to_owned();
    let found: Vec<String> = explanation
        .rules
        .iter()
        .flat_map(|rule| rule.found.iter().map(shown))
        .collect();
    assert_eq!(found, ["寶\u{200B}寶", "上戶口"]);
    let words: Vec<_> = explanation
        .words
        .iter()
        .map(|word| (&word.kind, shown(&word.hit)))
        .collect();
    assert_eq!(words, [(&WordKind::Personal, "投訴".to_owned())]);
}

#[test]
fn a_word_that_occurs_twice_is_shown_twice() {
    let engine = small(RULE);
    let text = "宝宝户口:宝宝怎么上户口,寶寶呢?";
    let explanation = explain(&engine, text);
    let found: Vec<&str> = explanation.rules[0]
        .found
        .iter()
        .map(|hit| text.get(hit.span.start..hit.span.end).unwrap())
        .collect();
    assert_eq!(found, ["宝宝", "宝宝", "上户口", "寶寶"]);
}

#[test]
fn a_rule_that_did_not_fire_lists_every_failed_condition() {
    let other = r#"
[[rule]]
id = "kw-other"
theme = "household"
accounts = ["police-wechat"]
valid = { until = 2026-01-31 }
when = { any = ["户口", "迁移"], all = [["宝宝"], ["疫苗", "接种"]], none = ["怎么"], regex = "^迁", max_chars = 5 }
reply = { text = "在线办理。" }

[[rule]]
id = "kw-exact"
theme = "household"
when = { exact = ["户口"], any = ["户口"] }
reply = { text = "在线办理。" }
"#;
    let engine = small(other);
    let explanation = explain(&engine, "宝宝怎么上户口");
    let kinds: Vec<String> = failed(&explanation, "kw-other")
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        kinds,
        [
            "no word of group 2 (`疫苗`, `接种`)",
            "must not contain `怎么` at 6..12",
            "the pattern `^迁` does not match",
            "7 characters, at most 5",
            "for other accounts",
            "not in force until 2026-01-31",
        ]
    );
    assert_eq!(failed(&explanation, "kw-exact"), [FailedCondition::Exact]);
    let untouched = explain(&engine, "怎么打电话");
    assert!(
        untouched.rules.is_empty(),
        "a word of `none` alone touches nothing"
    );
}

#[test]
fn the_runner_up_rule_is_named_with_why_it_lost() {
    let other = RULE
        .replace("kw-newborn", "kw-broad")
        .replace("到派出所办理。", "在线办理。")
        .replace(
            "all = [[\"新生儿\", \"宝宝\"], [\"上户口\", \"落户\"]]",
            "any = [\"上户口\"]",
        );
    let explanation = explain(&small(&format!("{RULE}{other}")), "宝宝上户口");
    let states: Vec<_> = explanation
        .rules
        .iter()
        .map(|trace| (trace.rule.as_str(), &trace.state))
        .collect();
    let beaten = RuleState::Beaten {
        specificity: 3,
        by: "kw-newborn".into(),
        why: Beaten::Specificity,
    };
    assert_eq!(
        states,
        [
            ("kw-newborn", &RuleState::Won { specificity: 5 }),
            ("kw-broad", &beaten)
        ]
    );
    let rule = "kw-newborn".into();
    let without = EvidenceChange::WithoutRule { rule };
    let what_if = explanation
        .what_if
        .iter()
        .find(|what_if| what_if.change == without)
        .unwrap();
    assert_eq!(
        (what_if.then.action, &what_if.then.by),
        (Action::Answer, &DecidedBy::Rule("kw-broad".into()))
    );
}

#[test]
fn the_word_that_kept_a_rule_from_firing_is_named() {
    let engine = small(RULE);
    let explanation = explain(&engine, "投诉,宝宝上户口");
    assert_eq!(explanation.action, Action::Escalate);
    let shown = explanation.to_string();
    assert!(
        shown.contains("answer by rule `kw-newborn`, if `投诉` at 0..6 were no complaint"),
        "{shown}"
    );
    // One excluded word keeps the rule from firing; without it, the rule would answer.
    let explanation = explain(&engine, "宝宝上户口和医保");
    let change = explanation
        .what_if
        .iter()
        .find_map(|what_if| match &what_if.change {
            EvidenceChange::Condition { rule, failed } => {
                Some((rule.as_str(), failed.to_string(), &what_if.then.by))
            }
            _ => None,
        });
    let (rule, lacked, by) = change.unwrap();
    assert_eq!((rule, by), ("kw-newborn", &DecidedBy::Rule("kw-newborn".into())));
    assert_eq!(lacked, "must not contain `医保` at 18..24");
}

#[test]
fn the_confidence_missing_or_to_spare_is_shown() {
    let engine = small(ENTRY);
    let sure = explain(&engine, "新生儿怎么上户口");
    assert_eq!(sure.by, DecidedBy::Faq("newborn".into()));
    let spare = sure.what_if.iter().find_map(|what_if| match what_if.change {
        EvidenceChange::LessSure {
            spare,
            confidence,
            threshold,
            ..
        } => Some((spare, confidence - threshold)),
        _ => None,
    });
    let (spare, difference) = spare.unwrap();
    assert!((spare - difference).abs() < 1e-12 && spare >= 0.0);

    let unsure = explain(&engine, "孩子的事去哪里问");
    assert_ne!(unsure.action, Action::Answer, "{unsure}");
    let missing = unsure.what_if.iter().find_map(|what_if| match &what_if.change {
        EvidenceChange::Surer { missing, entry, .. } => Some((*missing, entry.as_str(), &what_if.then)),
        _ => None,
    });
    let (missing, entry, then) = missing.unwrap();
    assert!(missing > 0.0 && entry == "newborn");
    assert_eq!(
        (then.action, &then.by),
        (Action::Answer, &DecidedBy::Faq("newborn".into()))
    );
    let candidate = unsure.faq.first().unwrap();
    assert!(
        candidate
            .measures
            .iter()
            .any(|measure| measure.name == "similarity" && measure.value > 0.0)
    );
}

#[test]
fn a_cancelled_emergency_is_shown_as_cancelled() {
    let office = OFFICE.replace("any = [\"着火了\"]", "any = [\"着火了\"]\nnone = [\"演练\"]");
    let rulebook = load([("office.toml", &office), ("more.toml", RULE)]).unwrap();
    let engine = Engine::builder(rulebook, MemoryStore::new()).build().unwrap();
    let kinds = |text: &str| -> Vec<WordKind> {
        let words = explain(&engine, text).words;
        words.into_iter().map(|word| word.kind).collect()
    };
    let id = || "fire".to_owned();
    assert_eq!(
        kinds("着火了"),
        [WordKind::Emergency {
            id: id(),
            counts: true
        }]
    );
    assert_eq!(
        kinds("着火了演练"),
        [
            WordKind::Emergency {
                id: id(),
                counts: false
            },
            WordKind::NoEmergency { id: id() }
        ]
    );
    assert_eq!(kinds("人工"), [WordKind::HandOff]);
}

#[test]
fn an_explanation_as_text_or_json_escapes_control_characters() {
    let engine = small(&format!("{RULE}{ENTRY}"));
    let explanation = explain(&engine, "我\u{1b}[31m要投诉\u{202E},宝宝上户口多久");
    let shown = explanation.to_string();
    assert!(!shown.contains(['\u{1b}', '\u{202E}']), "{shown:?}");
    insta::assert_snapshot!(
        "explanation",
        shown.replace(&explanation.rulebook.as_str()[..12], "RULEBOOK")
    );
    let data = serde_json::to_value(&explanation).unwrap();
    assert_eq!(data["action"], "escalate");
    assert_eq!(data["rules"][0]["state"], "won");
    assert_eq!(data["words"][0]["kind"], "personal");
    assert_eq!(data["what_if"][0]["change"], "not_personal");
    assert_eq!(data["what_if"][0]["then"]["by"]["rule"], "kw-newborn");
}

#[test]
fn a_message_over_the_length_limit_is_explained() {
    let (engine, _) = shipped::engine();
    let explanation = engine
        .explain(&message(&"户口怎么办理公积金社保(".repeat(3_000)))
        .unwrap();
    assert!(explanation.truncated);
    assert_eq!(explanation.action, Action::Escalate);
    assert!(
        engine
            .explain(&Message::text("", "citizen", "1", "户口"))
            .is_err()
    );
}

#[test]
fn a_missing_word_counts_as_near_only_beside_others() {
    let three = RULE.replace(
        "[\"上户口\", \"落户\"]]",
        "[\"上户口\", \"落户\"], [\"材料\", \"手续\"]]",
    );
    let engine = small(&three);
    let lacking = |text: &str| {
        let what_if = explain(&engine, text).what_if;
        what_if
            .iter()
            .filter(|what_if| matches!(what_if.change, EvidenceChange::Condition { .. }))
            .count()
    };
    assert_eq!(lacking("宝宝上户口"), 1);
    assert_eq!(lacking("宝宝材料"), 1);
    assert_eq!(lacking("宝宝"), 0);
    let two = small(RULE);
    assert!(
        explain(&two, "宝宝")
            .what_if
            .iter()
            .all(|what_if| !matches!(what_if.change, EvidenceChange::Condition { .. }))
    );
}
