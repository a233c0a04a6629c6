//! Queue bugs that other projects shipped, each with the number of its public report, on both stores.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Duration;

use civic_reply::case::{Case, CaseId, Event, Letter, LetterKind, LetterStatus, Priority, State};
use civic_reply::desk::{Desk, LetterReceipt, Outbox, Settlement};
use civic_reply::message::AgentId;
use civic_reply::reply::LetterConfig;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, Conflict, Seq};
use civic_reply::time::{Calendar, SystemClock};
use civic_reply::workflow::DeskConfig;
use civic_reply::{Store, StoreError};
use jiff::civil::Weekday;
use jiff::{SignedDuration, Timestamp};

#[cfg(feature = "postgres")]
use crate::support::postgres;

/// Two nodes on one store, and access behind their backs.
struct Nodes {
    one: Arc<dyn Store>,
    other: Arc<dyn Store>,
    /// Advances the store's clock.
    pass: Box<dyn Fn(Duration)>,
    /// Makes a case's row unreadable.
    poison: Box<dyn Fn(&str)>,
    _kept: Box<dyn std::any::Any>,
}

impl Nodes {
    fn of(&self, n: usize) -> &Arc<dyn Store> {
        if n.is_multiple_of(2) {
            &self.one
        } else {
            &self.other
        }
    }
}

/// Long enough for a few calls, short enough to wait for.
const LEASE: Duration = Duration::from_millis(400);

#[cfg(feature = "sqlite")]
fn file() -> Nodes {
    use civic_reply::store::SqliteOptions;
    use civic_reply::{Clock, ManualClock, SqliteStore};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("desk.db");
    let clock = ManualClock::new(sample::START);
    let open = || {
        let options = SqliteOptions {
            clock: Arc::new(clock.clone()),
            ..SqliteOptions::default()
        };
        Arc::new(SqliteStore::open_with(&path, options).unwrap())
    };
    let (one, other) = (open(), open());
    let poisoned = path.clone();
    Nodes {
        one,
        other,
        pass: Box::new(move |time| {
            clock.set(clock.now() + SignedDuration::try_from(time).unwrap());
        }),
        poison: Box::new(move |id| {
            let db = rusqlite::Connection::open(&poisoned).unwrap();
            let rows = db
                .execute("UPDATE cases SET body = '{' WHERE id = ?1", [id])
                .unwrap();
            assert_eq!(rows, 1);
        }),
        _kept: Box::new(folder),
    }
}

#[cfg(feature = "postgres")]
fn server(url: &str) -> Nodes {
    let schema = std::rc::Rc::new(postgres::Schema::new(url));
    let poisoned = std::rc::Rc::clone(&schema);
    Nodes {
        one: Arc::new(schema.store()),
        other: Arc::new(schema.store()),
        pass: Box::new(thread::sleep),
        poison: Box::new(move |id| {
            poisoned.sql(&format!("UPDATE @.cases SET body = '{{' WHERE id = '{id}'"));
        }),
        _kept: Box::new(schema),
    }
}

fn on_each(test: &dyn Fn(&Nodes)) {
    #[cfg(feature = "sqlite")]
    test(&file());
    #[cfg(feature = "postgres")]
    if let Some(url) = postgres::server("CIVIC_REPLY_POSTGRES") {
        test(&server(&url));
    }
}

fn open(store: &dyn Store, id: &str, due: i64) -> Case {
    let case = sample::case(id, "ann", Priority::Normal, due);
    store.commit(sample::opening(&case)).unwrap();
    case
}

fn next(store: &dyn Store, agent: &str) -> Option<Case> {
    let agent = AgentId::new(agent);
    store.claim_next(&CaseFilter::default(), &agent, LEASE).unwrap()
}

fn answer(store: &dyn Store, held: &Case) -> Result<Case, StoreError> {
    let (change, answered) = sample::moving(
        held,
        &[Event::Answered {
            text: "是".into(),
            facts: None,
        }],
    );
    store.commit(change).map(|()| answered)
}

