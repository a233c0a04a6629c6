//! Menus: choices as people write them, and what leaves a menu without one.

use civic_reply::Outcome;
use civic_reply::case::State;
use civic_reply::message::ThemeId;
use civic_reply::reply::{DecidedBy, FollowUpKind, Judgement, Reason};

use crate::support::conversation::text;
use crate::support::talk::Talk;

/// Leads to a menu of residence permits.
const PERMIT: &str = "居住证";
const FIRST: &str = "household-permit";
const SECOND: &str = "household-permit-lost";

/// The numbers of the options that the last message chose.
fn numbers(talk: &Talk) -> Vec<usize> {
    let chosen = |reason: &Reason| match reason {
        Reason::Chosen { number } => Some(*number),
        _ => None,
    };
    talk.handled().reasons.iter().filter_map(chosen).collect()
}

#[test]
fn a_choice_is_read_however_it_is_written() {
    let mut talk = Talk::new();
    for second in [
        "2",
        "２",
        "②",
        "2。",
        "(2)",
        "【2】",
        "2谢谢",
        "2，谢谢！",
        "选2",
        "选择2",
        "我选2",
        "我要问第2个",
        "第二个",
        "第二",
        "二",
        "2号",
        "是2吧",
        "应该是第二个",
        "第二个问题",
        "回复2",
        "2[玫瑰]",
        "看一下2",
        "2 2",
        "2.居住证丢了怎么补办?",
        "2、居住证丢了怎么补办",
        "居住证丢了怎么补办？",
        "丢了",
        "补办",
        "丢了补办",
        "补办那个",
    ] {
        talk.another().say_all(&[PERMIT, second]);
        assert_eq!(talk.handled().by, DecidedBy::Menu(SECOND.into()), "{second}");
        assert_eq!(numbers(&talk), [2], "{second}");
    }
}

#[test]
fn two_choices_bring_both_answers_and_more_a_person_with_all() {
    let mut talk = Talk::new();
    let first = text(&talk.another().say_all(&[PERMIT, "1"]));
    let second = text(&talk.another().say_all(&[PERMIT, "2"]));
    for both in [
        "1和2",
        "1、2",
        "1 2",
        "第一个和第二个",
        "一，二",
        "2还有1",
        "选1跟2，谢谢",
    ] {
        let replied = text(&talk.another().say_all(&[PERMIT, both]));
        assert_eq!(numbers(&talk), [1, 2], "{both}");
        let body = |text: &str| text.lines().next().unwrap().to_owned();
        assert!(replied.contains(&body(&first)), "{both}: {replied}");
        assert!(replied.contains(&body(&second)), "{both}: {replied}");
    }
    let outcome = talk.another().say_all(&[PERMIT, "1、2和3"]);
    let case = talk.case(&outcome);
    for label in ["1. 居住证怎么办理", "2. 居住证丢了怎么补办", "3. 居住证怎么签注"] {
        assert!(case.text.contains(label), "{}", case.text);
    }
    assert!(case.text.starts_with(PERMIT));
}

#[test]
fn what_only_looks_like_a_choice_is_none() {
    let mut talk = Talk::new();
    for other in [
        "12",
        "2026年1月2日",
        "1号楼停水了",
        "9",
        "居住证没丢",
        "我有2个孩子",
    ] {
        talk.another().say_all(&[PERMIT, other]);
        assert_eq!(numbers(&talk), [] as [usize; 0], "{other}");
    }
    // A complaint in the words of an option is for a person.
    talk.another().say_all(&[PERMIT, "投诉"]);
    assert_eq!(numbers(&talk), [] as [usize; 0]);
}

#[test]
fn a_case_after_a_choice_holds_the_question_and_what_was_chosen() {
    let mut talk = Talk::new();
    for refusal in ["没解决", "人工", "转人工，谢谢", "不满意"] {
        talk.another();
        let asked = talk.clock_now();
        talk.say_all(&[PERMIT, "1"]);
        talk.later(7);
        let outcome = talk.say(refusal);
        let case = talk.case(&outcome);
        assert_eq!(case.text, "居住证\n1. 居住证怎么办理?", "{refusal}");
        assert_eq!((case.arrived, case.theme), (asked, Some("household".into())));
    }
}

#[test]
fn whatever_leaves_a_menu_carries_its_question() {
    let mut talk = Talk::new();
    for leaving in [
        "都不是",
        "不是",
        "以上都不是",
        "5",
        "人工",
        "我要人工服务",
        "没解决",
        "答非所问",
        "都不是，谢谢",
    ] {
        talk.another();
        let asked = talk.clock_now();
        talk.say(PERMIT);
        talk.later(3);
        let outcome = talk.say(leaving);
        let case = talk.case(&outcome);
        assert_eq!((case.text.as_str(), case.arrived), (PERMIT, asked), "{leaving}");
        assert_eq!(case.theme, Some("household".into()), "{leaving}");
        assert_eq!(case.department.as_str(), "police", "{leaving}");
    }
    for unclear in ["昨天有人摔了", "我的情况不一样", "就是上次说的那个"] {
        talk.another();
        let asked = talk.clock_now();
        talk.say(PERMIT);
        talk.later(3);
        let outcome = talk.say(unclear);
        let case = talk.case(&outcome);
        assert_eq!(case.text, format!("{PERMIT}\n{unclear}"));
        assert_eq!(
            (case.arrived, case.theme),
            (asked, Some("household".into())),
            "{unclear}"
        );
    }
}

