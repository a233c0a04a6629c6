//! A walk along the journal that follows the chain and finds what does not belong.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::parts::{digest, join};
use super::{Content, Digest, JournalHead, JournalKey};
use crate::case::{CaseId, Event, Record};
use crate::store::{Seq, Tampering};

/// A journal's row.
#[derive(Default)]
pub(in crate::store) struct Sealed {
    pub(in crate::store) place: i64,
    pub(in crate::store) at: i64,
    pub(in crate::store) v: i64,
    pub(in crate::store) case: Option<Vec<u8>>,
    /// Empty where retention has removed the record.
    pub(in crate::store) body: Vec<u8>,
    pub(in crate::store) personal: Option<Vec<u8>>,
    pub(in crate::store) salt: Option<Vec<u8>>,
    pub(in crate::store) digest: Option<Vec<u8>>,
    pub(in crate::store) talk: Option<i64>,
    pub(in crate::store) nonce: Option<i64>,
    /// The record's hash, where it is kept: that of a record that was removed can't be made again.
    pub(in crate::store) hash: Option<Vec<u8>>,
    /// The record's link, where each has one.
    pub(in crate::store) link: Option<Vec<u8>>,
}

impl Sealed {
    pub(in crate::store) fn content(&self) -> Content<'_> {
        Content {
            at: self.at,
            v: self.v,
            case: self.case.as_deref(),
            body: &self.body,
            digest: self.digest.as_deref(),
            talk: self.talk,
            nonce: self.nonce,
        }
    }

    pub(in crate::store) fn is_removed(&self) -> bool {
        self.body.is_empty() && self.hash.is_some()
    }

    fn seq(&self) -> Seq {
        Seq(self.place.unsigned_abs())
    }
}

/// What was met on the way.
pub(in crate::store) struct Walk<'a> {
    key: Option<&'a JournalKey>,
    exported: Option<&'a JournalHead>,
    /// Whether each record must have a link of its own.
    linked: bool,
    link: Digest,
    count: u64,
    pub(in crate::store) found: Vec<Tampering>,
    pub(in crate::store) records: u64,
    pub(in crate::store) erased: u64,
    pub(in crate::store) removed: u64,
    rights: Rights,
    erasures: Vec<(i64, Option<CaseId>, bool)>,
    removals: Vec<(i64, i64, Option<CaseId>)>,
}

/// What records say may have been erased and removed, each with the place of the last one that says so.
#[derive(Default)]
struct Rights {
    erased: HashMap<CaseId, i64>,
    recipients_erased: HashMap<CaseId, i64>,
    forgotten: HashSet<i64>,
    pruned: HashMap<CaseId, i64>,
    before: Vec<(i64, i64)>,
}

impl<'a> Walk<'a> {
    /// A walk that begins behind `base`, which is the chain's beginning where nothing was cut off there.
    pub(in crate::store) fn new(
        key: Option<&'a JournalKey>,
        base: Option<&JournalHead>,
        exported: Option<&'a JournalHead>,
        linked: bool,
    ) -> Self {
        let genesis = || key.map_or([0; 32], JournalKey::genesis);
        Self {
            key,
            exported,
            linked,
            link: base.map_or_else(genesis, |base| *base.link()),
            count: base.map_or(0, JournalHead::count),
            found: Vec::new(),
            records: 0,
            erased: 0,
            removed: 0,
            rights: Rights::default(),
            erasures: Vec::new(),
            removals: Vec::new(),
        }
    }

    /// Whether there is a chain to follow.
    pub(in crate::store) fn is_sealed(&self) -> bool {
        self.key.is_some()
    }

    /// The next row: its record, or why it can't be read; nothing for one that was removed.
    pub(in crate::store) fn step(&mut self, row: &Sealed) -> Option<Result<Record, String>> {
        self.follow(row, true);
        self.contents(row)
    }