/// river #1302.
#[test]
fn claiming_an_expired_lease_never_overwrites_finished_work() {
    on_each(&|nodes| {
        open(&*nodes.one, "C-1", 1);
        let held = next(&*nodes.one, "eve").unwrap();
        (nodes.pass)(LEASE * 2);
        // The holder is late but finishes before anybody else has claimed the case.
        let answered = answer(&*nodes.one, &held).unwrap();
        // The other node, which saw the lease end, claims nothing, and its write is refused.
        assert!(next(&*nodes.other, "fay").is_none());
        assert!(
            nodes
                .other
                .claim(&held.id, &"fay".into(), LEASE)
                .unwrap()
                .is_none()
        );
        for stale in [Event::Released, Event::Closed] {
            let refused = nodes.other.commit(sample::moving(&held, &[stale]).0);
            assert!(
                matches!(refused, Err(StoreError::Conflict(Conflict::Case(_)))),
                "{refused:?}"
            );
        }
        assert_eq!(nodes.other.case(&held.id).unwrap(), Some(answered));
    });
}

/// river #1302.
#[test]
fn work_finished_after_a_takeover_is_refused() {
    on_each(&|nodes| {
        open(&*nodes.one, "C-1", 1);
        let late = next(&*nodes.one, "eve").unwrap();
        (nodes.pass)(LEASE * 2);
        let taken = next(&*nodes.other, "fay").unwrap();
        let refused = answer(&*nodes.one, &late);
        assert!(
            matches!(refused, Err(StoreError::Conflict(Conflict::Case(_)))),
            "{refused:?}"
        );
        assert!(answer(&*nodes.other, &taken).is_ok());
    });
}

/// hexpm #1825.
#[test]
fn renewing_keeps_work_that_outlasts_its_lease() {
    on_each(&|nodes| {
        open(&*nodes.one, "C-1", 1);
        let held = next(&*nodes.one, "eve").unwrap();
        let token = held.claim.clone().unwrap().token;
        // Twice as long as the lease, with a sign of life at each third of it.
        for _ in 0..6 {
            (nodes.pass)(LEASE / 3);
            assert!(nodes.one.renew(&held.id, &token, LEASE).unwrap().is_some());
            assert!(next(&*nodes.other, "fay").is_none());
        }
        let held = nodes.one.case(&held.id).unwrap().unwrap();
        assert!(answer(&*nodes.one, &held).is_ok());
    });
}

/// awa #388.
#[test]
fn one_unreadable_row_delays_no_other_expired_claim() {
    on_each(&|nodes| {
        for n in 0..20 {
            open(&*nodes.one, &format!("C-{n:02}"), n);
        }
        let held: BTreeSet<_> = (0..20).map(|_| next(&*nodes.one, "eve").unwrap().id).collect();
        assert_eq!(held.len(), 20);
        // The node dies, and the first of its cases is an unreadable row.
        (nodes.poison)("C-00");
        (nodes.pass)(LEASE * 2);
        let long = Duration::from_secs(600);
        let rescue = || {
            let case = nodes
                .other
                .claim_next(&CaseFilter::default(), &"fay".into(), long);
            case.unwrap().map(|case| case.id)
        };
        let rescued: BTreeSet<_> = std::iter::from_fn(rescue).collect();
        let good: BTreeSet<_> = held.into_iter().filter(|id| id.as_str() != "C-00").collect();
        assert_eq!(rescued, good);
        let page = nodes.other.cases(&CaseFilter::default()).unwrap();
        assert_eq!(page.unreadable, [CaseId::new("C-00")]);
    });
}

/// oban #862.
#[test]
fn a_restarted_agent_of_the_same_name_holds_nothing() {
    on_each(&|nodes| {
        open(&*nodes.one, "C-1", 1);
        let before = next(&*nodes.one, "worker-1").unwrap();
        (nodes.pass)(LEASE * 2);
        // The process was restarted and works under the same name.
        let after = next(&*nodes.other, "worker-1").unwrap();
        let (old, new) = (
            before.claim.clone().unwrap().token,
            after.claim.clone().unwrap().token,
        );
        assert_ne!(old, new);
        assert_eq!(nodes.one.renew(&before.id, &old, LEASE).unwrap(), None);
        assert!(answer(&*nodes.one, &before).is_err());
        assert!(nodes.other.renew(&after.id, &new, LEASE).unwrap().is_some());
    });
}

