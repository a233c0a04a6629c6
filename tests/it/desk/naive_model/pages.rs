//! Readers of the case list who page through it while others work, in both orders.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use civic_reply::case::State;
use civic_reply::store::{CaseCursor, CaseFilter, CaseOrder};
use proptest::prelude::*;

use super::model::{Matter, MatterState};
use super::world::World;

/// A place in the order of the list. In the order of numbers, only the last part counts.
type Place = (Reverse<u8>, i64, String);

/// A reader between two pages: the desk's cursor, and what the model says of it.
#[derive(Default)]
pub(super) struct Reader {
    cursor: Option<CaseCursor>,
    last: Option<Place>,
    seen: BTreeSet<String>,
}

fn place(matter: &Matter, order: CaseOrder) -> Place {
    match order {
        CaseOrder::Number => (Reverse(0), 0, matter.id.clone()),
        CaseOrder::Urgent => {
            let due = matter.reply_clock.unwrap().due;
            let due = matter.promised.map_or(due, |promised| promised.due.min(due));
            (Reverse(matter.priority), due, matter.id.clone())
        }
    }
}

impl World {
    /// A reader reads the next page of the waiting and claimed cases.
    pub(super) fn read_page(&mut self, by_number: bool, size: u8) -> Result<(), TestCaseError> {
        let order = [CaseOrder::Urgent, CaseOrder::Number][usize::from(by_number)];
        let (reader, size) = (&mut self.readers[usize::from(by_number)], usize::from(size));
        let page = self.desk.cases(&CaseFilter {
            states: vec![State::Waiting, State::Claimed],
            order,
            after: reader.cursor.take(),
            limit: Some(size),
            ..CaseFilter::default()
        });
        let page = page.unwrap();
        let listed = |matter: &&Matter| matches!(matter.state, MatterState::Waiting | MatterState::Claimed);
        let matters = self.model.matters.iter().filter(listed);
        let mut unread: Vec<_> = matters.clone().map(|matter| place(matter, order)).collect();
        unread.retain(|(_, _, id)| !reader.seen.contains(id));
        // What moved ahead of the last page comes after everything else; new numbers there are not given.
        unread.sort_by_key(|place| (reader.last.as_ref() >= Some(place), place.clone()));
        if by_number {
            unread.retain(|place| reader.last.as_ref() < Some(place));
        }
        let wanted: Vec<_> = unread.iter().take(size).map(|(_, _, id)| id.clone()).collect();
        let given: Vec<_> = page.cases.iter().map(|case| case.id.to_string()).collect();
        prop_assert_eq!(&given, &wanted);
        prop_assert_eq!(page.total, matters.count());
        prop_assert_eq!(page.next.is_some(), size > 0 && unread.len() > size);
        if page.next.is_none() {
            *reader = Reader::default();
            return Ok(());
        }
        reader.cursor = page.next;
        reader.seen.extend(wanted);
        let ahead = unread
            .iter()
            .take(size)
            .rfind(|place| reader.last.as_ref() < Some(*place));
        reader.last = ahead.cloned().or(reader.last.take());
        Ok(())
    }
}
