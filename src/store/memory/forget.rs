//! What a memory store lets go.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::super::forget::{bookkeeping, came_along, case_of, goes_on_as, moved};
use super::super::{Erasure, Pruning};
use super::tables::Tables;
use crate::case::{Case, CaseId, Event, Record};
use crate::message::{CitizenId, MessageKey};

impl Tables {
    pub(super) fn erase(&mut self, citizen: &CitizenId, now: Timestamp) -> Erasure {
        let of_citizen = self.in_order().filter(|case| case.key.sender() == citizen);
        let mut cases: Vec<Case> = of_citizen.cloned().collect();
        cases.sort_by(|one, other| one.id.cmp(&other.id));
        let mut done = Erasure::default();
        let mut followed = BTreeSet::new();
        let is_open = |case: &Case| !case.has_ended();
        let (over, open): (Vec<Case>, Vec<Case>) = cases
            .into_iter()
            .partition(|case| !is_open(case) && !self.heir(case).is_some_and(is_open));
        done.open = open.into_iter().map(|case| case.id).collect();
        followed.extend(
            over.iter()
                .filter_map(|case| self.heir(case))
                .map(|heir| heir.id.clone()),
        );
        for case in over {
            let id = case.id.clone();
            self.forget(|record| record.case.as_ref() == Some(&id));
            followed.remove(&id);
            done.cases.push(id);
            self.moved(moved(case, Event::Erased { at: now }, now));
        }
        for id in followed {
            let heir = self.case(&id).filter(|heir| came_along(heir, citizen)).cloned();
            if let Some(heir) = heir {
                self.forget(|record| {
                    record.case.as_ref() == Some(&id) && matches!(record.event, Event::Absorbed { .. })
                });
                self.moved(moved(heir, Event::RecipientsErased { at: now }, now));
            }
        }
        let (mut kept, mut gone) = (BTreeSet::new(), Vec::new());
        for (key, handled) in self.handled.iter().filter(|(key, _)| key.sender() == citizen) {
            if case_of(handled).is_some_and(|case| done.open.contains(case)) {
                kept.insert(key.clone());
            } else {
                gone.push(key.clone());
            }
        }
        done.messages = gone.len() as u64;
        for key in gone {
            self.handled.remove(&key);
        }
        let places = self.forget(|record| {
            let key = record.event.message();
            key.is_some_and(|key| key.sender() == citizen && !kept.contains(key))
        });
        if !places.is_empty() {
            self.append([bookkeeping(Event::Forgotten { places }, now)]);
        }
        if done.open.is_empty() {
            let before = self.conversations.len();
            self.conversations.retain(|(_, whose), _| whose != citizen);
            done.conversations = (before - self.conversations.len()) as u64;
        }
        done
    }

    /// Erases the records that are meant; their places.
    fn forget(&mut self, meant: impl Fn(&Record) -> bool) -> Vec<u64> {
        let mut places = Vec::new();
        for (place, entry) in self.journal.iter_mut().filter(|(_, entry)| meant(&entry.record)) {
            let erased = entry.record.clone().erased();
            if erased != entry.record {
                entry.record = erased;
                entry.erased = true;
                places.push(*place);
            }
        }
        places
    }

    /// The case in which another goes on at last.
    fn heir(&self, case: &Case) -> Option<&Case> {
        let mut met = BTreeSet::from([&case.id]);
        let mut next = goes_on_as(case).filter(|id| *id != &case.id);
        let mut heir = None;
        while let Some(id) = next {
            heir = self.case(id).or(heir);
            next = self.case(id).and_then(goes_on_as).filter(|id| met.insert(id));
        }
        heir
    }

    pub(super) fn prune(&mut self, before: Timestamp, limit: usize, now: Timestamp) -> Pruning {
        let mut done = Pruning::default();
        let mut ended: Vec<(Timestamp, CaseId)> = self
            .in_order()
            .filter(|case| case.has_ended() && self.heir(case).is_none_or(Case::has_ended))
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
            let talk = self.conversations.get(&party);
            let ended = talk.is_some_and(|talk| talk.last_at.is_some_and(|last| last < before));
            if ended && !self.in_order().any(of_citizen) {
                self.conversations.remove(&party);
                done.conversations += 1;
            }
        }
        if done.records > 0 || !done.cases.is_empty() {
            let cases = done.cases.clone();
            self.append([bookkeeping(Event::Pruned { before, cases }, now)]);
        }
        done
    }

    fn last_record(&self, id: &CaseId) -> Timestamp {
        let records = self.journal.values().map(|entry| &entry.record);
        let of_case = records.filter(|record| record.case.as_ref() == Some(id));
        of_case.map(|record| record.at).max().unwrap_or(Timestamp::MAX)
    }
}
