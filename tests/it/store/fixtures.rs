//! Files of older versions of the crate still open completely.

use std::path::Path;
use std::time::Duration;

use civic_reply::case::{Case, Event, State};
use civic_reply::store::{CaseFilter, ClaimOrder, ClaimQuery, Store};
use civic_reply::{Outcome, SqliteStore};

/// The fixture of this name, copied so that the test can change it.
fn open(name: &str, folder: &Path) -> SqliteStore {
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(name);
    let copy = folder.join(name);
    std::fs::copy(fixture, &copy).unwrap();
    SqliteStore::open(copy).unwrap()
}

#[test]
fn a_schema_1_file_opens_with_its_cases_outcomes_journal_and_alarms() {
    let folder = tempfile::tempdir().unwrap();
    let store = open("sqlite-v1.db", folder.path());

    let cases = store.cases(&CaseFilter::default()).unwrap();
    assert_eq!((cases.total, cases.unreadable.len()), (4, 0));
    assert!(cases.cases.iter().all(|case| case.state == State::Waiting));
    let provisional = cases
        .cases
        .iter()
        .filter(|case| case.deadlines[0].due.is_provisional());
    assert_eq!(
        provisional.count(),
        1,
        "one case arrived on the calendar's last day"
    );

    let records = store.journal(None, 100).unwrap().records;
    assert_eq!(records.len(), 9);
    for case in &cases.cases {
        let of_case = records
            .iter()
            .filter(|(_, record)| record.case.as_ref() == Some(&case.id));
        let rebuilt = of_case.fold(None, |rebuilt: Option<Case>, (_, record)| match &record.event {
            Event::Opened { case } => Some((**case).clone()),
            event => rebuilt.map(|case| case.apply(event)),
        });
        assert_eq!(rebuilt.as_ref(), Some(case));
        let handled = store.handled(&case.key).unwrap().unwrap();
        assert!(matches!(handled.outcome, Outcome::Queued { case: receipt, .. } if receipt.id == case.id));
    }

    // Schema 1 had no index of alarms.
    let late = "2027-02-01T00:00Z".parse().unwrap();
    assert_eq!(store.alarms(late, 10).unwrap().len(), 4);
    assert!(store.integrity_report().unwrap().is_sound());
}

#[test]
fn a_schema_5_file_queues_its_cases_in_each_order_and_counts_them() {
    let folder = tempfile::tempdir().unwrap();
    let store = open("sqlite-v5.db", folder.path());
    assert!(store.integrity_report().unwrap().is_sound());

    // Twelve cases in three departments; a third of them without a theme, one claimed, one closed.
    let total = |filter: CaseFilter| store.cases(&filter).unwrap().total;
    let of = |theme: Option<&str>, department: Option<&str>, states: &[State]| CaseFilter {
        theme: theme.map(Into::into),
        department: department.map(Into::into),
        states: states.to_vec(),
        ..CaseFilter::default()
    };
    assert_eq!(total(CaseFilter::default()), 12);
    assert_eq!(total(of(None, None, &[State::Waiting])), 10);
    assert_eq!(total(of(Some("household"), None, &[])), 4);
    assert_eq!(total(of(Some("fund"), Some("housing"), &[])), 2);
    let themed = store.cases(&of(Some("fund"), Some("housing"), &[])).unwrap();
    let numbers: Vec<_> = themed.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(numbers, ["C-7", "C-4"]);

    // Later cases are due earlier; C-2, C-6 and C-10 are urgent.
    for (first, numbers) in [
        (ClaimOrder::Due, &["C-10", "C-6", "C-2", "C-11"][..]),
        (ClaimOrder::Oldest, &["C-2", "C-6", "C-10"]),
        (ClaimOrder::Urgent, &["C-10", "C-6", "C-2", "C-9"]),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let store = open("sqlite-v5.db", folder.path());
        let pick = ClaimQuery {
            first,
            ..ClaimQuery::default()
        };
        for number in numbers {
            let case = store.claim_picked(&pick, &"eve".into(), Duration::from_secs(60));
            assert_eq!(case.unwrap().unwrap().id.as_str(), *number, "{first:?}");
        }
        assert!(store.integrity_report().unwrap().is_sound());
    }
}
