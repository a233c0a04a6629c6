//! Predicting the department when no rule matches: the theme decides, for every receiving account; in
//! doubt, the account's own department.

use civic_reply::reply::Reason;
use civic_reply::route::TrainingExample;
use civic_reply::{Case, Engine, ManualClock, MemoryStore, Message, Outcome};

use crate::support::shipped;

/// Too long for rules and FAQ: a person answers.
const BUS: &str = "昨天傍晚我在工业路口等108路公交车,等了快一个小时,车来了司机看见有人招手也不停站就直接开走了,\
    今天早上又是这样,司机态度还特别恶劣,骂了一位老人,希望有人能管一管公交车司机不停站的问题";
/// About nothing that an office handles.
const NOTHING: &str = "昨晚梦见一条很大的鲸鱼在云里游来游去,醒来以后一直在想它到底想告诉我什么,于是写了一首小诗,\
    第一句是月光落在鲸鱼的背上,第二句还没有想好,想请你们帮我把第二句补上,谢谢你们啦";

/// The closed cases of a city: each subject with each complaint.
fn closed() -> Vec<TrainingExample> {
    let transport = (
        "transport",
        [
            "12路公交车",
            "环城公交",
            "301路公交车",
            "火车站的出租车",
            "夜班公交车",
            "网约车",
        ],
        [
            "不停站就开走了",
            "司机态度恶劣骂人",
            "等了一个小时都没来",
            "绕路多收钱",
            "招手不停",
        ],
    );
    let education = (
        "education",
        ["三中", "实验小学", "二小", "双语幼儿园", "高级中学", "职业学校"],
        [
            "老师有偿补课",
            "食堂饭菜不卫生",
            "强制订教辅书",
            "分班不公平",
            "作业太多孩子睡不够",
        ],
    );
    let letters = [transport, education]
        .into_iter()
        .flat_map(|(department, subjects, troubles)| {
            subjects.into_iter().flat_map(move |subject| {
                troubles.map(|trouble| {
                    TrainingExample::new(format!("{subject}{trouble},希望有人管一管"), department.into())
                })
            })
        });
    letters.collect()
}

fn engine(closed: Vec<TrainingExample>) -> Engine {
    shipped::on(MemoryStore::new())
        .clock(ManualClock::new(shipped::at(shipped::MONDAY)))
        .learn_from(closed)
        .build()
        .unwrap()
}

fn case_of(engine: &Engine, account: &str, text: &str) -> Case {
    // A different citizen at each account: one citizen asking several would have one case.
    let message = Message::text(account, format!("citizen of {account}"), "1", text);
    let Outcome::Queued { case, .. } = engine.receive(message).unwrap() else {
        panic!("expected a case");
    };
    engine.desk().case(&case.id).unwrap()
}

#[test]
fn the_department_is_the_same_for_every_receiving_account() {
    let engine = engine(closed());
    for account in ["gov-wechat", "hrss-wechat", "police-wechat"] {
        let case = case_of(&engine, account, BUS);
        assert_eq!(
            case.department.as_str(),
            "transport",
            "{account}: {:?}",
            case.reasons
        );
        assert_eq!(case.key.account().as_str(), account, "the account is recorded");
        let routed = case.reasons.iter().find_map(|reason| match reason {
            Reason::Routed {
                department,
                probability,
                threshold,
                ..
            } => Some((department, probability, threshold)),
            _ => None,
        });
        let (department, probability, threshold) = routed.unwrap_or_else(|| panic!("{:?}", case.reasons));
        assert_eq!(department.as_str(), "transport");
        assert!(probability >= threshold, "{probability} {threshold}");
        let handled = engine.handled(&case.key).unwrap().unwrap();
        assert_eq!(handled.reasons, case.reasons, "the record says why");
    }
}

#[test]
fn in_doubt_the_accounts_own_department_gets_the_case() {
    let engine = engine(closed());
    for (account, desk) in [
        ("gov-wechat", "service-centre"),
        ("hrss-wechat", "hrss"),
        ("police-wechat", "police"),
    ] {
        let case = case_of(&engine, account, NOTHING);
        assert_eq!(case.department.as_str(), desk, "{:?}", case.reasons);
        let unsure = |reason: &Reason| matches!(reason, Reason::RouteUnsure { .. });
        assert!(case.reasons.iter().any(unsure), "{:?}", case.reasons);
    }
}

#[test]
fn an_explanation_names_the_predicted_department() {
    let engine = engine(closed());
    let explain = |text| {
        let message = Message::text("hrss-wechat", "citizen", "1", text);
        engine.explain(&message).unwrap().to_string()
    };
    assert!(explain(BUS).contains("routed to `transport`"), "{}", explain(BUS));
    assert!(
        explain(NOTHING).contains("department not sure"),
        "{}",
        explain(NOTHING)
    );
}

#[test]
fn closed_cases_of_a_removed_department_are_not_learnt_from() {
    let gone = closed().into_iter().map(|lesson| TrainingExample {
        department: "abolished".into(),
        ..lesson
    });
    let case = case_of(&engine(gone.collect()), "hrss-wechat", BUS);
    let without = case_of(&engine(Vec::new()), "hrss-wechat", BUS);
    assert_eq!(case.department, without.department);
    assert_eq!(case.reasons, without.reasons);
}

#[test]
fn emergencies_are_not_routed_by_prediction() {
    let engine = engine(closed());
    let case = case_of(&engine, "hrss-wechat", &format!("车上着火了!{BUS}"));
    assert_eq!(
        case.department.as_str(),
        "hrss",
        "the account's own desk sees it at once"
    );
}
