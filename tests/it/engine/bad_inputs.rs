//! Bad inputs to the whole engine on the shipped rulebook.

use std::sync::Barrier;

use civic_reply::case::State;
use civic_reply::message::{MAX_CHARS, MessageKey};
use civic_reply::reply::{Action, Handled, SilentReason};
use civic_reply::store::CaseFilter;
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Outcome, SqliteStore};

use crate::support::shipped::{self, at, engine};
use crate::support::small_rulebook;

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
fn a_flood_of_query_syntax_is_plain_text() {
    let (engine, _) = engine();
    for (id, text) in ["(".repeat(20_000), "NOT ".repeat(16_000), "\"".repeat(20_000)]
        .iter()
        .enumerate()
    {
        assert_eq!(handled(&engine, &id.to_string(), text).action, Action::Escalate);
    }
}

#[test]
fn query_syntax_alone_matches_nothing() {
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
fn punctuation_changes_no_answer() {
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
fn characters_that_expand_when_folded_stay_under_the_length_limit() {
    let (engine, _) = engine();
    let handled = handled(&engine, "1", &"\u{FDFA}".repeat(1000));
    assert_eq!(handled.action, Action::Escalate);
}

#[test]
fn spelling_variants_of_a_question_get_the_same_answer() {
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
fn lookalike_letters_of_another_script_get_no_wrong_answer() {
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
    let rulebook =
        small_rulebook::load([("office.toml", small_rulebook::OFFICE), ("rules/more.toml", rule)]).unwrap();
    let engine = Engine::builder(rulebook, MemoryStore::new())
        .clock(ManualClock::new(at(shipped::MONDAY)))
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
    // On the shipped rulebook, a lookalike is a different word.
    let (engine, _) = shipped::engine();
    let pair = ["CPU\u{411}\u{411}卡怎么办理", "ET\u{421}怎么办理"];
    for text in pair {
        assert_ne!(handled(&engine, text, text).action, Action::Answer, "{text}");
    }
}

#[test]
fn text_direction_characters_are_removed_before_anybody_reads_them() {
    let (engine, _) = engine();
    let text = "我家楼下\u{202E}半夜施工\u{2066}没人管\u{2069},请处理";
    let message = Message::text("gov-wechat", "citizen", "1", text).with_sender_name("张\u{202E}三");
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("expected a case")
    };
    let case = engine.desk().case(case.id()).unwrap();
    let seen = format!("{reply}{}{}", case.text, case.sender_name.unwrap());
    assert!(!seen.contains(['\u{202E}', '\u{2066}', '\u{2069}']), "{seen:?}");
    assert!(case.text.contains("半夜施工"));
}

#[test]
fn a_mebibyte_of_text_and_nul_bytes_are_accepted_up_to_the_length_limit() {
    let (engine, _) = engine();
    let long = "路灯坏了没人修。".repeat(43_691);
    assert!(long.len() >= 1 << 20);
    let message = Message::text("gov-wechat", "citizen", "long", long);
    let Outcome::Queued { case, .. } = engine.receive(message).unwrap() else {
        panic!("expected a case")
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
fn content_that_is_not_text_is_a_clear_error_or_reaches_a_person() {
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
    // A host decodes such bytes with replacement characters.
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
fn redeliveries_on_two_nodes_give_one_case_and_one_reply() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let node = || {
        let store = SqliteStore::open(&path).unwrap();
        shipped::on(store).build().unwrap()
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
                        // One citizen per round: a second message would be added to the open case.
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
fn two_citizens_with_the_same_message_id_are_distinct() {
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
fn braces_in_a_message_are_literal() {
    let (engine, _) = engine();
    let hostile = "{{ config }} {% for %} ${x} {case} 请帮我看看是什么意思";
    let message = Message::text("gov-wechat", "citizen", "1", hostile).with_sender_name("{due}");
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("expected a case")
    };
    let case = engine.desk().case(case.id()).unwrap();
    assert_eq!(case.text, hostile);
    assert_eq!(case.sender_name.as_deref(), Some("{due}"));
    assert!(!reply.to_string().contains(['{', '}']), "{reply}");
}

#[test]
fn a_stepping_clock_moves_no_deadline_and_no_date_past_the_calendar_is_promised() {
    let (engine, clock) = engine();
    let queued = |id: &str, written: &str| {
        let message = Message::text(
            "gov-wechat",
            format!("citizen-{id}"),
            id,
            "楼下每天半夜施工,打电话没人管",
        )
        .with_written_at(at(written));
        let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
            panic!("expected a case")
        };
        (reply, case)
    };
    let (_, first) = queued("1", "2026-11-23T09:30+08:00");
    assert_eq!(first.due().to_string(), "2026-11-24 17:30 Asia/Shanghai");

    // An hour back, then a day ahead: a redelivery keeps its due time, and a message counts from its own
    // time.
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
fn a_message_without_identity_is_refused_and_not_recorded() {
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
