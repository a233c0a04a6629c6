//! Erasing a citizen, inside the writer's transaction.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::chain;
use super::claims::put;
use super::read;
use super::rows::{backend, from_body, text, unreadable};
use crate::case::{Case, CaseId, Event, Record};
use crate::message::{CitizenId, MessageKey};
use crate::reply::Handled;
use crate::store::forget::{bookkeeping, came_along, case_of, goes_on_as, moved};
use crate::store::hash_chain::RecordRow;
use crate::store::{Erasure, JournalKey, StoreError};

/// The accounts, found by a jump each.
const ACCOUNTS: &str = "WITH RECURSIVE accounts (account) AS (
    SELECT min(account) FROM @
    UNION ALL SELECT (SELECT min(account) FROM @ WHERE account > accounts.account) FROM accounts
    WHERE account IS NOT NULL)";

pub(super) fn erase(
    db: &Connection,
    key: Option<&JournalKey>,
    citizen: &CitizenId,
    now: Timestamp,
) -> Result<Erasure, StoreError> {
    Eraser {
        db,
        key,
        citizen,
        now,
    }
    .run()
}

struct Eraser<'a> {
    db: &'a Connection,
    key: Option<&'a JournalKey>,
    citizen: &'a CitizenId,
    now: Timestamp,
}

