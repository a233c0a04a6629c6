//! A talk that goes on, in words that an office might choose: about a case, about an answer, and with a person in it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "rulebook/base.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod base;
#[allow(dead_code, reason = "each test file uses its part")]
mod talk;

use civic_reply::case::{Actor, Ending, State};
use civic_reply::desk::Matter;
use civic_reply::engine::Availability;
use civic_reply::message::{AgentId, DepartmentId, MessageKey};
use civic_reply::reply::{Action, FollowedUp, Reason, SilentReason};
use civic_reply::{Clock, Message, Outcome};

use self::talk::{MORNING, NOISE, QUESTION, Talk, text};

#[test]
fn progress_is_told_by_word_and_by_number_and_only_to_the_citizen_whose_case_it_is() {
    let mut talk = Talk::new(MORNING);
    assert!(text(&talk.say("查进度")).contains("没有查到"));
    let id = talk.open();
    let number = id.as_str().to_lowercase();
    for words in ["查进度".to_owned(), number.clone(), format!("查进度 {number}")] {
        let told = text(&talk.say(&words));
        assert!(
            told.contains(id.as_str()) && told.contains("正在等待办理") && told.contains("11-24"),
            "{told}"
        );
        assert_eq!(talk.how(), Some(FollowedUp::Progress));
    }
    let stranger = text(&talk.say_as("citizen-2", &number));
    assert!(
        stranger.contains("没有查到") && !stranger.contains(id.as_str()),
        "{stranger}"
    );
    talk.answer(&id);
    assert!(text(&talk.say("查进度")).contains("已经答复"));
    assert_eq!(talk.cases(), 1);
}

#[test]
fn what_follows_closely_or_says_so_is_added_to_the_open_case_and_told_once() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let added = talk.say("再加一句，他们周末也在装修");
    assert!(matches!(&added, Outcome::Queued { case, .. } if case.id == id));
    let more = talk.say("而且噪音特别大,孩子根本没有办法睡觉,老人的身体也越来越差了");
    assert_eq!(
        more,
        Outcome::Silent {
            reason: SilentReason::Added
        }
    );
    assert_eq!(talk.case(&id).transcript.len(), 2);
    assert_eq!(talk.cases(), 1);
    // Much later, and without saying so, it is another matter.
    talk.later(60 * 24);
    assert!(
        matches!(talk.say("小区门口的路灯坏了一个多月了,晚上出门什么都看不见,非常不安全"), Outcome::Queued { case, .. } if case.id != id)
    );
    assert_eq!(talk.cases(), 2);
}

#[test]
fn a_citizen_who_was_asked_is_understood_to_reply() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let agent = AgentId::new("agent-1");
    let desk = talk.engine.desk();
    let case = desk.claim(&id, &agent).unwrap().unwrap();
    desk.ask(&id, &agent, &case.claim.unwrap().token, "请问是几号楼？")
        .unwrap();
    talk.later(60 * 5);
    talk.say("3号楼");
    let case = talk.case(&id);
    assert_eq!((case.state, case.transcript.len()), (State::Waiting, 2));
    assert_eq!(talk.cases(), 1);
}

#[test]
fn while_a_person_holds_the_talk_the_engine_says_so_once_and_keeps_every_word() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let agent = AgentId::new("agent-1");
    let case = talk.engine.desk().claim(&id, &agent).unwrap().unwrap();
    assert!(text(&talk.say(QUESTION)).contains("工作人员正在办理"));
    for words in ["居住证怎么办理", "在吗", "谢谢", "查进度"] {
        assert_eq!(
            talk.say(words),
            Outcome::Silent {
                reason: SilentReason::Held
            },
            "{words}"
        );
    }
    assert_eq!(talk.case(&id).transcript.len(), 5);
    // Danger is heard all the same.
    assert!(matches!(talk.say("楼下着火了快来人"), Outcome::Queued { case, .. } if case.id != id));
    // A claim that nobody keeps alive gives the talk back, and the engine says that it is the engine.
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    talk.engine.desk().claim(&id, &agent).unwrap().unwrap();
    talk.say("在吗");
    talk.later(16);
    let told = text(&talk.say("查进度"));
    assert!(told.starts_with("(工作人员暂时不在线"), "{told}");
    assert!(!text(&talk.say("查进度")).contains("暂时不在线"));
    drop(case);
}

