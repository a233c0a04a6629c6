//! The history of a case as lines for an agent.

use crate::support::conversation::{Conversation, MORNING, NOISE};

#[test]
fn each_event_is_a_line_without_the_words_of_the_citizen_and_the_agent() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    conversation.say("再加一句，他们周末也在装修");
    conversation.answer(&id);
    let journal = conversation.engine.store().journal(None, 100).unwrap();
    let records = journal.records.iter().map(|(_, record)| record);
    let lines: Vec<String> = records.map(|record| record.event.to_string()).collect();
    let department = conversation.case(&id).department;
    for line in [
        "a message was given to a person",
        &format!("the case was opened for department `{department}`, due 2026-11-24 17:30 Asia/Shanghai"),
        "a message was taken as a follow-up",
        "the citizen wrote",
        "`agent-1` claimed the case",
        "the deadline `first_reply` is done",
        "the citizen was answered",
        "a letter to the citizen was written",
    ] {
        assert!(lines.iter().any(|own| own == line), "{line}: {lines:#?}");
    }
    for words in [NOISE, "周末", "城管局"] {
        assert!(
            lines.iter().all(|line| !line.contains(words)),
            "{words}: {lines:#?}"
        );
    }
}
