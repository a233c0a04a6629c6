//! Queue bugs that other projects shipped, each with the number of its public report, on the memory store
//! and on SQLite.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Barrier};
use std::thread;

use civic_reply::case::{Amount, Case, CaseId, Claim, ClaimToken, ClockKind, Event, Priority, State};
use civic_reply::desk::{DEFAULT_LEASE, Desk, DeskError, Matter, MoreTime, Transfer};
use civic_reply::message::AgentId;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet, SqliteOptions};
use civic_reply::time::{Calendar, ExtensionRule, Policy};
use civic_reply::workflow::CommandError;
use civic_reply::workflow::DeskConfig;
use civic_reply::{Clock, ManualClock, MemoryStore, SqliteStore, Store};
use jiff::{SignedDuration, ToSpan as _};
use tempfile::TempDir;

/// A store, its clock, and the folder of its file.
struct Place {
    store: Arc<dyn Store>,
    clock: ManualClock,
    folder: TempDir,
}

fn sqlite(folder: &TempDir, clock: &ManualClock) -> SqliteStore {
    let options = SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    };
    SqliteStore::open_with(folder.path().join("desk.db"), options).unwrap()
}

fn places() -> [Place; 2] {
    let place = |store: &dyn Fn(&TempDir, &ManualClock) -> Arc<dyn Store>| {
        let (folder, clock) = (tempfile::tempdir().unwrap(), ManualClock::new(sample::START));
        Place {
            store: store(&folder, &clock),
            clock,
            folder,
        }
    };
    [
        place(&|_, clock| Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())))),
        place(&|folder, clock| Arc::new(sqlite(folder, clock))),
    ]
}

impl Place {
    /// A desk of another process with its own clock.
    fn desk_on(&self, clock: &ManualClock) -> Desk {
        let policy = Policy {
            extension: Some(ExtensionRule {
                times: 1,
                amount: Amount::one_working_day(),
            }),
            ..Policy::next_working_day()
        };
        let config = Arc::new(DeskConfig {
            rulebook: "0".into(),
            calendar: Calendar::builder("Asia/Shanghai")
                .year(2026)
                .week(jiff::civil::Weekday::Monday, ["09:00-17:00".parse().unwrap()])
                .build()
                .unwrap(),
            policies: [(policy.id.clone(), policy)].into(),
            letters: civic_reply::reply::LetterConfig::default(),
            canned_replies: Default::default(),
            department_names: Default::default(),
            departments: BTreeSet::new(),
            themes: BTreeSet::new(),
        });
        Desk::new(Arc::clone(&self.store), Arc::new(clock.clone()), move || {
            Arc::clone(&config)
        })
    }

    fn desk(&self) -> Desk {
        self.desk_on(&self.clock)
    }

    fn open(&self, id: &str) -> Case {
        let case = sample::case(id, "ann", Priority::Normal, 10);
        self.store.commit(sample::queueing(&case)).unwrap();
        case
    }

    fn records(&self) -> usize {
        self.store.journal(None, 1_000_000).unwrap().records.len()
    }

    /// Passes the end of a lease.
    fn lapse(&self) {
        let lease = SignedDuration::try_from(DEFAULT_LEASE).unwrap();
        self.clock.set(self.clock.now() + lease);
    }
}

fn held(desk: &Desk, id: &CaseId, by: &AgentId) -> ClaimToken {
    desk.claim(id, by).unwrap().unwrap().token().clone()
}

/// river #1302.
#[test]
fn reclaiming_an_expired_lease_overwrites_no_finished_work() {
    for place in places() {
        let (eve, fay) = (AgentId::new("eve"), AgentId::new("fay"));
        // Finished after the lease ended but before anybody reclaimed the case: the work counts, and
        // nothing is left to reclaim.
        let case = place.open("A");
        let token = held(&place.desk(), &case.id, &eve);
        let seen_by_the_rescue = place.store.case(&case.id).unwrap().unwrap();
        place.lapse();
        place
            .desk()
            .claimed(&case.id, &eve, &token)
            .and_then(|case| case.answer("done"))
            .unwrap();
        assert!(place.desk().claim(&case.id, &fay).unwrap().is_none());
        // A rescue that looked before the work was finished, and writes after it, writes nothing.
        let rescue = sample::moving(&seen_by_the_rescue, &[Event::Released]).0;
        assert!(place.store.commit(rescue).is_err());
        let case = place.store.case(&case.id).unwrap().unwrap();
        assert_eq!(
            (case.state, case.answer.as_deref()),
            (State::Answered, Some("done"))
        );

        // Both at once: exactly one of them wins.
        for round in 0..30 {
            let case = place.open(&format!("B-{round}"));
            let token = held(&place.desk(), &case.id, &eve);
            place.lapse();
            let start = Barrier::new(2);
            let (answered, rescued) = thread::scope(|scope| {
                let answering = scope.spawn(|| {
                    start.wait();
                    place
                        .desk()
                        .claimed(&case.id, &eve, &token)
                        .and_then(|case| case.answer("done"))
                });
                start.wait();
                let rescued = place.desk().claim(&case.id, &fay).unwrap();
                (answering.join().unwrap(), rescued)
            });
            let after = place.store.case(&case.id).unwrap().unwrap();
            match (answered, rescued) {
                (Ok(_), None) => assert_eq!(after.answer.as_deref(), Some("done")),
                (Err(DeskError::Refused(CommandError::NotHolder)), Some(rescued)) => {
                    assert_eq!(after, rescued.into_case())
                }
                other => panic!("both or neither won: {other:?}"),
            }
        }
    }
}

