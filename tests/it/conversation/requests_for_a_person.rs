//! Requests for a person. The words of the request say nothing about the matter.

use civic_reply::{MemoryStore, Message, Outcome};

use crate::support::shipped;

/// The department of the case that each text opens as the first message of a citizen.
fn departments(texts: &[&str]) -> Vec<String> {
    let engine = shipped::on(MemoryStore::new()).build().unwrap();
    let departments = texts.iter().enumerate().map(|(n, text)| {
        let message = Message::text("gov-wechat", format!("citizen-{n}"), "1", *text);
        match engine.receive(message).unwrap() {
            Outcome::Queued { case, .. } => case.department.as_str().to_owned(),
            other => panic!("{text}: {other:?}"),
        }
    });
    departments.collect()
}

#[test]
fn a_bare_request_for_a_person_goes_to_the_accounts_own_desk() {
    let texts = [
        "人工",
        "转人工",
        "人工服务",
        "我要人工",
        "请转人工，谢谢",
        "你好，我要找人工客服",
        "人工！人工！我要转人工",
        "转人工 转人工 转人工",
    ];
    let own = shipped::rulebook().office.department;
    for (text, department) in texts.iter().zip(departments(&texts)) {
        assert_eq!(department, own.as_str(), "{text}");
    }
}

#[test]
fn a_request_for_a_person_with_a_matter_goes_to_the_department_of_the_matter() {
    let matter = "身份证丢了怎么补办";
    let texts = [
        format!("转人工，{matter}"),
        format!("{matter}，转人工"),
        format!("我要人工，{matter}，请转人工"),
    ];
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let own = shipped::rulebook().office.department;
    let found = departments(&texts);
    assert!(
        found.iter().all(|department| *department != own.as_str()),
        "{found:?}"
    );
    assert!(found.windows(2).all(|pair| pair[0] == pair[1]), "{found:?}");
}
