//! Commits a change set in one round trip: every assumption is checked while it is written.

use uuid::Uuid;

use super::pipeline::{Pipeline, Statement};
use super::pool::ConnectionPool;
use super::retry::{TransactionError, with_retries};
use super::rows::{self, bind, claim_token};
use super::tables::Tables;
use crate::case::{Case, CaseId, Record};
use crate::message::Conversation;
use crate::reply::Handled;
use crate::store::case_columns::CaseRow;
use crate::store::codec::{state_number, to_body, version};
use crate::store::hash_chain::{Digest, RecordRow, hash_of_conversation, hash_of_outcome};
use crate::store::{CaseChange, ChangeSet, Conflict, StoreError};

/// The most records of one commit: a position has 16 bits for the record beside the number of the commit.
pub(super) const RECORDS: usize = 65_535;

/// Stores the change set, or gives the first conflict.
pub(super) fn commit(
    pool: &ConnectionPool,
    tables: &Tables,
    mut change: ChangeSet,
) -> Result<(), StoreError> {
    // Two sets that change the same cases lock them in the same order.
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
    let conflicts = conflicts(&change);
    with_retries("commit a change", || {
        let failure = match pool.session().send(pipeline(tables, &change)?) {
            Ok(_) => return Ok(()),
            Err(failure) => failure,
        };
        let conflict = failure.failed_assertion().and_then(|n| conflicts.get(n));
        Err(match conflict {
            Some(conflict) => TransactionError::Store(conflict.clone().into()),
            None => failure.into(),
        })
    })
}

/// The conflict that the failure of the pipeline's first, second, … statement means.
fn conflicts(change: &ChangeSet) -> Vec<Conflict> {
    let handled = change.handled.iter().map(|_| Conflict::Handled);
    let conversation = change.conversation.iter().map(|_| Conflict::Conversation);
    let cases = change
        .cases
        .iter()
        .map(|next| Conflict::Case(next.case.id.clone()));
    handled.chain(conversation).chain(cases).collect()
}

/// The statements, in the order of [`conflicts`]. Statements that may wait for other transactions come before
/// the journal.
fn pipeline(tables: &Tables, change: &ChangeSet) -> Result<Pipeline, StoreError> {
    let mut pipeline = if change.cases.is_empty() {
        tables.write_relaxed()
    } else {
        tables.write()
    };
    if let Some(handled) = &change.handled {
        pipeline = pipeline.then(insert_outcome(tables, handled)?);
    }
    if let Some(conversation) = &change.conversation {
        pipeline = pipeline.then(put_conversation(tables, conversation)?);
    }
    for CaseChange { expected, case } in &change.cases {
        let row = CaseRow::after(case.clone(), &change.records)?;
        pipeline = pipeline.then(match expected {
            None => bind(tables.statement(&rows::INSERT), &row),
            Some(expected) => bind(tables.statement(&rows::UPDATE), &row).number(version(*expected)),
        });
    }
    // The first record names the version of the conversation.
    let conversation = change.conversation.as_ref();
    let conversation_version = conversation.map(|read| version(read.version.saturating_add(1)));
    let pipeline = append(tables, pipeline, &change.records, conversation_version)?;
    Ok(pipeline.committing())
}

fn insert_outcome(tables: &Tables, handled: &Handled) -> Result<Statement, StoreError> {
    let key = &handled.key;
    let sql = "INSERT INTO @.outcomes (account, sender, id, body, row_hash) VALUES ($1, $2, $3, $4, $5)";
    let statement = tables.statement(sql).name(key.account().as_str());
    let statement = statement.name(key.sender().as_str()).name(key.id());
    let body = to_body(handled)?;
    let hash = tables
        .key()
        .map(|secret| hash_of_outcome(secret, key, &body).to_vec());
    Ok(statement.body(body).bytes_or_null(hash))
}

fn put_conversation(tables: &Tables, read: &Conversation) -> Result<Statement, StoreError> {
    let next = Conversation {
        version: read.version.saturating_add(1),
        ..read.clone()
    };
    let sql = if read.version == 0 {
        "INSERT INTO @.conversations (account, citizen, version, body, row_hash)
         VALUES ($1, $2, $3 + 1, $4, $5)"
    } else {
        "WITH updated AS (
             UPDATE @.conversations SET version = version + 1, body = $4, row_hash = $5
             WHERE account = $1 AND citizen = $2 AND version = $3 RETURNING 1)
         INSERT INTO @.assertions SELECT false WHERE NOT EXISTS (SELECT FROM updated)"
    };
    let statement = tables.statement(sql).name(read.account.as_str());
    let statement = statement
        .name(read.citizen.as_str())
        .number(version(read.version));
    let body = to_body(&next)?;
    let (account, citizen) = (next.account.as_str(), next.citizen.as_str());
    let hash = tables
        .key()
        .map(|key| hash_of_conversation(key, account, citizen, version(next.version), &body).to_vec());
    Ok(statement.body(body).bytes_or_null(hash))
}

/// Stores a case after one record, if the stored case has the version, the state and the claim of `before`.
pub(super) fn update_claimed_case(
    tables: &Tables,
    before: &Case,
    case: &Case,
    record: &Record,
) -> Result<Statement, StoreError> {
    let row = CaseRow::new(case.clone(), record.at)?;
    let statement = bind(tables.statement(&rows::UPDATE_CLAIMED), &row)
        .number(version(before.version))
        .small(state_number(before.state));
    Ok(statement.name_or_null(claim_token(before)))
}

/// The pipeline with statements that append the records to the journal. The first record names
/// `conversation_version`.
///
/// A transaction that shares the commit lock waits for nothing else, so that a reader that wants the lock
/// alone does not wait long.
pub(super) fn append(
    tables: &Tables,
    pipeline: Pipeline,
    records: &[Record],
    mut conversation_version: Option<i64>,
) -> Result<Pipeline, StoreError> {
    if records.is_empty() {
        return Ok(pipeline);
    }
    let sql = "WITH this AS MATERIALIZED (SELECT nextval('@.commit_numbers') AS number)
               INSERT INTO @.journal
                   (seq, recorded_at, record_version, case_id, body, personal, personal_salt, personal_digest,
                    citizen, conversation_version, nonce, record_hash)
               SELECT this.number * 65536 + record.n, record.recorded_at, record.record_version,
                   record.case_id, record.body, record.personal, record.salt, record.digest, record.citizen,
                   record.conversation_version, record.nonce, record.hash
               FROM this, unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) WITH ORDINALITY AS record
                   (recorded_at, record_version, case_id, body, personal, salt, digest, citizen,
                    conversation_version, nonce, hash, n)";
    let rows = records.iter().map(|record| {
        let nonce = tables.key().map(|_| nonce());
        RecordRow::new(record, conversation_version.take(), nonce, tables.key())
    });
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
        .numbers(rows.iter().map(|row| row.record_version.into()).collect())
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
        .numbers_or_null(rows.iter().map(|row| row.conversation_version).collect())
        .numbers_or_null(rows.iter().map(|row| row.nonce).collect())
        .names(rows.iter().map(|row| digest(row.hash)).collect());
    let share = tables.statement("LOCK TABLE @.commit_lock IN ROW SHARE MODE");
    Ok(pipeline.then(share).then(statement))
}

/// A random number.
pub(super) fn nonce() -> i64 {
    let (high, _) = Uuid::new_v4().as_u64_pair();
    high.cast_signed()
}
