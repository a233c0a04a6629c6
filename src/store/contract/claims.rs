//! Checks of claims.

use std::collections::HashSet;
use std::time::Duration;

use super::harness::{Broken, CALLERS, conflict_of, journal, race};
use super::{Check, Subject, sample};
use crate::case::{Author, Case, CaseId, Claim, ClaimToken, Event, Priority, State};
use crate::message::{AgentId, DepartmentId};
use crate::store::{CaseFilter, CaseOrder, ChangeSet, Conflict, Store};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "claim_gives_the_most_urgent_first",
        promise: "claims give cases in the order of the queue, until none is left",
        run: order,
    },
    Check {
        name: "claim_keeps_to_its_filter",
        promise: "a claim gives only a case that the filter selects, and ignores its order, cursor and limit",
        run: filter,
    },
    Check {
        name: "claim_is_recorded",
        promise: "a claim has changed the case and is in the journal when the call returns",
        run: recorded,
    },
    Check {
        name: "claim_of_one_case",
        promise: "a claim by number gives a waiting case, and no other",
        run: one_case,
    },
    Check {
        name: "claims_never_double",
        promise: "no two callers get the same case",
        run: in_parallel,
    },
    Check {
        name: "lapsed_claims_never_double",
        promise: "no two callers take over the same case",
        run: taken_over_in_parallel,
    },
    Check {
        name: "ended_lease_is_taken_over",
        promise: "after the end of a lease the next agent gets the case, and the old claim is void",
        run: taken_over,
    },
    Check {
        name: "renewed_lease_is_not_taken_over",
        promise: "a renewed lease ends one lease after the renewal",
        run: renewed,
    },
    Check {
        name: "ended_lease_can_be_renewed",
        promise: "an ended lease can be renewed until another agent takes the case over",
        run: renewed_late,
    },
    Check {
        name: "only_the_token_renews",
        promise: "only the token of the current claim renews it",
        run: foreign_token,
    },
];

fn open(store: &dyn Store, id: &str, priority: Priority, due: i64) -> Result<Case, Broken> {
    let case = sample::case(id, "ann", priority, due);
    store.commit(sample::opening(&case))?;
    Ok(case)
}

fn next(subject: &Subject, agent: &str) -> Result<Option<Case>, Broken> {
    let (filter, agent) = (CaseFilter::default(), AgentId::new(agent));
    Ok(subject.store().claim_next(&filter, &agent, subject.lease())?)
}

/// Claims a case; a store without a claimable one fails the check.
fn some(subject: &Subject, agent: &str) -> Result<(Case, Claim), Broken> {
    let case = next(subject, agent)?.ok_or_else(|| Broken::new("no case was given out"))?;
    let claim = case.claim.clone();
    let claim = claim.ok_or_else(|| Broken::new("the case was given out without a claim"))?;
    Ok((case, claim))
}

fn order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    for (id, priority, due) in [
        ("E", Priority::Normal, 20),
        ("A", Priority::Normal, 30),
        ("D", Priority::Normal, 20),
        ("B", Priority::High, 40),
        ("C", Priority::Urgent, 50),
    ] {
        open(store, id, priority, due)?;
    }
    for wanted in ["C", "B", "D", "E", "A"] {
        let (case, _) = some(subject, "eve")?;
        ensure!(
            case.id.as_str() == wanted,
            "`{}` was given out before `{wanted}`",
            case.id
        );
    }
    let rest = next(subject, "eve")?;
    ensure!(rest.is_none(), "a sixth case was given out: {rest:?}");
    Ok(())
}

fn filter(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    open(store, "A", Priority::Urgent, 10)?;
    let mut other = sample::case("B", "bob", Priority::Normal, 10);
    other.department = DepartmentId::new("housing");
    store.commit(sample::opening(&other))?;
    let agent = AgentId::new("eve");
    // A place behind `B`.
    let mut last = sample::case("C", "bob", Priority::Normal, 10);
    last.state = State::Closed;
    store.commit(sample::opening(&last))?;
    let behind_all = store.cases(&CaseFilter {
        order: CaseOrder::Number,
        limit: Some(2),
        ..CaseFilter::default()
    })?;
    let housing = CaseFilter {
        department: Some(other.department.clone()),
        order: CaseOrder::Number,
        after: behind_all.next,
        limit: Some(0),
        ..CaseFilter::default()
    };
    for state in [State::Claimed, State::Answered, State::Closed] {
        let filter = CaseFilter {
            states: vec![state],
            ..CaseFilter::default()
        };
        let found = store.claim_next(&filter, &agent, subject.lease())?;
        ensure!(
            found.is_none(),
            "of those in state {state}, {found:?} was given out"
        );
    }
    let found = store.claim_next(&housing, &agent, subject.lease())?;
    ensure!(
        found.as_ref().is_some_and(|case| case.id == other.id),
        "{found:?} was given out, not `B`"
    );
    let found = store.claim_next(&housing, &agent, subject.lease())?;
    ensure!(found.is_none(), "{found:?} was given out");
    subject.pass(subject.lease());
    let lapsed = CaseFilter {
        states: vec![State::Claimed],
        ..CaseFilter::default()
    };
    let found = store.claim_next(&lapsed, &agent, subject.lease())?;
    ensure!(
        found.as_ref().is_some_and(|case| case.id == other.id),
        "{found:?} was given out, not the claim that has lapsed"
    );
    Ok(())
}