#[test]
fn an_answer_is_judged_once_and_refusing_it_opens_the_same_case_again() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let arrived = talk.case(&id).arrived;
    talk.answer(&id);
    talk.later(60);
    assert!(matches!(talk.say("没解决"), Outcome::Queued { case, .. } if case.id == id));
    let case = talk.case(&id);
    assert_eq!(
        (case.state, case.arrived, talk.cases()),
        (State::Waiting, arrived, 1)
    );
    assert_eq!(case.handling.reopened, ["没解决"]);
    let owed = case.next_deadline().unwrap();
    assert_eq!(owed.history.started, Some(arrived), "counted from the arrival");

    talk.answer(&id);
    let thanks = talk.say("谢谢");
    assert_eq!(talk.case(&id).state, State::Answered, "thanks reopen nothing");
    assert_eq!(
        talk.say("谢谢"),
        Outcome::Silent {
            reason: SilentReason::Repeated
        }
    );
    assert!(matches!(thanks, Outcome::Replied(_)));
    talk.say("1");
    let case = talk.case(&id);
    assert_eq!(
        (case.state, case.handling.ending),
        (State::Closed, Some(Ending::Solved))
    );
    let closed = talk.engine.desk().close_as(&id, &Actor::Engine, Ending::Lapsed);
    assert!(closed.is_err());
}

#[test]
fn a_refused_automatic_answer_goes_to_a_person_with_the_first_message_and_its_time() {
    let mut talk = Talk::new(MORNING);
    let asked = talk.clock.now();
    assert!(matches!(talk.say(QUESTION), Outcome::Replied(_)));
    talk.later(90);
    let Outcome::Queued { case, .. } = talk.say("没解决") else {
        panic!("a person")
    };
    let case = talk.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    assert_eq!(talk.how(), Some(FollowedUp::Refused));

    // Confirmed, nothing is owed; lapsed, neither.
    let mut talk = Talk::new(MORNING);
    talk.say(QUESTION);
    assert!(text(&talk.say("解决了")).contains("感谢您的确认"));
    talk.say(QUESTION);
    talk.later(60 * 49);
    talk.say("没解决");
    assert_eq!(talk.how(), None);
}

#[test]
fn each_automatic_answer_stays_open_until_it_is_judged_or_lapses() {
    let mut talk = Talk::new(MORNING);
    let asked = talk.clock.now();
    talk.say(QUESTION);
    talk.later(60);
    talk.say("护照怎么办理");
    talk.later(60);
    // The last one is confirmed, and the one before is still open.
    assert!(text(&talk.say("解决了")).contains("感谢您的确认"));
    talk.later(60);
    let Outcome::Queued { case, .. } = talk.say("没解决") else {
        panic!("a person")
    };
    let case = talk.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    talk.later(60);
    talk.say("没解决");
    assert_eq!(talk.how(), Some(FollowedUp::Added), "nothing is left to judge");
    assert_eq!(talk.cases(), 1);

    // Who says so twice means the answer that they refused, not an older one.
    let mut talk = Talk::new(MORNING);
    talk.say(QUESTION);
    talk.say("护照怎么办理");
    talk.say("没解决");
    talk.later(41);
    talk.say("没解决");
    assert_eq!((talk.how(), talk.cases()), (Some(FollowedUp::Added), 1));

    // A case in between does not settle it either.
    let mut talk = Talk::new(MORNING);
    talk.say(QUESTION);
    let id = talk.open();
    talk.answer(&id);
    talk.later(60);
    talk.say("解决了");
    assert_eq!(talk.case(&id).handling.ending, Some(Ending::Solved));
    talk.later(60);
    talk.say("解决了");
    assert_eq!(talk.how(), Some(FollowedUp::Confirmed));

    // Each lapses by itself.
    let mut talk = Talk::new(MORNING);
    talk.say(QUESTION);
    talk.later(60 * 47);
    talk.say("护照怎么办理");
    talk.say("解决了");
    talk.later(60 * 2);
    talk.say("没解决");
    assert_eq!(talk.how(), None);
}

