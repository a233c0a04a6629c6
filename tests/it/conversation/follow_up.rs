//! A conversation that continues: about a case, about an answer, and while an agent holds it.

use civic_reply::case::{Author, Ending, State};
use civic_reply::desk::Matter;
use civic_reply::engine::Availability;
use civic_reply::message::{AgentId, DepartmentId, MessageKey};
use civic_reply::reply::{Action, FollowUpKind, Reason, SilentReason};
use civic_reply::{Clock, Message, Outcome};

use crate::support::conversation::{Conversation, MORNING, NOISE, QUESTION, text};

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
    assert!(
        matches!(conversation.say("小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全"), Outcome::Queued { case, .. } if case.id != id)
    );
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
fn outside_office_hours_the_reply_names_the_next_opening() {
    let mut conversation = Conversation::new("2026-11-27T20:00+08:00");
    let told = text(&conversation.say(NOISE));
    assert!(told.contains("11-30"), "{told}");
    let mut conversation = Conversation::new(MORNING);
    assert!(!text(&conversation.say(NOISE)).contains("不是工作时间"));
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
