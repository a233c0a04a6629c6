//! Bad inputs and what must happen, through the whole engine on the shipped rulebook.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests fail by panicking"
)]

mod common;

#[allow(dead_code, reason = "only a part of it is needed here")]
#[path = "rulebook/base.rs"]
mod base;

use std::sync::Barrier;

use civic_reply::case::State;
use civic_reply::message::{MAX_CHARS, MessageKey};
use civic_reply::reply::{Action, Handled, SilentReason};
use civic_reply::store::CaseFilter;
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Outcome, SqliteStore};

use common::{at, engine, rulebook};

fn handled(engine: &Engine, id: &str, text: &str) -> Handled {
    let message = Message::text("gov-wechat", format!("citizen-{id}"), id, text);
    let key = message.key().clone();
    engine.receive(message).unwrap();
    engine.handled(&key).unwrap().unwrap()
}

fn case_count(engine: &Engine) -> usize {
    engine.desk().cases(&CaseFilter::default()).unwrap().total
}

#[test]
fn row_1_and_2_a_flood_of_query_syntax_is_text() {
    let (engine, _) = engine();
    for (id, text) in ["(".repeat(20_000), "NOT ".repeat(16_000), "\"".repeat(20_000)]
        .iter()
        .enumerate()
    {
        assert_eq!(handled(&engine, &id.to_string(), text).action, Action::Escalate);
    }
}

#[test]
fn row_3_query_syntax_matches_nothing_by_itself() {
    let (engine, _) = engine();
    for (id, text) in [
        "*",
        "- *",
        "internal_note:abc",
        "body:[* TO *]",
        "id:household-newborn",
        "+户口 -新生儿^9 ~",
    ]
    .iter()
    .enumerate()
    {
        let handled = handled(&engine, &id.to_string(), text);
        assert_ne!(handled.action, Action::Answer, "{text}: {:?}", handled.reasons);
    }
}

#[test]
fn row_4_punctuation_changes_no_answer() {
    let (engine, _) = engine();
    let texts = [
        "新生儿怎么上户口",
        "新生儿？（怎么上户口）",
        "新生儿?(怎么上户口)",
        "新生儿 怎么 上户口。。。",
    ];
    let replies: Vec<Handled> = texts.iter().map(|text| handled(&engine, text, text)).collect();
    for reply in &replies {
        assert_eq!(reply.action, Action::Answer, "{:?}", reply.reasons);
        assert_eq!((&reply.by, &reply.outcome), (&replies[0].by, &replies[0].outcome));
    }
}

#[test]
fn row_10_a_character_that_grows_stays_under_the_cap() {
    let (engine, _) = engine();
    let handled = handled(&engine, "1", &"\u{FDFA}".repeat(1000));
    assert_eq!(handled.action, Action::Escalate);
}

#[test]
fn row_11_and_12_spellings_of_one_question_get_one_answer() {
    let (engine, _) = engine();
    let plain = handled(&engine, "0", "新生儿怎么上户口");
    for text in [
        "新生兒怎麼上戶口",
        "新生儿怎么上⼾口",
        "新\u{200B}生\u{AD}儿怎么上户\u{2060}口",
    ] {
        let other = handled(&engine, text, text);
        assert_eq!((&other.by, &other.outcome), (&plain.by, &plain.outcome), "{text}");
    }
}