#[test]
fn who_asks_for_a_person_after_an_answer_and_says_nothing_else_means_what_was_answered() {
    let mut talk = Talk::new(MORNING);
    let asked = talk.clock.now();
    talk.say(QUESTION);
    talk.later(5);
    let Outcome::Queued { case, .. } = talk.say("人工!") else {
        panic!("a person")
    };
    let case = talk.case(&case.id);
    assert_eq!((case.text.as_str(), case.arrived), (QUESTION, asked));
    assert!(
        matches!(case.reasons.first(), Some(Reason::HandOff { .. })),
        "{:?}",
        case.reasons
    );

    // A person's answer is judged by it, too.
    let agent = AgentId::new("agent-1");
    let desk = talk.engine.desk();
    let token = desk
        .claim(&case.id, &agent)
        .unwrap()
        .unwrap()
        .claim
        .unwrap()
        .token;
    desk.answer(&case.id, &agent, &token, "请到派出所办理。").unwrap();
    talk.say("人工");
    assert_eq!(talk.how(), Some(FollowedUp::Unsolved));
    assert_eq!(talk.case(&case.id).state, State::Waiting);
    assert_eq!(talk.cases(), 1);
}

#[test]
fn a_case_that_was_closed_is_opened_again_by_a_bad_rating_and_never_by_thanks() {
    for ending in [Ending::Lapsed, Ending::Done] {
        let mut talk = Talk::new(MORNING);
        let id = talk.open();
        let agent = AgentId::new("agent-1");
        let desk = talk.engine.desk();
        let token = desk.claim(&id, &agent).unwrap().unwrap().claim.unwrap().token;
        desk.answer(&id, &agent, &token, "请联系城管局。").unwrap();
        desk.close_as(&id, &Actor::Engine, ending).unwrap();
        talk.later(60);
        talk.say("谢谢");
        assert_eq!(talk.case(&id).state, State::Closed, "thanks");
        talk.say("没解决");
        let case = talk.case(&id);
        assert_eq!(case.state, State::Waiting);
        assert_eq!(case.handling.reopened, ["没解决"]);
        assert_eq!(talk.cases(), 1, "not a new case");
    }
}

#[test]
fn two_bots_do_not_ping_pong() {
    let mut talk = Talk::new(MORNING);
    assert!(matches!(talk.say(QUESTION), Outcome::Replied(_)));
    assert!(text(&talk.say(QUESTION)).contains("没有解决您的问题吗"));
    for _ in 0..20 {
        assert_eq!(
            talk.say(QUESTION),
            Outcome::Silent {
                reason: SilentReason::Repeated
            }
        );
    }
    talk.later(11);
    assert!(matches!(talk.say(QUESTION), Outcome::Replied(_)));
}

#[test]
fn two_bots_do_not_take_turns_with_several_texts_either() {
    let mut talk = Talk::new(MORNING);
    let mut answered = 0;
    for _ in 0..20 {
        for words in [QUESTION, "护照怎么办理"] {
            answered += usize::from(talk.say(words).reply().is_some());
        }
    }
    // Each text twice, and once the question whether it did not help.
    assert_eq!(answered, 6);
    // Who asks the same again on another day is answered.
    talk.later(60 * 24);
    assert!(text(&talk.say(QUESTION)).contains("居住证"));
    talk.say("护照怎么办理");
    assert!(text(&talk.say(QUESTION)).contains("居住证"));

    // What a rule sends to a person is one case, however often it is said.
    let mut talk = Talk::new(MORNING);
    for _ in 0..20 {
        talk.say("我被人冒名登记了");
    }
    assert_eq!(talk.cases(), 1);
    talk.say("我弟弟也被人冒名登记了");
    assert_eq!(talk.cases(), 2);
}

