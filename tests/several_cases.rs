//! A citizen with several cases, or with a case and an automatic answer: short words mean what the citizen heard of last.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rulebook/base.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod base;
#[allow(dead_code, reason = "each test file uses its part")]
mod talk;

use std::time::Duration;

use civic_reply::case::{Ending, LetterStatus, State};
use civic_reply::desk::{Matter, Settlement};
use civic_reply::message::AgentId;
use civic_reply::reply::{FollowedUp, SilentReason};
use civic_reply::{CaseId, Outcome};

use self::talk::{MORNING, QUESTION, Talk, text};

const LAMP: &str = "小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全,请问应该找哪个部门";

/// A talk with two cases: the first, and a day later another.
fn two() -> (Talk, CaseId, CaseId) {
    let mut talk = Talk::new(MORNING);
    let first = talk.open();
    talk.later(60 * 24);
    let Outcome::Queued { case, .. } = talk.say(LAMP) else {
        panic!("another matter is another case")
    };
    assert_ne!(first, case.id);
    talk.later(60);
    (talk, first, case.id)
}

fn ask(talk: &Talk, id: &CaseId, text: &str) {
    let (desk, agent) = (talk.engine.desk(), AgentId::new("agent-1"));
    let case = desk.claim(id, &agent).unwrap().unwrap();
    desk.ask(id, &agent, &case.claim.unwrap().token, text).unwrap();
}

#[test]
fn a_judgement_means_the_case_that_was_answered_last() {
    let (mut talk, first, second) = two();
    talk.answer(&first);
    talk.say("2");
    assert_eq!(talk.how(), Some(FollowedUp::Unsolved));
    assert_eq!(talk.case(&first).handling.reopened, ["2"]);
    assert_eq!(talk.case(&second).transcript.len(), 0);

    talk.answer(&first);
    talk.later(1);
    talk.answer(&second);
    talk.later(1);
    talk.say("解决了");
    assert_eq!(talk.case(&second).handling.ending, Some(Ending::Solved));
    assert_eq!(talk.case(&first).state, State::Answered);
    // The other one was asked about, too.
    talk.say("1");
    assert_eq!(talk.case(&first).handling.ending, Some(Ending::Solved));
    assert_eq!(talk.cases(), 2);
}

#[test]
fn a_reply_goes_to_the_case_whose_agent_asked() {
    let (mut talk, first, second) = two();
    ask(&talk, &first, "请问是几号楼?");
    talk.later(60);
    talk.say("3号楼");
    assert_eq!(talk.case(&first).state, State::Waiting);
    assert_eq!(talk.case(&second).transcript.len(), 0);
    // What adds goes to the one that it was said of last, and no case is opened by any of it.
    talk.say("补充一下,是东边的那一户");
    assert_eq!(talk.case(&first).transcript.len(), 3);
    assert_eq!(talk.cases(), 2);
}

#[test]
fn a_person_who_holds_any_case_of_the_citizen_holds_the_talk() {
    let (mut talk, first, second) = two();
    talk.engine
        .desk()
        .claim(&first, &AgentId::new("agent-1"))
        .unwrap()
        .unwrap();
    let told = text(&talk.say(QUESTION));
    assert!(told.contains(first.as_str()), "{told}");
    for words in [QUESTION, "查进度", second.as_str()] {
        assert_eq!(
            talk.say(words),
            Outcome::Silent {
                reason: SilentReason::Held
            },
            "{words}"
        );
    }
    assert_eq!(talk.case(&first).transcript.len(), 4);
    assert_eq!(talk.case(&second).transcript.len(), 0);
}

#[test]
fn a_matter_that_was_taken_out_is_judged_as_a_case_of_its_own() {
    let mut talk = Talk::new(MORNING);
    let whole = talk.open();
    let (desk, agent) = (talk.engine.desk(), AgentId::new("agent-1"));
    let token = desk.claim(&whole, &agent).unwrap().unwrap().claim.unwrap().token;
    let matter = Matter {
        text: "路灯不亮".to_owned(),
        department: "police".into(),
        theme: None,
    };
    let part = desk.split(&whole, &agent, &token, &matter).unwrap();
    desk.release(&whole, &agent, &token).unwrap();
    talk.later(60);
    talk.answer(&part.id);
    talk.say("没解决");
    assert_eq!(talk.how(), Some(FollowedUp::Unsolved));
    assert_eq!(talk.case(&part.id).handling.reopened, ["没解决"]);
    assert_eq!(talk.case(&whole).transcript.len(), 0);
}

#[test]
fn what_was_said_last_is_judged_an_automatic_answer_or_a_persons() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    talk.later(60);
    assert!(matches!(talk.say(QUESTION), Outcome::Replied(_)));
    talk.later(60);
    talk.answer(&id);
    talk.say("2");
    assert_eq!(talk.how(), Some(FollowedUp::Unsolved), "the person came last");
    assert_eq!(talk.case(&id).state, State::Waiting);

    talk.answer(&id);
    talk.later(60);
    talk.say(QUESTION);
    talk.say("2");
    assert_eq!(talk.how(), Some(FollowedUp::Refused), "the automatic one did");
    assert_eq!(talk.case(&id).state, State::Answered);
}

#[test]
fn what_was_held_back_goes_out_when_the_citizen_writes_whatever_about() {
    let mut talk = Talk::limited(MORNING);
    let id = talk.open();
    talk.later(48 * 60);
    talk.answer(&id);
    let outbox = talk.engine.outbox();
    let lease = Duration::from_secs(60);
    assert!(outbox.claim(9, lease).unwrap().is_empty(), "the window is closed");
    let held = &talk.case(&id).handling.letters;
    assert!(matches!(held[..], [ref letter] if matches!(letter.status, LetterStatus::Held { .. })));

    assert!(matches!(talk.say(QUESTION), Outcome::Replied(_)));
    let letters = outbox.claim(9, lease).unwrap();
    assert_eq!(letters.len(), 1);
    let sent = letters.first().unwrap();
    talk.later(1);
    outbox
        .settle(&id, sent.number, &sent.token, Settlement::Delivered)
        .unwrap();
    // It reached the citizen after the automatic answer.
    talk.later(1);
    talk.say("1");
    assert_eq!(talk.case(&id).handling.ending, Some(Ending::Solved));
}
