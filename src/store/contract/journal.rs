//! Checks of the journal.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::harness::{Broken, CALLERS, journal, race, replay};
use super::{Check, Subject, sample};
use crate::case::{Author, Case, ClaimToken, ClockKind, Event, Priority, Record, State};
use crate::message::AgentId;
use crate::reply::{Feedback, Judgement};
use crate::store::{CaseFilter, ChangeSet, Seq, Store, StoreError};

pub(super) const CHECKS: &[Check] = &[
    Check {
        name: "journal_is_in_the_order_of_the_commits",
        promise: "records read back as they were committed, in that order, at rising positions",
        run: order,
    },
    Check {
        name: "journal_pages_end",
        promise: "a page names the position after which the next page begins, and the last page names none",
        run: pages,
    },
    Check {
        name: "commit_stands_together",
        promise: "the records of one commit are adjacent",
        run: together,
    },
    Check {
        name: "journal_skips_nothing",
        promise: "a reader that continues after its last position misses no record of concurrent commits",
        run: followed,
    },
    Check {
        name: "feedback_moves_no_case",
        promise: "feedback reads back as it was committed, and changes no case",
        run: feedback,
    },
    Check {
        name: "replay_equals_state",
        promise: "the journal rebuilds every case as it is stored, including its claim",
        run: replayed,
    },
];

fn order(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mut wanted: Vec<Record> = Vec::new();
    for n in 0..5 {
        let case = sample::case(&format!("C-{n}"), sample::AWKWARD, Priority::Normal, 10);
        let change = sample::queueing(&case);
        wanted.extend(change.records.iter().cloned());
        store.commit(change)?;
    }
    let found = journal(store, 100)?;
    let rising = found
        .windows(2)
        .all(|pair| matches!(pair, [(a, _), (b, _)] if a < b));
    ensure!(rising, "the places do not rise");
    let found: Vec<_> = found.into_iter().map(|(_, record)| record).collect();
    ensure!(found == wanted, "{wanted:?} became {found:?}");
    Ok(())
}

fn pages(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let empty = store.journal(None, 10)?;
    ensure!(
        empty.records.is_empty() && empty.next.is_none(),
        "an empty journal has {empty:?}"
    );
    for n in 0..10 {
        store.commit(sample::answering(&sample::key("ann", &n.to_string())))?;
    }
    let all = journal(store, 100)?;
    for limit in 1..=11 {
        let joined = journal(store, limit)?;
        ensure!(joined == all, "pages of {limit} have {} records", joined.len());
    }
    let exact = store.journal(None, all.len())?;
    ensure!(exact.next.is_none(), "the last page names {:?}", exact.next);
    let last = all.last().map(|(place, _)| *place);
    for place in last.into_iter().chain([Seq(u64::MAX)]) {
        let behind = store.journal(Some(place), 10)?;
        ensure!(
            behind.records.is_empty() && behind.next.is_none(),
            "behind {place:?} there is {behind:?}"
        );
    }
    Ok(())
}

/// A commit of four records: a message's and three of its case.
fn four(store: &dyn Store, id: &str) -> Result<(), StoreError> {
    let case = sample::case(id, id, Priority::Normal, 10);
    let mut change = sample::queueing(&case);
    let (moved, next) = sample::moving(
        &case,
        &[
            Event::Answered {
                text: "是".into(),
                facts: None,
            },
            Event::Closed,
        ],
    );
    change.records.extend(moved.records);
    for opened in &mut change.cases {
        opened.case = next.clone();
    }
    store.commit(change)
}

fn together(subject: &Subject) -> Result<(), Broken> {
    const EACH: usize = 15;
    let store = subject.store();
    race(|caller| {
        for n in 0..EACH {
            four(store, &format!("C-{caller}-{n}"))?;
        }
        Ok(())
    })?;
    let records = journal(store, 50)?;
    ensure!(
        records.len() == CALLERS * EACH * 4,
        "{} records stand in the journal",
        records.len()
    );
    for commit in records.chunks(4) {
        let whole = match commit {
            [(_, first), rest @ ..] => match &first.event {
                Event::Handled { key, .. } => rest
                    .iter()
                    .all(|(_, record)| record.case.as_ref().is_some_and(|case| case.as_str() == key.id())),
                _ => false,
            },
            [] => false,
        };
        ensure!(whole, "the records of several commits are mixed: {commit:?}");
    }
    Ok(())
}

fn followed(subject: &Subject) -> Result<(), Broken> {
    const EACH: usize = 25;
    const ALL: usize = (CALLERS - 1) * EACH * 4;
    let store = subject.store();
    let writing = AtomicUsize::new(CALLERS - 1);
    let seen = race(|caller| {
        if caller > 0 {
            let result = (0..EACH).try_for_each(|n| four(store, &format!("C-{caller}-{n}")));
            writing.fetch_sub(1, Ordering::SeqCst);
            result?;
            return Ok(Vec::new());
        }
        let mut seen: Vec<(Seq, Record)> = Vec::new();
        loop {
            let last_round = writing.load(Ordering::SeqCst) == 0;
            let page = store.journal(seen.last().map(|(place, _)| *place), 10)?;
            let end = page.records.is_empty();
            seen.extend(page.records);
            ensure!(seen.len() <= ALL, "{} of {ALL} records were seen", seen.len());
            if last_round && end {
                return Ok(seen);
            }
        }
    })?;
    let seen = seen.concat();
    let all = journal(store, 100)?;
    ensure!(all.len() == ALL, "the journal has {} records", all.len());
    ensure!(seen == all, "of {} records {} were seen", all.len(), seen.len());
    Ok(())
}

