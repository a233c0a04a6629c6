//! Checks of pages of cases, and of due cases.

use std::time::Duration;

use super::harness::Broken;
use super::{Check, Subject, sample};
use crate::case::{Case, CaseId, ClockKind, Event, Priority, State};
use crate::message::{AccountId, AgentId, CitizenId, DepartmentId, MessageKey, ThemeId};
use crate::store::{CaseChange, CaseFilter, ChangeSet, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "page_is_in_the_order_of_the_queue",
        promise: "a page is ordered by priority, then next due time, then number",
        run: order,
    },
    Check {
        name: "filter_names_what_it_says",
        promise: "a page holds cases that match every part of the filter, and counts all of them",
        run: filters,
    },
    Check {
        name: "pages_cover_everything_once",
        promise: "consecutive pages hold every case once; without a limit a page has 100 cases",
        run: pages,
    },
    Check {
        name: "due_is_what_is_owed_before",
        promise: "`due` gives the cases with an open deadline before the instant, the earliest first",
        run: due,
    },
    Check {
        name: "nothing_done_or_closed_is_due",
        promise: "a case that is closed or has no open deadline is not due",
        run: not_due,
    },
];

fn order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mut bare = sample::case("B", "ann", Priority::High, 0);
    bare.deadlines.clear();
    let wanted = [
        sample::case("H", "ann", Priority::Urgent, 90),
        sample::case("A", "ann", Priority::High, -20),
        sample::case("G", "ann", Priority::High, 20),
        bare,
        sample::case("D", "ann", Priority::Normal, -5),
        sample::case("C", "ann", Priority::Normal, 10),
        sample::case("C-1", "ann", Priority::Normal, 10),
        sample::case("E", "ann", Priority::Normal, 10),
        sample::case("c", "ann", Priority::Normal, 10),
        sample::case("市", "ann", Priority::Normal, 10),
    ];
    for n in [3, 9, 0, 5, 7, 8, 1, 2, 6, 4] {
        if let Some(case) = wanted.get(n) {
            store.commit(sample::opening(case))?;
        }
    }
    let found = ids(&store.cases(&CaseFilter::default())?.cases);
    let wanted = ids(&wanted);
    ensure!(found == wanted, "{wanted:?} stands as {found:?}");
    Ok(())
}

/// 144 cases with all combinations of the filter's values.
pub(super) fn many(store: &dyn Store) -> Result<Vec<Case>, Broken> {
    let mut change = ChangeSet::default();
    for n in 0..144_usize {
        let priority = [Priority::Normal, Priority::High, Priority::Urgent];
        let priority = priority.get(n % 3).copied().unwrap_or_default();
        let mut case = sample::case(&format!("C-{n:03}"), "", priority, (n as i64 * 37) % 50);
        let account = AccountId::new(if n % 2 == 0 { "city" } else { "county" });
        let citizen = CitizenId::new(format!("citizen-{}", n % 12));
        case.key = MessageKey::new(account, citizen, n.to_string());
        case.department = DepartmentId::new(if n / 2 % 2 == 0 { "police" } else { "housing" });
        let themes = [None, Some("household"), Some("fund")];
        case.theme = themes.get(n / 4 % 3).copied().flatten().map(ThemeId::new);
        let answered = Event::Answered { text: "是".into() };
        let (moved, next) = match n / 36 {
            1 => sample::moving(&case, &[answered]),
            2 if n % 5 == 0 => sample::moving(
                &case,
                &[Event::Asked {
                    text: "哪里?".into()
                }],
            ),
            2 if n % 5 == 1 => sample::moving(&case, &[sample::offered()]),
            2 if n % 5 == 2 => sample::moving(&case, &[Event::Merged { into: "A-000".into() }]),
            2 => sample::moving(&case, &[answered, Event::Closed]),
            _ => sample::moving(&case, &[]),
        };
        change.records.push(sample::opened(&case));
        change.records.extend(moved.records);
        change.cases.push(CaseChange {
            expected: None,
            case: next,
        });
    }
    store.commit(change.clone())?;
    let mut cases: Vec<_> = change.cases.into_iter().map(|change| change.case).collect();
    for case in cases.iter_mut().skip(108) {
        let claimed = store.claim(&case.id, &AgentId::new("eve"), Duration::from_secs(86_400))?;
        *case = claimed.ok_or_else(|| Broken::new("a waiting case can't be claimed"))?;
    }
    Ok(cases)
}

/// Every filter with at most one value of each kind.
fn all_filters() -> impl Iterator<Item = CaseFilter> {
    let states: Vec<_> = State::ALL.into_iter().map(Some).chain([None]).collect();
    (0..32_u32).flat_map(move |mask| {
        let asks = move |bit: u32| mask >> bit & 1 == 1;
        states.clone().into_iter().map(move |state| CaseFilter {
            department: asks(0).then(|| "police".into()),
            theme: asks(1).then(|| "fund".into()),
            priority: asks(2).then_some(Priority::Urgent),
            account: asks(3).then(|| "county".into()),
            citizen: asks(4).then(|| "citizen-5".into()),
            states: state.into_iter().collect(),
            limit: Some(1_000),
            ..CaseFilter::default()
        })
    })
}

