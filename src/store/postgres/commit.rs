//! A change set as one turn: everything that it assumes is checked while it is written.

use uuid::Uuid;

use super::pipeline::{Pipeline, Statement};
use super::pool::ConnectionPool;
use super::retry::{Problem, retried};
use super::rows::{self, to_body, version};
use super::tables::Tables;
use crate::case::{Case, CaseId, Record};
use crate::message::Conversation;
use crate::reply::Handled;
use crate::store::hash_chain::{Digest, RecordRow, seal_of_conversation, seal_of_outcome};
use crate::store::{CaseChange, ChangeSet, Conflict, StoreError, queue};

/// The most records of one commit: what a place has room for beside the commit's number.
pub(super) const RECORDS: usize = 65_535;

/// Makes the set true, or finds out what does not hold.
pub(super) fn commit(
    pool: &ConnectionPool,
    tables: &Tables,
    mut change: ChangeSet,
) -> Result<(), StoreError> {
    // Two sets that move the same cases lock them in the same order.
    change.cases.sort_by(|one, other| one.case.id.cmp(&other.case.id));
    if change.records.len() > RECORDS {
        let message = format!(
            "a set of {} records is too large: {RECORDS} at most",
            change.records.len()
        );
        return Err(StoreError::Refused(message));
    }
    if change == ChangeSet::default() {
        return Ok(());
    }
    let fences = fences(&change);
    retried("commit a change", || {
        let failure = match pool.session().pipeline(pipeline(tables, &change)?) {
            Ok(_) => return Ok(()),
            Err(failure) => failure,
        };
        let broken = failure.broken_fence().and_then(|n| fences.get(n));
        Err(match broken {
            Some(conflict) => Problem::Refused(conflict.clone().into()),
            None => failure.into(),
        })
    })
}

/// What it means when the turn's first, second, … statement finds something else than what was read.
fn fences(change: &ChangeSet) -> Vec<Conflict> {
    let handled = change.handled.iter().map(|_| Conflict::Handled);
    let conversation = change.conversation.iter().map(|_| Conflict::Conversation);
    let cases = change
        .cases
        .iter()
        .map(|next| Conflict::Case(next.case.id.clone()));
    handled.chain(conversation).chain(cases).collect()
}

/// The statements, in the order of [`fences`]; what may have to wait for others comes before the journal.
fn pipeline(tables: &Tables, change: &ChangeSet) -> Result<Pipeline, StoreError> {
    let mut pipeline = if change.cases.is_empty() {
        tables.write_relaxed()
    } else {
        tables.write()
    };
    if let Some(handled) = &change.handled {
        pipeline = pipeline.then(insert_handled(tables, handled)?);
    }
    if let Some(conversation) = &change.conversation {
        pipeline = pipeline.then(put_conversation(tables, conversation)?);
    }
    for CaseChange { expected, case } in &change.cases {
        let ended = ended(case, &change.records);
        pipeline = pipeline.then(match expected {
            None => insert_case(tables, case, ended)?,
            Some(expected) => update_case(tables, case, ended, *expected)?,
        });
    }
    // The first record answers for the conversation too.
    let talk = change.conversation.as_ref();
    let talk = talk.map(|read| version(read.version.saturating_add(1)));
    let pipeline = append(tables, pipeline, &change.records, talk)?;
    Ok(pipeline.committing())
}

fn insert_handled(tables: &Tables, handled: &Handled) -> Result<Statement, StoreError> {
    let key = &handled.key;
    let sql = "INSERT INTO @.handled (account, sender, id, body, seal) VALUES ($1, $2, $3, $4, $5)";
    let statement = tables.statement(sql).name(key.account().as_str());
    let statement = statement.name(key.sender().as_str()).name(key.id());
    let body = to_body(handled)?;
    let seal = tables
        .key()
        .map(|secret| seal_of_outcome(secret, key, &body).to_vec());
    Ok(statement.body(body).bytes_or_null(seal))
}

