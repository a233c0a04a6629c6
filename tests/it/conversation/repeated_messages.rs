//! Messages that repeat: two bots, and redeliveries.

use civic_reply::message::MessageKey;
use civic_reply::reply::{Action, SilentReason};
use civic_reply::{Message, Outcome};

use crate::support::conversation::{Conversation, MORNING, QUESTION, text};

#[test]
fn two_bots_do_not_answer_each_other_forever() {
    let mut conversation = Conversation::new(MORNING);
    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
    assert!(text(&conversation.say(QUESTION)).contains("没有解决您的问题吗"));
    for _ in 0..20 {
        assert_eq!(
            conversation.say(QUESTION),
            Outcome::Silent {
                reason: SilentReason::Repeated
            }
        );
    }
    conversation.later(11);
    assert!(matches!(conversation.say(QUESTION), Outcome::Replied(_)));
}

#[test]
fn two_bots_do_not_answer_each_other_forever_with_several_texts() {
    let mut conversation = Conversation::new(MORNING);
    let mut answered = 0;
    for _ in 0..20 {
        for words in [QUESTION, "护照怎么办理"] {
            answered += usize::from(conversation.say(words).reply().is_some());
        }
    }
    // Each text is answered twice; once, the engine asks whether the answer did not help.
    assert_eq!(answered, 6);
    // The same question on another day is answered.
    conversation.later(60 * 24);
    assert!(text(&conversation.say(QUESTION)).contains("居住证"));
    conversation.say("护照怎么办理");
    assert!(text(&conversation.say(QUESTION)).contains("居住证"));

    // Repeated messages that a rule escalates are one case.
    let mut conversation = Conversation::new(MORNING);
    for _ in 0..20 {
        conversation.say("我被人冒名登记了");
    }
    assert_eq!(conversation.cases(), 1);
    conversation.say("我弟弟也被人冒名登记了");
    assert_eq!(conversation.cases(), 2);
}

#[test]
fn a_redelivery_gets_the_same_reply_and_adds_nothing() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let message = Message::text("gov-wechat", "citizen-1", "again", "补充一下，是3号楼");
    let first = conversation.engine.receive(message.clone()).unwrap();
    assert_eq!(conversation.engine.receive(message).unwrap(), first);
    assert_eq!(conversation.case(&id).transcript.len(), 1);
    let key = MessageKey::new("gov-wechat".into(), "citizen-1".into(), "again");
    assert_eq!(
        conversation.engine.handled(&key).unwrap().unwrap().action,
        Action::FollowUp
    );
}
