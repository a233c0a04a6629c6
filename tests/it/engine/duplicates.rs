//! One citizen who asks several accounts the same question: one case, and an answer from each account.

use civic_reply::case::{Event, State};
use civic_reply::message::CitizenId;
use civic_reply::reply::Reason;
use civic_reply::store::CaseFilter;
use civic_reply::{Case, CaseId, Clock as _, Engine, ManualClock, MemoryStore, Message, Outcome, Rulebook};
use jiff::SignedDuration;

use crate::support::small_rulebook;

const MATTER: &str = "我们小区3栋的电梯坏了三天没有人来修,物业一直推来推去,老人下不了楼,\
    打了很多次电话都说在等配件,请你们帮忙催一下物业,让电梯尽快恢复运行,不要再拖下去了";
const DOORS: [&str; 3] = ["gov-wechat", "hrss-wechat", "police-wechat"];

const MONDAY: &str = "2026-11-23T10:00+08:00";

/// A small office with three accounts.
fn office() -> Rulebook {
    let third = "[[account]]\nid = \"hrss-wechat\"\nname = \"人社服务号\"\n";
    small_rulebook::load([("office.toml", small_rulebook::OFFICE), ("third.toml", third)]).unwrap()
}

struct City {
    engine: Engine,
    clock: ManualClock,
}

impl City {
    fn new(same_person: bool) -> Self {
        let clock = ManualClock::new(MONDAY.parse().unwrap());
        let mut builder = Engine::builder(office(), MemoryStore::new())
            .clock(clock.clone())
            .check_examples(false);
        if same_person {
            builder = builder.same_person(|_, id| {
                let (person, _) = id.as_str().split_once('@').unwrap_or((id.as_str(), ""));
                DOORS
                    .map(|door| CitizenId::new(format!("{person}@{door}")))
                    .to_vec()
            });
        }
        let engine = builder.build().unwrap();
        Self { engine, clock }
    }

    fn ask(&self, account: &str, citizen: &str, text: &str) -> CaseId {
        let id = format!("{}", self.clock.now().as_millisecond());
        self.clock.set(self.clock.now() + SignedDuration::from_mins(1));
        match self
            .engine
            .receive(Message::text(account, citizen, id, text))
            .unwrap()
        {
            Outcome::Queued { case, .. } => case.id,
            other => panic!("{other:?}"),
        }
    }

    fn open(&self) -> Vec<Case> {
        let page = self.engine.desk().cases(&CaseFilter::default()).unwrap();
        page.cases
            .into_iter()
            .filter(|case| !case.state.is_over())
            .collect()
    }
}

fn doors(case: &Case) -> Vec<(&str, &str)> {
    let keys = case.recipients().into_iter();
    keys.map(|key| (key.account().as_str(), key.sender().as_str()))
        .collect()
}

#[test]
fn the_same_question_to_three_accounts_is_one_case_answered_by_each() {
    let city = City::new(false);
    let told: Vec<_> = DOORS.map(|door| city.ask(door, "ann", MATTER)).to_vec();
    assert!(
        told.iter().all(|id| *id == told[0]),
        "all replies give one case number: {told:?}"
    );
    let open = city.open();
    let [case] = open.as_slice() else {
        panic!("{open:?}")
    };
    assert_eq!(doors(case), DOORS.map(|door| (door, "ann")));

    // One answer serves all of them.
    let desk = city.engine.desk();
    let agent = civic_reply::message::AgentId::new("eve");
    let token = desk.claim(&case.id, &agent).unwrap().unwrap().token().clone();
    let answered = desk
        .claimed(&case.id, &agent, &token)
        .and_then(|case| case.answer("电梯已修好。"))
        .unwrap();
    assert_eq!(answered.state, State::Answered);
    let letters = answered.handling.contact.letters.iter();
    let to: Vec<_> = letters
        .map(|letter| answered.addressee(letter).unwrap().account().as_str())
        .collect();
    assert_eq!(to, DOORS, "each account sends a letter");
    assert_eq!(city.open().len(), 1);
}