fn put_conversation(tables: &Tables, read: &Conversation) -> Result<Statement, StoreError> {
    let next = Conversation {
        version: read.version.saturating_add(1),
        ..read.clone()
    };
    let sql = if read.version == 0 {
        "INSERT INTO @.conversations (account, citizen, version, body, seal) VALUES ($1, $2, $3 + 1, $4, $5)"
    } else {
        "WITH moved AS (
             UPDATE @.conversations SET version = version + 1, body = $4, seal = $5
             WHERE account = $1 AND citizen = $2 AND version = $3 RETURNING 1)
         INSERT INTO @.fence SELECT false WHERE NOT EXISTS (SELECT FROM moved)"
    };
    let statement = tables.statement(sql).name(read.account.as_str());
    let statement = statement
        .name(read.citizen.as_str())
        .number(version(read.version));
    let body = to_body(&next)?;
    let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
    let seal = tables
        .key()
        .map(|key| seal_of_conversation(key, account, citizen, version(next.version), &body).to_vec());
    Ok(statement.body(body).bytes_or_null(seal))
}

/// When a case ended, by the last of its records; nothing for one that has not.
fn ended(case: &Case, records: &[Record]) -> Option<i64> {
    let of_case = records
        .iter()
        .filter(|record| record.case.as_ref() == Some(&case.id));
    let last = of_case.map(|record| queue::micros(record.at)).max();
    last.filter(|_| case.state.is_over())
}

fn insert_case(tables: &Tables, case: &Case, ended: Option<i64>) -> Result<Statement, StoreError> {
    let sql = "INSERT INTO @.cases
                   (id, version, state, rank, due, owing, free_at, token, account, citizen, department, theme, body, sounds,
                    arrived, holder, offered, said, ended, sends, stuck)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)";
    columns(tables.statement(sql), case, ended)
}

/// The case's next state, if it is there at version `expected`.
fn update_case(
    tables: &Tables,
    case: &Case,
    ended: Option<i64>,
    expected: u64,
) -> Result<Statement, StoreError> {
    let statement = columns(tables.statement(&moving("")), case, ended)?;
    Ok(statement.number(version(expected)))
}

/// The case's next state after one record, if it stands exactly as `before`: version, state and claim.
pub(super) fn move_case(
    tables: &Tables,
    before: &Case,
    case: &Case,
    record: &Record,
) -> Result<Statement, StoreError> {
    let sql = moving(" AND state = $23 AND token IS NOT DISTINCT FROM $24");
    let ended = ended(case, std::slice::from_ref(record));
    let statement = columns(tables.statement(&sql), case, ended)?;
    let statement = statement
        .number(version(before.version))
        .small(rows::state(before.state));
    Ok(statement.name_or_null(token(before)))
}

fn moving(condition: &str) -> String {
    format!(
        "WITH moved AS (
             UPDATE @.cases SET version = $2, state = $3, rank = $4, due = $5, owing = $6, free_at = $7, token = $8,
                 account = $9, citizen = $10, department = $11, theme = $12, body = $13, sounds = $14,
                 arrived = $15, holder = $16, offered = $17, said = $18, ended = $19, sends = $20, stuck = $21
             WHERE id = $1 AND version = $22{condition} RETURNING 1)
         INSERT INTO @.fence SELECT false WHERE NOT EXISTS (SELECT FROM moved)"
    )
}

