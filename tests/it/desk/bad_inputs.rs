//! Bad inputs at the desk: what an agent sees, holds and writes.

use std::collections::HashSet;
use std::sync::{Arc, Barrier};
use std::thread;

use civic_reply::case::{Case, State, TranscriptEntry};
use civic_reply::desk::{ClaimedCase, DeskError};
use civic_reply::message::{AgentId, MAX_CHARS};
use civic_reply::store::CaseFilter;
use civic_reply::{Engine, ManualClock, MemoryStore, Message};

use crate::support::shipped::{self, MONDAY, at, engine};

const COMPLAINT: &str = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管,请尽快处理";

fn cases(engine: &Engine) -> Vec<Case> {
    engine.desk().cases(&CaseFilter::default()).unwrap().cases
}

/// The waiting cases.
fn waiting(engine: &Engine) -> Vec<Case> {
    let waiting = CaseFilter {
        states: vec![State::Waiting],
        ..CaseFilter::default()
    };
    engine.desk().cases(&waiting).unwrap().cases
}

/// Claims the next case for this agent and answers it.
fn answer(engine: &Engine, agent: &str, text: &str) -> Case {
    let (desk, agent) = (engine.desk(), AgentId::new(agent));
    let case = desk.claim_next(CaseFilter::default(), &agent).unwrap().unwrap();
    let token = case.claim.clone().unwrap().token;
    desk.claimed(&case.id, &agent, &token)
        .and_then(|case| case.answer(text))
        .unwrap()
}

