//! Values to rows and back.

use std::error::Error;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, ToSql, named_params, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::case::{Case, Priority, State};
use crate::store::{StoreError, queue};

/// Turns an error, SQLite's mostly, into the store's.
pub(super) fn backend<E: Error + Send + Sync + 'static>(action: &'static str) -> impl Fn(E) -> StoreError {
    move |error| StoreError::Backend {
        action,
        source: Box::new(error),
    }
}

/// A value as it is stored.
pub(super) fn to_body(value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|error| StoreError::Backend {
        action: "write a value as JSON",
        source: Box::new(error),
    })
}

/// A stored value; the error's text says what is wrong with it.
pub(super) fn from_body<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> Result<T, String> {
    let body = row.get_ref(column).map_err(|error| error.to_string())?;
    let bytes = body.as_bytes().map_err(|error| error.to_string())?;
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// A text column, readable even where it is damaged.
pub(super) fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        _ => String::new(),
    })
}

/// A row that can't be read, as the error of the one who asked for it.
pub(super) fn unreadable(what: &'static str, id: &str, reason: String) -> StoreError {
    StoreError::Unreadable {
        what,
        id: id.to_owned(),
        reason,
    }
}

/// Where a case stands, as the indexes see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum QueueClass {
    Waiting = 0,
    /// Claimed, and the lease was seen to have ended.
    Lapsed = 1,
    Claimed = 2,
    Answered = 3,
    Closed = 4,
    Awaiting = 5,
    Offered = 6,
    Merged = 7,
}

impl QueueClass {
    /// Where a case of this state is written. Only the passing of time makes a claimed one lapse.
    pub(super) fn of(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Claimed => Self::Claimed,
            State::AwaitingCitizen => Self::Awaiting,
            State::Offered => Self::Offered,
            State::Answered => Self::Answered,
            State::Closed => Self::Closed,
            State::Merged => Self::Merged,
        }
    }

    /// The lanes in which cases of this state are found.
    pub(super) fn holding(state: State) -> &'static [Self] {
        match state {
            State::Waiting => &[Self::Waiting],
            State::Claimed => &[Self::Lapsed, Self::Claimed],
            State::AwaitingCitizen => &[Self::Awaiting],
            State::Offered => &[Self::Offered],
            State::Merged => &[Self::Merged],
            State::Answered => &[Self::Answered],
            State::Closed => &[Self::Closed],
        }
    }

    /// The lanes in which cases of these states are found; all of them where none is given.
    pub(super) fn of_states(states: &[State]) -> Vec<Self> {
        let asked = State::ALL
            .into_iter()
            .filter(|state| states.is_empty() || states.contains(state));
        asked.flat_map(Self::holding).copied().collect()
    }
}

/// The state of the cases in a lane.
pub(super) fn state_of(lane: i64) -> Option<State> {
    let holds = |state: &State| {
        QueueClass::holding(*state)
            .iter()
            .any(|held| *held as i64 == lane)
    };
    State::ALL.into_iter().find(holds)
}

/// The priority of a rank.
pub(super) fn priority_of(number: i64) -> Option<Priority> {
    let all = [Priority::Urgent, Priority::High, Priority::Normal];
    all.into_iter().find(|priority| rank(*priority) == number)
}

/// A priority as a number that rises along the queue.
pub(super) fn rank(priority: Priority) -> i64 {
    match priority {
        Priority::Urgent => 0,
        Priority::High => 1,
        Priority::Normal => 2,
    }
}

/// A version as SQLite counts; a version past its range matches no row.
pub(super) fn version(version: u64) -> i64 {
    i64::try_from(version).unwrap_or(i64::MAX)
}

/// A case with its body already written: made on the caller's thread, so that the writer only stores.
pub(super) struct CaseRow {
    pub(super) case: Case,
    pub(super) body: String,
    said: Vec<u8>,
    /// When its last record was written, if it has ended.
    ended: Option<i64>,
}

impl CaseRow {
    /// A case whose last record was written at `at`.
    pub(super) fn new(case: Case, at: Timestamp) -> Result<Self, StoreError> {
        Ok(Self {
            body: to_body(&case)?,
            said: queue::said(&case).into_bytes(),
            ended: case.state.is_over().then(|| queue::micros(at)),
            case,
        })
    }

    /// Stores a new case; `false` when there is one of this number.
    pub(super) fn insert(&self, db: &Connection) -> rusqlite::Result<bool> {
        let sql =
            "INSERT INTO cases (id, version, lane, rank, due, owing, sounds, lease, account, citizen, department, theme, body,
                 arrived, holder, offered, said, ended, sends, stuck)
             VALUES (:id, :version, :lane, :rank, :due, :owing, :sounds, :lease, :account, :citizen, :department, :theme,
                 :body, :arrived, :holder, :offered, :said, :ended, :sends, :stuck)
             ON CONFLICT DO NOTHING";
        let stored = self.store(db, sql, &[])?;
        if stored {
            self.count(db)?;
        }
        Ok(stored)
    }

    /// Stores a case's next state; `false` when it is not there at version `expected`.
    pub(super) fn update(&self, db: &Connection, expected: u64) -> rusqlite::Result<bool> {
        let sql =
            "UPDATE cases SET version = :version, lane = :lane, rank = :rank, due = :due, owing = :owing,
                 sounds = :sounds, lease = :lease, account = :account, citizen = :citizen, department = :department, theme = :theme,
                 body = :body, arrived = :arrived, holder = :holder, offered = :offered, said = :said, ended = :ended,
                 sends = :sends, stuck = :stuck
             WHERE id = :id AND version = :expected";
        self.store(db, sql, &[(":expected", &version(expected))])
    }

    /// Counts a new case.
    fn count(&self, db: &Connection) -> rusqlite::Result<()> {
        let case = &self.case;
        let theme = case.theme.as_ref().map(|theme| theme.as_str());
        let mut statement = db.prepare_cached(
            "INSERT INTO tally (account, department, themed, theme, lane, rank, cases) VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)
             ON CONFLICT DO UPDATE SET cases = cases + 1",
        )?;
        let counted = statement.execute(params![
            case.key.account().as_str(),
            case.department.as_str(),
            theme.is_some(),
            theme.unwrap_or_default(),
            QueueClass::of(case.state) as i64,
            rank(case.priority),
        ]);
        counted.map(drop)
    }

    fn store(&self, db: &Connection, sql: &str, more: &[(&str, &dyn ToSql)]) -> rusqlite::Result<bool> {
        let case = &self.case;
        let columns = named_params! {
            ":id": case.id.as_str(),
            ":version": version(case.version),
            ":lane": QueueClass::of(case.state) as i64,
            ":rank": rank(case.priority),
            ":due": queue::next_due(case),
            ":owing": queue::open_due(case),
            ":sounds": queue::next_alarm(case),
            ":lease": queue::lease_end(case),
            ":account": case.key.account().as_str(),
            ":citizen": case.key.sender().as_str(),
            ":department": case.department.as_str(),
            ":theme": case.theme.as_ref().map(|theme| theme.as_str()),
            ":body": self.body,
            ":arrived": queue::arrived(case),
            ":holder": queue::holder(case).map(|agent| agent.as_str()),
            ":offered": queue::offered_to(case).map(|department| department.as_str()),
            ":said": self.said,
            ":ended": self.ended,
            ":sends": queue::sends(case),
            ":stuck": queue::stuck(case),
        };
        let values = [columns, more].concat();
        Ok(db.prepare_cached(sql)?.execute(values.as_slice())? == 1)
    }
}