#[test]
fn row_12_a_letter_of_another_script_gets_no_wrong_answer() {
    let rule = r#"
[[rule]]
id = "kw-pay"
theme = "household"
when = { any = ["pay online"] }
reply = { text = "请在线缴费。" }

[[faq]]
id = "household-card"
theme = "household"
question = "how do I get a library card"
answer = "请到图书馆。"
source = "x"
checked = 2026-11-01
"#;
    let rulebook = base::load([("office.toml", base::OFFICE), ("rules/more.toml", rule)]).unwrap();
    let engine = Engine::builder(rulebook, MemoryStore::new())
        .clock(ManualClock::new(at(common::MONDAY)))
        .build()
        .unwrap();
    for (id, latin, cyrillic) in [
        ("1", "pay online", "p\u{430}y online"),
        (
            "2",
            "how do I get a library card",
            "how do I get \u{430} libr\u{430}ry c\u{430}rd",
        ),
    ] {
        assert_eq!(handled(&engine, id, latin).action, Action::Answer, "{latin}");
        let lookalike = handled(&engine, &format!("{id} again"), cyrillic);
        assert_ne!(lookalike.action, Action::Answer, "{:?}", lookalike.reasons);
    }
    // On the shipped rulebook: a lookalike is another word, and is not taken for what it resembles.
    let (engine, _) = common::engine();
    let pair = ["CPU\u{411}\u{411}卡怎么办理", "ET\u{421}怎么办理"];
    for text in pair {
        assert_ne!(handled(&engine, text, text).action, Action::Answer, "{text}");
    }
}

#[test]
fn row_13_direction_characters_reach_nobody() {
    let (engine, _) = engine();
    let text = "我家楼下\u{202E}半夜施工\u{2066}没人管\u{2069},请处理";
    let message = Message::text("gov-wechat", "citizen", "1", text).from_name("张\u{202E}三");
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("a person must see it")
    };
    let case = engine.desk().case(case.id()).unwrap();
    let seen = format!("{reply}{}{}", case.text, case.sender_name.unwrap());
    assert!(!seen.contains(['\u{202E}', '\u{2066}', '\u{2069}']), "{seen:?}");
    assert!(case.text.contains("半夜施工"));
}

#[test]
fn row_14_a_mebibyte_and_nul_are_taken_up_to_the_cap() {
    let (engine, _) = engine();
    let long = "路灯坏了没人修。".repeat(43_691);
    assert!(long.len() >= 1 << 20);
    let message = Message::text("gov-wechat", "citizen", "long", long);
    let Outcome::Queued { case, .. } = engine.receive(message).unwrap() else {
        panic!("a person must see it")
    };
    let case = engine.desk().case(case.id()).unwrap();
    assert_eq!(case.text.chars().count(), MAX_CHARS);

    let nul = handled(&engine, "nul", "路灯\0坏了\u{1}没人修,请处理");
    assert_eq!(nul.action, Action::Escalate);
    let blank = handled(&engine, "blank", "\0\u{200B} \n");
    assert_eq!(
        blank.outcome,
        Outcome::Silent {
            reason: SilentReason::Empty
        }
    );
}

