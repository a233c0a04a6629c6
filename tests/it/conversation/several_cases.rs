//! A citizen with several cases, or with a case and an automatic answer: short words refer to the latest
//! one.

use std::time::Duration;

use civic_reply::case::{Ending, LetterStatus, State};
use civic_reply::desk::{LetterReceipt, Matter, Settlement};
use civic_reply::message::AgentId;
use civic_reply::reply::{FollowUpKind, SilentReason};
use civic_reply::{CaseId, Outcome};

use crate::support::conversation::{Conversation, MORNING, QUESTION, text};

const LAMP: &str = "小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全,请问应该找哪个部门";

/// A conversation with two cases: the first, and a second one a day later.
fn two() -> (Conversation, CaseId, CaseId) {
    let mut conversation = Conversation::new(MORNING);
    let first = conversation.open();
    conversation.later(60 * 24);
    let Outcome::Queued { case, .. } = conversation.say(LAMP) else {
        panic!("another matter is another case")
    };
    assert_ne!(first, case.id);
    conversation.later(60);
    (conversation, first, case.id)
}

fn ask(conversation: &Conversation, id: &CaseId, text: &str) {
    let (desk, agent) = (conversation.engine.desk(), AgentId::new("agent-1"));
    let case = desk.claim(id, &agent).unwrap().unwrap();
    desk.claimed(id, &agent, &case.claim.clone().unwrap().token)
        .and_then(|case| case.ask(text))
        .unwrap();
}

#[test]
fn a_rating_applies_to_the_case_answered_last() {
    let (mut conversation, first, second) = two();
    conversation.answer(&first);
    conversation.say("2");
    assert_eq!(conversation.how(), Some(FollowUpKind::Unsolved));
    assert_eq!(conversation.case(&first).handling.reopened, ["2"]);
    assert_eq!(conversation.case(&second).transcript.len(), 0);

    conversation.answer(&first);
    conversation.later(1);
    conversation.answer(&second);
    conversation.later(1);
    conversation.say("解决了");
    assert_eq!(conversation.case(&second).handling.ending, Some(Ending::Solved));
    assert_eq!(conversation.case(&first).state, State::Answered);
    // The citizen was asked about the other case, too.
    conversation.say("1");
    assert_eq!(conversation.case(&first).handling.ending, Some(Ending::Solved));
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn a_reply_goes_to_the_case_that_asked_the_question() {
    let (mut conversation, first, second) = two();
    ask(&conversation, &first, "请问是几号楼?");
    conversation.later(60);
    conversation.say("3号楼");
    assert_eq!(conversation.case(&first).state, State::Waiting);
    assert_eq!(conversation.case(&second).transcript.len(), 0);
    // An addition goes to the case mentioned last, and no case is opened.
    conversation.say("补充一下,是东边的那一户");
    assert_eq!(conversation.case(&first).transcript.len(), 3);
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn an_agent_on_any_of_the_citizens_cases_holds_the_conversation() {
    let (mut conversation, first, second) = two();
    conversation
        .engine
        .desk()
        .claim(&first, AgentId::new("agent-1"))
        .unwrap()
        .unwrap();
    let told = text(&conversation.say(QUESTION));
    assert!(told.contains(first.as_str()), "{told}");
    for words in [QUESTION, "查进度", second.as_str()] {
        assert_eq!(
            conversation.say(words),
            Outcome::Silent {
                reason: SilentReason::Held
            },
            "{words}"
        );
    }
    assert_eq!(conversation.case(&first).transcript.len(), 4);
    assert_eq!(conversation.case(&second).transcript.len(), 0);
}

#[test]
fn a_matter_split_from_a_case_is_rated_by_itself() {
    let mut conversation = Conversation::new(MORNING);
    let whole = conversation.open();
    let (desk, agent) = (conversation.engine.desk(), AgentId::new("agent-1"));
    let token = desk.claim(&whole, &agent).unwrap().unwrap().token().clone();
    let matter = Matter {
        text: "路灯不亮".to_owned(),
        department: "police".into(),
        theme: None,
    };
    let part = desk
        .claimed(&whole, &agent, &token)
        .and_then(|case| case.split(&matter))
        .unwrap();
    desk.claimed(&whole, &agent, &token)
        .and_then(|case| case.release())
        .unwrap();
    conversation.later(60);
    conversation.answer(&part.id);
    conversation.say("没解决");
    assert_eq!(conversation.how(), Some(FollowUpKind::Unsolved));
    assert_eq!(conversation.case(&part.id).handling.reopened, ["没解决"]);
    assert_eq!(conversation.case(&whole).transcript.len(), 0);
}

#[test]
fn a_rating_applies_to_the_last_answer_automatic_or_from_an_agent() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    conversation.later(60);
    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
    conversation.later(60);
    conversation.answer(&id);
    conversation.say("2");
    assert_eq!(
        conversation.how(),
        Some(FollowUpKind::Unsolved),
        "the agent answered last"
    );
    assert_eq!(conversation.case(&id).state, State::Waiting);

    conversation.answer(&id);
    conversation.later(60);
    conversation.say(QUESTION);
    conversation.say("2");
    assert_eq!(
        conversation.how(),
        Some(FollowUpKind::Refused),
        "the automatic answer came last"
    );
    assert_eq!(conversation.case(&id).state, State::Answered);
}

#[test]
fn letters_held_back_go_out_after_any_message_of_the_citizen() {
    let mut conversation = Conversation::limited(MORNING);
    let id = conversation.open();
    conversation.later(48 * 60);
    conversation.answer(&id);
    let outbox = conversation.engine.outbox();
    let lease = Duration::from_secs(60);
    assert!(outbox.claim(9, lease).unwrap().is_empty(), "the window is closed");
    let held = &conversation.case(&id).handling.contact.letters;
    assert!(matches!(held[..], [ref letter] if matches!(letter.status, LetterStatus::Held { .. })));

    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
    let letters = outbox.claim(9, lease).unwrap();
    assert_eq!(letters.len(), 1);
    let sent = letters.first().unwrap();
    conversation.later(1);
    outbox
        .settle(
            LetterReceipt::new(id.clone(), sent.number, sent.token.clone()),
            Settlement::Delivered,
        )
        .unwrap();
    // The letter reached the citizen after the automatic answer.
    conversation.later(1);
    conversation.say("1");
    assert_eq!(conversation.case(&id).handling.ending, Some(Ending::Solved));
}
