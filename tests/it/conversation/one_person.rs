//! One person on two accounts: what holds of their case on one account holds on the other.

use civic_reply::case::{Ending, State};
use civic_reply::reply::{FollowUpKind, SilentReason};
use civic_reply::{CaseId, Outcome};

use crate::support::conversation::{Conversation, MORNING, NOISE, QUESTION, text};

/// Ann's case on one account.
fn opened() -> (Conversation, CaseId) {
    let mut conversation = Conversation::of_known_persons(MORNING);
    let id = open(&mut conversation, "gov-wechat", "ann@gov", NOISE);
    conversation.later(60);
    (conversation, id)
}

fn open(conversation: &mut Conversation, account: &str, citizen: &str, text: &str) -> CaseId {
    match conversation.say_to(account, citizen, text) {
        Outcome::Queued { case, .. } => case.id,
        other => panic!("{other:?}"),
    }
}

fn ask(conversation: &Conversation, id: &CaseId) {
    let held = conversation.engine.desk().claim(id, "eve").unwrap().unwrap();
    held.ask("请问是几号楼?").unwrap();
}

#[test]
fn a_case_can_be_asked_for_on_the_other_account_with_and_without_its_number() {
    let (mut conversation, id) = opened();
    for words in ["查进度", id.as_str(), &format!("查进度 {id}")] {
        let told = text(&conversation.say_to("police-wechat", "ann@police", words));
        assert!(told.contains(id.as_str()), "{words}: {told}");
        let told = text(&conversation.say_to("police-wechat", "bob@police", words));
        assert!(
            !told.contains("服务中心"),
            "{words}: another person is told nothing: {told}"
        );
    }
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn without_a_lookup_equal_ids_are_one_person_and_others_are_not() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let told = text(&conversation.say_to("police-wechat", "citizen-1", "查进度"));
    assert!(told.contains(id.as_str()), "{told}");
    let told = text(&conversation.say_to("police-wechat", "citizen-2", "查进度"));
    assert!(!told.contains(id.as_str()), "{told}");
}

