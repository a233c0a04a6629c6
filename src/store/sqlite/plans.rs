//! The cost of statements: each follows an index and sorts nothing, for a queue of any length.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::time::Duration;

use jiff::SignedDuration;
use rusqlite::{Connection, StatementStatus};
use tempfile::TempDir;

use super::filter::{Part, Scope};
use super::rows::{self, QueueClass};
use super::{claims, file, read};
use crate::case::{Priority, State};
use crate::message::{AccountId, AgentId, CitizenId, DepartmentId, MessageKey, ThemeId};
use crate::store::case_columns::CaseRow;
use crate::store::contract::sample;
use crate::store::cursor::QueuePlace;
use crate::store::{CaseCursor, CaseFilter, ClaimOrder, ClaimQuery};

const LEASE: Duration = Duration::from_secs(600);

fn empty() -> (TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let db = file::open_writer(&folder.path().join("desk.db"), LEASE).unwrap();
    (folder, db)
}

/// Every combination of the five dimensions of a filter.
fn filters() -> impl Iterator<Item = CaseFilter> {
    (0..32_u32).map(|mask| CaseFilter {
        department: (mask & 1 > 0).then(|| DepartmentId::new("police")),
        theme: (mask & 2 > 0).then(|| ThemeId::new("household")),
        account: (mask & 4 > 0).then(|| AccountId::new("city")),
        citizen: (mask & 8 > 0).then(|| CitizenId::new("citizen-1")),
        priority: (mask & 16 > 0).then_some(Priority::Normal),
        ..CaseFilter::default()
    })
}

/// The whole order of the queue, and both parts beside a place.
fn parts(place: &QueuePlace, priority: Option<Priority>) -> [Part<'_>; 3] {
    [
        Part::ALL,
        Part::after(place, priority),
        Part::up_to(place, priority),
    ]
}

/// A page by number follows an index to its place; only the few cases of a citizen, or in open states, are
/// sorted.
fn assert_numbered(db: &Connection, sql: &str) {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps: Vec<String> = statement
        .raw_query()
        .mapped(|row| row.get(3))
        .collect::<Result<_, _>>()
        .unwrap();
    let walks = |step: &String| step.starts_with("SCAN") && step != "SCAN page";
    assert!(!steps.iter().any(walks), "{sql}\n{steps:#?}");
    let sorts = steps.iter().any(|step| step.contains("TEMP B-TREE"));
    assert_eq!(
        sorts,
        !sql.contains("sqlite_autoindex_cases_1"),
        "{sql}\n{steps:#?}"
    );
}

fn assert_indexed(db: &Connection, sql: &str) {
    let mut statement = db.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let steps: Vec<String> = statement
        .raw_query()
        .mapped(|row| row.get(3))
        .collect::<Result<_, _>>()
        .unwrap();
    assert!(!steps.is_empty());
    for step in &steps {
        let walks = step.starts_with("SCAN") && step != "SCAN page" && !step.starts_with("SCAN case_counts");
        assert!(!walks && !step.contains("TEMP B-TREE"), "{sql}\n{steps:#?}");
    }
}

#[test]
fn every_statement_follows_an_index() {
    let (_folder, db) = empty();
    let place = QueuePlace {
        priority: Priority::Normal,
        due: 0,
        id: "C-1".into(),
    };
    for filter in filters() {
        let scope = Scope::of(&filter);
        for next in scope.claimable(&[QueueClass::Of(State::Waiting), QueueClass::Lapsed]) {
            assert_indexed(&db, &next);
        }
        for states in [
            &[][..],
            &[State::Waiting],
            &[State::Claimed, State::Offered],
            &[State::Closed],
        ] {
            let classes = &QueueClass::of_states(states);
            for part in parts(&place, filter.priority) {
                assert_indexed(&db, &read::page(&scope, classes, &part));
            }
            assert_numbered(&db, &read::numbered_page(&scope, classes));
            assert_indexed(&db, &scope.count(classes));
        }
    }
    let more = CaseFilter {
        offered_to: Some(DepartmentId::new("housing")),
        due_before: Some(sample::START),
        text: Some("50% _".to_owned()),
        ..CaseFilter::default()
    };
    let scope = Scope::of(&more);
    for part in parts(&place, None) {
        assert_indexed(&db, &read::page(&scope, &QueueClass::of_states(&[]), &part));
    }
    assert_indexed(&db, &scope.count(&QueueClass::of_states(&[])));
    for first in [ClaimOrder::Urgent, ClaimOrder::Due, ClaimOrder::Oldest] {
        let query = ClaimQuery {
            departments: vec![DepartmentId::new("police"), DepartmentId::new("tax")],
            themes: vec![ThemeId::new("fund"), ThemeId::new("road")],
            first,
            ..ClaimQuery::default()
        };
        for next in Scope::claiming(&query).claimable(&[QueueClass::Of(State::Waiting), QueueClass::Lapsed]) {
            assert_indexed(&db, &next);
        }
    }
    assert_indexed(&db, claims::RUNNING_CLAIMS);
    assert_indexed(&db, read::DUE);
    assert_indexed(&db, read::ALARMS);
    assert_indexed(&db, read::SENDING);
    assert_indexed(&db, read::STUCK);
    assert_indexed(&db, read::TURNS);
    assert_indexed(&db, claims::LAPSE);
}