fn feedback(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let case = sample::case("C-1", "ann", Priority::Normal, 10);
    store.commit(sample::queueing(&case))?;
    let judgements = [
        Judgement::NoEntry,
        Judgement::Picked {
            entry: sample::AWKWARD.into(),
        },
        Judgement::NoneOfThese {
            shown: vec!["a".into(), "b".into()],
        },
    ];
    let mut wanted = Vec::new();
    for judgement in judgements {
        let feedback = Feedback {
            key: case.key.clone(),
            text: sample::AWKWARD.into(),
            judgement,
        };
        let record = Record::new(sample::at(1), Author::Citizen, None, Event::Feedback { feedback });
        wanted.push(record.clone());
        store.commit(ChangeSet {
            records: vec![record],
            ..ChangeSet::default()
        })?;
    }
    let found: Vec<_> = journal(store, 10)?
        .into_iter()
        .map(|(_, record)| record)
        .filter(|record| matches!(record.event, Event::Feedback { .. }))
        .collect();
    ensure!(found == wanted, "{wanted:?} became {found:?}");
    ensure!(store.case(&case.id)? == Some(case), "the case was changed");
    Ok(())
}

fn replayed(subject: &Subject) -> Result<(), Broken> {
    let store = subject.store();
    let mut dice = Dice(7);
    let mut cases = Vec::new();
    let mut tokens: Vec<Option<ClaimToken>> = Vec::new();
    for step in 0..400 {
        let agent = AgentId::new(format!("agent-{}", dice.below(3)));
        let query = dice.below(cases.len().max(1));
        match (dice.below(8), cases.get(query)) {
            (0 | 1, _) | (_, None) => {
                let priority = [Priority::Normal, Priority::High, Priority::Urgent];
                let priority = priority.get(dice.below(3)).copied().unwrap_or_default();
                let case = sample::case(&format!("C-{step}"), "ann", priority, dice.below(50) as i64);
                store.commit(sample::queueing(&case))?;
                cases.push(case.id);
                tokens.push(None);
            }
            (2, _) => {
                let claimed = store.claim_next(&CaseFilter::default(), &agent, subject.lease())?;
                if let Some(case) = claimed
                    && let Some(n) = cases.iter().position(|id| *id == case.id)
                    && let Some(token) = tokens.get_mut(n)
                {
                    *token = case.claim.map(|claim| claim.token);
                }
            }
            (3, Some(id)) => {
                if let Some(case) = store.claim(id, &agent, subject.lease())?
                    && let Some(token) = tokens.get_mut(query)
                {
                    *token = case.claim.map(|claim| claim.token);
                }
            }
            (4, Some(id)) => {
                if let Some(Some(token)) = tokens.get(query) {
                    store.renew(id, token, subject.lease())?;
                }
            }
            (5, _) => subject.pass(subject.lease() / 8),
            (_, Some(id)) => {
                let case = store.case(id)?.ok_or_else(|| Broken::new("a case is gone"))?;
                if let Some(events) = some_move(&case, &mut dice) {
                    store.commit(sample::moving(&case, &events).0)?;
                }
            }
        }
    }
    let rebuilt = replay(store)?;
    let total = store.cases(&CaseFilter::default())?.total;
    ensure!(
        rebuilt.len() == cases.len() && total == cases.len(),
        "of {} cases {total} are counted and {} were rebuilt",
        cases.len(),
        rebuilt.len()
    );
    for (id, rebuilt) in rebuilt {
        let stored = store.case(&id)?;
        ensure!(
            stored.as_ref() == Some(&rebuilt),
            "{rebuilt:?} is stored as {stored:?}"
        );
    }
    Ok(())
}

/// A legal move of the case, if it has one.
fn some_move(case: &Case, dice: &mut Dice) -> Option<Vec<Event>> {
    match case.state {
        State::Claimed if dice.below(3) == 0 => Some(vec![Event::Released]),
        State::Claimed if dice.below(3) == 0 => Some(vec![Event::Asked {
            text: sample::AWKWARD.into(),
        }]),
        State::AwaitingCitizen => Some(vec![Event::CitizenWrote {
            text: sample::AWKWARD.into(),
            at: sample::at(1),
            from: 0,
        }]),
        State::Claimed if dice.below(3) == 0 => Some(vec![sample::offered()]),
        State::Offered => Some(vec![Event::Accepted {
            department: sample::AWKWARD.into(),
            theme: Some(sample::AWKWARD.into()),
            silent: true,
        }]),
        State::Claimed => Some(vec![
            Event::Answered {
                text: sample::AWKWARD.into(),
                facts: None,
            },
            Event::DeadlineDone {
                clock: ClockKind::FirstReply,
                at: sample::at(1),
            },
        ]),
        State::Answered => Some(vec![Event::Closed]),
        _ => None,
    }
}

/// Numbers that look random and are the same in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }
}
