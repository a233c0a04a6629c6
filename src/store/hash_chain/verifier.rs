//! Verifies the hash chain along the journal, and that every erasure and removal is recorded.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::parts::{digest, join};
use super::{Content, Digest, JournalHead, JournalKey};
use crate::case::{CaseId, Event, Record};
use crate::store::{Seq, Tampering};

/// A row of the journal.
#[derive(Default)]
pub(in crate::store) struct JournalRow {
    pub(in crate::store) position: i64,
    pub(in crate::store) at: i64,
    pub(in crate::store) record_version: i64,
    pub(in crate::store) case: Option<Vec<u8>>,
    /// Empty where retention has removed the record.
    pub(in crate::store) body: Vec<u8>,
    pub(in crate::store) personal: Option<Vec<u8>>,
    pub(in crate::store) salt: Option<Vec<u8>>,
    pub(in crate::store) digest: Option<Vec<u8>>,
    pub(in crate::store) conversation_version: Option<i64>,
    pub(in crate::store) nonce: Option<i64>,
    /// The stored hash of the record, if any: the hash of a removed record cannot be computed again.
    pub(in crate::store) hash: Option<Vec<u8>>,
    /// The stored link of the record, in a store that keeps one for each.
    pub(in crate::store) chain_hash: Option<Vec<u8>>,
}

impl JournalRow {
    pub(in crate::store) fn content(&self) -> Content<'_> {
        Content {
            at: self.at,
            record_version: self.record_version,
            case: self.case.as_deref(),
            body: &self.body,
            digest: self.digest.as_deref(),
            conversation_version: self.conversation_version,
            nonce: self.nonce,
        }
    }

    pub(in crate::store) fn is_removed(&self) -> bool {
        self.body.is_empty() && self.hash.is_some()
    }

    fn seq(&self) -> Seq {
        Seq(self.position.unsigned_abs())
    }
}

/// Reads the journal's rows in their order, and collects traces of tampering.
pub(in crate::store) struct ChainVerifier<'a> {
    key: Option<&'a JournalKey>,
    exported: Option<&'a JournalHead>,
    /// Whether the store keeps a link for each record.
    has_links: bool,
    chain_hash: Digest,
    count: u64,
    pub(in crate::store) found: Vec<Tampering>,
    pub(in crate::store) records: u64,
    pub(in crate::store) erased: u64,
    pub(in crate::store) removed: u64,
    recorded: Recorded,
    /// Erased records: the position, the case, and whether the record is one of a merger.
    erasures: Vec<(i64, Option<CaseId>, bool)>,
    /// Removed records: the position, the time and the case.
    removals: Vec<(i64, i64, Option<CaseId>)>,
}

/// Recorded erasures and removals, each with the position of the last record of it.
#[derive(Default)]
struct Recorded {
    erased: HashMap<CaseId, i64>,
    recipients_erased: HashMap<CaseId, i64>,
    forgotten: HashSet<i64>,
    pruned: HashMap<CaseId, i64>,
    before: Vec<(i64, i64)>,
}

impl<'a> ChainVerifier<'a> {
    /// A verifier that begins after `base`, the head of the part that retention has cut off, if any.
    pub(in crate::store) fn new(
        key: Option<&'a JournalKey>,
        base: Option<&JournalHead>,
        exported: Option<&'a JournalHead>,
        has_links: bool,
    ) -> Self {
        let genesis = || key.map_or([0; 32], JournalKey::genesis);
        Self {
            key,
            exported,
            has_links,
            chain_hash: base.map_or_else(genesis, |base| *base.hash()),
            count: base.map_or(0, JournalHead::count),
            found: Vec::new(),
            records: 0,
            erased: 0,
            removed: 0,
            recorded: Recorded::default(),
            erasures: Vec::new(),
            removals: Vec::new(),
        }
    }

    /// Whether the journal has a key, and with it a chain.
    pub(in crate::store) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    /// Verifies the next row and gives its record, or the reason why it is unreadable; `None` for a removed
    /// record.
    pub(in crate::store) fn verify(&mut self, row: &JournalRow) -> Option<Result<Record, String>> {
        self.verify_hash(row, true);
        self.verify_contents(row)
    }

