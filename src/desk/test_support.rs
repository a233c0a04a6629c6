//! A desk on a store in memory, for the tests of this module.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::Desk;
use crate::case::{Case, CaseId, ClaimToken, Event, Priority};
use crate::store::contract::sample;
use crate::store::{MemoryStore, Store};
use crate::time::{Calendar, ManualClock};
use crate::workflow::DeskConfig;

/// A desk with these cases in its queue, with its clock and its store.
pub(super) fn desk(cases: &[&str]) -> (Desk, Arc<ManualClock>, Arc<MemoryStore>) {
    let clock = Arc::new(ManualClock::new(sample::START));
    let store = Arc::new(MemoryStore::with_clock(Arc::<ManualClock>::clone(&clock)));
    let config = Arc::new(DeskConfig {
        rulebook: "0".into(),
        calendar: Calendar::builder("Asia/Shanghai")
            .year(2026)
            .week(jiff::civil::Weekday::Monday, ["09:00-17:00".parse().unwrap()])
            .build()
            .unwrap(),
        policies: [].into(),
        letters: crate::reply::LetterConfig::default(),
        canned_replies: Default::default(),
        department_names: Default::default(),
        departments: BTreeSet::new(),
        themes: BTreeSet::new(),
    });
    for id in cases {
        let case = sample::case(id, "ann", Priority::Normal, 10);
        store.commit(sample::queueing(&case)).unwrap();
    }
    let given = move || Arc::clone(&config);
    let desk = Desk::new(
        Arc::<MemoryStore>::clone(&store),
        Arc::<ManualClock>::clone(&clock),
        given,
    );
    (desk, clock, store)
}

/// The case, claimed by `eve`, and the token of her claim.
pub(super) fn held(desk: &Desk, id: &str) -> (Case, ClaimToken) {
    let case = desk.claim(&CaseId::new(id), "eve").unwrap().unwrap();
    let token = case.token().clone();
    (case.into_case(), token)
}

/// Every case, rebuilt from the journal alone.
pub(super) fn replay(store: &dyn Store) -> BTreeMap<CaseId, Case> {
    let mut cases = BTreeMap::new();
    for (_, record) in store.journal(None, usize::MAX).unwrap().records {
        let Some(id) = record.case else { continue };
        let case = match (cases.remove(&id), &record.event) {
            (None, Event::Opened { case }) => (**case).clone(),
            (case, event) => Case::apply(case.unwrap(), event),
        };
        cases.insert(id, case);
    }
    cases
}
