//! The number of round trips of each call.

use civic_reply::case::{Event, Priority, State};
use civic_reply::message::AgentId;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, Store};
use civic_reply::{Message, Outcome, PostgresStore};

use super::{LEASE, handling, next};
use crate::support::postgres::{Schema, server};
use crate::support::proxy::Proxy;
use crate::support::shipped;

#[test]
fn receiving_a_message_takes_two_round_trips_and_one_more_for_the_talk_before_a_case_or_a_queue_estimate() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (proxy, through) = Proxy::before(&url);
    let store = PostgresStore::connect_with(&through, schema.options()).unwrap();
    let engine = shipped::on(store).build().unwrap();
    proxy.take_counts();
    let say = |citizen: &str, id: &str, text: &str| {
        let message = Message::text("gov-wechat", citizen, id, text);
        let outcome = engine.receive(message).unwrap();
        (outcome, proxy.take_counts().0)
    };
    let (outcome, round_trips) = say("ann", "1", "社保卡密码忘了怎么办");
    assert!(matches!(outcome, Outcome::Replied(_)), "{outcome:?}");
    assert_eq!(round_trips, 2, "an automatic answer");
    let complaint = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管,请尽快处理";
    let (outcome, round_trips) = say("ann", "2", complaint);
    assert!(matches!(outcome, Outcome::Queued { .. }), "{outcome:?}");
    assert_eq!(round_trips, 3, "a case after an answer that nobody has rated");
    for (id, text) in [
        ("3", "补充一下,是3号楼"),
        ("4", "查进度"),
        ("5", "社保卡密码忘了怎么办"),
    ] {
        assert_eq!(say("ann", id, text).1, 2, "{text}");
    }
    assert_eq!(say("ann", "2", "").1, 1, "a redelivered message");
    let (desk, eve) = (engine.desk(), AgentId::new("eve"));
    let held = desk.claim_next(CaseFilter::default(), &eve).unwrap().unwrap();
    assert_eq!(proxy.take_counts().0, 2, "a claim");
    let token = held.claim.clone().unwrap().token;
    desk.claimed(&held.id, &eve, &token)
        .and_then(|case| case.answer("修好了"))
        .unwrap();
    assert_eq!(proxy.take_counts().0, 2, "an answer");
    assert_eq!(say("ann", "6", "1").1, 2, "a judgement");
    assert_eq!(desk.case(&held.id).unwrap().state, State::Closed);

    let mut rulebook = shipped::rulebook();
    for department in rulebook.departments.values_mut() {
        department.answers_a_day = Some(5);
    }
    engine.reload(rulebook).unwrap();
    proxy.take_counts();
    assert_eq!(say("bob", "1", complaint).1, 3, "a case with a queue estimate");
}

#[test]
fn each_single_call_takes_one_round_trip_and_a_claim_takes_two() {
    let Some(url) = server("CIVIC_REPLY_POSTGRES") else {
        return;
    };
    let schema = Schema::new(&url);
    let (proxy, through) = Proxy::before(&url);
    let store = PostgresStore::connect_with(&through, schema.options()).unwrap();
    proxy.take_counts();

    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    assert_eq!(store.handled(&case.key).unwrap(), None);
    let conversation = store.conversation(case.key.account(), case.key.sender()).unwrap();
    store.commit(handling(&case, conversation.clone())).unwrap();
    let (round_trips, statements) = proxy.take_counts();
    assert_eq!(
        round_trips, 3,
        "{statements} statements of a new citizen's message"
    );

    let mut again = sample::case("C-2", "ann", Priority::Normal, 10);
    again.key = sample::key("ann", "2");
    assert_eq!(store.handled(&again.key).unwrap(), None);
    let conversation = store.conversation(case.key.account(), case.key.sender()).unwrap();
    store.commit(handling(&again, conversation)).unwrap();
    assert_eq!(proxy.take_counts().0, 3, "a known citizen's message");
    let arrival = store.arrival(&again.key).unwrap();
    assert_eq!(arrival.cases.unwrap().len(), 2);
    assert_eq!(proxy.take_counts().0, 1, "reading everything for one message");

    assert!(store.handled(&case.key).unwrap().is_some());
    assert_eq!(proxy.take_counts().0, 1, "a redelivered message");

    let held = next(&store, "eve", LEASE).unwrap();
    assert_eq!(proxy.take_counts().0, 2, "a claim of the next case");
    let token = held.claim.clone().unwrap().token;
    assert!(store.renew(&held.id, &token, LEASE).unwrap().is_some());
    assert_eq!(proxy.take_counts().0, 2, "a renewal");
    assert!(store.claim(&held.id, &"fay".into(), LEASE).unwrap().is_none());
    assert_eq!(proxy.take_counts().0, 2, "a claim of a case that another holds");
    assert!(next(&store, "eve", LEASE).is_some());
    assert_eq!(proxy.take_counts().0, 2, "the last claim");
    assert!(next(&store, "eve", LEASE).is_none());
    assert_eq!(proxy.take_counts().0, 2, "a claim that finds nothing");

    let read = store.case(&held.id).unwrap().unwrap();
    let (answer, _) = sample::moving(
        &read,
        &[
            Event::Answered {
                text: "是".into(),
                facts: None,
            },
            Event::Closed,
        ],
    );
    store.commit(answer).unwrap();
    assert_eq!(proxy.take_counts().0, 2, "reading a case and answering it");
    store.cases(&CaseFilter::default()).unwrap();
    store.due(sample::at(60), 100).unwrap();
    assert_eq!(proxy.take_counts().0, 2, "a page of cases, and the due ones");
    let page = store.journal(None, 3).unwrap();
    assert_eq!(
        proxy.take_counts().0,
        2,
        "the journal, asking how far it is whole"
    );
    store.journal(page.next, 3).unwrap();
    assert_eq!(proxy.take_counts().0, 1, "the journal's next page");
    assert_eq!(proxy.connections(), 1, "one caller needs one connection");
}