fn recorded(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let opened = open(store, "A", Priority::Normal, 10)?;
    let (case, claim) = some(subject, "eve")?;
    ensure!(claim.agent.as_str() == "eve", "the claim is {claim:?}");
    let event = Event::Claimed { claim: claim.clone() };
    let wanted = opened.apply(&event);
    ensure!(case == wanted, "the case became {case:?}");
    let stored = store.case(&case.id)?;
    ensure!(stored.as_ref() == Some(&case), "{case:?} is stored as {stored:?}");
    let longer = store.renew(&case.id, &claim.token, subject.lease())?;
    let longer = longer.ok_or_else(|| Broken::new("the claim was not renewed"))?;
    let stored = store.case(&case.id)?;
    let renewed = Event::Renewed { claim: longer };
    let wanted = wanted.apply(&renewed);
    ensure!(
        stored.as_ref() == Some(&wanted),
        "{wanted:?} is stored as {stored:?}"
    );
    let records = journal(store, 10)?.into_iter().skip(1);
    let records: Vec<_> = records
        .map(|(_, record)| (record.actor, record.case, record.event))
        .collect();
    let by = || (Author::Agent(AgentId::new("eve")), Some(case.id.clone()));
    let wanted: Vec<_> = [event, renewed]
        .into_iter()
        .map(|event| (by().0, by().1, event))
        .collect();
    ensure!(records == wanted, "the journal says {records:?}");
    Ok(())
}

fn one_case(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    open(store, "A", Priority::Urgent, 10)?;
    let case = open(store, "B", Priority::Normal, 10)?;
    let (eve, lease) = (AgentId::new("eve"), subject.lease());
    let unknown = store.claim(&CaseId::new("C"), &eve, lease)?;
    ensure!(unknown.is_none(), "an unknown case was given out: {unknown:?}");
    let got = race(|caller| Ok(store.claim(&case.id, &AgentId::new(format!("agent-{caller}")), lease)?))?;
    let got: Vec<_> = got.into_iter().flatten().collect();
    ensure!(got.len() == 1, "{} callers got it", got.len());
    ensure!(
        got.iter().all(|got| got.id == case.id),
        "another case was given out: {got:?}"
    );
    subject.pass(lease);
    let again = store.claim(&case.id, &eve, lease)?;
    let again = again.ok_or_else(|| Broken::new("it was not given out when its lease had ended"))?;
    store.commit(
        sample::moving(
            &again,
            &[Event::Answered {
                text: "是".into(),
                facts: None,
            }],
        )
        .0,
    )?;
    subject.pass(lease);
    let done = store.claim(&case.id, &eve, lease)?;
    ensure!(done.is_none(), "an answered case was given out: {done:?}");
    Ok(())
}

/// Lets all callers claim until no case is left, and gives every claim. A caller with more claims than there
/// are cases stops, so that a broken store ends the check.
fn claim_all(subject: &Subject) -> Result<Vec<Case>, Broken> {
    let (store, lease) = (subject.store(), subject.lease());
    let claimed = race(|caller| {
        let agent = AgentId::new(format!("agent-{caller}"));
        let mut mine = Vec::new();
        while mine.len() <= CASES
            && let Some(case) = store.claim_next(&CaseFilter::default(), &agent, lease)?
        {
            mine.push(case);
        }
        Ok(mine)
    })?;
    Ok(claimed.concat())
}

fn told_apart(claimed: &[Case], opened: usize) -> Result<(), Broken> {
    let ids: HashSet<_> = claimed.iter().map(|case| &case.id).collect();
    ensure!(
        claimed.len() == opened && ids.len() == opened,
        "{} claims gave out {} of {opened} cases",
        claimed.len(),
        ids.len()
    );
    let tokens = claimed
        .iter()
        .flat_map(|case| &case.claim)
        .map(|claim| &claim.token);
    let tokens: HashSet<_> = tokens.collect();
    ensure!(
        tokens.len() == opened,
        "{opened} claims have {} tokens",
        tokens.len()
    );
    Ok(())
}

const CASES: usize = CALLERS * 12;

/// Opens [`CASES`] cases.
fn open_many(store: &dyn Store) -> Result<(), Broken> {
    let mut change = ChangeSet::default();
    for n in 0..CASES {
        let one = sample::opening(&sample::case(&format!("C-{n}"), "ann", Priority::Normal, 10));
        change.cases.extend(one.cases);
        change.records.extend(one.records);
    }
    Ok(store.commit(change)?)
}

fn in_parallel(subject: &Subject) -> Result<(), Broken> {
    open_many(subject.store())?;
    told_apart(&claim_all(subject)?, CASES)
}