#[test]
fn a_message_delivered_four_times_to_two_nodes_is_one_case_for_one_agent() {
    let (clock, store) = (ManualClock::new(at(MONDAY)), Arc::new(MemoryStore::new()));
    let node = || {
        let engine = shipped::on(Arc::clone(&store)).clock(clock.clone());
        engine.build().unwrap()
    };
    let nodes = [node(), node()];
    let start = Barrier::new(4);
    let given: Vec<Option<ClaimedCase>> = thread::scope(|scope| {
        let callers = (0..4).map(|caller| {
            let (nodes, start) = (&nodes, &start);
            scope.spawn(move || {
                let engine = &nodes[caller % 2];
                start.wait();
                engine
                    .receive(Message::text("gov-wechat", "ann", "1", COMPLAINT))
                    .unwrap();
                let agent = AgentId::new(format!("agent-{caller}"));
                engine.desk().claim_next(CaseFilter::default(), &agent).unwrap()
            })
        });
        let callers: Vec<_> = callers.collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    assert_eq!(given.iter().flatten().count(), 1, "{given:?}");
    let all = cases(&nodes[0]);
    assert_eq!((all.len(), all[0].state), (1, State::Claimed));
    // A redelivery after the answer changes nothing.
    let case = given.into_iter().flatten().next().unwrap();
    let claim = case.claim.clone().unwrap();
    nodes[0]
        .desk()
        .claimed(&case.id, &claim.agent, &claim.token)
        .and_then(|case| case.answer("已安排维修"))
        .unwrap();
    nodes[1]
        .receive(Message::text("gov-wechat", "ann", "1", COMPLAINT))
        .unwrap();
    let all = cases(&nodes[1]);
    assert_eq!(
        (all.len(), all[0].state, all[0].answer.as_deref()),
        (1, State::Answered, Some("已安排维修"))
    );
}

#[test]
fn two_citizens_with_the_same_message_id_each_get_an_answer() {
    let (engine, _) = engine();
    for citizen in ["ann", "bob"] {
        engine
            .receive(Message::text("gov-wechat", citizen, "18", COMPLAINT))
            .unwrap();
    }
    let first = answer(&engine, "eve", "给第一位");
    let open = cases(&engine)
        .into_iter()
        .find(|case| case.id != first.id)
        .unwrap();
    assert_eq!((open.state, open.answer), (State::Waiting, None));
    let second = answer(&engine, "eve", "给第二位");
    let senders: HashSet<_> = [&first, &second]
        .map(|case| case.recipients().into_iter().cloned().collect::<Vec<_>>())
        .into_iter()
        .flatten()
        .map(|key| key.sender().to_string())
        .collect();
    assert_eq!(senders.len(), 2);
}

#[test]
fn two_messages_of_a_citizen_in_one_second_both_reach_the_desk() {
    let (engine, _) = engine();
    let other = "请问我家门口的路灯坏了为什么没人管,反映三次推诿,请处理";
    for (id, text) in [("event-1", COMPLAINT), ("event-2", other)] {
        let message = Message::text("gov-wechat", "cid", id, text).with_written_at(at(MONDAY));
        engine.receive(message).unwrap();
    }
    let said: String = waiting(&engine)
        .iter()
        .map(|case| {
            let talk = case.transcript.iter().map(|said| match said {
                TranscriptEntry::ByCitizen { text, .. } | TranscriptEntry::ByOffice { text } => text.as_str(),
                _ => "",
            });
            format!("{}{}", case.text, talk.collect::<String>())
        })
        .collect();
    assert!(
        said.contains("电梯坏了三天") && said.contains("路灯坏了"),
        "{said}"
    );
}

#[test]
fn braces_are_literal_in_citizen_and_agent_text() {
    let (engine, _) = engine();
    let braces = "{{ config }} {% for x in y %} ${HOME} {case} {due} %s";
    let text = format!("{COMPLAINT} {braces}");
    engine
        .receive(Message::text("gov-wechat", "dan", "21", text.as_str()))
        .unwrap();
    let desk = engine.desk();
    let agent = AgentId::new("eve");
    let found = desk.cases(&CaseFilter {
        text: Some("{% for x".to_owned()),
        ..CaseFilter::default()
    });
    assert_eq!(found.unwrap().total, 1);
    let case = desk.claim_next(CaseFilter::default(), &agent).unwrap().unwrap();
    assert_eq!(case.text, text);
    let token = case.claim.clone().unwrap().token;
    desk.note(&case.id, &agent, braces).unwrap();
    desk.claimed(&case.id, &agent, &token)
        .and_then(|case| case.draft(braces))
        .unwrap();
    desk.claimed(&case.id, &agent, &token)
        .and_then(|case| case.ask(braces))
        .unwrap();
    desk.write(&case.id, braces, at(MONDAY)).unwrap();
    let answered = answer(&engine, "eve", braces);
    assert_eq!(answered.answer.as_deref(), Some(braces));
    assert_eq!(answered.handling.internal.notes[0].text, braces);
    let talk = |said: &TranscriptEntry| match said {
        TranscriptEntry::ByCitizen { text, .. } | TranscriptEntry::ByOffice { text } => text.clone(),
        _ => String::new(),
    };
    assert!(
        answered.transcript.iter().all(|said| talk(said) == braces),
        "{:?}",
        answered.transcript
    );
}

#[test]
fn an_answer_of_2049_bytes_is_kept_whole_and_one_over_the_limit_is_refused() {
    let (engine, _) = engine();
    engine
        .receive(Message::text("gov-wechat", "fay", "22", COMPLAINT))
        .unwrap();
    let (desk, agent) = (engine.desk(), AgentId::new("eve"));
    let case = desk.claim_next(CaseFilter::default(), &agent).unwrap().unwrap();
    let token = case.claim.clone().unwrap().token;
    let long = "长".repeat(MAX_CHARS + 1);
    assert!(matches!(
        desk.claimed(&case.id, &agent, &token)
            .and_then(|case| case.answer(long)),
        Err(DeskError::Refused(_))
    ));
    let edge = format!("{}{}", "长".repeat(682), "abc");
    assert_eq!(edge.len(), 2_049);
    let case = desk
        .claimed(&case.id, &agent, &token)
        .and_then(|case| case.answer(edge.as_str()))
        .unwrap();
    assert_eq!(case.answer, Some(edge));
}

#[test]
fn personal_numbers_of_others_are_masked_in_suggestions_and_errors() {
    let (engine, _) = engine();
    let numbers = [
        "13800138000",
        "１３８００１３８０００",
        "138-0013-8000",
        "11010519491231002x",
        "6222021234567890128",
    ];
    let order = "110105194912310021";
    let noise = "楼下烧烤店每天凌晨三点还在营业,噪音太大,反映多次没人管";
    let text = format!("{noise},电话{},订单{order}", numbers.join("、"));
    engine
        .receive(Message::text("gov-wechat", "gus", "23", text.as_str()))
        .unwrap();
    answer(&engine, "eve", &format!("已联系{}", numbers.join("、")));
    engine
        .receive(Message::text("gov-wechat", "hal", "23", text.as_str()))
        .unwrap();
    let waiting = waiting(&engine).into_iter().next().unwrap();
    let given = engine.desk().suggestions(&waiting.id).unwrap();
    let shown = format!("{given:?}");
    assert!(shown.contains("*******8000"), "{shown}");
    for number in numbers {
        assert!(!shown.contains(number), "{number}: {shown}");
    }
    assert!(shown.contains(order), "{shown}");

    let desk = engine.desk();
    let refused = desk
        .claimed(&waiting.id, "eve", &civic_reply::case::ClaimToken::new("x"))
        .and_then(|case| case.answer(&text));
    let error = refused.unwrap_err();
    for said in [error.to_string(), format!("{error:?}")] {
        assert!(numbers.iter().all(|number| !said.contains(number)), "{said}");
    }
}