#[test]
fn the_case_that_the_person_wrote_about_last_is_meant_on_either_account() {
    let (mut conversation, first) = opened();
    let lamp = "小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全,请问应该找哪个部门";
    let second = open(&mut conversation, "police-wechat", "ann@police", lamp);
    assert_ne!(first, second);
    conversation.later(60);
    for (account, citizen) in [("gov-wechat", "ann@gov"), ("police-wechat", "ann@police")] {
        let told = text(&conversation.say_to(account, citizen, "查进度"));
        assert!(told.contains(second.as_str()), "{account}: {told}");
    }
    conversation.say_to("gov-wechat", "ann@gov", &format!("{first} 是3号楼"));
    conversation.later(60);
    let told = text(&conversation.say_to("police-wechat", "ann@police", "查进度"));
    assert!(told.contains(first.as_str()), "{told}");
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn a_case_can_be_added_to_on_the_other_account() {
    let (mut conversation, id) = opened();
    let numbered = format!("{id} 在东门");
    for words in ["补充一下,是3号楼", numbered.as_str(), "转人工", "没解决"] {
        let before = conversation.case(&id).transcript.len();
        let outcome = conversation.say_to("police-wechat", "ann@police", words);
        assert_eq!(
            conversation.case(&id).transcript.len(),
            before + 1,
            "{words}: {outcome:?}"
        );
    }
    // An addition without such words follows closely.
    let later = "楼下的住户也说每天晚上都被吵得睡不着觉,希望有人来看看";
    conversation.later(2);
    conversation.say_to("gov-wechat", "ann@gov", later);
    assert_eq!(conversation.case(&id).transcript.len(), 5);
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn an_addition_soon_after_the_case_belongs_to_it_on_the_other_account() {
    let mut conversation = Conversation::of_known_persons(MORNING);
    let id = open(&mut conversation, "gov-wechat", "ann@gov", NOISE);
    conversation.later(2);
    conversation.say_to(
        "police-wechat",
        "ann@police",
        "楼下的住户也说每天晚上都被吵得睡不着觉",
    );
    assert_eq!(conversation.case(&id).transcript.len(), 1);
    // Another person's message does not.
    conversation.say_to(
        "police-wechat",
        "bob@police",
        "楼下的住户也说每天晚上都被吵得睡不着觉",
    );
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn the_same_matter_put_to_the_other_account_is_answered_there_too() {
    let mut conversation = Conversation::of_known_persons(MORNING);
    let id = open(&mut conversation, "gov-wechat", "ann@gov", NOISE);
    conversation.later(2);
    assert_eq!(open(&mut conversation, "police-wechat", "ann@police", NOISE), id);
    let case = conversation.case(&id);
    let to: Vec<_> = case
        .recipients()
        .iter()
        .map(|key| key.sender().as_str())
        .collect();
    assert_eq!(to, ["ann@gov", "ann@police"]);
}

#[test]
fn a_question_can_be_answered_on_the_other_account() {
    let (mut conversation, id) = opened();
    ask(&conversation, &id);
    conversation.later(60);
    conversation.say_to("police-wechat", "ann@police", "3号楼");
    let case = conversation.case(&id);
    assert_eq!((case.state, case.transcript.len()), (State::Waiting, 2));
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn an_answer_can_be_judged_on_the_other_account() {
    let (mut conversation, id) = opened();
    conversation.answer(&id);
    conversation.later(60);
    conversation.say_to("police-wechat", "ann@police", "没解决");
    let case = conversation.case(&id);
    assert_eq!((case.state, case.handling.reopened.len()), (State::Waiting, 1));

    conversation.answer(&id);
    conversation.later(60);
    conversation.say_to("police-wechat", "bob@police", "解决了");
    assert_eq!(conversation.case(&id).state, State::Answered);
    conversation.say_to("police-wechat", "ann@police", "1");
    assert_eq!(conversation.case(&id).handling.ending, Some(Ending::Solved));
    assert_eq!(conversation.cases(), 2, "hers and the other person's");
}

#[test]
fn a_judgement_is_about_the_answer_that_came_last_on_any_account() {
    let (mut conversation, id) = opened();
    let asks = |conversation: &mut Conversation| {
        let outcome = conversation.say_to("police-wechat", "ann@police", QUESTION);
        assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
        conversation.later(60);
    };
    asks(&mut conversation);
    conversation.answer(&id);
    conversation.later(60);
    conversation.say_to("police-wechat", "ann@police", "没解决");
    assert_eq!(
        conversation.case(&id).state,
        State::Waiting,
        "the agent answered last"
    );

    conversation.answer(&id);
    conversation.later(60);
    asks(&mut conversation);
    let refused = open(&mut conversation, "police-wechat", "ann@police", "没解决");
    assert_ne!(refused, id, "the automatic answer came last");
    assert_eq!(conversation.case(&id).state, State::Answered);
}

#[test]
fn an_agent_on_one_account_silences_the_engine_on_that_account_only() {
    let (mut conversation, id) = opened();
    conversation.engine.desk().claim(&id, "eve").unwrap().unwrap();
    let answered = conversation.say_to("police-wechat", "ann@police", QUESTION);
    assert!(text(&answered).contains("派出所"));
    conversation.say_to("gov-wechat", "ann@gov", QUESTION);
    let silent = Outcome::Silent {
        reason: SilentReason::Held,
    };
    assert_eq!(conversation.say_to("gov-wechat", "ann@gov", QUESTION), silent);
    conversation.say_to("police-wechat", "ann@police", "补充一下,是3号楼");
    assert_eq!(conversation.case(&id).transcript.len(), 3);
}

#[test]
fn an_explanation_knows_the_case_of_the_other_account() {
    let (conversation, id) = opened();
    let message = civic_reply::Message::text("police-wechat", "ann@police", "x", "查进度");
    let explained = conversation.engine.explain(&message).unwrap();
    let follow_up = explained.follow_up.unwrap();
    assert_eq!(
        (follow_up.kind, follow_up.case),
        (FollowUpKind::Progress, Some(id))
    );
}
