//! Ratings of answers: thanks, refusals, and answers that lapse.

use civic_reply::case::{Author, Ending, State};
use civic_reply::message::AgentId;
use civic_reply::reply::{FollowUpKind, Reason, SilentReason};
use civic_reply::{Clock, Outcome};

use crate::support::conversation::{Conversation, MORNING, QUESTION, text};

#[test]
fn an_answer_is_rated_once_and_a_refusal_reopens_the_same_case() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let arrived = conversation.case(&id).arrived;
    conversation.answer(&id);
    conversation.later(60);
    assert!(matches!(conversation.say("没解决"), Outcome::Queued { case, .. } if case.id == id));
    let case = conversation.case(&id);
    assert_eq!(
        (case.state, case.arrived, conversation.cases()),
        (State::Waiting, arrived, 1)
    );
    assert_eq!(case.handling.reopened, ["没解决"]);
    let owed = case.next_deadline().unwrap();
    assert_eq!(owed.history.started, Some(arrived), "counted from the arrival");

    conversation.answer(&id);
    let thanks = conversation.say("谢谢");
    assert_eq!(
        conversation.case(&id).state,
        State::Answered,
        "thanks reopen nothing"
    );
    assert_eq!(
        conversation.say("谢谢"),
        Outcome::Silent {
            reason: SilentReason::Repeated
        }
    );
    assert!(matches!(thanks, Outcome::Replied(_)));
    conversation.say("1");
    let case = conversation.case(&id);
    assert_eq!(
        (case.state, case.handling.ending),
        (State::Closed, Some(Ending::Solved))
    );
    let closed = conversation
        .engine
        .desk()
        .close_as(&id, &Author::Engine, Ending::Lapsed);
    assert!(closed.is_err());
}

#[test]
fn a_refused_automatic_answer_becomes_a_case_with_the_first_message_and_its_time() {
    let mut conversation = Conversation::new(MORNING);
    let asked = conversation.clock.now();
    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
    conversation.later(90);
    let Outcome::Queued { case, .. } = conversation.say("没解决") else {
        panic!("expected a case")
    };
    let case = conversation.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    assert_eq!(conversation.how(), Some(FollowUpKind::Refused));

    // After a confirmation or a lapse, nobody owes an answer.
    let mut conversation = Conversation::new(MORNING);
    conversation.say(QUESTION);
    assert!(text(&conversation.say("解决了")).contains("感谢您的确认"));
    conversation.say(QUESTION);
    conversation.later(60 * 49);
    conversation.say("没解决");
    assert_eq!(conversation.how(), None);
}

#[test]
fn each_automatic_answer_can_be_refused_until_it_is_rated_or_lapses() {
    let mut conversation = Conversation::new(MORNING);
    let asked = conversation.clock.now();
    conversation.say(QUESTION);
    conversation.later(60);
    conversation.say("护照怎么办理");
    conversation.later(60);
    // The last answer is confirmed; the one before it is still open.
    assert!(text(&conversation.say("解决了")).contains("感谢您的确认"));
    conversation.later(60);
    let Outcome::Queued { case, .. } = conversation.say("没解决") else {
        panic!("expected a case")
    };
    let case = conversation.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    conversation.later(60);
    conversation.say("没解决");
    assert_eq!(
        conversation.how(),
        Some(FollowUpKind::Added),
        "nothing is left to rate"
    );
    assert_eq!(conversation.cases(), 1);

    // A repeated refusal applies to the answer already refused, not to an older one.
    let mut conversation = Conversation::new(MORNING);
    conversation.say(QUESTION);
    conversation.say("护照怎么办理");
    conversation.say("没解决");
    conversation.later(41);
    conversation.say("没解决");
    assert_eq!(
        (conversation.how(), conversation.cases()),
        (Some(FollowUpKind::Added), 1)
    );

    // A case in between does not rate the automatic answer.
    let mut conversation = Conversation::new(MORNING);
    conversation.say(QUESTION);
    let id = conversation.open();
    conversation.answer(&id);
    conversation.later(60);
    conversation.say("解决了");
    assert_eq!(conversation.case(&id).handling.ending, Some(Ending::Solved));
    conversation.later(60);
    conversation.say("解决了");
    assert_eq!(conversation.how(), Some(FollowUpKind::Confirmed));

    // Each answer lapses independently.
    let mut conversation = Conversation::new(MORNING);
    conversation.say(QUESTION);
    conversation.later(60 * 47);
    conversation.say("护照怎么办理");
    conversation.say("解决了");
    conversation.later(60 * 2);
    conversation.say("没解决");
    assert_eq!(conversation.how(), None);
}

#[test]
fn asking_for_a_person_after_an_answer_refuses_that_answer() {
    let mut conversation = Conversation::new(MORNING);
    let asked = conversation.clock.now();
    conversation.say(QUESTION);
    conversation.later(5);
    let Outcome::Queued { case, .. } = conversation.say("人工!") else {
        panic!("expected a case")
    };
    let case = conversation.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    assert!(
        matches!(case.reasons.first(), Some(Reason::HandOff { .. })),
        "{:?}",
        case.reasons
    );

    // It also rates an agent's answer.
    let agent = AgentId::new("agent-1");
    let desk = conversation.engine.desk();
    let token = desk.claim(&case.id, &agent).unwrap().unwrap().token().clone();
    desk.claimed(&case.id, &agent, &token)
        .and_then(|case| case.answer("请到派出所办理。"))
        .unwrap();
    conversation.say("人工");
    assert_eq!(conversation.how(), Some(FollowUpKind::Unsolved));
    assert_eq!(conversation.case(&case.id).state, State::Waiting);
    assert_eq!(conversation.cases(), 1);
}

#[test]
fn a_bad_rating_reopens_a_closed_case_and_thanks_never_do() {
    for ending in [Ending::Lapsed, Ending::Done] {
        let mut conversation = Conversation::new(MORNING);
        let id = conversation.open();
        let agent = AgentId::new("agent-1");
        let desk = conversation.engine.desk();
        let token = desk.claim(&id, &agent).unwrap().unwrap().token().clone();
        desk.claimed(&id, &agent, &token)
            .and_then(|case| case.answer("请联系城管局。"))
            .unwrap();
        desk.close_as(&id, &Author::Engine, ending).unwrap();
        conversation.later(60);
        conversation.say("谢谢");
        assert_eq!(conversation.case(&id).state, State::Closed, "thanks");
        conversation.say("没解决");
        let case = conversation.case(&id);
        assert_eq!(case.state, State::Waiting);
        assert_eq!(case.handling.reopened, ["没解决"]);
        assert_eq!(conversation.cases(), 1, "not a new case");
    }
}

#[test]
fn a_matter_that_is_reopened_two_weeks_after_its_answer_raises_nothing_and_names_a_new_time() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    conversation.later(120);
    conversation.answer(&id);
    conversation.say("已解决");
    assert_eq!(conversation.case(&id).state, State::Closed);
    conversation.later(14 * 24 * 60);
    let told = text(&conversation.say("没解决"));
    assert!(told.contains("12-08 17:30"), "{told}");
    let desk = conversation.engine.desk();
    let sweep = desk.sweep(conversation.clock.now()).unwrap();
    assert!(sweep.crossings.is_empty(), "{sweep:?}");
    conversation.later(2 * 24 * 60);
    let sweep = desk.sweep(conversation.clock.now()).unwrap();
    assert_eq!(sweep.crossings.len(), 1, "the new time: {sweep:?}");
}
