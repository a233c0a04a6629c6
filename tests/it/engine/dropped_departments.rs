//! No case stays where no agent looks: unknown departments are refused, and so is a reload that drops the
//! department of an open case.

use civic_reply::case::State;
use civic_reply::desk::{DeskError, Matter, Transfer};
use civic_reply::engine::{BuildError, CaseMoves, DroppedKind};
use civic_reply::store::CaseFilter;
use civic_reply::workflow::CommandError;
use civic_reply::{CaseId, Engine, MemoryStore, Message, Outcome, Rulebook};

use crate::support::shipped::at;
use crate::support::small_rulebook::{self, OFFICE};

/// An office with a second theme and department.
const MORE: &str = r#"
[[department]]
id = "fund"
name = "公积金中心"

[[theme]]
id = "housing-fund"
name = "公积金"
department = "fund"

[[rule]]
id = "fund"
theme = "housing-fund"
when = { any = ["公积金"] }
escalate = { department = "fund" }
examples = ["公积金提取被拒了"]
"#;

fn rulebook(text: &str) -> Rulebook {
    let words = include_str!("../../../rules/follow_up.toml");
    small_rulebook::load([("office.toml", text), ("follow_up.toml", words)])
        .unwrap_or_else(|found| panic!("{found}"))
}

fn engine(text: &str) -> (Engine, civic_reply::ManualClock) {
    let clock = civic_reply::ManualClock::new(at("2026-11-23T10:00+08:00"));
    let engine = Engine::builder(rulebook(text), MemoryStore::new()).clock(clock.clone());
    (engine.build().unwrap(), clock)
}

fn open(engine: &Engine, citizen: &str) -> CaseId {
    let message = Message::text("gov-wechat", citizen, "1", "公积金提取被拒了");
    match engine.receive(message).unwrap() {
        Outcome::Queued { case, .. } => case.id,
        other => panic!("{other:?}"),
    }
}

fn transfer(to: &str, theme: Option<&str>) -> Transfer {
    Transfer {
        to: to.into(),
        theme: theme.map(Into::into),
        reason: "不属于我们".to_owned(),
        complex: false,
    }
}

#[test]
fn a_case_is_given_to_no_department_and_no_theme_that_the_rulebook_does_not_have() {
    let (engine, _) = engine(&format!("{OFFICE}{MORE}"));
    let desk = engine.desk();
    let id = open(&engine, "ann");
    let case = desk.claim(&id, "eve").unwrap().unwrap();
    let matter = |department: &str, theme: Option<&str>| Matter {
        text: "另一件事".to_owned(),
        department: department.into(),
        theme: theme.map(Into::into),
    };
    let unknown_department: [Result<(), DeskError>; 3] = [
        case.transfer(transfer("nobody", None)).map(drop),
        case.split(&matter("nobody", None)).map(drop),
        case.co_handle(&matter("nobody", None)).map(drop),
    ];
    for refused in unknown_department {
        let Err(DeskError::Refused(error @ CommandError::UnknownDepartment(_))) = refused else {
            panic!("{refused:?}");
        };
        assert!(error.to_string().contains("nobody"), "{error}");
    }
    for refused in [
        case.transfer(transfer("police", Some("nothing"))).map(drop),
        case.split(&matter("police", Some("nothing"))).map(drop),
    ] {
        assert!(
            matches!(refused, Err(DeskError::Refused(CommandError::UnknownTheme(_)))),
            "{refused:?}"
        );
    }
    let decided = desk.decide(&id, "chief", &"nobody".into(), None, "我决定");
    assert!(
        matches!(
            decided,
            Err(DeskError::Refused(CommandError::UnknownDepartment(_)))
        ),
        "{decided:?}"
    );
    assert_eq!(desk.case(&id).unwrap().state, State::Claimed);
    case.transfer(transfer("police", Some("household"))).unwrap();
}