/// hexpm #1825.
#[test]
fn renewing_at_a_third_of_the_lease_keeps_work_that_outlasts_it() {
    for place in places() {
        let (desk, eve) = (place.desk(), AgentId::new("eve"));
        let case = place.open("A");
        let token = held(&desk, &case.id, &eve);
        for _ in 0..30 {
            place
                .clock
                .set(place.clock.now() + SignedDuration::try_from(DEFAULT_LEASE / 3).unwrap());
            let claim: Claim = desk
                .claimed(&case.id, &eve, &token)
                .and_then(|case| case.renew())
                .unwrap();
            assert_eq!(
                claim.until.duration_since(place.clock.now()).unsigned_abs(),
                DEFAULT_LEASE
            );
            let other = desk.claim_next(CaseFilter::default(), "fay").unwrap();
            assert!(other.is_none(), "it was taken from somebody who works on it");
        }
        desk.claimed(&case.id, &eve, &token)
            .and_then(|case| case.answer("after ten leases"))
            .unwrap();
    }
}

/// awa #388.
#[test]
fn one_unreadable_case_blocks_no_other_from_being_reclaimed() {
    let [_, place] = places();
    let (desk, eve) = (place.desk(), AgentId::new("eve"));
    for id in ["A", "B", "C"] {
        let case = place.open(id);
        held(&desk, &case.id, &eve);
    }
    let db = rusqlite::Connection::open(place.folder.path().join("desk.db")).unwrap();
    let spoilt = db
        .execute("UPDATE cases SET body = '{' WHERE id = 'A'", [])
        .unwrap();
    assert_eq!(spoilt, 1);
    place.lapse();
    let rescued = || desk.claim_next(CaseFilter::default(), "fay").unwrap();
    assert_eq!(rescued().unwrap().id.as_str(), "B");
    assert_eq!(rescued().unwrap().id.as_str(), "C");
    assert!(rescued().is_none());
    // It is not forgotten either: whoever looks at the queue is shown that it can't be read.
    let page = desk.cases(&CaseFilter::default()).unwrap();
    assert_eq!((page.total, page.unreadable), (3, vec![CaseId::new("A")]));
}

/// oban #862.
#[test]
fn a_restarted_agent_of_the_same_name_holds_no_claim() {
    for place in places() {
        let node = AgentId::new("node-1");
        let case = place.open("A");
        let before = held(&place.desk(), &case.id, &node);
        // The process ends; another of the same name starts and claims work.
        let after = place.desk();
        assert!(after.claim_next(CaseFilter::default(), &node).unwrap().is_none());
        place.lapse();
        let token = after
            .claim_next(CaseFilter::default(), &node)
            .unwrap()
            .unwrap()
            .claim
            .clone()
            .unwrap()
            .token;
        assert_ne!(token, before);
        // The unfinished work of the first process is refused, although the name is the same.
        let late = place
            .desk()
            .claimed(&case.id, &node, &before)
            .and_then(|case| case.answer("from before the restart"));
        assert!(matches!(late, Err(DeskError::Refused(CommandError::NotHolder))));
        let desk = place.desk();
        assert!(
            desk.claimed(&case.id, &node, &before)
                .and_then(|case| case.renew())
                .is_err()
        );
        after
            .claimed(&case.id, &node, &token)
            .and_then(|case| case.answer("from after it"))
            .unwrap();
    }
}