#[test]
fn row_14_what_is_no_text_is_a_clear_error_or_reaches_a_person() {
    let key = |sender: &[u8]| {
        let json = [
            br#"{"account":"gov-wechat","sender":""#,
            sender,
            br#"","id":"1"}"#,
        ]
        .concat();
        serde_json::from_slice::<MessageKey>(&json)
    };
    assert!(key(b"ann").is_ok());
    for (no_text, said) in [
        (&b"\xff\xfe"[..], "unicode"),
        (b"\xed\xa0\x80", "unicode"),
        (br"\ud800", "hex escape"),
        (br"\udc00\ud800", "surrogate"),
    ] {
        let error = key(no_text).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    // What a host makes of such bytes has replacement characters in it.
    let (engine, _) = engine();
    for (id, bytes) in [
        &b"\xe6\x88\xb7\xe5\x8f\xff\xfe\xc3("[..],
        b"\xed\xa0\xbd\xed\xb8\x80",
        &[0xC0; 4_000],
    ]
    .iter()
    .enumerate()
    {
        let text = String::from_utf8_lossy(bytes);
        let handled = handled(&engine, &id.to_string(), &text);
        assert_eq!(handled.action, Action::Escalate, "{:?}", handled.reasons);
    }
}

#[test]
fn row_17_redeliveries_on_two_nodes_are_one_case_and_one_reply() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let node = || {
        Engine::builder(rulebook(), SqliteStore::open(&path).unwrap())
            .check_examples(false)
            .faq_cache(common::learnt())
            .build()
            .unwrap()
    };
    let nodes = [node(), node()];
    for round in 0..10 {
        let barrier = Barrier::new(4);
        let outcomes: Vec<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|n| {
                    let (engine, barrier) = (&nodes[n % 2], &barrier);
                    scope.spawn(move || {
                        let id = format!("msg-{round}");
                        // A citizen a round: the same one would add to their open case.
                        let citizen = format!("citizen-{round}");
                        let message =
                            Message::text("gov-wechat", citizen, id, "楼下每天半夜施工,打电话没人管");
                        barrier.wait();
                        serde_json::to_string(&engine.receive(message).unwrap()).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(
            outcomes.iter().all(|outcome| *outcome == outcomes[0]),
            "{outcomes:?}"
        );
    }
    assert_eq!(case_count(&nodes[0]), 10);
}

#[test]
fn row_18_two_citizens_with_one_message_id_are_two() {
    let (engine, _) = engine();
    for citizen in ["citizen-a", "citizen-b"] {
        let message = Message::text(
            "gov-wechat",
            citizen,
            "1000000001",
            "楼下每天半夜施工,打电话没人管",
        );
        assert!(matches!(engine.receive(message).unwrap(), Outcome::Queued { .. }));
    }
    assert_eq!(case_count(&engine), 2);
}

#[test]
fn row_21_a_citizens_braces_stay_braces() {
    let (engine, _) = engine();
    let hostile = "{{ config }} {% for %} ${x} {case} 请帮我看看是什么意思";
    let message = Message::text("gov-wechat", "citizen", "1", hostile).from_name("{due}");
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("a person must see it")
    };
    let case = engine.desk().case(case.id()).unwrap();
    assert_eq!(case.text, hostile);
    assert_eq!(case.sender_name.as_deref(), Some("{due}"));
    assert!(!reply.to_string().contains(['{', '}']), "{reply}");
}

#[test]
fn row_25_a_clock_that_steps_moves_no_deadline_and_2027_is_not_guessed() {
    let (engine, clock) = engine();
    let queued = |id: &str, written: &str| {
        let message = Message::text(
            "gov-wechat",
            format!("citizen-{id}"),
            id,
            "楼下每天半夜施工,打电话没人管",
        )
        .at(at(written));
        let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
            panic!("a person must see it")
        };
        (reply, case)
    };
    let (_, first) = queued("1", "2026-11-23T09:30+08:00");
    assert_eq!(first.due().to_string(), "2026-11-24 17:30 Asia/Shanghai");

    // An hour back, then a day ahead: a redelivery has its due time still, and a message counts from when it was written.
    clock.set(at("2026-11-23T09:00+08:00"));
    assert_eq!(queued("1", "2026-11-23T09:30+08:00").1, first);
    clock.set(at("2026-11-24T10:00+08:00"));
    assert_eq!(queued("2", "2026-11-23T09:30+08:00").1.due(), first.due());

    clock.set(at("2026-12-31T16:00+08:00"));
    let (reply, last) = queued("3", "2026-12-31T15:00+08:00");
    assert!(last.due().is_provisional(), "{}", last.due());
    assert!(
        !reply.to_string().contains("2027"),
        "no promise is made for a day that no calendar covers: {reply}"
    );
    let case = engine.desk().case(last.id()).unwrap();
    assert_eq!(case.state, State::Waiting);
    assert!(!case.next_deadline().unwrap().derivation.is_empty());
}

#[test]
fn a_message_without_identity_is_refused_and_recorded_nowhere() {
    let (engine, _) = engine();
    let long = "x".repeat(300);
    for (account, sender, id) in [("", "b", "c"), ("a", "", "c"), ("a", "b", ""), ("a", &long, "c")] {
        assert!(
            engine
                .receive(Message::text(account, sender, id, "在吗"))
                .is_err()
        );
    }
}
