//! Pages of cases: their order, and the place where the next one goes on.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{CaseFilter, StoreError, queue};
use crate::case::{CaseId, Priority};

/// The order of a list of cases.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum CaseOrder {
    /// By priority (urgent first), then next due time, then number.
    ///
    /// A case can move while the list is read. The cursor therefore carries the number of every case that was
    /// read, about 20 bytes each.
    #[default]
    Urgent,
    /// By number, which begins with the day of arrival. Nothing moves in this order, and the cursor stays
    /// small: it is the one for reading everything.
    Number,
}

/// The place in a list of cases after a page. It can be stored or sent as JSON, and names case numbers only.
///
/// Following the cursors of a filter from its first page to the last gives each case once, although cases are
/// claimed, answered, moved or opened meanwhile. A case that no page has given and that moved ahead of the
/// place comes after all others. A case that comes into the filter meanwhile may be given or not, and one
/// that leaves it before its page is not.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseCursor(Place);

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    Urgent {
        last: QueuePlace,
        seen: BTreeSet<CaseId>,
    },
    Number {
        last: CaseId,
    },
}

/// A place in the order of the queue.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct QueuePlace {
    pub(super) priority: Priority,
    /// In microseconds since 1970.
    pub(super) due: i64,
    pub(super) id: CaseId,
}

#[cfg(all(test, feature = "sqlite"))]
impl CaseCursor {
    /// A place in the order of the queue, with that case alone seen.
    pub(super) fn after(last: QueuePlace) -> Self {
        let seen = BTreeSet::from([last.id.clone()]);
        Self(Place::Urgent { last, seen })
    }
}

impl fmt::Debug for CaseCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (order, last) = match &self.0 {
            Place::Urgent { last, .. } => (CaseOrder::Urgent, &last.id),
            Place::Number { last } => (CaseOrder::Number, last),
        };
        f.debug_struct("CaseCursor")
            .field("order", &order)
            .field("last", last)
            .finish_non_exhaustive()
    }
}

/// The rows of one page, as a store passes them: first those after the place in order, then those before it.
pub(super) struct Reading<'a> {
    limit: usize,
    after: Option<&'a Place>,
    taken: Vec<CaseId>,
    last: Option<QueuePlace>,
    more: bool,
}

impl<'a> Reading<'a> {
    /// A page of the filter.
    ///
    /// # Errors
    ///
    /// [`StoreError::Refused`] if its cursor belongs to another order.
    pub(super) fn of(filter: &'a CaseFilter) -> Result<Self, StoreError> {
        let after = filter.after.as_ref().map(|CaseCursor(place)| place);
        match (filter.order, after) {
            (_, None)
            | (CaseOrder::Urgent, Some(Place::Urgent { .. }))
            | (CaseOrder::Number, Some(Place::Number { .. })) => Ok(Self {
                limit: filter.limit.unwrap_or(queue::PAGE),
                after,
                taken: Vec::new(),
                last: None,
                more: false,
            }),
            (CaseOrder::Urgent, Some(Place::Number { .. }))
            | (CaseOrder::Number, Some(Place::Urgent { .. })) => Err(StoreError::Refused(
                "the cursor belongs to a list in another order: begin again without a cursor".to_owned(),
            )),
        }
    }

    /// The place in the order of the queue that the page goes on after.
    pub(super) fn queue_place(&self) -> Option<&'a QueuePlace> {
        match self.after {
            Some(Place::Urgent { last, .. }) => Some(last),
            _ => None,
        }
    }

    /// The number that the page goes on after, in the order of numbers.
    pub(super) fn number(&self) -> Option<&'a CaseId> {
        match self.after {
            Some(Place::Number { last }) => Some(last),
            _ => None,
        }
    }

    /// The cases of earlier pages, in the order of the queue.
    pub(super) fn seen(&self) -> impl ExactSizeIterator<Item = &'a CaseId> {
        let seen = match self.after {
            Some(Place::Urgent { seen, .. }) => Some(seen),
            _ => None,
        };
        seen.map(BTreeSet::iter).unwrap_or_default()
    }

    /// The rows that the page needs of the statement: one more than the page has, to know whether more follow.
    #[cfg(any(feature = "postgres", feature = "sqlite"))]
    pub(super) fn rows(&self) -> usize {
        self.limit.saturating_add(1)
    }

    /// Whether the page is complete, and it is known that more cases follow.
    #[cfg(feature = "sqlite")]
    pub(super) fn is_complete(&self) -> bool {
        self.more
    }

    /// Whether the next case belongs to the page. `place` is its place in the order of the queue, for a case
    /// after the page's own place.
    pub(super) fn takes(&mut self, id: &CaseId, place: Option<QueuePlace>) -> bool {
        let is_new = match self.after {
            Some(Place::Urgent { seen, .. }) => !seen.contains(id),
            _ => true,
        };
        if !is_new || self.more {
            return false;
        }
        if self.taken.len() == self.limit {
            self.more = true;
            return false;
        }
        self.taken.push(id.clone());
        self.last = place.or(self.last.take());
        true
    }

    /// The place after the page; `None` when it was the last, or had no room for a case.
    pub(super) fn next(&self, order: CaseOrder) -> Option<CaseCursor> {
        let last = self.taken.last().filter(|_| self.more)?.clone();
        Some(CaseCursor(match order {
            CaseOrder::Number => Place::Number { last },
            CaseOrder::Urgent => {
                let last = self.last.clone().or_else(|| self.queue_place().cloned())?;
                let seen = self.seen().chain(&self.taken).cloned().collect();
                Place::Urgent { last, seen }
            }
        }))
    }
}
