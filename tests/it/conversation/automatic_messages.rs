//! Messages of machines: those that the channel marks, and the text that an auto-responder sends after each
//! letter.

use std::sync::Arc;

use civic_reply::case::{Author, CaseId, Ending, Priority, State};
use civic_reply::desk::Settlement;
use civic_reply::message::MessageKey;
use civic_reply::reply::{Action, Reason, SilentReason};
use civic_reply::store::CaseFilter;
use civic_reply::{Clock as _, Engine, ManualClock, MemoryStore, Message, Outcome};
use jiff::SignedDuration;

use crate::support::conversation::{Conversation, MORNING, NOISE, QUESTION, text};
use crate::support::shipped;

const ABSENT: &str = "您好!您的来信已收到,我正在外地出差,十二月三日回来后回复您。";
const SILENT: Outcome = Outcome::Silent {
    reason: SilentReason::Automatic,
};

/// A message that the channel marks.
fn marked(id: &str, text: &str) -> Message {
    Message::text("gov-wechat", "citizen-1", id, text).with_automatic(true)
}

fn send(conversation: &Conversation, id: &str, text: &str) -> Outcome {
    conversation.engine.receive(marked(id, text)).unwrap()
}

fn deliver(conversation: &Conversation) {
    let outbox = conversation.engine.outbox();
    for letter in outbox.claim(9, std::time::Duration::from_secs(60)).unwrap() {
        outbox.settle(&letter, Settlement::Delivered).unwrap();
    }
}

fn notes(conversation: &Conversation, id: &CaseId) -> Vec<String> {
    let case = conversation.case(id);
    case.handling
        .internal
        .notes
        .iter()
        .map(|note| note.text.clone())
        .collect()
}

fn queued(outcome: &Outcome) -> CaseId {
    match outcome {
        Outcome::Queued { case, .. } => case.id.clone(),
        other => panic!("{other:?}"),
    }
}

/// Whether the last message counts as automatic, and the case that it belongs to.
fn automatic(engine: &Engine, id: &str) -> Option<(bool, Option<CaseId>)> {
    let key = MessageKey::new("gov-wechat".into(), "citizen-1".into(), id);
    let handled = engine.handled(&key).unwrap().unwrap();
    handled.reasons.iter().find_map(|reason| match reason {
        Reason::Automatic { marked, case } => Some((*marked, case.clone())),
        _ => None,
    })
}

#[test]
fn a_marked_message_opens_no_case_and_gets_no_reply_whatever_it_says() {
    let conversation = Conversation::new(MORNING);
    for (place, words) in [
        ABSENT,
        QUESTION,
        NOISE,
        "转人工",
        "我被冒名登记了",
        "谢谢",
        "2",
        "查进度",
        "<img src=x>",
    ]
    .iter()
    .enumerate()
    {
        let id = format!("a-{place}");
        assert_eq!(send(&conversation, &id, words), SILENT, "{words}");
        assert_eq!(
            automatic(&conversation.engine, &id),
            Some((true, None)),
            "{words}"
        );
    }
    assert_eq!(conversation.cases(), 0);
    assert_eq!(
        send(&conversation, "blank", "  \u{200B} "),
        SILENT,
        "a blank one is no exception"
    );
}

#[test]
fn a_marked_message_is_noted_at_the_case_once_and_moves_nothing() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let before = conversation.case(&id);
    for n in 0..5 {
        assert_eq!(send(&conversation, &format!("a-{n}"), ABSENT), SILENT);
    }
    let case = conversation.case(&id);
    assert_eq!((case.state, &case.transcript), (before.state, &before.transcript));
    assert_eq!(case.deadlines, before.deadlines);
    let notes = notes(&conversation, &id);
    assert_eq!(notes.len(), 1);
    assert!(notes[0].contains("出差"), "{notes:?}");
    assert_eq!(
        automatic(&conversation.engine, "a-4"),
        Some((true, Some(id.clone())))
    );

    // Texts that always differ do not fill the case.
    for n in 0..40 {
        let words = format!("{ABSENT}回执编号{n}。{}", "附原文。".repeat(2_000));
        assert_eq!(send(&conversation, &format!("b-{n}"), &words), SILENT);
    }
    let bytes: usize = self::notes(&conversation, &id).iter().map(String::len).sum();
    assert_eq!(self::notes(&conversation, &id).len(), 20);
    assert!(bytes < 80_000, "{bytes}");
}

#[test]
fn an_absence_notice_is_no_reply_to_a_question_and_no_judgement_of_an_answer() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let held = conversation.engine.desk().claim(&id, "eve").unwrap().unwrap();
    held.ask("请问是几号楼?").unwrap();
    deliver(&conversation);
    assert_eq!(send(&conversation, "a", ABSENT), SILENT);
    assert_eq!(conversation.case(&id).state, State::AwaitingCitizen);
    conversation.say("3号楼");
    assert_eq!(conversation.case(&id).state, State::Waiting);

    conversation.answer(&id);
    deliver(&conversation);
    for (n, words) in ["没解决", "1", ABSENT].iter().enumerate() {
        assert_eq!(send(&conversation, &format!("b-{n}"), words), SILENT);
        assert_eq!(conversation.case(&id).state, State::Answered, "{words}");
    }
    conversation.say("没解决");
    assert_eq!(conversation.case(&id).state, State::Waiting);
}