/// Puts cases of 3 departments, 5 themes and 7 citizens into the queue, and claims every tenth for an hour.
fn fill(db: &Connection, cases: usize) {
    db.execute_batch("BEGIN").unwrap();
    for n in 0..cases {
        let mut case = sample::case(&format!("C-{n}"), "", Priority::Normal, n as i64);
        case.key = MessageKey::new(
            AccountId::new("city"),
            CitizenId::new(format!("citizen-{}", n % 7)),
            n.to_string(),
        );
        case.department = DepartmentId::new(["police", "housing", "tax"][n % 3]);
        case.theme = Some(ThemeId::new(
            ["household", "fund", "school", "road", "water"][n % 5],
        ));
        assert!(
            CaseRow::new(case.clone(), sample::START)
                .and_then(|row| rows::insert_case(db, &row).map_err(rows::backend("insert a case")))
                .unwrap()
        );
        if n % 10 == 0 {
            let eve = AgentId::new("eve");
            claims::claim(db, None, &case.id, &eve, LEASE * 6, sample::START)
                .unwrap()
                .unwrap();
        }
    }
    db.execute_batch("COMMIT").unwrap();
}

/// The steps of SQLite's machine that a cached statement took since it was last asked.
fn steps(db: &Connection, sql: &str) -> i32 {
    db.prepare_cached(sql)
        .unwrap()
        .reset_status(StatementStatus::VmStep)
}

/// The cost of a claim, of a page with its total, and of a sweep, with so many cases in the queue.
fn costs(cases: usize) -> Vec<i32> {
    let (_folder, db) = empty();
    fill(&db, cases);
    let mut costs = Vec::new();
    for filter in filters().filter(|filter| filter.account.is_none() && filter.priority.is_none()) {
        let filter = CaseFilter {
            limit: Some(10),
            ..filter
        };
        let scope = Scope::of(&filter);
        let next: String = scope
            .claimable(&[QueueClass::Of(State::Waiting), QueueClass::Lapsed])
            .collect();
        steps(&db, &next);
        steps(&db, claims::LAPSE);
        let eve = AgentId::new("eve");
        let later = sample::START
            .saturating_add(SignedDuration::from_secs(1))
            .unwrap();
        let claimed = claims::claim_next(&db, None, &ClaimQuery::from(&filter), &eve, LEASE, later).unwrap();
        assert!(claimed.is_some());
        costs.extend([steps(&db, &next), steps(&db, claims::LAPSE)]);

        let classes = &QueueClass::of_states(&[]);
        assert_eq!(read::cases(&db, &filter).unwrap().cases.len(), 10);
        costs.push(steps(&db, &read::page(&scope, classes, &Part::ALL)));
        if filter.citizen.is_none() {
            costs.push(steps(&db, &scope.count(classes)));
        }
        let place = QueuePlace {
            priority: Priority::Normal,
            due: sample::at(100).as_microsecond(),
            id: "C-100".into(),
        };
        let part = Part::after(&place, filter.priority);
        let sql = read::page(&scope, classes, &part);
        steps(&db, &sql);
        let after = CaseFilter {
            after: Some(CaseCursor::after(place.clone())),
            ..filter.clone()
        };
        assert_eq!(read::cases(&db, &after).unwrap().cases.len(), 10);
        costs.push(steps(&db, &sql));
    }
    for first in [ClaimOrder::Due, ClaimOrder::Oldest] {
        let query = ClaimQuery {
            departments: vec![DepartmentId::new("housing"), DepartmentId::new("tax")],
            first,
            ..ClaimQuery::default()
        };
        let ways: Vec<_> = Scope::claiming(&query)
            .claimable(&[QueueClass::Of(State::Waiting), QueueClass::Lapsed])
            .collect();
        ways.iter().for_each(|way| {
            steps(&db, way);
        });
        let eve = AgentId::new("eve");
        let claimed = claims::claim_next(&db, None, &query, &eve, LEASE, sample::START).unwrap();
        assert!(claimed.is_some());
        costs.push(ways.iter().map(|way| steps(&db, way)).sum());
    }
    assert_eq!(read::due(&db, i64::MAX, 10).unwrap().len(), 10);
    costs.push(steps(&db, read::DUE));
    costs
}

#[test]
fn the_length_of_the_queue_costs_nothing() {
    let (short, long) = (costs(1_500), costs(6_000));
    assert!(short.iter().all(|steps| *steps > 0));
    assert_eq!(short, long);
}

#[test]
fn an_ended_lease_is_met_once() {
    let (_folder, db) = empty();
    fill(&db, 300);
    let eve = AgentId::new("eve");
    let late = sample::START
        .saturating_add(SignedDuration::from_hours(2))
        .unwrap();
    let nowhere = CaseFilter {
        department: Some(DepartmentId::new("nowhere")),
        ..CaseFilter::default()
    };
    let lapse = |now| {
        assert_eq!(
            claims::claim_next(&db, None, &ClaimQuery::from(&nowhere), &eve, LEASE, now).unwrap(),
            None
        );
        steps(&db, claims::LAPSE)
    };
    let before = lapse(sample::START);
    assert!(lapse(late) > before + 30);
    assert!(lapse(late) <= before);
    let lapsed = CaseFilter {
        states: vec![State::Claimed],
        ..CaseFilter::default()
    };
    // The clock was set back: those leases have not ended.
    let early =
        claims::claim_next(&db, None, &ClaimQuery::from(&lapsed), &eve, LEASE, sample::START).unwrap();
    assert_eq!(early, None);
    assert_eq!(read::cases(&db, &lapsed).unwrap().total, 30);
    let taken = claims::claim_next(&db, None, &ClaimQuery::from(&lapsed), &eve, LEASE, late)
        .unwrap()
        .unwrap();
    assert_eq!(taken.id.as_str(), "C-0");
}
