//! Whole messages: the time of reading, committing, and of deciding and planning between them.

use std::cell::Cell;
use std::sync::Arc;
use std::time::{Duration, Instant};

use civic_reply::case::{Case, CaseId, Claim, ClaimToken};
use civic_reply::message::{AccountId, AgentId, CitizenId, Conversation, MessageKey};
use civic_reply::reply::{Action, Handled};
use civic_reply::store::contract::sample;
use civic_reply::store::{
    Arrival, CaseFilter, CasePage, ChangeSet, Erasure, JournalPage, Pruning, QueueCount, Seq, StoreError,
    TurnPage,
};
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Rulebook, SqliteStore, Store};
use jiff::Timestamp;

use crate::names::ClaimQuery;
use crate::{Group, Report, Setup, quantile};

const COMPLAINT: &str =
    "我家楼下的烧烤店每天凌晨三点还在营业,油烟和噪音让老人孩子睡不着,打过电话也没人管,请尽快处理";
/// Messages, the action that each must lead to, and its name.
const KINDS: [(&str, &str, Action); 3] = [
    ("rule answer", "你好", Action::Answer),
    ("FAQ answer", "新生儿怎么上户口?", Action::Answer),
    ("complaint", COMPLAINT, Action::Escalate),
];
/// How many messages each stage has.
const MESSAGES: usize = 200;

pub(crate) fn groups(setup: &Setup) -> Vec<Group<'_>> {
    let folder = setup.folder.path();
    let build = move |store: Arc<dyn Store>| {
        let book = Rulebook::from_dir(&setup.rules).unwrap();
        let engine = Engine::builder(book, store)
            .check_examples(false)
            .clock(ManualClock::new(sample::START));
        engine.faq_cache(folder.join("receive")).build().unwrap()
    };
    vec![
        (
            "decide",
            Box::new(move |report| {
                let engine = build(Arc::new(MemoryStore::new()));
                let book = Rulebook::from_dir(&setup.rules).unwrap();
                let rules = book.rules.iter().map(|rule| rule.examples.len());
                let examples: usize = rules
                    .chain(book.faq.iter().map(|entry| entry.examples.len()))
                    .sum();
                assert!(!engine.check_examples().has_errors());
                report.repeat("receive: decide, a rulebook's example", examples, || {
                    engine.check_examples().len()
                });
            }),
        ),
        (
            "receive",
            Box::new(move |report| {
                for (kind, text, action) in KINDS {
                    let engine = build(Arc::new(Timed::new(MemoryStore::new())));
                    receive(report, &engine, kind, text, action);
                }
            }),
        ),
        (
            "receive, sqlite",
            Box::new(move |report| {
                let place = tempfile::tempdir_in(folder).unwrap();
                let store = SqliteStore::open(place.path().join("receive.db")).unwrap();
                let engine = build(Arc::new(store));
                for (kind, text, action) in KINDS {
                    check(&engine, kind, text, action);
                    let stage = format!("receive, sqlite: {kind}, whole");
                    report.each(stage, MESSAGES, |n| {
                        engine.receive(message(kind, n, text)).unwrap()
                    });
                }
            }),
        ),
    ]
}

fn message(kind: &str, n: usize, text: &str) -> Message {
    let sender = format!("citizen-{kind}-{n}");
    Message::text("gov-wechat", sender.as_str(), sender.as_str(), text)
}

/// Asserts the outcome, and that a redelivery gets it again.
fn check(engine: &Engine, kind: &str, text: &str, action: Action) {
    for n in MESSAGES..MESSAGES + 20 {
        let message = message(kind, n, text);
        let outcome = engine.receive(message.clone()).unwrap();
        assert_eq!(engine.receive(message.clone()).unwrap(), outcome);
        assert_eq!(engine.handled(message.key()).unwrap().unwrap().action, action);
    }
}

fn receive(report: &mut Report, engine: &Engine, kind: &str, text: &str, action: Action) {
    check(engine, kind, text, action);
    let (mut whole, mut reads, mut commits, mut rest) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for n in 0..MESSAGES {
        let message = message(kind, n, text);
        READ.set(Duration::ZERO);
        COMMITTED.set(Duration::ZERO);
        let start = Instant::now();
        engine.receive(message).unwrap();
        let took = start.elapsed();
        let nanoseconds = |time: Duration| time.as_secs_f64() * 1e9;
        whole.push(nanoseconds(took));
        reads.push(nanoseconds(READ.get()));
        commits.push(nanoseconds(COMMITTED.get()));
        rest.push(nanoseconds(took.saturating_sub(READ.get() + COMMITTED.get())));
    }
    for (part, times) in [
        ("whole", whole),
        ("store reads", reads),
        ("decide and plan", rest),
        ("commit in memory", commits),
    ] {
        report.add(format!("receive: {kind}, {part}"), quantile(times, 0.5));
    }
    report.each(format!("receive: {kind}, redelivered"), MESSAGES, |n| {
        engine.receive(message(kind, n, text)).unwrap()
    });
}

thread_local! {
    static READ: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static COMMITTED: Cell<Duration> = const { Cell::new(Duration::ZERO) };
}

fn timed<T>(sum: &'static std::thread::LocalKey<Cell<Duration>>, work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    sum.set(sum.get() + start.elapsed());
    result
}

/// A store that adds up the time of its calls on the calling thread.
///
/// It forwards every method, those with a default too: the default may take more calls than the store's own.
struct Timed<S>(S);

impl<S> Timed<S> {
    fn new(store: S) -> Self {
        Self(store)
    }
}

macro_rules! forward {
    ($($name:ident($($argument:ident: $type:ty),*) -> $result:ty;)*) => {
        $(fn $name(&self, $($argument: $type),*) -> Result<$result, StoreError> {
            timed(&READ, || self.0.$name($($argument),*))
        })*
    };
}

impl<S: Store> Store for Timed<S> {
    fn commit(&self, change: ChangeSet) -> Result<(), StoreError> {
        timed(&COMMITTED, || self.0.commit(change))
    }

    forward! {
        handled(key: &MessageKey) -> Option<Handled>;
        conversation(account: &AccountId, citizen: &CitizenId) -> Conversation;
        arrival(key: &MessageKey) -> Arrival;
        case(id: &CaseId) -> Option<Case>;
        cases(filter: &CaseFilter) -> CasePage;
        counts(now: Timestamp) -> Vec<QueueCount>;
        claim_next(filter: &CaseFilter, agent: &AgentId, lease: Duration) -> Option<Case>;
        claim_picked(query: &ClaimQuery, agent: &AgentId, lease: Duration) -> Option<Case>;
        claim(id: &CaseId, agent: &AgentId, lease: Duration) -> Option<Case>;
        renew(id: &CaseId, token: &ClaimToken, lease: Duration) -> Option<Claim>;
        due(before: Timestamp, limit: usize) -> Vec<Case>;
        alarms(until: Timestamp, limit: usize) -> Vec<Case>;
        sending(until: Timestamp, limit: usize) -> Vec<Case>;
        stuck(limit: usize) -> Vec<Case>;
        now() -> Timestamp;
        journal(after: Option<Seq>, limit: usize) -> JournalPage;
        turns(account: &AccountId, citizen: &CitizenId, before: Option<Seq>, limit: usize) -> TurnPage;
        erase(citizen: &CitizenId) -> Erasure;
        prune(before: Timestamp, limit: usize) -> Pruning;
    }
}
