//! Messages about an open case: progress, additions, replies to questions.

use civic_reply::case::State;
use civic_reply::desk::Matter;
use civic_reply::message::AgentId;
use civic_reply::reply::{FollowUpKind, SilentReason};
use civic_reply::{Message, Outcome};

use crate::support::conversation::{Conversation, MORNING, QUESTION, text};

#[test]
fn a_citizen_asks_for_progress_by_word_or_case_number_and_only_of_their_own_cases() {
    let mut conversation = Conversation::new(MORNING);
    assert!(text(&conversation.say("查进度")).contains("没有查到"));
    let id = conversation.open();
    let number = id.as_str().to_lowercase();
    for words in ["查进度".to_owned(), number.clone(), format!("查进度 {number}")] {
        let told = text(&conversation.say(&words));
        assert!(
            told.contains(id.as_str()) && told.contains("正在等待办理") && told.contains("11-24"),
            "{told}"
        );
        assert_eq!(conversation.how(), Some(FollowUpKind::Progress));
    }
    let stranger = text(&conversation.say_as("citizen-2", &number));
    assert!(
        stranger.contains("没有查到") && !stranger.contains(id.as_str()),
        "{stranger}"
    );
    conversation.answer(&id);
    assert!(text(&conversation.say("查进度")).contains("已经答复"));
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn a_message_soon_after_or_marked_as_an_addition_joins_the_open_case_and_is_confirmed_once() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let added = conversation.say("再加一句，他们周末也在装修");
    assert!(matches!(&added, Outcome::Queued { case, .. } if case.id == id));
    let more = conversation.say("而且噪音特别大,孩子根本没有办法睡觉,老人的身体也越来越差了");
    assert_eq!(
        more,
        Outcome::Silent {
            reason: SilentReason::Added
        }
    );
    assert_eq!(conversation.case(&id).transcript.len(), 2);
    assert_eq!(conversation.cases(), 1);
    // Much later, and without a word that marks an addition, it is another matter.
    conversation.later(60 * 24);
    assert!(matches!(
        conversation.say("小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全"),
        Outcome::Queued { case, .. } if case.id != id
    ));
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn the_next_message_after_a_question_counts_as_the_reply() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let agent = AgentId::new("agent-1");
    let desk = conversation.engine.desk();
    let case = desk.claim(&id, &agent).unwrap().unwrap();
    desk.claimed(&id, &agent, &case.claim.clone().unwrap().token)
        .and_then(|case| case.ask("请问是几号楼？"))
        .unwrap();
    conversation.later(60 * 5);
    conversation.say("3号楼");
    let case = conversation.case(&id);
    assert_eq!((case.state, case.transcript.len()), (State::Waiting, 2));
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn an_addition_to_an_answered_case_reopens_it() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    conversation.answer(&id);
    conversation.later(60);
    conversation.say("再加一句,他们周末也在装修");
    assert_eq!(conversation.how(), Some(FollowUpKind::Unsolved));
    let case = conversation.case(&id);
    assert_eq!((case.state, conversation.cases()), (State::Waiting, 1));
    assert!(
        case.handling.reopened[0].contains("周末"),
        "{:?}",
        case.handling.reopened
    );
    conversation.answer(&id);
    conversation.say(&format!("{id} 的答复收到了,但是楼上还在装修"));
    assert_eq!(
        (conversation.case(&id).state, conversation.cases()),
        (State::Waiting, 1)
    );
    conversation.answer(&id);
    conversation.say("谢谢");
    assert_eq!(conversation.case(&id).state, State::Answered);
}

#[test]
fn an_explanation_names_the_case_that_a_message_would_continue() {
    let mut conversation = Conversation::new(MORNING);
    let explain = |conversation: &Conversation, citizen: &str, text: &str| {
        let message = Message::text("gov-wechat", citizen, "why", text);
        conversation.engine.explain(&message).unwrap()
    };
    assert_eq!(
        explain(&conversation, "citizen-1", "查进度")
            .follow_up
            .unwrap()
            .case,
        None
    );
    let id = conversation.open();
    for (words, how) in [
        ("查进度", FollowUpKind::Progress),
        ("补充一下,是3号楼", FollowUpKind::Added),
        (&*format!("{id}"), FollowUpKind::Progress),
    ] {
        let explained = explain(&conversation, "citizen-1", words);
        let goes_on = explained.follow_up.clone().unwrap();
        assert_eq!((goes_on.kind, goes_on.case.as_ref()), (how, Some(&id)), "{words}");
        let shown = explained.to_string();
        assert!(shown.contains(&format!("follow-up  {how}: `{id}`")), "{shown}");
    }
    let other = explain(&conversation, "citizen-2", &format!("查进度{id}"))
        .follow_up
        .unwrap();
    assert_eq!(other.case, None, "the case belongs to another citizen");
    assert_eq!(explain(&conversation, "citizen-1", QUESTION).follow_up, None);
    assert_eq!(conversation.case(&id).transcript.len(), 0, "nothing is recorded");
}

#[test]
fn a_joined_part_reports_the_progress_of_the_main_case() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let agent = AgentId::new("agent-1");
    let desk = conversation.engine.desk();
    let token = desk.claim(&id, &agent).unwrap().unwrap().token().clone();
    let matter = Matter {
        text: "噪声的部分".to_owned(),
        department: "police".into(),
        theme: None,
    };
    let part = desk
        .claimed(&id, &agent, &token)
        .and_then(|case| case.co_handle(&matter))
        .unwrap();
    desk.claimed(&id, &agent, &token)
        .and_then(|case| case.release())
        .unwrap();
    let told = text(&conversation.say(&format!("查进度{}", part.id)));
    assert!(told.contains(&format!("受理编号:{id})")), "{told}");
    let told = text(&conversation.say("查进度"));
    assert!(told.contains(&format!("受理编号:{id})")), "{told}");
}