/// Binds a case's columns to `$1` to `$21`.
fn columns(statement: Statement, case: &Case, ended: Option<i64>) -> Result<Statement, StoreError> {
    let statement = statement
        .name(case.id.as_str())
        .number(version(case.version))
        .small(rows::state(case.state))
        .small(rows::rank(case.priority))
        .number(queue::next_due(case))
        .number_or_null(queue::open_due(case))
        .number_or_null(rows::free_at(case))
        .name_or_null(token(case))
        .name(case.key.account().as_str())
        .name(case.key.sender().as_str())
        .name(case.department.as_str())
        .name_or_null(case.theme.as_ref().map(|theme| theme.as_str()));
    let statement = statement.body(to_body(case)?);
    let statement = places(statement.number_or_null(queue::next_alarm(case)), case);
    let statement = statement.number_or_null(ended).number_or_null(queue::sends(case));
    Ok(statement.number_or_null(queue::stuck(case)))
}

/// Binds what a case is found by besides, to the next four values.
pub(super) fn places(statement: Statement, case: &Case) -> Statement {
    statement
        .number(queue::arrived(case))
        .name_or_null(queue::holder(case).map(|agent| agent.as_str()))
        .name_or_null(queue::offered_to(case).map(|department| department.as_str()))
        .bytes(queue::said(case).into_bytes())
}

fn token(case: &Case) -> Option<&str> {
    case.claim.as_ref().map(|claim| claim.token.as_str())
}

/// The turn with the records at the journal's end; the first stands beside version `talk` of a conversation.
///
/// Whoever shares the gate waits for nobody any more, so a reader who closes it does not wait for long.
pub(super) fn append(
    tables: &Tables,
    pipeline: Pipeline,
    records: &[Record],
    mut talk: Option<i64>,
) -> Result<Pipeline, StoreError> {
    if records.is_empty() {
        return Ok(pipeline);
    }
    let sql = "WITH this AS MATERIALIZED (SELECT nextval('@.commits') AS number)
               INSERT INTO @.journal
                   (place, at, v, case_id, body, personal, salt, digest, citizen, talk, nonce, hash)
               SELECT this.number * 65536 + record.n, record.at, record.v, record.case_id, record.body,
                   record.personal, record.salt, record.digest, record.citizen, record.talk, record.nonce, record.hash
               FROM this, unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY AS record
                   (at, v, case_id, body, personal, salt, digest, citizen, talk, nonce, hash, n)";
    let rows = records
        .iter()
        .map(|record| RecordRow::new(record, talk.take(), tables.key().map(|_| nonce()), tables.key()));
    let mut rows = rows.collect::<Result<Vec<_>, _>>()?;
    let name = |case: &CaseId| case.as_str().as_bytes().to_vec();
    let digest = |digest: Option<Digest>| digest.map(|digest| digest.to_vec());
    let personal: Vec<_> = rows.iter_mut().map(|row| row.parts.personal.take()).collect();
    let salts = personal
        .iter()
        .map(|part| part.as_ref().map(|part| part.salt.to_vec()));
    let statement = tables
        .statement(sql)
        .numbers(rows.iter().map(|row| row.at).collect())
        .numbers(rows.iter().map(|row| row.v.into()).collect())
        .names(rows.iter().map(|row| row.case.as_ref().map(name)).collect())
        .bodies(
            rows.iter_mut()
                .map(|row| std::mem::take(&mut row.parts.body))
                .collect(),
        );
    let salts = salts.collect();
    let statement = statement
        .bodies_or_null(
            personal
                .into_iter()
                .map(|part| part.map(|part| part.text))
                .collect(),
        )
        .names(salts)
        .names(rows.iter().map(|row| digest(row.digest)).collect())
        .names(
            rows.iter_mut()
                .map(|row| row.citizen.take().map(String::into_bytes))
                .collect(),
        )
        .numbers_or_null(rows.iter().map(|row| row.talk).collect())
        .numbers_or_null(rows.iter().map(|row| row.nonce).collect())
        .names(rows.iter().map(|row| digest(row.hash)).collect());
    let share = tables.statement("LOCK TABLE @.gate IN ROW SHARE MODE");
    Ok(pipeline.then(share).then(statement))
}

/// A number that no other record has.
pub(super) fn nonce() -> i64 {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    high.cast_signed()
}
