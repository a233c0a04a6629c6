//! Checks of pages of cases, and of due cases.

use std::time::Duration;

use super::harness::Broken;
use super::{Check, Subject, sample};
use crate::case::{Case, CaseId, ClockKind, Event, Priority, State};
use crate::message::{AccountId, AgentId, CitizenId, DepartmentId, MessageKey, ThemeId};
use crate::store::{CaseChange, CaseCursor, CaseFilter, CaseOrder, CasePage, ChangeSet, Store, StoreError};

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
        promise: "in each order, consecutive pages hold every case once; without a limit a page has 100 cases",
        run: pages,
    },
    Check {
        name: "pages_neither_skip_nor_repeat_what_moves",
        promise: "pages of cases that are moved, answered or closed as they are read hold every case once",
        run: moving_cases,
    },
    Check {
        name: "pages_hold_what_is_claimed_as_it_is_read",
        promise: "pages of waiting cases that are claimed as they are read hold every case once",
        run: claimed_pages,
    },
    Check {
        name: "cursor_of_another_order_is_refused",
        promise: "a page is not read after a cursor of another order",
        run: other_order,
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
        let answered = Event::Answered {
            text: "是".into(),
            facts: None,
        };
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
    let first = page(&CaseFilter::default())?;
    ensure!(
        first.cases.len() == 100 && first.next.is_some(),
        "a page has {} cases where nothing is said",
        first.cases.len()
    );
    for order in [CaseOrder::Urgent, CaseOrder::Number] {
        for filter in all_filters().filter(|filter| filter.citizen.is_none()) {
            let filter = CaseFilter { order, ..filter };
            let whole = page(&filter)?;
            ensure!(
                whole.next.is_none() && whole.cases.len() == whole.total,
                "{filter:?} goes on after the last of {} cases",
                whole.total
            );
            let joined = followed(store, &filter, 7, &mut |part| {
                ensure!(
                    part.cases.len() <= 7,
                    "a page of 7 has {} cases",
                    part.cases.len()
                );
                ensure!(part.total == whole.total, "on a page the total is {}", part.total);
                Ok(())
            })?;
            let mut wanted = ids(&whole.cases);
            ensure!(joined == wanted, "the pages of {wanted:?} are {joined:?}");
            wanted.sort();
            ensure!(
                order == CaseOrder::Urgent || joined == wanted,
                "{joined:?} is not in the order of numbers"
            );
        }
    }
    let exact = page(&CaseFilter {
        limit: Some(all),
        ..CaseFilter::default()
    })?;
    ensure!(
        exact.cases.len() == all && exact.next.is_none(),
        "a page of all {all} cases goes on after {:?}",
        exact.next
    );
    let none = page(&CaseFilter {
        limit: Some(0),
        ..CaseFilter::default()
    })?;
    ensure!(
        none.cases.is_empty() && none.total == all && none.next.is_none(),
        "a page of 0 is {none:?}"
    );
    Ok(())
}

/// The cases of a filter's pages of `size`, each page seen by `each` before the next one is read.
fn followed(
    store: &dyn Store,
    filter: &CaseFilter,
    size: usize,
    each: &mut dyn FnMut(&CasePage) -> Result<(), Broken>,
) -> Result<Vec<CaseId>, Broken> {
    let mut filter = CaseFilter {
        limit: Some(size),
        ..filter.clone()
    };
    let mut all = Vec::new();
    for _ in 0..200 {
        let page = store.cases(&filter)?;
        all.extend(ids(&page.cases));
        each(&page)?;
        match page.next {
            Some(next) => filter.after = Some(through_json(&next)?),
            None => return Ok(all),
        }
    }
    Err(Broken::new("the pages of a list do not end"))
}

/// A cursor as a host stores it between two pages.
fn through_json(cursor: &CaseCursor) -> Result<CaseCursor, Broken> {
    let read = serde_json::to_string(cursor).and_then(|json| serde_json::from_str(&json));
    read.map_err(|error| Broken::new(format!("a cursor does not come back from JSON: {error}")))
}

/// Moves a case as another agent does between two pages.
fn moved(store: &dyn Store, id: &CaseId, events: &[Event]) -> Result<(), Broken> {
    let case = store.case(id)?.ok_or_else(|| Broken::new("a case is gone"))?;
    store.commit(sample::moving(&case, events).0)?;
    Ok(())
}