#[test]
fn a_request_for_a_person_with_a_matter_holds_both() {
    let mut talk = Talk::new();
    let outcome = talk.another().say_all(&[PERMIT, "转人工，我的签注过期了"]);
    assert_eq!(talk.case(&outcome).text, "居住证\n转人工，我的签注过期了");
}

#[test]
fn danger_after_a_menu_stands_by_itself() {
    let mut talk = Talk::new();
    let outcome = talk.another().say_all(&[PERMIT, "我家着火了"]);
    assert_eq!(talk.case(&outcome).text, "我家着火了");
}

#[test]
fn a_late_choice_counts_and_judges_nothing_older() {
    let mut talk = Talk::new();
    for late in ["1", "第一个", "居住证怎么办理"] {
        talk.another().say_all(&["新生儿怎么上户口", PERMIT]);
        talk.later(31);
        talk.say(late);
        assert_eq!(talk.handled().by, DecidedBy::Menu(FIRST.into()), "{late}");
        assert_eq!(talk.kind(), None);
    }
    // "Solved" after a menu without a choice says nothing of the answer before it, and a refusal is one of the
    // menu.
    talk.another().say_all(&["新生儿怎么上户口", PERMIT]);
    talk.later(31);
    talk.say("解决了");
    assert_eq!(talk.kind(), Some(FollowUpKind::Confirmed));
    assert_eq!(talk.cases(), []);
    talk.another().say_all(&["新生儿怎么上户口", PERMIT]);
    talk.later(31);
    let outcome = talk.say("没解决");
    assert_eq!(talk.case(&outcome).text, PERMIT);
    let feedback = talk.feedback();
    assert!(
        feedback
            .iter()
            .all(|judgement| matches!(judgement, Judgement::Chose { .. })),
        "{feedback:?}"
    );
}

#[test]
fn a_menu_lapses_with_its_question() {
    let mut talk = Talk::new();
    talk.another().say(PERMIT);
    talk.later(48 * 60 + 31);
    talk.say("1");
    assert_ne!(talk.handled().by, DecidedBy::Menu(FIRST.into()));
}

#[test]
fn a_menu_stays_usable_after_a_choice() {
    let mut talk = Talk::new();
    talk.another().say_all(&[PERMIT, "1"]);
    talk.later(10);
    talk.say("2");
    assert_eq!(talk.handled().by, DecidedBy::Menu(SECOND.into()));
    talk.say("谢谢");
    talk.say("3");
    assert_eq!(numbers(&talk), [3]);
    // The digit of the answer that was just given rates it.
    talk.another().say_all(&[PERMIT, "1", "1"]);
    assert_eq!(talk.kind(), Some(FollowUpKind::Confirmed));
    // After the menu has expired, digits rate the last answer.
    talk.another().say_all(&[PERMIT, "1"]);
    talk.later(31);
    let outcome = talk.say("2");
    assert_eq!(talk.kind(), Some(FollowUpKind::Refused));
    assert_eq!(talk.case(&outcome).text, "居住证\n1. 居住证怎么办理?");
}

#[test]
fn a_digit_after_an_agents_letter_is_about_the_letter() {
    let mut talk = Talk::new();
    let opened = talk
        .another()
        .say("我们小区电梯坏了三天,老人下不了楼,物业推诿没人管");
    let case = talk.case(&opened);
    talk.later(40);
    talk.say(PERMIT);
    talk.later(1);
    talk.write(&case, "请问是1号楼还是2号楼?", true);
    talk.say("2");
    assert_eq!(talk.kind(), Some(FollowUpKind::Added));
    let case = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!((case.state, case.transcript.len()), (State::Waiting, 2));
}

#[test]
fn an_answer_to_another_question_takes_the_place_of_the_menu() {
    let mut talk = Talk::new();
    talk.another().say_all(&[PERMIT, "新生儿怎么上户口", "1"]);
    assert_eq!(talk.kind(), Some(FollowUpKind::Confirmed));
    assert!(matches!(
        talk.say("2"),
        Outcome::Queued { .. } | Outcome::Replied(_)
    ));
}

#[test]
fn a_bare_request_for_a_person_goes_to_the_theme_that_was_just_talked_about() {
    let mut talk = Talk::new();
    talk.another().say_all(&["新生儿怎么上户口", "解决了"]);
    let outcome = talk.say("人工");
    assert_eq!(talk.case(&outcome).theme, Some(ThemeId::new("household")));
    talk.another().say_all(&["新生儿怎么上户口", "解决了"]);
    talk.later(60);
    let outcome = talk.say("人工");
    assert_eq!(talk.case(&outcome).theme, None);
}