#[test]
fn the_journal_records_which_case_a_duplicate_joined() {
    let city = City::new(false);
    let first = city.ask("gov-wechat", "ann", MATTER);
    let second = Message::text("hrss-wechat", "ann", "again", MATTER);
    let Outcome::Queued { reply, case } = city.engine.receive(second.clone()).unwrap() else {
        panic!()
    };
    assert_eq!(case.id, first);
    assert!(reply.to_string().contains(first.as_str()), "{reply}");
    let handled = city.engine.handled(second.key()).unwrap().unwrap();
    assert!(
        handled
            .reasons
            .contains(&Reason::SameMatter { case: first.clone() })
    );
    // Replaying the journal gives both cases.
    let cases = city.engine.desk().cases(&CaseFilter::default()).unwrap().cases;
    assert_eq!(cases.len(), 2);
    let page = city.engine.store().journal(None, 100).unwrap();
    let journal: Vec<_> = page.records.into_iter().map(|(_, record)| record).collect();
    for case in cases {
        let records = journal
            .iter()
            .filter(|record| record.case.as_ref() == Some(&case.id));
        let events = records.map(|record| &record.event);
        let mut events = events.filter(|event| !matches!(event, Event::Handled { .. }));
        let Some(Event::Opened { case: opened }) = events.next() else {
            panic!()
        };
        assert_eq!(events.fold((**opened).clone(), Case::apply), case);
    }
}

#[test]
fn a_citizen_known_by_different_ids_to_each_account_is_recognised() {
    let city = City::new(true);
    for door in DOORS {
        city.ask(door, &format!("ann@{door}"), MATTER);
    }
    let open = city.open();
    assert_eq!(open.len(), 1);
    assert_eq!(doors(&open[0]).len(), 3);

    let strangers = City::new(false);
    for door in DOORS {
        strangers.ask(door, &format!("ann@{door}"), MATTER);
    }
    assert_eq!(
        strangers.open().len(),
        3,
        "the accounts do not know that they are one citizen"
    );
}

#[test]
fn another_citizen_matter_number_or_day_opens_a_separate_case() {
    let other_number = MATTER.replace("3栋", "5栋");
    let other = "昨天傍晚我在工业路口等车,等了快一个小时,司机看见有人招手也不停站就直接开走了,今天早上又是这样,\
        司机态度还特别恶劣,希望有人能管一管这件事情,谢谢";
    for (citizen, text, hours) in [
        ("bob", MATTER, 0),
        ("ann", other_number.as_str(), 0),
        ("ann", other, 0),
        ("ann", MATTER, 25),
    ] {
        let city = City::new(false);
        city.ask("gov-wechat", "ann", MATTER);
        city.clock
            .set(city.clock.now() + SignedDuration::from_hours(hours));
        city.ask("hrss-wechat", citizen, text);
        assert_eq!(city.open().len(), 2, "{citizen} {hours} {text}");
    }
}

#[test]
fn answered_cases_and_emergencies_are_never_joined() {
    let city = City::new(false);
    let first = city.ask("gov-wechat", "ann", MATTER);
    let desk = city.engine.desk();
    let agent = civic_reply::message::AgentId::new("eve");
    let token = desk.claim(&first, &agent).unwrap().unwrap().token().clone();
    desk.claimed(&first, &agent, &token)
        .and_then(|case| case.answer("电梯已修好。"))
        .unwrap();
    assert_ne!(city.ask("hrss-wechat", "ann", MATTER), first);

    let danger = format!("着火了!{MATTER}");
    let one = city.ask("gov-wechat", "ann", &danger);
    assert_ne!(city.ask("hrss-wechat", "ann", &danger), one);
}

#[test]
fn an_account_that_received_the_question_twice_sends_one_answer() {
    let city = City::new(false);
    for door in ["gov-wechat", "hrss-wechat", "hrss-wechat"] {
        city.ask(door, "ann", MATTER);
    }
    let open = city.open();
    assert_eq!(open.len(), 1);
    assert_eq!(doors(&open[0]).len(), 3);
    let desk = city.engine.desk();
    let agent = civic_reply::message::AgentId::new("eve");
    let token = desk.claim(&open[0].id, &agent).unwrap().unwrap().token().clone();
    let answered = desk
        .claimed(&open[0].id, &agent, &token)
        .and_then(|case| case.answer("电梯已修好。"))
        .unwrap();
    let letters = answered.handling.contact.letters.iter();
    let to: Vec<_> = letters
        .map(|letter| answered.addressee(letter).unwrap().account().as_str())
        .collect();
    assert_eq!(to, ["gov-wechat", "hrss-wechat"]);
}