/// pg-boss #521.
#[test]
fn retention_removes_no_open_case() {
    on_each(&|nodes| {
        let store = &*nodes.one;
        let (waits, closed) = (open(store, "C-1", 1), open(store, "C-2", 2));
        store.commit(sample::moving(&closed, &[Event::Closed]).0).unwrap();
        let held = next(store, "eve").unwrap();
        assert_eq!(held.id, waits.id);
        let answered = open(store, "C-3", 3);
        let answered = answer(store, &answered).unwrap();
        // Everything here is older than that; even a claim with a lease long expired is live work.
        (nodes.pass)(LEASE * 2);
        let future: Timestamp = "2030-01-01T00:00Z".parse().unwrap();
        let done = store.prune(future, 100).unwrap();
        assert_eq!(done.cases, [closed.id]);
        assert_eq!(store.case(&waits.id).unwrap(), Some(held));
        assert_eq!(store.case(&answered.id).unwrap(), Some(answered));
        assert_eq!(next(&*nodes.other, "fay").unwrap().id, waits.id);
    });
}

/// quartznet #435.
#[test]
fn leases_begin_and_end_on_the_stores_own_clock() {
    on_each(&|nodes| {
        open(&*nodes.one, "C-1", 1);
        let before = nodes.one.now().unwrap();
        let held = next(&*nodes.one, "eve").unwrap();
        let after = nodes.one.now().unwrap();
        let lease = SignedDuration::try_from(LEASE).unwrap();
        let until = held.claim.clone().unwrap().until;
        let slack = SignedDuration::from_micros(1);
        assert!(
            before + lease - slack <= until && until <= after + lease + slack,
            "{before} {until} {after}"
        );
        // The times in the callers' records play no part: they are from another day.
        let case = nodes.one.case(&held.id).unwrap().unwrap();
        nodes
            .one
            .commit(sample::moving(&case, &[Event::Released]).0)
            .unwrap();
        let again = next(&*nodes.other, "fay").unwrap();
        assert!(next(&*nodes.one, "eve").is_none());
        while nodes.other.now().unwrap() < again.claim.as_ref().unwrap().until {
            (nodes.pass)(LEASE / 4);
        }
        assert!(next(&*nodes.one, "eve").is_some());
    });
}

/// kamu-cli #1398.
#[test]
fn a_paging_journal_reader_skips_no_late_commit() {
    const WRITERS: usize = 6;
    const EACH: usize = 20;
    on_each(&|nodes| {
        let start = Barrier::new(WRITERS);
        let (one, other) = (&*nodes.one, &*nodes.other);
        let followed = thread::scope(|scope| {
            let writers: Vec<_> = (0..WRITERS)
                .map(|writer| {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        for n in 0..EACH {
                            open(
                                if writer % 2 == 0 { one } else { other },
                                &format!("C-{writer}-{n}"),
                                1,
                            );
                        }
                    })
                })
                .collect();
            let mut followed: Vec<(Seq, CaseId)> = Vec::new();
            loop {
                let ended = writers.iter().all(thread::ScopedJoinHandle::is_finished);
                let page = one.journal(followed.last().map(|(place, _)| *place), 7).unwrap();
                let end = page.records.is_empty();
                let records = page.records.into_iter();
                followed.extend(records.map(|(place, record)| (place, record.case.unwrap())));
                if ended && end {
                    return followed;
                }
            }
        });
        assert!(followed.windows(2).all(|pair| pair[0].0 < pair[1].0));
        let seen: BTreeSet<_> = followed.into_iter().map(|(_, case)| case).collect();
        assert_eq!(seen.len(), WRITERS * EACH);
        let waiting = CaseFilter {
            states: vec![State::Waiting],
            ..CaseFilter::default()
        };
        assert_eq!(one.cases(&waiting).unwrap().total, WRITERS * EACH);
    });
}