impl Eraser<'_> {
    fn run(&self) -> Result<Erasure, StoreError> {
        let failed = backend("erase a citizen");
        let mut done = Erasure::default();
        let mut followed = BTreeSet::new();
        let (mut over, mut open) = (Vec::new(), BTreeSet::new());
        for case in self.cases()? {
            let heir = self.heir(&case)?;
            if !case.has_ended() || heir.as_ref().is_some_and(|heir| !heir.has_ended()) {
                open.insert(case.id);
            } else {
                followed.extend(heir.map(|heir| heir.id));
                over.push(case);
            }
        }
        for case in over {
            self.personal_of(&case.id, |_| true).map_err(&failed)?;
            followed.remove(&case.id);
            done.cases.push(case.id.clone());
            let (case, record) = moved(case, Event::Erased { at: self.now }, self.now);
            put(self.db, self.key, case, &record)?;
        }
        for id in followed {
            let heir = read::case(self.db, &id)?.filter(|heir| came_along(heir, self.citizen));
            if let Some(heir) = heir {
                let recipients = |record: &Record| matches!(record.event, Event::Absorbed { .. });
                self.personal_of(&id, recipients).map_err(&failed)?;
                let (case, record) = moved(heir, Event::RecipientsErased { at: self.now }, self.now);
                put(self.db, self.key, case, &record)?;
            }
        }
        let kept = self.outcomes(&open, &mut done)?;
        self.records(&kept)?;
        if open.is_empty() {
            done.conversations = self.conversations().map_err(&failed)?;
        }
        done.open = open.into_iter().collect();
        Ok(done)
    }

    fn cases(&self) -> Result<Vec<Case>, StoreError> {
        let failed = backend("read a citizen's cases");
        let mut statement = self
            .db
            .prepare_cached(
                "SELECT id, body FROM cases INDEXED BY queue_of_citizen WHERE citizen = ?1 ORDER BY id",
            )
            .map_err(&failed)?;
        let mut rows = statement.query([self.citizen.as_str()]).map_err(&failed)?;
        let mut cases = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            match from_body(row, 1) {
                Ok(case) => cases.push(case),
                Err(reason) => return Err(unreadable("case", &text(row, 0).map_err(&failed)?, reason)),
            }
        }
        Ok(cases)
    }

    /// The case in which another goes on at last.
    fn heir(&self, case: &Case) -> Result<Option<Case>, StoreError> {
        heir(self.db, case)
    }

    /// Erases the personal parts of those of a case's records that are meant.
    fn personal_of(&self, id: &CaseId, meant: impl Fn(&Record) -> bool) -> rusqlite::Result<()> {
        let mut statement = self.db.prepare_cached(
            "SELECT seq, body, personal FROM journal WHERE case_id = ?1 AND personal IS NOT NULL",
        )?;
        let mut rows = statement.query([id.as_str()])?;
        let mut places = Vec::new();
        while let Some(row) = rows.next()? {
            if read::record(row, 1).is_ok_and(|record| meant(&record)) {
                places.push(row.get(0)?);
            }
        }
        places.into_iter().try_for_each(|place| self.forget(place))
    }

    fn forget(&self, place: i64) -> rusqlite::Result<()> {
        self.db
            .prepare_cached("UPDATE journal SET personal = NULL, salt = NULL, citizen = NULL WHERE seq = ?1")?
            .execute([place])
            .map(drop)
    }

    /// Removes the outcomes of the citizen's messages but of those that opened a case that is still open; the keys of these.
    fn outcomes(
        &self,
        open: &BTreeSet<CaseId>,
        done: &mut Erasure,
    ) -> Result<BTreeSet<MessageKey>, StoreError> {
        let failed = backend("erase a citizen's messages");
        let sql = ACCOUNTS.replace('@', "handled")
            + " SELECT handled.rowid, body, handled.account, handled.id FROM accounts
                JOIN handled ON handled.account = accounts.account AND sender = ?1";
        let mut statement = self.db.prepare_cached(&sql).map_err(&failed)?;
        let mut rows = statement.query([self.citizen.as_str()]).map_err(&failed)?;
        let (mut kept, mut gone) = (BTreeSet::new(), Vec::new());
        while let Some(row) = rows.next().map_err(&failed)? {
            let handled: Result<Handled, String> = from_body(row, 1);
            match handled {
                Ok(handled) if case_of(&handled).is_some_and(|case| open.contains(case)) => {
                    kept.insert(handled.key);
                }
                _ => gone.push(row.get::<_, i64>(0).map_err(&failed)?),
            }
        }
        let mut remove = self
            .db
            .prepare_cached("DELETE FROM handled WHERE rowid = ?1")
            .map_err(&failed)?;
        for row in gone {
            remove.execute([row]).map_err(&failed)?;
            done.messages += 1;
        }
        Ok(kept)
    }

    /// Erases the records of the citizen's messages, and says so in the journal.
    fn records(&self, kept: &BTreeSet<MessageKey>) -> Result<(), StoreError> {
        let failed = backend("erase a citizen's records");
        let mut statement = self
            .db
            .prepare_cached("SELECT seq, body, personal FROM journal WHERE citizen = ?1 ORDER BY seq")
            .map_err(&failed)?;
        let mut rows = statement.query([self.citizen.as_str()]).map_err(&failed)?;
        let mut places = Vec::new();
        while let Some(row) = rows.next().map_err(&failed)? {
            let place: i64 = row.get(0).map_err(&failed)?;
            let stays = read::record(row, 1)
                .is_ok_and(|record| record.event.message().is_some_and(|key| kept.contains(key)));
            if !stays {
                places.push(place);
            }
        }
        if places.is_empty() {
            return Ok(());
        }
        places
            .iter()
            .try_for_each(|place| self.forget(*place))
            .map_err(&failed)?;
        let places = places.into_iter().map(i64::unsigned_abs).collect();
        let record = bookkeeping(Event::Forgotten { places }, self.now);
        let record = RecordRow::new(&record, None, None, self.key)?;
        chain::append(self.db, self.key, &[record]).map_err(failed)
    }

    fn conversations(&self) -> rusqlite::Result<u64> {
        let sql = ACCOUNTS.replace('@', "conversations")
            + " DELETE FROM conversations WHERE citizen = ?1 AND account IN (SELECT account FROM accounts)";
        let gone = self
            .db
            .prepare_cached(&sql)?
            .execute(params![self.citizen.as_str()])?;
        Ok(gone as u64)
    }
}

/// The case in which another goes on at last; one that is not there any more has none.
pub(super) fn heir(db: &Connection, case: &Case) -> Result<Option<Case>, StoreError> {
    let mut met = BTreeSet::from([case.id.clone()]);
    let (mut heir, mut next) = (None, goes_on_as(case).cloned());
    while let Some(id) = next.filter(|id| met.insert(id.clone())) {
        heir = read::case(db, &id)?.or(heir);
        next = heir.as_ref().and_then(|heir: &Case| goes_on_as(heir).cloned());
    }
    Ok(heir)
}
