//! Retention in memory.

use std::collections::BTreeSet;
use std::convert::Infallible;

use jiff::Timestamp;

use super::super::Pruning;
use super::super::follow_mergers::last_successor;
use super::super::own_records::{case_of, store_record};
use super::tables::Tables;
use crate::case::{Case, CaseId, Event, Record};
use crate::message::MessageKey;

impl Tables {
    /// Whether the case and its last successor have ended.
    fn has_ended(&self, case: &Case) -> bool {
        let read = |id: &CaseId| Ok::<_, Infallible>(self.case(id).cloned());
        let Ok(successor) = last_successor(case, read);
        case.has_ended() && successor.is_none_or(|successor| successor.has_ended())
    }

    pub(super) fn prune(&mut self, before: Timestamp, limit: usize, now: Timestamp) -> Pruning {
        let mut done = Pruning::default();
        let mut ended: Vec<(Timestamp, CaseId)> = self
            .in_order()
            .filter(|case| self.has_ended(case))
            .map(|case| (self.last_record(&case.id), case.id.clone()))
            .filter(|(ended, _)| *ended < before)
            .collect();
        ended.sort();
        done.more = ended.len() > limit;
        done.cases = ended.into_iter().take(limit).map(|(_, id)| id).collect();
        let mut messages = Vec::new();
        for id in &done.cases {
            messages.extend(self.case(id).map(|case| case.key.clone()));
            self.remove_case(id);
        }
        let gone = |record: &Record| record.case.as_ref().is_some_and(|id| done.cases.contains(id));
        let of_cases = self.journal.len();
        self.journal.retain(|_, entry| !gone(&entry.record));
        done.records = (of_cases - self.journal.len()) as u64;
        let older = self.journal.values().filter(|entry| entry.record.at < before);
        let older = older.filter_map(|entry| entry.record.event.message().cloned());
        let has_a_case = |key: &MessageKey| {
            let case = self.handled.get(key).and_then(case_of);
            case.is_some_and(|case| self.case(case).is_some())
        };
        let older: Vec<_> = older.filter(|key| !has_a_case(key)).collect();
        done.more |= older.len() > limit;
        messages.extend(older.into_iter().take(limit));
        for key in &messages {
            done.messages += u64::from(self.handled.remove(key).is_some());
        }
        let messages: BTreeSet<_> = messages.into_iter().collect();
        let all = self.journal.len();
        self.journal.retain(|_, entry| {
            let key = entry.record.event.message();
            entry.record.at >= before || !key.is_some_and(|key| messages.contains(key))
        });
        done.records += (all - self.journal.len()) as u64;
        for key in &messages {
            let of_citizen =
                |case: &Case| case.key.account() == key.account() && case.key.sender() == key.sender();
            let party = (key.account().clone(), key.sender().clone());
            let conversation = self.conversations.get(&party);
            let last_at = conversation.and_then(|conversation| conversation.last_at);
            let ended = last_at.is_some_and(|last| last < before);
            if ended && !self.in_order().any(of_citizen) {
                self.conversations.remove(&party);
                done.conversations += 1;
            }
        }
        if done.records > 0 || !done.cases.is_empty() {
            self.drop_removed_turns();
            let cases = done.cases.clone();
            self.append([store_record(Event::Pruned { before, cases }, now)]);
        }
        done
    }

    fn last_record(&self, id: &CaseId) -> Timestamp {
        let records = self.journal.values().map(|entry| &entry.record);
        let of_case = records.filter(|record| record.case.as_ref() == Some(id));
        of_case.map(|record| record.at).max().unwrap_or(Timestamp::MAX)
    }
}
