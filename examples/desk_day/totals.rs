//! The totals of the day, counted from the store.

use std::collections::BTreeSet;
use std::error::Error;

use civic_reply::Store;
use civic_reply::case::{CaseId, Event, State};
use civic_reply::store::CaseFilter;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::people::People;
use crate::sender::Sender;

pub(crate) struct Totals {
    pub(crate) numbers: Value,
    /// The case with the most records.
    pub(crate) busiest: CaseId,
}

/// Whether no letter is to be sent or is stuck.
pub(crate) fn no_letter_is_open(store: &dyn Store) -> Result<bool, Box<dyn Error>> {
    Ok(store.sending(Timestamp::MAX, 1)?.is_empty() && store.stuck(1)?.is_empty())
}

pub(crate) fn count(
    store: &dyn Store,
    people: &People,
    sender: &Sender,
    messages: usize,
    ended: Timestamp,
) -> Result<Totals, Box<dyn Error>> {
    let all = CaseFilter {
        limit: Some(usize::MAX),
        ..CaseFilter::default()
    };
    let page = store.cases(&all)?;
    let (mut answered, mut reopened) = (BTreeSet::new(), BTreeSet::new());
    for (_, record) in store.journal(None, usize::MAX)?.records {
        match record.event {
            Event::Answered { .. } => drop(answered.insert(record.case)),
            Event::Reopened { .. } => drop(reopened.insert(record.case)),
            _ => {}
        }
    }
    let open: Vec<_> = page.cases.iter().filter(|case| !case.state.is_over()).collect();
    let in_state = |state| page.cases.iter().filter(|case| case.state == state).count();
    let numbers = json!({
        "messages": messages,
        "cases": page.total,
        "open": open.len(),
        "answered": answered.len(),
        "closed": in_state(State::Closed),
        "merged": in_state(State::Merged),
        "reopened": reopened.len(),
        "without_owner": people.without_owner.len(),
        "without_deadline": people.without_deadline.len(),
        "broken_promises": people.broken,
        "unreadable": page.unreadable.len(),
        "ended": ended.to_string(),
        "done": people.done,
        "letters": sender.done,
    });
    let busiest = page.cases.iter().max_by_key(|case| case.version);
    let busiest = busiest.map_or_else(|| CaseId::new(""), |case| case.id.clone());
    Ok(Totals { numbers, busiest })
}
