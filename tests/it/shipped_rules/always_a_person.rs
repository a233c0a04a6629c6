//! Messages that always reach a person, even if the shipped rulebook could answer: danger and distress, a
//! request for a person, consecutive misses, a refused menu.

use civic_reply::case::{Priority, State};
use civic_reply::reply::{Action, Reason};
use civic_reply::{Case, Engine, Message, Outcome};

use crate::support::shipped;

const COMPLAINT: &str = "楼下烧烤店每天凌晨三点还在营业,噪音太大,物业推诿不管";
const UNCLEAR: &str = "身份证";

fn say(engine: &Engine, citizen: &str, id: &str, text: &str) -> (Outcome, Vec<Reason>, Action) {
    let message = Message::text("gov-wechat", citizen, id, text);
    let key = message.key().clone();
    let outcome = engine.receive(message).unwrap();
    let handled = engine.handled(&key).unwrap().unwrap();
    (outcome, handled.reasons, handled.action)
}

fn case(engine: &Engine, outcome: &Outcome) -> Case {
    match outcome {
        Outcome::Queued { case, .. } => engine.desk().case(&case.id).unwrap(),
        other => panic!("expected a case: {other:?}"),
    }
}

#[test]
fn a_request_for_a_person_is_granted() {
    let (engine, _) = shipped::engine();
    for (n, words) in [
        "人工",
        "转人工",
        "转 人 工!",
        "轉人工",
        "我要人工客服",
        "身份证怎么补办,转人工",
    ]
    .into_iter()
    .enumerate()
    {
        let (outcome, reasons, _) = say(&engine, &format!("citizen-{n}"), "1", words);
        assert_eq!(case(&engine, &outcome).state, State::Waiting, "{words}");
        let asked = |reason: &Reason| matches!(reason, Reason::HandOff { .. });
        assert!(reasons.iter().any(asked), "{words}: {reasons:?}");
    }
}

#[test]
fn questions_about_another_year_place_or_the_opposite_are_not_answered_automatically() {
    let (engine, _) = shipped::engine();
    for (asked, other) in [
        ("公租房怎么申请", "深圳公租房怎么申请"),
        ("怎么办居住证", "在北京怎么办居住证"),
        ("怎么办居住证", "23年怎么办居住证"),
        ("怎么办居住证", "怎么注销居住证"),
        ("最低工资标准是多少", "前年最低工资标准是多少"),
    ] {
        // A menu is not an answer. Each text has its own citizen, so that none counts as a second miss.
        let (_, _, action) = say(&engine, asked, "1", asked);
        assert_eq!(action, Action::Answer, "{asked}");
        let (_, reasons, action) = say(&engine, other, "1", other);
        assert_ne!(action, Action::Answer, "{other}: {reasons:?}");
    }
}

#[test]
fn a_request_for_a_person_with_an_open_case_opens_no_second_case() {
    let (engine, _) = shipped::engine();
    let (first, ..) = say(&engine, "ann", "1", COMPLAINT);
    let (again, ..) = say(&engine, "ann", "2", "转人工");
    assert_eq!(case(&engine, &first).id, case(&engine, &again).id);
}

#[test]
fn a_request_for_a_person_carries_the_previous_question_along() {
    const QUESTION: &str = "社保卡密码忘记了怎么办?";
    let (engine, _) = shipped::engine();
    let (_, _, action) = say(&engine, "ann", "1", QUESTION);
    assert_eq!(action, Action::Answer);
    let (outcome, ..) = say(&engine, "ann", "2", "转人工");
    assert_eq!(case(&engine, &outcome).text, QUESTION);

    // A longer message is a separate matter.
    const MORE: &str = "楼下半夜施工太吵,转人工";
    say(&engine, "bob", "1", QUESTION);
    let (outcome, ..) = say(&engine, "bob", "2", MORE);
    assert_eq!(case(&engine, &outcome).text, MORE);
}

#[test]
fn danger_and_distress_open_an_urgent_case_even_while_an_agent_holds_the_conversation() {
    let (engine, _) = shipped::engine();
    for (n, (words, number)) in [
        ("我不想活了", "120"),
        ("楼下着火了快来人", "119"),
        ("家里有煤气味怎么办", "1"),
        ("我要跳楼,别再自动回复了", "110"),
    ]
    .into_iter()
    .enumerate()
    {
        let citizen = format!("citizen-{n}");
        let (held, ..) = say(&engine, &citizen, "1", COMPLAINT);
        let held = case(&engine, &held);
        engine.desk().claim(&held.id, "eve").unwrap().unwrap();
        let (outcome, reasons, _) = say(&engine, &citizen, "2", words);
        let urgent = case(&engine, &outcome);
        assert_ne!(urgent.id, held.id, "{words}");
        assert_eq!(urgent.priority, Priority::Urgent, "{words}");
        assert!(
            matches!(reasons.first(), Some(Reason::Emergency { .. })),
            "{reasons:?}"
        );
        let told = outcome.reply().unwrap().text().to_owned();
        assert!(told.contains(number), "{words}: {told}");
    }
}

#[test]
fn consecutive_misses_reach_a_person() {
    let (engine, _) = shipped::engine();
    let (_, _, first) = say(&engine, "ann", "1", UNCLEAR);
    assert_eq!(first, Action::Clarify);
    let (outcome, reasons, _) = say(&engine, "ann", "2", UNCLEAR);
    assert_eq!(case(&engine, &outcome).state, State::Waiting);
    assert!(reasons.contains(&Reason::Misses { misses: 2 }), "{reasons:?}");
}

#[test]
fn a_refused_menu_reaches_a_person_with_the_options_offered() {
    for words in ["6", "６", "以上都不是,请工作人员答复"] {
        let (engine, _) = shipped::engine();
        say(&engine, "ann", "1", UNCLEAR);
        let (outcome, reasons, _) = say(&engine, "ann", "2", words);
        let case = case(&engine, &outcome);
        assert_eq!(case.text, UNCLEAR, "{words}");
        let Some(Reason::NoneOfThese { offered }) = reasons.first() else {
            panic!("{words}: {reasons:?}")
        };
        assert!(offered.len() > 1, "{words}");
        assert_eq!(case.reasons.first(), reasons.first(), "the agent sees the menu");
        let suggested = engine.desk().suggestions(&case.id).unwrap();
        assert_eq!(&suggested.refused, offered);
    }
}