fn letter() -> Event {
    Event::Posted {
        letter: Box::new(Letter {
            number: 1,
            to: 0,
            kind: LetterKind::Answer,
            text: "好".to_owned(),
            posted: sample::START,
            attempts: 0,
            status: LetterStatus::Waiting { from: None },
        }),
        to: None,
    }
}

fn outbox(store: &Arc<dyn Store>) -> Outbox {
    let config = Arc::new(DeskConfig {
        canned_replies: Default::default(),
        department_names: Default::default(),
        rulebook: "0".into(),
        calendar: Calendar::builder("Asia/Shanghai")
            .year(2026)
            .week(Weekday::Monday, ["09:00-17:00".parse().unwrap()])
            .build()
            .unwrap(),
        policies: [].into(),
        letters: LetterConfig::default(),
        departments: std::collections::BTreeSet::new(),
        themes: std::collections::BTreeSet::new(),
    });
    Desk::new(Arc::clone(store), Arc::new(SystemClock), move || {
        Arc::clone(&config)
    })
    .outbox()
}

/// kamu-cli #1398.
#[test]
fn the_outbox_skips_no_late_letter_and_gives_none_twice() {
    const WRITERS: usize = 4;
    const EACH: usize = 15;
    on_each(&|nodes| {
        let ended = AtomicUsize::new(0);
        let sent = thread::scope(|scope| {
            for writer in 0..WRITERS {
                let (node, ended) = (nodes.of(writer), &ended);
                scope.spawn(move || {
                    for n in 0..EACH {
                        // Later numbers are committed before earlier ones, in the order of the cases and in
                        // that of the commits.
                        let case = open(&**node, &format!("C-{}-{writer}", EACH - n), 1);
                        node.commit(sample::moving(&case, &[letter()]).0).unwrap();
                    }
                    ended.fetch_add(1, Ordering::SeqCst);
                });
            }
            let senders = [0, 1].map(|sender| {
                let (outbox, ended) = (outbox(nodes.of(sender)), &ended);
                scope.spawn(move || {
                    let mut mine = Vec::new();
                    loop {
                        let last = ended.load(Ordering::SeqCst) == WRITERS;
                        let letters = outbox.claim(3, Duration::from_secs(600)).unwrap();
                        if last && letters.is_empty() {
                            return mine;
                        }
                        for letter in letters {
                            let token = &letter.token;
                            outbox
                                .settle(
                                    LetterReceipt::new(letter.case.clone(), 1, token.clone()),
                                    Settlement::Delivered,
                                )
                                .unwrap();
                            mine.push(letter.case);
                        }
                    }
                })
            });
            let sent = senders.into_iter().flat_map(|sender| sender.join().unwrap());
            sent.collect::<Vec<_>>()
        });
        let cases: BTreeSet<_> = sent.iter().collect();
        assert_eq!((sent.len(), cases.len()), (WRITERS * EACH, WRITERS * EACH));
    });
}

/// pg-boss #521.
#[test]
fn retention_removes_no_undelivered_letter() {
    on_each(&|nodes| {
        let (store, outbox) = (&*nodes.one, outbox(&nodes.one));
        let future: Timestamp = "2030-01-01T00:00Z".parse().unwrap();
        let case = open(store, "C-1", 1);
        let (change, case) = sample::moving(&case, &[letter(), Event::Closed]);
        store.commit(change).unwrap();
        assert!(
            store.prune(future, 100).unwrap().cases.is_empty(),
            "it is to be sent"
        );
        let given = outbox.claim(9, LEASE).unwrap().remove(0);
        assert!(
            store.prune(future, 100).unwrap().cases.is_empty(),
            "it is being sent"
        );
        (nodes.pass)(LEASE * 2);
        assert!(outbox.claim(9, LEASE).unwrap().is_empty());
        assert!(
            store.prune(future, 100).unwrap().cases.is_empty(),
            "it may have been delivered"
        );
        outbox
            .settle(
                LetterReceipt::new(case.id.clone(), 1, given.token.clone()),
                Settlement::Delivered,
            )
            .unwrap();
        assert_eq!(store.prune(future, 100).unwrap().cases, [case.id]);
    });
}
