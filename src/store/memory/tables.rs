//! What a memory store holds, kept in the orders in which it is asked for.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use super::super::{JournalPage, Seq, queue};
use crate::case::{Case, CaseId, Priority, Record, State};
use crate::message::{AccountId, CitizenId, Conversation, MessageKey};
use crate::reply::Handled;

/// A case's place in the queue: urgent first, then by its next due time, then by its number.
type Place = (Reverse<Priority>, i64, CaseId);

#[derive(Clone, Default)]
pub(super) struct Tables {
    pub(super) handled: HashMap<MessageKey, Handled>,
    pub(super) journal: Vec<Record>,
    conversations: HashMap<(AccountId, CitizenId), Conversation>,
    cases: HashMap<CaseId, Case>,
    /// All cases.
    order: BTreeSet<Place>,
    /// Those that wait or are claimed.
    in_hand: BTreeSet<Place>,
    /// Those that owe something, by when.
    owing: BTreeSet<(i64, CaseId)>,
    /// Those of which an alarm is still to be raised, by when.
    sounding: BTreeSet<(i64, CaseId)>,
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

    /// Stores a case as it now is.
    pub(super) fn put_case(&mut self, case: Case) {
        let place = place(&case);
        if let Some(old) = self.cases.remove(&case.id) {
            let place = self::place(&old);
            self.order.remove(&place);
            self.in_hand.remove(&place);
            if let Some(sounds) = queue::next_alarm(&old) {
                self.sounding.remove(&(sounds, old.id.clone()));
            }
            if let Some(due) = queue::open_due(&old) {
                self.owing.remove(&(due, old.id));
            }
        }
        if let Some(sounds) = queue::next_alarm(&case) {
            self.sounding.insert((sounds, case.id.clone()));
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
        self.journal.push(record);
        case
    }

    /// Places count from 1.
    pub(super) fn journal_page(&self, after: Option<Seq>, limit: usize) -> JournalPage {
        let start = after.map_or(0, |Seq(place)| usize::try_from(place).unwrap_or(usize::MAX));
        let rest = self.journal.get(start..).unwrap_or_default();
        let page = rest.iter().take(limit).cloned().enumerate();
        let records: Vec<_> = page
            .map(|(n, record)| (Seq((start + n + 1) as u64), record))
            .collect();
        let more = records.len() < rest.len();
        JournalPage {
            next: records.last().map(|(place, _)| *place).filter(|_| more),
            unreadable: Vec::new(),
            records,
        }
    }
}

fn place(case: &Case) -> Place {
    (Reverse(case.priority), queue::next_due(case), case.id.clone())
}
