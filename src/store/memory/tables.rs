//! The contents of a memory store, kept in the orders that queries need.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::super::cursor::QueuePlace;
use super::super::{JournalPage, Seq, TurnCollector, TurnPage, queue};
use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// A case's position in the queue: urgent cases first, then by next due time, then by number.
type Position = (Reverse<Priority>, i64, CaseId);

/// A record of the journal.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) record: Record,
    pub(super) erased: bool,
}

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) handled: HashMap<MessageKey, Handled>,
    /// Records by their positions, which count from 1 and are not used twice.
    pub(super) journal: BTreeMap<u64, Entry>,
    /// The positions of turns by citizen. Some may be of records that were removed.
    turns: HashMap<CitizenId, BTreeSet<u64>>,
    /// The last position that was used.
    last: u64,
    pub(super) conversations: HashMap<(AccountId, CitizenId), Conversation>,
    cases: HashMap<CaseId, Case>,
    /// All cases.
    order: BTreeSet<Position>,
    /// All cases of each citizen.
    of_citizen: BTreeSet<(CitizenId, Position)>,
    /// Waiting and claimed cases.
    queued: BTreeSet<Position>,
    /// Cases by their earliest open deadline.
    open_due: BTreeSet<(i64, CaseId)>,
    /// Cases by their next alarm.
    alarms: BTreeSet<(i64, CaseId)>,
    /// Cases by their next letter to be sent.
    sending: BTreeSet<(i64, CaseId)>,
    /// Cases with a letter that waits for a person, by the start of the wait.
    stuck: BTreeSet<(i64, CaseId)>,
}

impl Tables {
    pub(super) fn conversation(&self, account: &AccountId, citizen: &CitizenId) -> Conversation {
        let stored = self.conversations.get(&(account.clone(), citizen.clone()));
        stored
            .cloned()
            .unwrap_or_else(|| Conversation::new(account.clone(), citizen.clone()))
    }

    pub(super) fn put_conversation(&mut self, conversation: Conversation) {
        let key = (conversation.account.clone(), conversation.citizen.clone());
        self.conversations.insert(key, conversation);
    }

    pub(super) fn case(&self, id: &CaseId) -> Option<&Case> {
        self.cases.get(id)
    }