#[test]
fn a_reload_that_drops_what_open_cases_have_names_it_and_changes_nothing() {
    let (engine, _) = engine(&format!("{OFFICE}{MORE}"));
    for citizen in ["ann", "bob"] {
        open(&engine, citizen);
    }
    let before = engine.rulebook_version();
    let Err(BuildError::OpenCases(found)) = engine.reload(rulebook(OFFICE)) else {
        panic!("the reload drops a department with open cases");
    };
    let found: Vec<_> = found
        .iter()
        .map(|one| (one.kind, one.id.as_str(), one.cases))
        .collect();
    assert_eq!(
        found,
        [
            (DroppedKind::Department, "fund", 2),
            (DroppedKind::Theme, "housing-fund", 2)
        ]
    );
    assert_eq!(engine.rulebook_version(), before);

    // A successor that the new rulebook does not have is none.
    let nowhere = CaseMoves::default()
        .department("fund", "nobody")
        .theme("housing-fund", "household");
    assert!(matches!(
        engine.reload_moving(rulebook(OFFICE), &nowhere),
        Err(BuildError::OpenCases(_))
    ));

    let moves = CaseMoves::default()
        .department("fund", "police")
        .theme("housing-fund", "household");
    engine.reload_moving(rulebook(OFFICE), &moves).unwrap();
    let cases = engine.desk().cases(&CaseFilter::default()).unwrap().cases;
    assert_eq!(cases.len(), 2);
    for case in cases {
        assert_eq!((case.department.as_str(), case.state), ("police", State::Waiting));
        assert_eq!(case.theme, Some("household".into()));
    }
    // Nothing is left behind, so the next reload asks for nothing.
    engine.reload(rulebook(OFFICE)).unwrap();
}

#[test]
fn a_dropped_account_or_policy_with_open_cases_is_named_until_the_host_accepts_it() {
    let policy = "\n[[policy]]\nid = \"slow\"\nname = \"五个工作日\"\nsource = \"本市规定\"\nsource_date = \
                  2026-01-01\n[policy.first_reply]\namount = 5\nunit = \"working_days\"\ncounts_from = \
                  \"next_day\"\nends = \"close\"\n";
    let with_policy = format!("{OFFICE}{MORE}{policy}").replace(
        "name = \"公积金\"\ndepartment = \"fund\"",
        "name = \"公积金\"\ndepartment = \"fund\"\npolicy = \"slow\"",
    );
    let (engine, _) = engine(&with_policy);
    let id = open(&engine, "ann");
    let account = "[[account]]\nid = \"gov-wechat\"\nname = \"市政府服务号\"\n";
    let next = || rulebook(&format!("{OFFICE}{MORE}").replace(account, ""));
    let Err(BuildError::OpenCases(found)) = engine.reload(next()) else {
        panic!("the reload drops an account and a policy with open cases");
    };
    let kinds: Vec<_> = found.iter().map(|one| one.kind).collect();
    assert_eq!(kinds, [DroppedKind::Account, DroppedKind::Policy], "{found:?}");
    let text = BuildError::OpenCases(found).to_string();
    assert!(
        text.contains("account `gov-wechat` (1 open case)") && text.contains("policy `slow`"),
        "{text}"
    );
    let leave = CaseMoves::default()
        .leave_account("gov-wechat")
        .leave_policy("slow");
    engine.reload_moving(next(), &leave).unwrap();
    assert_eq!(engine.desk().case(&id).unwrap().state, State::Waiting);
}

#[test]
fn closed_cases_and_departments_without_cases_hinder_no_reload() {
    let (engine, _) = engine(&format!("{OFFICE}{MORE}"));
    engine.reload(rulebook(OFFICE)).unwrap();
    engine.reload(rulebook(&format!("{OFFICE}{MORE}"))).unwrap();
    let id = open(&engine, "ann");
    let desk = engine.desk();
    desk.claim(&id, "eve")
        .unwrap()
        .unwrap()
        .answer("可以提取。")
        .unwrap();
    desk.close(&id, "eve").unwrap();
    engine.reload(rulebook(OFFICE)).unwrap();
}