fn taken_over_in_parallel(subject: &Subject) -> Result<(), Broken> {
    open_many(subject.store())?;
    let first = claim_all(subject)?;
    subject.pass(subject.lease());
    let second = claim_all(subject)?;
    told_apart(&second, CASES)?;
    let token = |case: &Case| case.claim.as_ref().map(|claim| claim.token.clone());
    let old: HashSet<_> = first.iter().map(token).collect();
    ensure!(
        second.iter().all(|case| !old.contains(&token(case))),
        "a claim has the token of the one before"
    );
    Ok(())
}

fn taken_over(subject: &Subject) -> Result<(), Broken> {
    let (store, lease) = (subject.store(), subject.lease());
    open(store, "A", Priority::Normal, 10)?;
    let (stale, claim) = some(subject, "eve")?;
    subject.pass(lease / 2);
    open(store, "B", Priority::Normal, 20)?;
    let (other, _) = some(subject, "fay")?;
    ensure!(
        other.id.as_str() == "B",
        "`{}` was taken over within its lease",
        other.id
    );
    subject.pass(lease - lease / 2);
    open(store, "C", Priority::Normal, 30)?;
    let (taken, _) = some(subject, "fay")?;
    ensure!(
        taken.id == stale.id,
        "`{}` was given out before the one whose lease had ended",
        taken.id
    );
    let renewed = store.renew(&stale.id, &claim.token, lease)?;
    ensure!(renewed.is_none(), "the one before renewed: {renewed:?}");
    let late = Event::Answered {
        text: "too late".into(),
        facts: None,
    };
    let conflict = conflict_of(store.commit(sample::moving(&stale, &[late]).0))?;
    ensure!(
        conflict == Conflict::Case(stale.id.clone()),
        "the conflict was {conflict:?}"
    );
    let found = store.case(&stale.id)?;
    ensure!(found.as_ref() == Some(&taken), "{taken:?} became {found:?}");
    Ok(())
}

fn renewed(subject: &Subject) -> Result<(), Broken> {
    let (store, lease) = (subject.store(), subject.lease());
    open(store, "A", Priority::Normal, 10)?;
    let (case, mut claim) = some(subject, "eve")?;
    for _ in 0..3 {
        subject.pass(lease / 2);
        let longer = store.renew(&case.id, &claim.token, lease)?;
        let longer = longer.ok_or_else(|| Broken::new("the claim was not renewed"))?;
        ensure!(
            longer.until > claim.until && longer.token == claim.token && longer.agent == claim.agent,
            "{claim:?} was renewed as {longer:?}"
        );
        claim = longer;
        let taken = next(subject, "fay")?;
        ensure!(taken.is_none(), "it was taken over: {taken:?}");
    }
    subject.pass(lease);
    let (taken, _) = some(subject, "fay")?;
    ensure!(taken.id == case.id, "`{}` was given out", taken.id);
    Ok(())
}

fn renewed_late(subject: &Subject) -> Result<(), Broken> {
    let (store, lease) = (subject.store(), subject.lease());
    open(store, "A", Priority::Normal, 10)?;
    let (case, claim) = some(subject, "eve")?;
    subject.pass(lease * 2);
    // A search that does not select the case may see the end of the lease, and must not end the claim.
    let elsewhere = CaseFilter {
        department: Some(DepartmentId::new("housing")),
        ..CaseFilter::default()
    };
    let found = store.claim_next(&elsewhere, &AgentId::new("fay"), lease)?;
    ensure!(found.is_none(), "{found:?} was given out");
    let longer = store.renew(&case.id, &claim.token, lease)?;
    ensure!(longer.is_some(), "the claim was not renewed");
    let taken = next(subject, "fay")?;
    ensure!(taken.is_none(), "it was taken over after the renewal: {taken:?}");
    Ok(())
}

fn foreign_token(subject: &Subject) -> Result<(), Broken> {
    let (store, lease) = (subject.store(), subject.lease());
    let waiting = open(store, "A", Priority::Normal, 10)?;
    open(store, "B", Priority::Normal, 20)?;
    let (case, claim) = some(subject, "eve")?;
    let (_, others) = some(subject, "fay")?;
    let wrong = ClaimToken::new(sample::AWKWARD);
    for (id, token) in [
        (&case.id, &wrong),
        (&case.id, &others.token),
        (&CaseId::new("C"), &claim.token),
    ] {
        let renewed = store.renew(id, token, Duration::from_secs(1))?;
        ensure!(
            renewed.is_none(),
            "`{id}` was renewed with a foreign token: {renewed:?}"
        );
    }
    ensure!(
        waiting.id == case.id,
        "`{}` was given out before `{}`",
        case.id,
        waiting.id
    );
    for event in [
        Event::Answered {
            text: "是".into(),
            facts: None,
        },
        Event::Closed,
    ] {
        let now = store
            .case(&case.id)?
            .ok_or_else(|| Broken::new("the case is gone"))?;
        store.commit(sample::moving(&now, &[event]).0)?;
        let renewed = store.renew(&case.id, &claim.token, lease)?;
        ensure!(renewed.is_none(), "it was renewed after its end: {renewed:?}");
    }
    Ok(())
}