#[test]
fn out_of_hours_the_citizen_hears_when_somebody_is_back() {
    let mut talk = Talk::new("2026-11-27T20:00+08:00");
    let told = text(&talk.say(NOISE));
    assert!(told.contains("11-30"), "{told}");
    let mut talk = Talk::new(MORNING);
    assert!(!text(&talk.say(NOISE)).contains("不是工作时间"));
}

#[test]
fn what_is_added_to_an_answered_case_opens_it_again() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    talk.answer(&id);
    talk.later(60);
    talk.say("再加一句,他们周末也在装修");
    assert_eq!(talk.how(), Some(FollowedUp::Unsolved));
    let case = talk.case(&id);
    assert_eq!((case.state, talk.cases()), (State::Waiting, 1));
    assert!(
        case.handling.reopened[0].contains("周末"),
        "{:?}",
        case.handling.reopened
    );
    talk.answer(&id);
    talk.say(&format!("{id} 的答复收到了,但是楼上还在装修"));
    assert_eq!((talk.case(&id).state, talk.cases()), (State::Waiting, 1));
    talk.answer(&id);
    talk.say("谢谢");
    assert_eq!(talk.case(&id).state, State::Answered);
}

#[test]
fn who_goes_on_with_a_case_hears_too_that_nobody_is_there() {
    let absent = |_: &DepartmentId| Availability::Unavailable { back: None };
    let mut talk = Talk::attended(MORNING, absent);
    let id = talk.open();
    assert!(text(&talk.say("再加一句,他们周末也在装修")).contains("不在线"));
    talk.answer(&id);
    talk.later(30);
    assert!(text(&talk.say("没解决")).contains("不在线"));
    talk.later(12 * 60);
    let evening = text(&talk.say("再加一句,还是没有人管"));
    assert!(evening.contains("不是工作时间"), "{evening}");
}

#[test]
fn when_nobody_is_there_the_citizen_hears_so_and_when_somebody_is_back() {
    let back = "2026-11-23T13:30+08:00".parse().unwrap();
    let absent = |back| Availability::Unavailable { back };
    let mut talk = Talk::attended(MORNING, move |_| absent(Some(back)));
    let told = text(&talk.say(NOISE));
    assert!(told.contains("不在线") && told.contains("13:30"), "{told}");

    // One that is not known, or has passed, is not told.
    for unknown in [None, Some(MORNING.parse().unwrap())] {
        let mut talk = Talk::attended(MORNING, move |_| absent(unknown));
        let told = text(&talk.say(NOISE));
        assert!(told.contains("不在线") && !told.contains("预计"), "{told}");
    }

    // Each department has agents of its own.
    let police = move |department: &DepartmentId| match department.as_str() {
        "police" => absent(None),
        _ => Availability::Available,
    };
    let mut talk = Talk::attended(MORNING, police);
    assert!(!text(&talk.say(NOISE)).contains("不在线"));
    assert!(text(&talk.say("我被人冒名登记了")).contains("不在线"));

    // Out of hours the office's opening is told, unless nobody is there even then.
    let evening = "2026-11-27T20:00+08:00";
    let mut talk = Talk::attended(evening, move |_| absent(None));
    assert!(text(&talk.say(NOISE)).contains("不是工作时间"));
    let tuesday = "2026-12-01T09:00+08:00".parse().unwrap();
    let mut talk = Talk::attended(evening, move |_| absent(Some(tuesday)));
    let told = text(&talk.say(NOISE));
    assert!(
        told.contains("12-01") && !told.contains("11-30 09:00上班"),
        "{told}"
    );
}

