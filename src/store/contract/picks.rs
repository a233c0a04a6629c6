//! Checks of claims by a query.

use std::collections::HashSet;

use jiff::SignedDuration;

use super::harness::{Broken, race};
use super::{Check, Subject, sample};
use crate::case::{Case, Priority};
use crate::message::{AgentId, DepartmentId, ThemeId};
use crate::store::{ChangeSet, ClaimOrder, ClaimQuery, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "pick_gives_in_its_order",
        promise: "urgent cases come first, then cases in the order of the query",
        run: order,
    },
    Check {
        name: "pick_keeps_to_the_skills",
        promise: "an agent gets cases of their departments, and of their themes or without a theme",
        run: skills,
    },
    Check {
        name: "pick_keeps_to_the_capacity",
        promise: "an agent at capacity gets no case until a lease ends",
        run: capacity,
    },
    Check {
        name: "pick_keeps_to_the_capacity_at_once",
        promise: "concurrent claims of one agent do not exceed the agent's capacity",
        run: capacity_at_once,
    },
    Check {
        name: "picks_never_double",
        promise: "no two callers get the same case, whatever their order",
        run: in_parallel,
    },
];

/// A case that arrived `age` minutes before the start.
fn open(store: &dyn Store, id: &str, priority: Priority, due: i64, age: i64) -> Result<Case, Broken> {
    let mut case = sample::case(id, "ann", priority, due);
    let age = SignedDuration::from_mins(age);
    case.arrived = sample::START.saturating_sub(age).unwrap_or(sample::START);
    store.commit(sample::opening(&case))?;
    Ok(case)
}

fn take(subject: &Subject, query: &ClaimQuery, agent: &str) -> Result<Option<String>, Broken> {
    let found = subject
        .store()
        .claim_picked(query, &AgentId::new(agent), subject.lease())?;
    Ok(found.map(|case| case.id.to_string()))
}

/// All cases of a query, claimed one after the other.
fn all(subject: &Subject, query: &ClaimQuery) -> Result<Vec<String>, Broken> {
    let mut given = Vec::new();
    while given.len() < 20
        && let Some(id) = take(subject, query, "eve")?
    {
        given.push(id);
    }
    Ok(given)
}

fn order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, priority, due, age) in [
        ("A", Priority::Normal, 30, 1),
        ("B", Priority::Normal, 10, 2),
        ("C", Priority::High, 40, 3),
        ("D", Priority::Urgent, 50, 0),
        ("E", Priority::Normal, 30, 9),
        ("F", Priority::Normal, 20, 3),
    ] {
        open(store, id, priority, due, age)?;
    }
    for (first, wanted) in [
        (ClaimOrder::Urgent, ["D", "C", "B", "F", "A", "E"]),
        (ClaimOrder::Due, ["D", "B", "F", "A", "E", "C"]),
        (ClaimOrder::Oldest, ["D", "E", "C", "F", "B", "A"]),
    ] {
        let query = ClaimQuery {
            first,
            ..ClaimQuery::default()
        };
        let given = all(subject, &query)?;
        ensure!(given == wanted, "{first:?} gives {given:?}, not {wanted:?}");
        // The claimed cases are claimable again, in the same order.
        subject.pass(subject.lease());
    }
    Ok(())
}

fn skills(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, department, theme) in [
        ("A", "police", Some("household")),
        ("B", "housing", Some("fund")),
        ("C", "tax", None),
        ("D", "housing", Some("road")),
        ("E", "housing", None),
        ("F", "'; --", Some(sample::AWKWARD)),
    ] {
        let mut case = sample::case(id, "ann", Priority::Normal, 10);
        case.department = DepartmentId::new(department);
        case.theme = theme.map(ThemeId::new);
        store.commit(sample::opening(&case))?;
    }
    for first in [ClaimOrder::Urgent, ClaimOrder::Due, ClaimOrder::Oldest] {
        let cases: [(&[&str], &[&str], &[&str]); 5] = [
            (&["housing", "tax"], &["fund"], &["B", "C", "E"]),
            (&["housing"], &[], &["B", "D", "E"]),
            (&[], &["household", "road"], &["A", "C", "D", "E"]),
            (&["'; --"], &[sample::AWKWARD], &["F"]),
            (&["nowhere"], &[], &[]),
        ];
        for (departments, themes, wanted) in cases {
            let query = ClaimQuery {
                departments: departments.iter().map(DepartmentId::new).collect(),
                themes: themes.iter().map(ThemeId::new).collect(),
                first,
                ..ClaimQuery::default()
            };
            let given = all(subject, &query)?;
            ensure!(given == wanted, "{query:?} gives {given:?}, not {wanted:?}");
            subject.pass(subject.lease());
        }
    }
    Ok(())
}

fn capacity(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for id in ["A", "B", "C", "D", "E"] {
        open(store, id, Priority::Normal, 10, 0)?;
    }
    let query = |most| ClaimQuery {
        capacity: Some(most),
        ..ClaimQuery::default()
    };
    let none = take(subject, &query(0), "eve")?;
    ensure!(none.is_none(), "one who may hold none is given {none:?}");
    for wanted in [Some("A"), Some("B"), None] {
        let given = take(subject, &query(2), "eve")?;
        ensure!(
            given.as_deref() == wanted,
            "eve is given {given:?}, not {wanted:?}"
        );
    }
    let other = take(subject, &query(2), "fay")?;
    ensure!(other.as_deref() == Some("C"), "fay is given {other:?}");
    subject.pass(subject.lease());
    let again = take(subject, &query(2), "eve")?;
    ensure!(
        again.as_deref() == Some("A"),
        "when the leases have ended, eve is given {again:?}"
    );
    Ok(())
}

fn capacity_at_once(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for n in 0..12 {
        open(store, &format!("C-{n}"), Priority::Normal, 10, 0)?;
    }
    let query = ClaimQuery {
        capacity: Some(3),
        ..ClaimQuery::default()
    };
    let (agent, lease) = (AgentId::new("eve"), subject.lease());
    let given = race(|_| {
        let found = store.claim_picked(&query, &agent, lease)?;
        Ok(found.map(|case| case.id))
    })?;
    let given: Vec<_> = given.into_iter().flatten().collect();
    ensure!(given.len() == 3, "one who may hold 3 is given {given:?}");
    Ok(())
}

fn in_parallel(subject: &Subject) -> Result<(), Broken> {
    const CASES: usize = 60;
    let store = subject.store();
    let mut change = ChangeSet::default();
    for n in 0..CASES {
        let one = sample::opening(&sample::case(&format!("C-{n}"), "ann", Priority::Normal, 10));
        change.cases.extend(one.cases);
        change.records.extend(one.records);
    }
    store.commit(change)?;
    let lease = subject.lease();
    let given = race(|caller| {
        let orders = [ClaimOrder::Urgent, ClaimOrder::Due, ClaimOrder::Oldest];
        let query = ClaimQuery {
            first: orders.get(caller % 3).copied().unwrap_or_default(),
            ..ClaimQuery::default()
        };
        let agent = AgentId::new(format!("agent-{caller}"));
        let mut mine = Vec::new();
        while mine.len() <= CASES
            && let Some(case) = store.claim_picked(&query, &agent, lease)?
        {
            mine.push(case.id);
        }
        Ok(mine)
    })?;
    let given = given.concat();
    let apart: HashSet<_> = given.iter().collect();
    ensure!(
        given.len() == CASES && apart.len() == CASES,
        "{} claims gave out {} of {CASES} cases",
        given.len(),
        apart.len()
    );
    Ok(())
}
