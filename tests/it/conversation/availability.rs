//! Office hours and available agents, and conversations that an agent holds.

use civic_reply::Outcome;
use civic_reply::engine::Availability;
use civic_reply::message::{AgentId, DepartmentId};
use civic_reply::reply::SilentReason;

use crate::support::conversation::{Conversation, MORNING, NOISE, QUESTION, text};

#[test]
fn while_an_agent_holds_the_conversation_the_engine_says_so_once_and_records_every_message() {
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    let agent = AgentId::new("agent-1");
    let case = conversation.engine.desk().claim(&id, &agent).unwrap().unwrap();
    assert!(text(&conversation.say(QUESTION)).contains("工作人员正在办理"));
    for words in ["居住证怎么办理", "在吗", "谢谢", "查进度"] {
        assert_eq!(
            conversation.say(words),
            Outcome::Silent {
                reason: SilentReason::Held
            },
            "{words}"
        );
    }
    assert_eq!(conversation.case(&id).transcript.len(), 5);
    // An emergency opens a case anyway.
    assert!(matches!(conversation.say("楼下着火了快来人"), Outcome::Queued { case, .. } if case.id != id));
    // An expired claim returns the conversation to the engine, and the engine says so.
    let mut conversation = Conversation::new(MORNING);
    let id = conversation.open();
    conversation.engine.desk().claim(&id, &agent).unwrap().unwrap();
    conversation.say("在吗");
    conversation.later(16);
    let told = text(&conversation.say("查进度"));
    assert!(told.starts_with("(工作人员暂时不在线"), "{told}");
    assert!(!text(&conversation.say("查进度")).contains("暂时不在线"));
    drop(case);
}

#[test]
fn outside_office_hours_the_reply_names_the_next_opening() {
    let mut conversation = Conversation::new("2026-11-27T20:00+08:00");
    let told = text(&conversation.say(NOISE));
    assert!(told.contains("11-30"), "{told}");
    let mut conversation = Conversation::new(MORNING);
    assert!(!text(&conversation.say(NOISE)).contains("不是工作时间"));
}

#[test]
fn a_citizen_adding_to_a_case_is_told_when_no_agent_is_available() {
    let absent = |_: &DepartmentId| Availability::Unavailable { back: None };
    let mut conversation = Conversation::attended(MORNING, absent);
    let id = conversation.open();
    assert!(text(&conversation.say("再加一句,他们周末也在装修")).contains("不在线"));
    conversation.answer(&id);
    conversation.later(30);
    assert!(text(&conversation.say("没解决")).contains("不在线"));
    conversation.later(12 * 60);
    let evening = text(&conversation.say("再加一句,还是没有人管"));
    assert!(evening.contains("不是工作时间"), "{evening}");
}

#[test]
fn a_citizen_is_told_when_no_agent_is_available_and_when_one_returns() {
    let back = "2026-11-23T13:30+08:00".parse().unwrap();
    let absent = |back| Availability::Unavailable { back };
    let mut conversation = Conversation::attended(MORNING, move |_| absent(Some(back)));
    let told = text(&conversation.say(NOISE));
    assert!(told.contains("不在线") && told.contains("13:30"), "{told}");

    // An unknown return time, or one in the past, is not shown.
    for unknown in [None, Some(MORNING.parse().unwrap())] {
        let mut conversation = Conversation::attended(MORNING, move |_| absent(unknown));
        let told = text(&conversation.say(NOISE));
        assert!(told.contains("不在线") && !told.contains("预计"), "{told}");
    }

    // Each department has its own agents.
    let police = move |department: &DepartmentId| match department.as_str() {
        "police" => absent(None),
        _ => Availability::Available,
    };
    let mut conversation = Conversation::attended(MORNING, police);
    assert!(!text(&conversation.say(NOISE)).contains("不在线"));
    assert!(text(&conversation.say("我被人冒名登记了")).contains("不在线"));

    // Outside office hours the reply names the next opening, unless no agent is available even then.
    let evening = "2026-11-27T20:00+08:00";
    let mut conversation = Conversation::attended(evening, move |_| absent(None));
    assert!(text(&conversation.say(NOISE)).contains("不是工作时间"));
    let tuesday = "2026-12-01T09:00+08:00".parse().unwrap();
    let mut conversation = Conversation::attended(evening, move |_| absent(Some(tuesday)));
    let told = text(&conversation.say(NOISE));
    assert!(
        told.contains("12-01") && !told.contains("11-30 09:00上班"),
        "{told}"
    );
}

#[test]
fn the_conversation_returns_to_the_engine_by_command_closing_or_idle_time_and_says_so_once() {
    for way in ["command", "closing", "idle"] {
        let mut conversation = Conversation::new(MORNING);
        let id = conversation.open();
        let agent = AgentId::new("agent-1");
        let desk = conversation.engine.desk();
        let token = desk.claim(&id, &agent).unwrap().unwrap().token().clone();
        assert!(
            text(&conversation.say("在吗")).contains("工作人员正在办理"),
            "{way}"
        );
        match way {
            "command" => drop(
                desk.claimed(&id, &agent, &token)
                    .and_then(|case| case.release())
                    .unwrap(),
            ),
            "closing" => {
                desk.claimed(&id, &agent, &token)
                    .and_then(|case| case.answer("请联系城管局。"))
                    .unwrap();
                desk.close(&id, &agent).unwrap();
            }
            _ => conversation.later(16),
        }
        let told = text(&conversation.say(QUESTION));
        assert!(told.starts_with("(工作人员暂时不在线"), "{way}: {told}");
        assert!(told.contains("到派出所办理居住证"), "{way}: {told}");
        for _ in 0..5 {
            conversation.later(11);
            let told = text(&conversation.say(QUESTION));
            assert!(!told.contains("暂时不在线"), "{way}: {told}");
        }
        // No case was opened for it, and no message of the engine's brought the agent back.
        assert_eq!(conversation.cases(), 1, "{way}");
    }
}