    /// The next row, which is not sealed yet.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn step_unsealed(&mut self, row: &Sealed) -> Option<Result<Record, String>> {
        self.follow(row, false);
        self.contents(row)
    }

    fn follow(&mut self, row: &Sealed, sealed: bool) {
        let Some(key) = self.key else { return };
        let mut hash = key.record(&row.content());
        if let Some(kept) = &row.hash {
            let kept = known(kept);
            if !row.is_removed() && kept != hash {
                self.found.push(Tampering::Broken(row.seq()));
            }
            hash = kept;
        }
        if !sealed {
            return;
        }
        let link = key.link(&self.link, row.place, row.at, row.case.as_deref(), &hash);
        self.link = link;
        self.count += 1;
        if self.linked {
            let kept = row.link.as_deref().map(known);
            if kept != Some(link) {
                self.found.push(Tampering::Broken(row.seq()));
            }
            // Goes on from what stands there, so that each fault is found once.
            self.link = kept.unwrap_or(link);
        }
        if let Some(exported) = self.exported.filter(|exported| exported.count() == self.count)
            && *exported.link() != self.link
        {
            self.found.push(Tampering::OtherHead);
        }
    }

    /// A kept end of the chain, at this place: it must be what the records before it lead to.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn kept(&mut self, place: i64, head: &JournalHead) {
        if self.key.is_some() && (self.count, self.link) != (head.count(), *head.link()) {
            self.found.push(Tampering::Broken(Seq(place.unsigned_abs())));
            (self.count, self.link) = (head.count(), *head.link());
        }
    }

    /// The end that the store itself keeps, when the walk is at its end.
    #[cfg(feature = "sqlite")]
    pub(in crate::store) fn ends_at(&mut self, head: &JournalHead) {
        if self.key.is_none() || (self.count, self.link) == (head.count(), *head.link()) {
            return;
        }
        self.found.push(match head.count().checked_sub(self.count) {
            Some(missing) if missing > 0 => Tampering::Cut {
                records: self.count,
                missing,
            },
            _ => Tampering::OtherHead,
        });
    }

    fn contents(&mut self, row: &Sealed) -> Option<Result<Record, String>> {
        let case = row.case.as_deref().map(name);
        if row.is_removed() {
            self.removed += 1;
            self.removals.push((row.place, row.at, case));
            return None;
        }
        self.records += 1;
        let whole = match (&row.personal, &row.salt, &row.digest) {
            (Some(text), Some(salt), Some(kept)) => digest(salt, text) == known(kept),
            (Some(_), ..) => false,
            (None, ..) => true,
        };
        if !whole {
            self.found.push(Tampering::Broken(row.seq()));
        }
        let record = match join(&row.body, row.personal.as_deref()) {
            Ok(record) => record,
            Err(reason) => return Some(Err(reason)),
        };
        if row.personal.is_none() && row.digest.is_some() {
            self.erased += 1;
            let recipients = matches!(record.event, Event::Absorbed { .. });
            self.erasures.push((row.place, case.clone(), recipients));
        }
        self.rights.grant(row.place, case, &record.event);
        Some(Ok(record))
    }

    /// Until when whatever is older may have been removed.
    pub(in crate::store) fn pruned_before(&self) -> i64 {
        let before = self.rights.before.iter().map(|(_, before)| *before);
        before.max().unwrap_or(i64::MIN)
    }

    /// Everything that was found, at the end of the way.
    pub(in crate::store) fn end(mut self) -> Vec<Tampering> {
        for (place, case, recipients) in &self.erasures {
            if !self.rights.erased(*place, case.as_ref(), *recipients) {
                self.found.push(Tampering::Erased(Seq(place.unsigned_abs())));
            }
        }
        for (place, at, case) in &self.removals {
            if !self.rights.removed(*place, *at, case.as_ref()) {
                self.found.push(Tampering::Removed(Seq(place.unsigned_abs())));
            }
        }
        if let Some(exported) = self.exported.filter(|exported| exported.count() > self.count) {
            let (records, missing) = (self.count, exported.count() - self.count);
            self.found.push(Tampering::Cut { records, missing });
        }
        self.found
    }
}

impl Rights {
    fn grant(&mut self, place: i64, case: Option<CaseId>, event: &Event) {
        match (event, case) {
            (Event::Erased { .. }, Some(case)) => drop(self.erased.insert(case, place)),
            (Event::RecipientsErased { .. }, Some(case)) => drop(self.recipients_erased.insert(case, place)),
            (Event::Forgotten { places }, _) => {
                let places = places.iter().filter_map(|place| i64::try_from(*place).ok());
                self.forgotten.extend(places.filter(|earlier| *earlier < place));
            }
            (Event::Pruned { before, cases }, _) => {
                self.before.push((place, micros(*before)));
                self.pruned.extend(cases.iter().map(|case| (case.clone(), place)));
            }
            _ => {}
        }
    }

    fn erased(&self, place: i64, case: Option<&CaseId>, recipients: bool) -> bool {
        let later = |by: &HashMap<CaseId, i64>, case| by.get(case).is_some_and(|said| *said > place);
        match case {
            None => self.forgotten.contains(&place),
            Some(case) => later(&self.erased, case) || recipients && later(&self.recipients_erased, case),
        }
    }

    fn removed(&self, place: i64, at: i64, case: Option<&CaseId>) -> bool {
        match case {
            Some(case) => self.pruned.get(case).is_some_and(|said| *said > place),
            None => self
                .before
                .iter()
                .any(|(said, before)| *said > place && at < *before),
        }
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn name(bytes: &[u8]) -> CaseId {
    CaseId::new(String::from_utf8_lossy(bytes))
}

/// A stored hash; one of another length equals none.
fn known(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or([0; 32])
}
