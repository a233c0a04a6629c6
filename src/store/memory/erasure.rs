//! The steps of an erasure in memory.

use jiff::Timestamp;

use super::super::erasure::{self, ErasureTransaction};
use super::super::{Erasure, StoreError};
use super::tables::Tables;
use crate::case::{Case, CaseId, Record};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Handled;

impl Tables {
    pub(super) fn erase(&mut self, citizen: &CitizenId, now: Timestamp) -> Result<Erasure, StoreError> {
        erasure::erase(self, citizen, now)
    }

    /// The records that `is_meant` selects, with their positions.
    fn records(&self, is_meant: impl Fn(&Record) -> bool) -> impl Iterator<Item = (u64, Record)> {
        let records = self
            .journal
            .iter()
            .filter(move |(_, entry)| is_meant(&entry.record));
        records.map(|(position, entry)| (*position, entry.record.clone()))
    }
}

impl ErasureTransaction for Tables {
    type Error = StoreError;
    type Row = MessageKey;

    fn cases_of(&mut self, citizen: &CitizenId) -> Result<Vec<Case>, StoreError> {
        let of_citizen = self.in_order().filter(|case| case.key.sender() == citizen);
        let mut cases: Vec<Case> = of_citizen.cloned().collect();
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(cases)
    }

    fn case(&mut self, id: &CaseId) -> Result<Option<Case>, StoreError> {
        Ok(Self::case(self, id).cloned())
    }

    fn records_of_case(&mut self, id: &CaseId) -> Result<Vec<(u64, Record)>, StoreError> {
        let of_case = self.records(|record| record.case.as_ref() == Some(id));
        Ok(of_case.collect())
    }

    fn records_of_messages(&mut self, citizen: &CitizenId) -> Result<Vec<(u64, Option<Record>)>, StoreError> {
        let is_of = |record: &Record| record.event.message().is_some_and(|key| key.sender() == citizen);
        let of_citizen = self.records(is_of);
        Ok(of_citizen
            .map(|(position, record)| (position, Some(record)))
            .collect())
    }

    fn erase_personal_parts(&mut self, positions: &[u64]) -> Result<(), StoreError> {
        for position in positions {
            if let Some(entry) = self.journal.get_mut(position) {
                let erased = entry.record.clone().erased();
                entry.erased |= erased != entry.record;
                entry.record = erased;
            }
        }
        Ok(())
    }

    fn store_case(&mut self, _before: Case, after: Case, record: Record) -> Result<(), StoreError> {
        self.moved((after, record));
        Ok(())
    }

    fn append(&mut self, record: Record) -> Result<(), StoreError> {
        Self::append(self, [record]);
        Ok(())
    }

    fn outcomes_of(&mut self, citizen: &CitizenId) -> Result<Vec<(MessageKey, Option<Handled>)>, StoreError> {
        let of_citizen = self.handled.iter().filter(|(key, _)| key.sender() == citizen);
        Ok(of_citizen
            .map(|(key, handled)| (key.clone(), Some(handled.clone())))
            .collect())
    }

    fn remove_outcomes(&mut self, _citizen: &CitizenId, rows: Vec<MessageKey>) -> Result<u64, StoreError> {
        let removed = rows.iter().filter(|key| self.handled.remove(key).is_some());
        Ok(removed.count() as u64)
    }

    fn remove_conversations(&mut self, citizen: &CitizenId) -> Result<u64, StoreError> {
        let before = self.conversations.len();
        self.conversations.retain(|(_, owner), _| owner != citizen);
        Ok((before - self.conversations.len()) as u64)
    }
}