/// quartznet #435.
#[test]
fn leases_end_by_the_clock_of_the_store() {
    for place in places() {
        let case = place.open("A");
        let (ahead, behind) = (ManualClock::new(sample::START), ManualClock::new(sample::START));
        ahead.set(sample::START + 24.hours());
        behind.set(sample::START - 24.hours());
        let (ahead, behind) = (place.desk_on(&ahead), place.desk_on(&behind));
        let claim = behind
            .claim(&case.id, "eve")
            .unwrap()
            .unwrap()
            .claim
            .clone()
            .unwrap();
        assert_eq!(
            claim.until.duration_since(sample::START).unsigned_abs(),
            DEFAULT_LEASE
        );
        let taken = ahead.claim_next(CaseFilter::default(), "fay").unwrap();
        assert!(
            taken.is_none(),
            "a node whose clock is ahead ended the lease of another"
        );
        place.lapse();
        let taken = behind.claim_next(CaseFilter::default(), "gus").unwrap();
        assert!(
            taken.is_some(),
            "a node whose clock is behind kept a lease that had ended"
        );
    }
}

#[test]
fn two_agents_claim_ten_thousand_cases_each_exactly_once() {
    const CASES: usize = 10_000;
    // An agent's program claims in several threads, which share the store's flushes.
    const HANDS: usize = 16;
    for place in places() {
        for batch in 0..CASES / 1_000 {
            let mut set = ChangeSet::default();
            for n in 0..1_000 {
                let id = format!("C-{}", batch * 1_000 + n);
                let one = sample::opening(&sample::case(&id, "ann", Priority::Normal, 10));
                set.cases.extend(one.cases);
                set.records.extend(one.records);
            }
            place.store.commit(set).unwrap();
        }
        let start = Barrier::new(2 * HANDS);
        let claimed: Vec<Case> = thread::scope(|scope| {
            let hands = (0..2 * HANDS).map(|hand| {
                let (place, start) = (&place, &start);
                scope.spawn(move || {
                    let agent = AgentId::new(["eve", "fay"][hand % 2]);
                    let mut mine = Vec::new();
                    start.wait();
                    while let Some(case) = place
                        .store
                        .claim_next(&CaseFilter::default(), &agent, DEFAULT_LEASE)
                        .unwrap()
                    {
                        mine.push(case);
                    }
                    mine
                })
            });
            let hands: Vec<_> = hands.collect();
            hands.into_iter().flat_map(|hand| hand.join().unwrap()).collect()
        });
        let ids: HashSet<_> = claimed.iter().map(|case| &case.id).collect();
        let tokens: HashSet<_> = claimed
            .iter()
            .map(|case| &case.claim.as_ref().unwrap().token)
            .collect();
        assert_eq!((claimed.len(), ids.len(), tokens.len()), (CASES, CASES, CASES));
        let eves = claimed
            .iter()
            .filter(|case| case.claim.as_ref().unwrap().agent.as_str() == "eve");
        let eves = eves.count();
        assert!(eves > 0 && eves < CASES, "one of the two claimed {eves}");
        assert_eq!(place.records(), 2 * CASES, "a claim has one record");
    }
}

#[test]
fn an_agent_resumed_after_its_lease_expired_changes_nothing() {
    for place in places() {
        let (desk, eve) = (place.desk(), AgentId::new("eve"));
        let case = place.open("A");
        let other = place.open("B");
        let stale = held(&desk, &case.id, &eve);
        place.lapse();
        let taken = desk.claim(&case.id, "fay").unwrap().unwrap();
        let records = place.records();
        let (id, matter) = (
            &case.id,
            Matter {
                text: "a second matter".to_owned(),
                department: "fund".into(),
                theme: None,
            },
        );
        let offer = Transfer {
            to: "fund".into(),
            theme: None,
            reason: "theirs".to_owned(),
            complex: false,
        };
        let more = MoreTime {
            clock: ClockKind::FirstReply,
            amount: Amount::one_working_day(),
            reason: "a visit".to_owned(),
            approver: "chief".into(),
        };
        let refused = [
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.draft("late"))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.answer("late"))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.ask("late?"))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.release())
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.transfer(offer))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.extend(more))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.promise(sample::at(60)))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.merge_into(&other.id))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.split(&matter))
                .err(),
            desk.claimed(id, &eve, &stale)
                .and_then(|case| case.co_handle(&matter))
                .err(),
            desk.claimed(id, &eve, &stale).and_then(|case| case.renew()).err(),
        ];
        for (n, error) in refused.into_iter().enumerate() {
            assert!(
                matches!(error, Some(DeskError::Refused(CommandError::NotHolder))),
                "{n}: {error:?}"
            );
        }
        assert_eq!(place.store.case(id).unwrap(), Some(taken.into_case()));
        assert_eq!(place.store.case(&other.id).unwrap(), Some(other));
        assert_eq!(place.records(), records);
    }
}
