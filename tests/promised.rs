//! The time that a citizen is promised when the queue is long.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "rulebook/base.rs"]
#[allow(dead_code, reason = "each test file uses its part")]
mod base;

use civic_reply::case::{ClockKind, Deadline};
use civic_reply::message::AgentId;
use civic_reply::{Case, Engine, ManualClock, MemoryStore, Message, Outcome};

/// A Monday morning, an hour after the office has opened.
const MORNING: &str = "2026-11-23T10:00+08:00";
const NOISE: &str =
    "我家楼上每天半夜装修,物业说不归他们管,找过居委会也没有用,请问这件事情到底归哪个部门来处理呢";
const FIRE: &str = "楼下着火了";

/// An office that answers two cases a day, with the texts of letters or without.
fn office(letters: bool) -> Engine {
    let desk = "name = \"政务服务中心\"\n";
    let office = base::OFFICE.replace(desk, &format!("{desk}answers_a_day = 2\n"));
    let texts = match letters {
        true => include_str!("../rules/letters.toml"),
        false => "",
    };
    let rulebook = base::load([("office.toml", office.as_str()), ("letters.toml", texts)]);
    let clock = ManualClock::new(MORNING.parse().unwrap());
    let engine = Engine::builder(rulebook.unwrap(), MemoryStore::new()).clock(clock);
    engine.build().unwrap()
}

fn ask(engine: &Engine, citizen: usize, text: &str) -> (String, Case) {
    let message = Message::text("gov-wechat", format!("citizen-{citizen}"), "1", text);
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("a person answers")
    };
    (reply.text().to_owned(), engine.desk().case(&case.id).unwrap())
}

fn due(case: &Case, clock: ClockKind) -> Option<String> {
    let mut deadlines = case.deadlines.iter();
    let found: Option<&Deadline> = deadlines.find(|deadline| deadline.clock == clock);
    found.map(|deadline| deadline.due.zoned().strftime("%m-%d %H:%M").to_string())
}

#[test]
fn who_stands_behind_many_is_promised_the_day_of_their_turn_and_is_owed_the_same_as_all() {
    let engine = office(true);
    let turns = [
        "11-24", "11-24", "11-25", "11-25", "11-26", "11-26", "11-27", "11-27", "11-30",
    ];
    for (citizen, day) in turns.into_iter().enumerate() {
        let (told, case) = ask(&engine, citizen, NOISE);
        let until = format!("{day} 17:30");
        assert!(told.contains(&until), "citizen {citizen}: {told}");
        assert_eq!(due(&case, ClockKind::Promise), Some(until), "citizen {citizen}");
        assert_eq!(due(&case, ClockKind::FirstReply).as_deref(), Some("11-24 17:30"));
    }
    // In danger nobody waits for a turn.
    let (told, case) = ask(&engine, 99, FIRE);
    assert!(!told.contains("11-"), "{told}");
    assert_eq!(due(&case, ClockKind::Promise), None);

    // What is answered stands before nobody. The urgent case waits as well.
    let (desk, agent) = (engine.desk(), AgentId::new("eve"));
    for _ in 0..9 {
        let case = desk
            .claim_next(civic_reply::store::CaseFilter::default(), &agent)
            .unwrap()
            .unwrap();
        let token = case.claim.unwrap().token;
        desk.answer(&case.id, &agent, &token, "已安排人员上门。").unwrap();
    }
    let (told, _) = ask(&engine, 100, NOISE);
    assert!(told.contains("11-24 17:30"), "{told}");
}

#[test]
fn without_letters_nothing_is_told_that_nobody_watches() {
    let engine = office(false);
    for citizen in 0..5 {
        let (told, _) = ask(&engine, citizen, NOISE);
        assert!(told.contains("11-24 17:30"), "{told}");
    }
}
