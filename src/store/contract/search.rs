//! Checks of searches by text, offers and due times, and of the counts of queues.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::harness::Broken;
use super::queries::{ids, many};
use super::{Check, Subject, sample};
use crate::case::{Case, Event, Priority, State};
use crate::store::{CaseFilter, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "text_is_found_as_it_stands",
        promise: "a text is found folded in every message of a case, and has no wildcards",
        run: text,
    },
    Check {
        name: "filter_knows_states_offers_and_due_times",
        promise: "states, an offer and a due time combine with all other parts of a filter",
        run: filters,
    },
    Check {
        name: "counts_are_those_of_the_cases",
        promise: "counts are by department, state and priority, with the number of overdue cases",
        run: counts,
    },
];

fn found(store: &dyn Store, text: &str) -> Result<Vec<String>, Broken> {
    let page = store.cases(&CaseFilter {
        text: Some(text.to_owned()),
        ..CaseFilter::default()
    })?;
    let ids: Vec<_> = page.cases.iter().map(|case| case.id.to_string()).collect();
    ensure!(
        page.total == ids.len(),
        "`{text}` counts {} of {ids:?}",
        page.total
    );
    Ok(ids)
}

fn text(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, text) in [
        ("A", "小區電梯壞了,ＡＢＣ Road"),
        ("B", "折扣 50% 的 a_b 和 c\\d"),
        ("C", "折扣 505 的 axb"),
        ("D", "'; DROP TABLE cases; -- \0 \" `"),
        ("E", "公\u{200B}积\u{AD}金"),
    ] {
        let mut case = sample::case(id, "ann", Priority::Normal, 10);
        text.clone_into(&mut case.text);
        store.commit(sample::opening(&case))?;
        if id == "C" {
            let claimed = store.claim(&case.id, &"eve".into(), subject.lease())?;
            let claimed = claimed.ok_or_else(|| Broken::new("it can't be claimed"))?;
            let transcript = [
                Event::Asked {
                    text: "哪一栋楼?".into(),
                },
                Event::CitizenWrote {
                    text: "三号楼".into(),
                    at: sample::at(5),
                    from: 0,
                },
                Event::Answered {
                    text: "明天上门维修".into(),
                    facts: None,
                },
            ];
            store.commit(sample::moving(&claimed, &transcript).0)?;
        }
    }
    let cases: [(&str, &[&str]); 17] = [
        ("小区电梯", &["A"]),
        ("小區電梯", &["A"]),
        ("abc road", &["A"]),
        ("％", &["B"]),
        ("0%", &["B"]),
        ("a_b", &["B"]),
        ("c\\d", &["B"]),
        ("_", &["B"]),
        ("*", &[]),
        ("'; drop table cases; --", &["D"]),
        ("' OR 1=1 --", &[]),
        ("哪一栋", &["C"]),
        ("三号楼", &["C"]),
        ("上门维修", &["C"]),
        // A text is not found across the end of a message.
        ("三号楼明天", &[]),
        ("公积金", &["E"]),
        (" \u{200B} ", &["A", "B", "C", "D", "E"]),
    ];
    for (text, wanted) in cases {
        let found = found(store, text)?;
        ensure!(
            found == wanted,
            "`{text}` is found in {found:?}, not in {wanted:?}"
        );
    }
    Ok(())
}

fn in_order(mut cases: Vec<Case>) -> Vec<Case> {
    cases.sort_by_key(|case| {
        let due = case.next_deadline().map(|deadline| deadline.due.instant());
        (Reverse(case.priority), due, case.id.clone())
    });
    cases
}

fn filters(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let cases = in_order(many(store)?);
    let sets = [
        vec![],
        vec![State::Waiting, State::Claimed],
        vec![State::Offered, State::Closed, State::Merged, State::Offered],
    ];
    for (mask, states) in (0..32_u32).flat_map(|mask| sets.iter().map(move |states| (mask, states))) {
        let asks = |bit: u32| mask >> bit & 1 == 1;
        let filter = CaseFilter {
            states: states.clone(),
            department: asks(0).then(|| "police".into()),
            citizen: asks(1).then(|| "citizen-5".into()),
            offered_to: asks(2).then(|| "fund".into()),
            due_before: asks(3).then(|| sample::at(25)),
            text: asks(4).then(|| "上户口".to_owned()),
            limit: Some(1_000),
            ..CaseFilter::default()
        };
        let named: Vec<_> = cases.iter().filter(|case| filter.names(case)).cloned().collect();
        let page = store.cases(&filter)?;
        ensure!(
            page.total == named.len() && page.cases == named,
            "{filter:?} names {} as {:?}, not {:?}",
            page.total,
            ids(&page.cases),
            ids(&named)
        );
    }
    Ok(())
}

fn counts(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let none = store.counts(sample::START)?;
    ensure!(none.is_empty(), "an empty store counts {none:?}");
    let cases = many(store)?;
    for minute in [-1, 25, 60] {
        let now = sample::at(minute);
        let mut wanted = BTreeMap::new();
        for case in &cases {
            let place = State::ALL.iter().position(|state| *state == case.state);
            let overdue = !case.state.is_over()
                && case
                    .deadlines
                    .iter()
                    .any(|deadline| deadline.status.is_open() && deadline.due.instant() < now);
            let key = (case.department.clone(), place, Reverse(case.priority));
            let count = wanted.entry(key).or_insert((0, 0));
            *count = (count.0 + 1, count.1 + usize::from(overdue));
        }
        let wanted: Vec<_> = wanted.into_iter().collect();
        let found = store.counts(now)?.into_iter().map(|count| {
            let place = State::ALL.iter().position(|state| *state == count.state);
            let key = (count.department, place, Reverse(count.priority));
            (key, (count.cases, count.overdue))
        });
        let found: Vec<_> = found.collect();
        ensure!(
            found == wanted,
            "at minute {minute} the queues are {found:?}, not {wanted:?}"
        );
    }
    Ok(())
}
