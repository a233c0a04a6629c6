//! The time promised to a citizen when the queue is long.

use civic_reply::case::{ClockKind, Deadline};
use civic_reply::message::AgentId;
use civic_reply::{Case, Engine, ManualClock, MemoryStore, Message, Outcome};

use crate::support::small_rulebook;

/// A Monday morning, an hour after the office has opened.
const MORNING: &str = "2026-11-23T10:00+08:00";
const NOISE: &str =
    "我家楼上每天半夜装修,物业说不归他们管,找过居委会也没有用,请问这件事情到底归哪个部门来处理呢";
const FIRE: &str = "楼下着火了";

/// An office that answers two cases a day, with or without letter texts.
fn office(letters: bool) -> Engine {
    let desk = "name = \"政务服务中心\"\n";
    let office = small_rulebook::OFFICE.replace(desk, &format!("{desk}answers_a_day = 2\n"));
    let texts = match letters {
        true => include_str!("../../../rules/letters.toml"),
        false => "",
    };
    let rulebook = small_rulebook::load([("office.toml", office.as_str()), ("letters.toml", texts)]);
    let clock = ManualClock::new(MORNING.parse().unwrap());
    let engine = Engine::builder(rulebook.unwrap(), MemoryStore::new()).clock(clock);
    engine.build().unwrap()
}

fn ask(engine: &Engine, citizen: usize, text: &str) -> (String, Case) {
    let message = Message::text("gov-wechat", format!("citizen-{citizen}"), "1", text);
    let Outcome::Queued { reply, case } = engine.receive(message).unwrap() else {
        panic!("expected a case")
    };
    (reply.text().to_owned(), engine.desk().case(&case.id).unwrap())
}

fn due(case: &Case, clock: ClockKind) -> Option<String> {
    let mut deadlines = case.deadlines.iter();
    let found: Option<&Deadline> = deadlines.find(|deadline| deadline.clock == clock);
    found.map(|deadline| deadline.due.zoned().strftime("%m-%d %H:%M").to_string())
}

#[test]
fn behind_a_long_queue_the_promise_names_a_later_day_and_the_deadline_stays_the_same() {
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
    // An urgent case does not wait for its turn.
    let (told, case) = ask(&engine, 99, FIRE);
    assert!(!told.contains("11-"), "{told}");
    assert_eq!(due(&case, ClockKind::Promise), None);

    // Answered cases are not ahead in the queue. The urgent case waits as well.
    let (desk, agent) = (engine.desk(), AgentId::new("eve"));
    for _ in 0..9 {
        let case = desk
            .claim_next(civic_reply::store::CaseFilter::default(), &agent)
            .unwrap()
            .unwrap();
        let token = case.claim.clone().unwrap().token;
        desk.claimed(&case.id, &agent, &token)
            .and_then(|case| case.answer("已安排人员上门。"))
            .unwrap();
    }
    let (told, _) = ask(&engine, 100, NOISE);
    assert!(told.contains("11-24 17:30"), "{told}");
}

#[test]
fn without_letters_no_promise_is_made() {
    let engine = office(false);
    for citizen in 0..5 {
        let (told, _) = ask(&engine, citizen, NOISE);
        assert!(told.contains("11-24 17:30"), "{told}");
    }
}