    /// Every case, in the order of the queue.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Case> {
        self.order.iter().filter_map(|(_, _, id)| self.cases.get(id))
    }

    /// The cases of a citizen, or of all, after a place in the order of the queue; every case where there is
    /// none.
    pub(super) fn after(
        &self,
        citizen: Option<&CitizenId>,
        place: Option<&QueuePlace>,
    ) -> Box<dyn Iterator<Item = &Case> + '_> {
        let Some(citizen) = citizen.cloned() else {
            let start = place.map_or(Bound::Unbounded, |place| Bound::Excluded(key(place)));
            let rest = self.order.range((start, Bound::Unbounded));
            return Box::new(rest.filter_map(|(_, _, id)| self.cases.get(id)));
        };
        let start = match place {
            None => Bound::Included((citizen.clone(), first())),
            Some(place) => Bound::Excluded((citizen.clone(), key(place))),
        };
        let rest = self.of_citizen.range((start, Bound::Unbounded));
        let theirs = rest.take_while(move |(of, _)| *of == citizen);
        Box::new(theirs.filter_map(|(_, (_, _, id))| self.cases.get(id)))
    }

    /// The cases of a citizen, or of all, up to a place in the order of the queue; none where there is no
    /// place.
    pub(super) fn up_to(
        &self,
        citizen: Option<&CitizenId>,
        place: Option<&QueuePlace>,
    ) -> Box<dyn Iterator<Item = &Case> + '_> {
        let Some(place) = place.map(key) else {
            return Box::new(std::iter::empty());
        };
        match citizen {
            None => Box::new(
                self.order
                    .range(..=place)
                    .filter_map(|(_, _, id)| self.cases.get(id)),
            ),
            Some(citizen) => {
                let theirs = (citizen.clone(), first())..=(citizen.clone(), place);
                let theirs = self.of_citizen.range(theirs);
                Box::new(theirs.filter_map(|(_, (_, _, id))| self.cases.get(id)))
            }
        }
    }

    /// The cases of a citizen, or of all, with a higher number, in the order of numbers; every case where no
    /// number is given.
    pub(super) fn by_number(&self, citizen: Option<&CitizenId>, after: Option<&CaseId>) -> Vec<&Case> {
        let mut cases: Vec<_> = self.after(citizen, None).collect();
        cases.retain(|case| after.is_none_or(|after| case.id > *after));
        cases.sort_by(|a, b| a.id.cmp(&b.id));
        cases
    }

    /// The waiting and claimed cases, in the order of the queue.
    pub(super) fn queued(&self) -> impl Iterator<Item = &Case> {
        self.queued.iter().filter_map(|(_, _, id)| self.cases.get(id))
    }

    /// The cases with an open deadline before `before`, the earliest first.
    pub(super) fn due_before(&self, before: i64) -> impl Iterator<Item = &Case> {
        let due = self.open_due.iter().take_while(move |(due, _)| *due < before);
        due.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases with an alarm to be raised at `until` or before, the earliest first.
    pub(super) fn alarms_until(&self, until: i64) -> impl Iterator<Item = &Case> {
        let alarms = self.alarms.iter().take_while(move |(at, _)| *at <= until);
        alarms.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases with a letter to be sent at `until` or before, the earliest first.
    pub(super) fn sending_until(&self, until: i64) -> impl Iterator<Item = &Case> {
        let sending = self.sending.iter().take_while(move |(at, _)| *at <= until);
        sending.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases with a letter that waits for a person, the longest wait first.
    pub(super) fn stuck(&self) -> impl Iterator<Item = &Case> {
        self.stuck.iter().filter_map(|(_, id)| self.cases.get(id))
    }

    /// Stores a case.
    pub(super) fn put_case(&mut self, case: Case) {
        let position = position(&case);
        if let Some(old) = self.cases.remove(&case.id) {
            self.remove_from_orders(old);
        }
        if let Some(at) = queue::next_alarm(&case) {
            self.alarms.insert((at, case.id.clone()));
        }
        if let Some(at) = queue::next_send(&case) {
            self.sending.insert((at, case.id.clone()));
        }
        if let Some(since) = queue::stuck_since(&case) {
            self.stuck.insert((since, case.id.clone()));
        }
        if let Some(due) = queue::open_due(&case) {
            self.open_due.insert((due, case.id.clone()));
        }
        if matches!(case.state, State::Waiting | State::Claimed) {
            self.queued.insert(position.clone());
        }
        self.of_citizen
            .insert((case.key.sender().clone(), position.clone()));
        self.order.insert(position);
        self.cases.insert(case.id.clone(), case);
    }

    /// Stores a case after one record, together with that record.
    pub(super) fn moved(&mut self, (case, record): (Case, Record)) -> Case {
        self.put_case(case.clone());
        self.append([record]);
        case
    }

    /// Appends records to the journal.
    pub(super) fn append(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.last += 1;
            if let Some(key) = record.event.turn() {
                let turns = self.turns.entry(key.sender().clone()).or_default();
                turns.insert(self.last);
            }
            let entry = Entry {
                record,
                erased: false,
            };
            self.journal.insert(self.last, entry);
        }
    }

    /// The turns of a citizen before a position, the newest first.
    pub(super) fn turns(
        &self,
        account: &AccountId,
        citizen: &CitizenId,
        before: Option<Seq>,
        limit: usize,
    ) -> TurnPage {
        let before = before.map_or(u64::MAX, |Seq(position)| position);
        let positions = self.turns.get(citizen).into_iter();
        let positions = positions.flat_map(|positions| positions.range(..before).rev());
        let records = positions.filter_map(|position| Some((*position, self.journal.get(position)?)));
        // An erased record names another citizen.
        let is_of = |record: &Record| record.event.turn().is_some_and(|key| key.sender() == citizen);
        let mut page = TurnCollector::new(account, limit);
        for (position, entry) in records.filter(|(_, entry)| is_of(&entry.record)) {
            if !page.add(Seq(position), Ok(entry.record.clone())) {
                break;
            }
        }
        page.finish()
    }

    /// Forgets the positions of turns that were removed.
    pub(super) fn drop_removed_turns(&mut self) {
        self.turns.retain(|_, positions| {
            positions.retain(|position| self.journal.contains_key(position));
            !positions.is_empty()
        });
    }

    /// Removes a case.
    pub(super) fn remove_case(&mut self, id: &CaseId) {
        if let Some(old) = self.cases.remove(id) {
            self.remove_from_orders(old);
        }
    }

    fn remove_from_orders(&mut self, old: Case) {
        let position = position(&old);
        self.order.remove(&position);
        self.of_citizen
            .remove(&(old.key.sender().clone(), position.clone()));
        self.queued.remove(&position);
        if let Some(at) = queue::next_alarm(&old) {
            self.alarms.remove(&(at, old.id.clone()));
        }
        if let Some(at) = queue::next_send(&old) {
            self.sending.remove(&(at, old.id.clone()));
        }
        if let Some(since) = queue::stuck_since(&old) {
            self.stuck.remove(&(since, old.id.clone()));
        }
        if let Some(due) = queue::open_due(&old) {
            self.open_due.remove(&(due, old.id));
        }
    }

    pub(super) fn journal_page(&self, after: Option<Seq>, limit: usize) -> JournalPage {
        let after = after.map_or(0, |Seq(position)| position);
        let mut rest = self.journal.range((Bound::Excluded(after), Bound::Unbounded));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let more = rest.next().is_some();
        let erased = page.iter().filter(|(_, entry)| entry.erased);
        JournalPage {
            next: page.last().map(|(position, _)| Seq(**position)).filter(|_| more),
            unreadable: Vec::new(),
            erased: erased.map(|(position, _)| Seq(**position)).collect(),
            records: page
                .into_iter()
                .map(|(position, entry)| (Seq(*position), entry.record.clone()))
                .collect(),
        }
    }
}

fn position(case: &Case) -> Position {
    key(&place(case))
}

/// The case's place in the order of the queue.
pub(super) fn place(case: &Case) -> QueuePlace {
    QueuePlace {
        priority: case.priority,
        due: queue::next_due(case),
        id: case.id.clone(),
    }
}

/// Where the order of the queue begins.
fn first() -> Position {
    (Reverse(Priority::Urgent), i64::MIN, CaseId::new(""))
}

fn key(place: &QueuePlace) -> Position {
    (Reverse(place.priority), place.due, place.id.clone())
}