#[test]
fn a_redelivery_says_the_same_and_adds_nothing() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let message = Message::text("gov-wechat", "citizen-1", "again", "补充一下，是3号楼");
    let first = talk.engine.receive(message.clone()).unwrap();
    assert_eq!(talk.engine.receive(message).unwrap(), first);
    assert_eq!(talk.case(&id).transcript.len(), 1);
    let key = MessageKey::new("gov-wechat".into(), "citizen-1".into(), "again");
    assert_eq!(
        talk.engine.handled(&key).unwrap().unwrap().action,
        Action::FollowUp
    );
}

#[test]
fn the_talk_is_handed_back_by_command_by_closing_and_by_idle_time_and_says_so_once() {
    for way in ["command", "closing", "idle"] {
        let mut talk = Talk::new(MORNING);
        let id = talk.open();
        let agent = AgentId::new("agent-1");
        let desk = talk.engine.desk();
        let token = desk.claim(&id, &agent).unwrap().unwrap().claim.unwrap().token;
        assert!(text(&talk.say("在吗")).contains("工作人员正在办理"), "{way}");
        match way {
            "command" => drop(desk.release(&id, &agent, &token).unwrap()),
            "closing" => {
                desk.answer(&id, &agent, &token, "请联系城管局。").unwrap();
                desk.close(&id, &agent).unwrap();
            }
            _ => talk.later(16),
        }
        let told = text(&talk.say(QUESTION));
        assert!(told.starts_with("(工作人员暂时不在线"), "{way}: {told}");
        assert!(told.contains("到派出所办理居住证"), "{way}: {told}");
        for _ in 0..5 {
            talk.later(11);
            let told = text(&talk.say(QUESTION));
            assert!(!told.contains("暂时不在线"), "{way}: {told}");
        }
        // Nobody opened a case for it, and no message of the engine's brought the person back.
        assert_eq!(talk.cases(), 1, "{way}");
    }
}

#[test]
fn an_explanation_says_what_a_message_would_go_on_with() {
    let mut talk = Talk::new(MORNING);
    let explain = |talk: &Talk, citizen: &str, text: &str| {
        let message = Message::text("gov-wechat", citizen, "why", text);
        talk.engine.explain(&message).unwrap()
    };
    assert_eq!(explain(&talk, "citizen-1", "查进度").goes_on.unwrap().case, None);
    let id = talk.open();
    for (words, how) in [
        ("查进度", FollowedUp::Progress),
        ("补充一下,是3号楼", FollowedUp::Added),
        (&*format!("{id}"), FollowedUp::Progress),
    ] {
        let explained = explain(&talk, "citizen-1", words);
        let goes_on = explained.goes_on.clone().unwrap();
        assert_eq!((goes_on.how, goes_on.case.as_ref()), (how, Some(&id)), "{words}");
        let shown = explained.to_string();
        assert!(shown.contains(&format!("goes on    {how}: `{id}`")), "{shown}");
    }
    let other = explain(&talk, "citizen-2", &format!("查进度{id}"))
        .goes_on
        .unwrap();
    assert_eq!(other.case, None, "it is somebody else's");
    assert_eq!(explain(&talk, "citizen-1", QUESTION).goes_on, None);
    assert_eq!(talk.case(&id).transcript.len(), 0, "nothing is recorded");
}

#[test]
fn the_progress_of_a_joined_part_is_that_of_the_whole() {
    let mut talk = Talk::new(MORNING);
    let id = talk.open();
    let agent = AgentId::new("agent-1");
    let desk = talk.engine.desk();
    let token = desk.claim(&id, &agent).unwrap().unwrap().claim.unwrap().token;
    let matter = Matter {
        text: "噪声的部分".to_owned(),
        department: "police".into(),
        theme: None,
    };
    let part = desk.co_handle(&id, &agent, &token, &matter).unwrap();
    desk.release(&id, &agent, &token).unwrap();
    let told = text(&talk.say(&format!("查进度{}", part.id)));
    assert!(told.contains(&format!("受理编号:{id})")), "{told}");
    let told = text(&talk.say("查进度"));
    assert!(told.contains(&format!("受理编号:{id})")), "{told}");
}