    /// Verifies the next row, which is not part of the chain yet.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn verify_unchained(&mut self, row: &JournalRow) -> Option<Result<Record, String>> {
        self.verify_hash(row, false);
        self.verify_contents(row)
    }

    fn verify_hash(&mut self, row: &JournalRow, chained: bool) {
        let Some(key) = self.key else { return };
        let mut hash = key.record(&row.content());
        if let Some(kept) = &row.hash {
            let kept = known(kept);
            if !row.is_removed() && kept != hash {
                self.found.push(Tampering::Broken(row.seq()));
            }
            hash = kept;
        }
        if !chained {
            return;
        }
        let chain_hash = key.link(&self.chain_hash, row.position, row.at, row.case.as_deref(), &hash);
        self.chain_hash = chain_hash;
        self.count += 1;
        if self.has_links {
            let kept = row.chain_hash.as_deref().map(known);
            if kept != Some(chain_hash) {
                self.found.push(Tampering::Broken(row.seq()));
            }
            // Continues from the stored link, so that each fault is reported once.
            self.chain_hash = kept.unwrap_or(chain_hash);
        }
        if let Some(exported) = self.exported.filter(|exported| exported.count() == self.count)
            && *exported.hash() != self.chain_hash
        {
            self.found.push(Tampering::OtherHead);
        }
    }

    /// Compares a stored head at this position with the chain up to there.
    #[cfg(feature = "postgres")]
    pub(in crate::store) fn compare_head(&mut self, position: i64, head: &JournalHead) {
        if self.key.is_some() && (self.count, self.chain_hash) != (head.count(), *head.hash()) {
            self.found.push(Tampering::Broken(Seq(position.unsigned_abs())));
            (self.count, self.chain_hash) = (head.count(), *head.hash());
        }
    }

    /// Compares the head that the store keeps with the end of the chain, after the last row.
    #[cfg(feature = "sqlite")]
    pub(in crate::store) fn compare_end(&mut self, head: &JournalHead) {
        if self.key.is_none() || (self.count, self.chain_hash) == (head.count(), *head.hash()) {
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

    fn verify_contents(&mut self, row: &JournalRow) -> Option<Result<Record, String>> {
        let case = row.case.as_deref().map(name);
        if row.is_removed() {
            self.removed += 1;
            self.removals.push((row.position, row.at, case));
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
            let recipients = record.event.names_recipients();
            self.erasures.push((row.position, case.clone(), recipients));
        }
        self.recorded.add(row.position, case, &record.event);
        Some(Ok(record))
    }

    /// Everything before this instant may have been removed.
    pub(in crate::store) fn pruned_before(&self) -> i64 {
        let before = self.recorded.before.iter().map(|(_, before)| *before);
        before.max().unwrap_or(i64::MIN)
    }

    /// Everything that was found, after the last row.
    pub(in crate::store) fn finish(mut self) -> Vec<Tampering> {
        for (position, case, recipients) in &self.erasures {
            if !self.recorded.erased(*position, case.as_ref(), *recipients) {
                self.found.push(Tampering::Erased(Seq(position.unsigned_abs())));
            }
        }
        for (position, at, case) in &self.removals {
            if !self.recorded.removed(*position, *at, case.as_ref()) {
                self.found.push(Tampering::Removed(Seq(position.unsigned_abs())));
            }
        }
        if let Some(exported) = self.exported.filter(|exported| exported.count() > self.count) {
            let (records, missing) = (self.count, exported.count() - self.count);
            self.found.push(Tampering::Cut { records, missing });
        }
        self.found
    }
}

impl Recorded {
    fn add(&mut self, position: i64, case: Option<CaseId>, event: &Event) {
        match (event, case) {
            (Event::Erased { .. }, Some(case)) => {
                self.erased.insert(case, position);
            }
            (Event::RecipientsErased { .. }, Some(case)) => {
                self.recipients_erased.insert(case, position);
            }
            (Event::Forgotten { places }, _) => {
                let places = places.iter().filter_map(|position| i64::try_from(*position).ok());
                self.forgotten
                    .extend(places.filter(|earlier| *earlier < position));
            }
            (Event::Pruned { before, cases }, _) => {
                self.before.push((position, micros(*before)));
                self.pruned
                    .extend(cases.iter().map(|case| (case.clone(), position)));
            }
            _ => {}
        }
    }

    fn erased(&self, position: i64, case: Option<&CaseId>, recipients: bool) -> bool {
        let later = |by: &HashMap<CaseId, i64>, case| by.get(case).is_some_and(|later| *later > position);
        match case {
            None => self.forgotten.contains(&position),
            Some(case) => later(&self.erased, case) || recipients && later(&self.recipients_erased, case),
        }
    }

    fn removed(&self, position: i64, at: i64, case: Option<&CaseId>) -> bool {
        match case {
            Some(case) => self.pruned.get(case).is_some_and(|later| *later > position),
            None => self
                .before
                .iter()
                .any(|(later, before)| *later > position && at < *before),
        }
    }
}

fn micros(at: Timestamp) -> i64 {
    at.as_microsecond()
}

fn name(bytes: &[u8]) -> CaseId {
    CaseId::new(String::from_utf8_lossy(bytes))
}

/// A stored hash. One of another length equals no hash.
fn known(bytes: &[u8]) -> Digest {
    bytes.try_into().unwrap_or([0; 32])
}
