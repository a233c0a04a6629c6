//! The due times that a citizen is told.

use civic_reply::reply::FollowUpKind;
use civic_reply::{Message, Outcome};

use crate::support::conversation::{Conversation, MORNING, NOISE, text};

#[test]
fn progress_names_the_due_time_before_it_and_no_date_after_it() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let told = text(&conversation.say("查进度"));
    assert!(told.contains("11-24"), "{told}");
    for days in [2, 5, 60] {
        conversation.later(60 * 24 * days);
        let told = text(&conversation.say("查进度"));
        assert_eq!(conversation.how(), Some(FollowUpKind::Progress));
        assert!(
            told.contains(id.as_str()) && told.contains("正在等待办理"),
            "{told}"
        );
        assert!(!told.contains("11-24"), "{told}");
    }
}

#[test]
fn an_addition_to_an_overdue_case_names_no_date() {
    let mut conversation = Conversation::new(MORNING);
    conversation.open();
    conversation.later(60 * 24 * 4);
    let told = text(&conversation.say("再加一句，他们周末也在装修"));
    assert!(!told.contains("11-24"), "{told}");
}

#[test]
fn the_receipt_of_a_message_that_arrives_after_its_due_time_names_no_date() {
    let conversation = Conversation::new(MORNING);
    let receipt = |id: &str, written: &str| {
        let message = Message::text("gov-wechat", format!("late-{id}"), id, NOISE);
        let outcome = conversation
            .engine
            .receive(message.with_written_at(written.parse().unwrap()));
        match outcome.unwrap() {
            Outcome::Queued { reply, case } => {
                assert!(reply.text().contains(case.id.as_str()), "{reply}");
                reply.text().to_owned()
            }
            other => panic!("{other:?}"),
        }
    };
    let late = receipt("1", "2026-11-10T10:00+08:00");
    assert!(!late.contains("11-11") && !late.contains("期限"), "{late}");
    let in_time = receipt("2", "2026-11-23T09:30+08:00");
    assert!(in_time.contains("11-24"), "{in_time}");
}