fn filters(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mut cases = many(store)?;
    cases.sort_by_key(|case| {
        let due = case.next_deadline().map(|deadline| deadline.due.instant());
        (std::cmp::Reverse(case.priority), due, case.id.clone())
    });
    for filter in all_filters() {
        let named: Vec<_> = cases.iter().filter(|case| filter.names(case)).cloned().collect();
        let page = store.cases(&filter)?;
        ensure!(
            page.total == named.len() && page.unreadable.is_empty(),
            "{filter:?} counts {} of {} cases",
            page.total,
            named.len()
        );
        ensure!(
            page.cases == named,
            "{filter:?} names {:?}, not {:?}",
            ids(&page.cases),
            ids(&named)
        );
    }
    let injection = CaseFilter {
        department: Some(DepartmentId::new("' OR 1=1 --")),
        theme: Some(ThemeId::new(sample::AWKWARD)),
        ..CaseFilter::default()
    };
    let page = store.cases(&injection)?;
    ensure!(page.total == 0, "{injection:?} names {:?}", ids(&page.cases));
    Ok(())
}

fn pages(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let all = many(store)?.len();
    let page = |filter: &CaseFilter| store.cases(filter);
    let first = page(&CaseFilter::default())?.cases.len();
    ensure!(first == 100, "a page has {first} cases where nothing is said");
    for state in [None, Some(State::Closed)] {
        let whole = page(&CaseFilter {
            states: state.into_iter().collect(),
            limit: Some(all),
            ..CaseFilter::default()
        })?;
        let mut joined = Vec::new();
        for offset in (0..whole.total + 10).step_by(7) {
            let part = page(&CaseFilter {
                states: state.into_iter().collect(),
                offset,
                limit: Some(7),
                ..CaseFilter::default()
            })?;
            ensure!(
                part.cases.len() <= 7,
                "a page of 7 has {} cases",
                part.cases.len()
            );
            ensure!(
                part.total == whole.total,
                "at {offset} the total is {}",
                part.total
            );
            joined.extend(part.cases);
        }
        let (joined, whole) = (ids(&joined), ids(&whole.cases));
        ensure!(joined == whole, "the pages of {whole:?} are {joined:?}");
    }
    let far = page(&CaseFilter {
        offset: usize::MAX,
        limit: Some(usize::MAX),
        ..CaseFilter::default()
    })?;
    ensure!(
        far.cases.is_empty() && far.total == all,
        "far behind the end there is {far:?}"
    );
    let none = page(&CaseFilter {
        limit: Some(0),
        ..CaseFilter::default()
    })?;
    ensure!(
        none.cases.is_empty() && none.total == all,
        "a page of 0 is {none:?}"
    );
    Ok(())
}

fn due(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, priority, due) in [
        ("D", Priority::Normal, 30),
        ("A", Priority::Normal, 20),
        ("C", Priority::Urgent, 20),
        ("B", Priority::Normal, 10),
        ("E", Priority::Urgent, 40),
    ] {
        store.commit(sample::opening(&sample::case(id, "ann", priority, due)))?;
    }
    let cases = [
        (0, 9, vec![]),
        (10, 9, vec![]),
        (11, 9, vec!["B"]),
        (20, 9, vec!["B"]),
        (31, 9, vec!["B", "A", "C", "D"]),
        (41, 9, vec!["B", "A", "C", "D", "E"]),
        (41, 2, vec!["B", "A"]),
        (41, 0, vec![]),
    ];
    for (before, limit, wanted) in cases {
        let found = ids(&store.due(sample::at(before), limit)?);
        let wanted: Vec<_> = wanted.into_iter().map(CaseId::new).collect();
        ensure!(
            found == wanted,
            "before minute {before} there is {found:?}, not {wanted:?}"
        );
    }
    Ok(())
}

fn not_due(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let done = Event::DeadlineDone {
        clock: ClockKind::FirstReply,
        at: sample::START,
    };
    let answered = || Event::Answered { text: "是".into() };
    let moves = [
        ("waits", vec![]),
        ("answered-and-owing", vec![answered()]),
        ("answered", vec![answered(), done]),
        ("closed", vec![answered(), Event::Closed]),
    ];
    for (id, events) in moves {
        let case = sample::case(id, "ann", Priority::Normal, 10);
        store.commit(sample::opening(&case))?;
        if !events.is_empty() {
            store.commit(sample::moving(&case, &events).0)?;
        }
    }
    let mut bare = sample::case("owes-nothing", "ann", Priority::Normal, 10);
    bare.deadlines.clear();
    store.commit(sample::opening(&bare))?;
    let found = ids(&store.due(sample::at(100), 10)?);
    let wanted = [CaseId::new("answered-and-owing"), CaseId::new("waits")];
    ensure!(found == wanted, "{wanted:?} are due, not {found:?}");
    Ok(())
}

pub(super) fn ids(cases: &[Case]) -> Vec<CaseId> {
    cases.iter().map(|case| case.id.clone()).collect()
}