/// The deadline of a case that is due at this minute.
fn due_at(minute: i64) -> Event {
    let mut deadlines = sample::case("", "", Priority::Normal, minute).deadlines;
    let deadline = deadlines.remove(0);
    Event::DeadlineSet {
        deadline: Box::new(deadline),
    }
}

/// What moves a case in the order of the queue: to its beginning or end, or out of the waiting ones.
fn moves(n: usize) -> Vec<Event> {
    let answered = Event::Answered {
        text: "是".into(),
        facts: None,
    };
    let urgent = Event::Absorbed {
        confirmed: Vec::new(),
        duplicates: Vec::new(),
        priority: Priority::Urgent,
        unreplied: false,
        unseen: false,
    };
    match n % 5 {
        0 => vec![due_at(-1_000 - n as i64)],
        1 => vec![due_at(1_000 + n as i64)],
        2 => vec![urgent],
        3 => vec![answered, Event::Closed],
        _ => vec![answered],
    }
}

fn moving_cases(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (round, order) in [CaseOrder::Urgent, CaseOrder::Number].into_iter().enumerate() {
        for size in [1, 3, 4, 9] {
            let department = DepartmentId::new(format!("department-{round}-{size}"));
            let mut opened = Vec::new();
            for n in 0..30_usize {
                let priority = if n % 3 == 0 {
                    Priority::High
                } else {
                    Priority::Normal
                };
                let due = (n as i64 * 37) % 50;
                let mut case = sample::case(&format!("D-{round}{size}-{n:02}"), "ann", priority, due);
                case.department = department.clone();
                store.commit(sample::opening(&case))?;
                opened.push(case.id);
            }
            let filter = CaseFilter {
                department: Some(department),
                order,
                ..CaseFilter::default()
            };
            let mut turn = 0;
            let mut seen = followed(store, &filter, size, &mut |page| {
                // One case that was read moves, and one that may not have been read yet.
                turn += 1;
                let read = page.cases.first().map(|case| &case.id);
                let other = opened.get((turn * 7) % opened.len());
                for (n, id) in read.into_iter().chain(other).enumerate() {
                    moved(store, id, &moves(turn + n * 2))?;
                }
                Ok(())
            })?;
            seen.sort();
            ensure!(
                seen == opened,
                "pages of {size} by {order:?} gave {seen:?} while {opened:?} moved"
            );
        }
    }
    Ok(())
}

fn claimed_pages(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for order in [CaseOrder::Urgent, CaseOrder::Number] {
        let department = DepartmentId::new(format!("department-{order:?}"));
        let mut opened = Vec::new();
        for n in 0..10 {
            let mut case = sample::case(&format!("{order:?}-{n}"), "ann", Priority::Normal, 10 - n);
            case.department = department.clone();
            store.commit(sample::opening(&case))?;
            opened.push(case.id);
        }
        let waiting = CaseFilter {
            department: Some(department),
            states: vec![State::Waiting],
            order,
            ..CaseFilter::default()
        };
        let mut seen = followed(store, &waiting, 3, &mut |page| {
            for case in &page.cases {
                let claimed = store.claim(&case.id, &AgentId::new("eve"), subject.lease())?;
                ensure!(claimed.is_some(), "`{}` waits and can't be claimed", case.id);
            }
            Ok(())
        })?;
        seen.sort();
        ensure!(
            seen == opened,
            "{} of 10 were seen by {order:?}: {seen:?}",
            seen.len()
        );
    }
    Ok(())
}

fn other_order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    many(store)?;
    for (order, other) in [
        (CaseOrder::Urgent, CaseOrder::Number),
        (CaseOrder::Number, CaseOrder::Urgent),
    ] {
        let first = store.cases(&CaseFilter {
            order,
            limit: Some(5),
            ..CaseFilter::default()
        })?;
        let mixed = CaseFilter {
            order: other,
            after: first.next,
            ..CaseFilter::default()
        };
        let found = store.cases(&mixed);
        ensure!(
            matches!(found, Err(StoreError::Refused(_))),
            "{other:?} goes on after {:?}: {found:?}",
            mixed.after
        );
    }
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
    let answered = || Event::Answered {
        text: "是".into(),
        facts: None,
    };
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
