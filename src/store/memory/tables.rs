//! What a memory store holds, kept in the orders in which it is asked for.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;

use super::super::{JournalPage, Seq, queue};
use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// A case's place in the queue: urgent first, then by its next due time, then by its number.
type Place = (Reverse<Priority>, i64, CaseId);

/// A record of the journal.
#[derive(Clone)]
pub(super) struct Entry {
    pub(super) record: Record,
    pub(super) erased: bool,
}

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) handled: HashMap<MessageKey, Handled>,
    /// By their places, which count from 1 and are not used twice.
    pub(super) journal: BTreeMap<u64, Entry>,
    /// The last place that was given.
    last: u64,
    pub(super) conversations: HashMap<(AccountId, CitizenId), Conversation>,
    cases: HashMap<CaseId, Case>,
    /// All cases.
    order: BTreeSet<Place>,
    /// Those that wait or are claimed.
    in_hand: BTreeSet<Place>,
    /// Those that owe something, by when.
    owing: BTreeSet<(i64, CaseId)>,
    /// Those of which an alarm is still to be raised, by when.
    sounding: BTreeSet<(i64, CaseId)>,
    /// Those that have a letter to be sent, by when.
    sending: BTreeSet<(i64, CaseId)>,
    /// Those that have a letter which waits for a person, by since when.
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

    /// The cases that wait or are claimed, in the order of the queue.
    pub(super) fn in_hand(&self) -> impl Iterator<Item = &Case> {
        self.in_hand.iter().filter_map(|(_, _, id)| self.cases.get(id))
    }

    /// The cases that owe something before `before`, the earliest first.
    pub(super) fn due_before(&self, before: i64) -> impl Iterator<Item = &Case> {
        let due = self.owing.iter().take_while(move |(due, _)| *due < before);
        due.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases of which an alarm is to be raised at `until` or before, the earliest first.
    pub(super) fn sounding_until(&self, until: i64) -> impl Iterator<Item = &Case> {
        let sounding = self
            .sounding
            .iter()
            .take_while(move |(sounds, _)| *sounds <= until);
        sounding.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases that have a letter to be sent at `until` or before, the earliest first.
    pub(super) fn sending_until(&self, until: i64) -> impl Iterator<Item = &Case> {
        let sending = self.sending.iter().take_while(move |(sends, _)| *sends <= until);
        sending.filter_map(|(_, id)| self.cases.get(id))
    }

    /// The cases that have a letter which waits for a person, the one that waits longest first.
    pub(super) fn stuck(&self) -> impl Iterator<Item = &Case> {
        self.stuck.iter().filter_map(|(_, id)| self.cases.get(id))
    }

    /// Stores a case as it now is.
    pub(super) fn put_case(&mut self, case: Case) {
        let place = place(&case);
        if let Some(old) = self.cases.remove(&case.id) {
            self.unplace(old);
        }
        if let Some(sounds) = queue::next_alarm(&case) {
            self.sounding.insert((sounds, case.id.clone()));
        }
        if let Some(sends) = queue::sends(&case) {
            self.sending.insert((sends, case.id.clone()));
        }
        if let Some(since) = queue::stuck(&case) {
            self.stuck.insert((since, case.id.clone()));
        }
        if let Some(due) = queue::open_due(&case) {
            self.owing.insert((due, case.id.clone()));
        }
        if matches!(case.state, State::Waiting | State::Claimed) {
            self.in_hand.insert(place.clone());
        }
        self.order.insert(place);
        self.cases.insert(case.id.clone(), case);
    }

    /// Stores a case after a move together with the move's record.
    pub(super) fn moved(&mut self, (case, record): (Case, Record)) -> Case {
        self.put_case(case.clone());
        self.append([record]);
        case
    }

    /// Puts records at the journal's end.
    pub(super) fn append(&mut self, records: impl IntoIterator<Item = Record>) {
        for record in records {
            self.last += 1;
            let entry = Entry {
                record,
                erased: false,
            };
            self.journal.insert(self.last, entry);
        }
    }

    /// Takes a case away.
    pub(super) fn remove_case(&mut self, id: &CaseId) {
        if let Some(old) = self.cases.remove(id) {
            self.unplace(old);
        }
    }

    fn unplace(&mut self, old: Case) {
        let place = place(&old);
        self.order.remove(&place);
        self.in_hand.remove(&place);
        if let Some(sounds) = queue::next_alarm(&old) {
            self.sounding.remove(&(sounds, old.id.clone()));
        }
        if let Some(sends) = queue::sends(&old) {
            self.sending.remove(&(sends, old.id.clone()));
        }
        if let Some(since) = queue::stuck(&old) {
            self.stuck.remove(&(since, old.id.clone()));
        }
        if let Some(due) = queue::open_due(&old) {
            self.owing.remove(&(due, old.id));
        }
    }

    pub(super) fn journal_page(&self, after: Option<Seq>, limit: usize) -> JournalPage {
        let after = after.map_or(0, |Seq(place)| place);
        let mut rest = self.journal.range((Bound::Excluded(after), Bound::Unbounded));
        let page: Vec<_> = rest.by_ref().take(limit).collect();
        let more = rest.next().is_some();
        let erased = page.iter().filter(|(_, entry)| entry.erased);
        JournalPage {
            next: page.last().map(|(place, _)| Seq(**place)).filter(|_| more),
            unreadable: Vec::new(),
            erased: erased.map(|(place, _)| Seq(**place)).collect(),
            records: page
                .into_iter()
                .map(|(place, entry)| (Seq(*place), entry.record.clone()))
                .collect(),
        }
    }
}

fn place(case: &Case) -> Place {
    (Reverse(case.priority), queue::next_due(case), case.id.clone())
}