#[test]
fn a_marked_message_in_between_leaves_the_conversation_as_it_was() {
    let mut conversation = Conversation::new(MORNING);
    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
    assert_eq!(send(&conversation, "a", ABSENT), SILENT);
    // The answer before it can still be refused.
    let id = queued(&conversation.say("没解决"));
    assert_eq!(conversation.case(&id).text, QUESTION);

    let (engine, _clock) = shipped::engine();
    let say = |id: &str, text: &str| {
        engine
            .receive(Message::text("gov-wechat", "citizen-1", id, text))
            .unwrap()
    };
    let menu = text(&say("1", "居住证"));
    assert!(menu.contains("1. "), "{menu}");
    assert_eq!(engine.receive(marked("2", ABSENT)).unwrap(), SILENT);
    let chosen = text(&say("3", "1"));
    assert!(chosen.contains("居住地派出所"), "{chosen}");
}

#[test]
fn danger_in_a_marked_message_reaches_a_person_once_and_without_a_reply() {
    let (engine, _clock): (Engine, ManualClock) = shipped::engine();
    let alarm = "【烟感报警】3号楼着火了,请立即处理";
    let cases = || engine.desk().cases(&CaseFilter::default()).unwrap().cases;
    for id in ["1", "2", "3"] {
        assert_eq!(engine.receive(marked(id, alarm)).unwrap(), SILENT);
    }
    let open = cases();
    assert_eq!((open.len(), open[0].priority), (1, Priority::Urgent));
    assert_eq!(automatic(&engine, "1"), Some((true, Some(open[0].id.clone()))));
    let key = marked("1", alarm).key().clone();
    assert_eq!(engine.handled(&key).unwrap().unwrap().action, Action::Escalate);
    // Another place is another danger.
    engine
        .receive(marked("4", "【烟感报警】5号楼着火了,请立即处理"))
        .unwrap();
    assert_eq!(cases().len(), 2);
    // The words of a message that has a case are kept with it.
    let erased = engine.store().erase(&"citizen-1".into()).unwrap();
    assert_eq!(erased.open.len(), 2, "{erased:?}");
    assert!(engine.handled(&key).unwrap().is_some());
}

#[test]
fn the_text_that_comes_after_each_letter_opens_a_case_only_once() {
    let mut conversation = Conversation::new(MORNING);
    let first = conversation.open();
    conversation.later(60);
    conversation.answer(&first);
    deliver(&conversation);
    conversation.later(1);
    // The first time, nobody can know.
    let second = queued(&conversation.say(ABSENT));
    for _ in 0..3 {
        conversation.later(24 * 60);
        let case = conversation.case(&second);
        if case.state == State::Answered {
            let desk = conversation.engine.desk();
            desk.reopen(&second, &Author::Citizen, "再看", case.arrived)
                .unwrap();
        }
        conversation.answer(&second);
        deliver(&conversation);
        conversation.later(1);
        assert_eq!(conversation.say(ABSENT), SILENT);
    }
    assert_eq!(conversation.cases(), 2);
    assert_eq!(notes(&conversation, &second).len(), 1);
    // The same words without a letter before them are a person's.
    conversation.later(60);
    queued(&conversation.say(ABSENT));
    assert_eq!(conversation.cases(), 3);
}

#[test]
fn a_complaint_and_a_judgement_repeated_after_an_answer_are_a_persons() {
    let mut conversation = Conversation::new(MORNING);
    let first = conversation.open();
    conversation.later(60);
    conversation.answer(&first);
    deliver(&conversation);
    conversation.later(1);
    // It did not come after a letter before.
    let again = queued(&conversation.say(NOISE));
    assert_ne!(again, first);
    for words in ["没解决", "没解决"] {
        conversation.answer(&again);
        deliver(&conversation);
        conversation.later(1);
        assert_eq!(queued(&conversation.say(words)), again);
    }
}

#[test]
fn a_request_for_a_person_after_each_letter_is_a_persons() {
    let clock = ManualClock::new(shipped::at(MORNING));
    let store = MemoryStore::with_clock(Arc::new(clock.clone()));
    let engine = shipped::on(store).clock(clock.clone()).build().unwrap();
    let desk = engine.desk();
    for n in 0..4 {
        let message = Message::text("gov-wechat", "citizen-1", n.to_string(), "转人工");
        let id = queued(&engine.receive(message).unwrap());
        let held = desk.claim(&id, "eve").unwrap().unwrap();
        held.answer("请联系城管局。").unwrap();
        desk.close_as(&id, &Author::Agent("eve".into()), Ending::Done)
            .unwrap();
        clock.set(clock.now() + SignedDuration::from_mins(1));
    }
    let page = desk.cases(&CaseFilter::default()).unwrap();
    assert_eq!(page.total, 4);
}

#[test]
fn a_stored_message_without_the_mark_is_a_persons() {
    let json = serde_json::to_string(&Message::text("a", "s", "1", "x")).unwrap();
    assert!(!json.contains("automatic"));
    assert!(!serde_json::from_str::<Message>(&json).unwrap().is_automatic());
    let json = serde_json::to_string(&marked("1", "x")).unwrap();
    assert!(serde_json::from_str::<Message>(&json).unwrap().is_automatic());
}
