//! Kills a process that receives messages, over and over, and checks that nothing acknowledged is lost.
//!
//! `cargo run --example crash -- --store sqlite --rounds 100` uses a file in the temporary folder. With
//! `--features postgres`, `--store postgres` uses its own schema in the database of `CIVIC_REPLY_POSTGRES`.
//! If `CIVIC_REPLY_POSTGRES_CONTROL` names a program that accepts the commands of `pg_ctl`, every tenth
//! round also stops the server without a shutdown. `.ci/postgres` sets both variables.
//!
//! It prints the counts of all rounds. It fails when an acknowledged message or answer is lost, a message
//! is handled twice, a redelivery gets another outcome, or the journal does not rebuild the stored cases.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "../shared/audit.rs"]
mod audit;
#[path = "../shared/faq_cache.rs"]
mod faq_cache;
#[path = "../shared/location.rs"]
mod location;
#[path = "../shared/process.rs"]
mod process;
#[path = "../shared/random.rs"]
mod random;
#[path = "../shared/worker.rs"]
mod worker;

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use civic_reply::case::{CaseId, LetterKind, State};
use civic_reply::message::{AccountId, CitizenId, MessageKey};
use civic_reply::reply::Outcome;
use clap::{Parser, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use uuid::Uuid;

use audit::Audit;
use location::StoreLocation;
use process::Worker;
use random::Random;
use worker::{Agents, Delivery, WorkerEvent};

/// Rounds per store: the check of each round reads the whole store.
const ROUNDS_A_STORE: usize = 25;

/// The number of messages in flight.
const IN_FLIGHT: usize = 12;

const TEXTS: &[&str] = &[
    "新生儿怎么上户口?",
    "楼下烧烤店每天凌晨三点还在营业,噪音太大,反映多次没人管",
    "我要投诉物业乱收费,请领导尽快处理",
    "你好",
    "转人工",
];

/// Kill a process that receives messages, and check everything it acknowledged
#[derive(Parser)]
struct Options {
    /// Kind of store.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    store: Kind,
    /// Number of kills.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// Stop after this many seconds.
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// Seed of the random moments of the kills.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Write the numbers to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Run as the killed process, on this file.
    #[arg(long, hide = true)]
    file: Option<PathBuf>,
    /// Run as the killed process, on this schema.
    #[arg(long, hide = true)]
    schema: Option<String>,
    /// Folder of the FAQ cache that the processes share.
    #[arg(long, hide = true, default_value = ".")]
    faq_cache: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// The counts of all rounds.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    /// Kills of the process.
    rounds: usize,
    /// Stops of the database server.
    server_stops: usize,
    /// Acknowledged messages and answers.
    acknowledged: usize,
    /// Messages redelivered after their acknowledgement.
    redelivered: usize,
    /// Acknowledged and missing.
    lost: usize,
    /// Messages that were handled twice or have two cases.
    doubled: usize,
    /// Redelivered messages with another outcome.
    changed: usize,
    /// Cases that the journal does not rebuild.
    diverged: usize,
}

impl Numbers {
    fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.changed + self.diverged == 0
    }
}

/// The channel's record of the messages of one store.
#[derive(Default)]
struct Ledger {
    sent: usize,
    /// Sent and not acknowledged: redelivered to the next process.
    open: BTreeMap<String, Delivery>,
    acknowledged: BTreeMap<String, (Delivery, String)>,
    /// The number of answers of each case.
    answered: BTreeMap<String, usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::parse();
    let agents = Agents {
        number: 1,
        lease: Duration::from_secs(60),
        pause: Duration::from_millis(5),
        slow: 0,
    };
    match (&options.file, &options.schema) {
        (Some(file), _) => {
            return worker::work(
                &StoreLocation::File(file.clone()),
                &options.rules,
                &options.faq_cache,
                agents,
            );
        }
        (_, Some(schema)) => {
            return worker::work(
                &StoreLocation::Schema(schema.clone()),
                &options.rules,
                &options.faq_cache,
                agents,
            );
        }
        _ => {}
    }

    let begun = Instant::now();
    let mut random = Random::new(options.seed);
    let mut numbers = Numbers::default();
    let bar = ProgressBar::new(options.rounds as u64);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} rounds, {msg}",
    )?);
    let folder = tempfile::tempdir()?;
    options.faq_cache = faq_cache::folder().unwrap_or_else(|| folder.path().join("faq"));
    while numbers.rounds < options.rounds && begun.elapsed().as_secs() < options.seconds {
        let name = format!("crash_{}", Uuid::new_v4().simple());
        let location = match options.store {
            Kind::Sqlite => StoreLocation::File(folder.path().join(name).with_extension("db")),
            Kind::Postgres => StoreLocation::Schema(name),
        };
        let mut ledger = Ledger::default();
        for _ in 0..ROUNDS_A_STORE.min(options.rounds - numbers.rounds) {
            round(&options, &location, &mut ledger, &mut random, &mut numbers)?;
            bar.inc(1);
            bar.set_message(format!(
                "{} acknowledged, {} lost",
                numbers.acknowledged, numbers.lost
            ));
            if begun.elapsed().as_secs() >= options.seconds {
                break;
            }
        }
        if numbers.is_sound() {
            location.remove()?;
        } else {
            return Err(format!("{numbers:#?}\nthe store is left for inspection: {location:?}").into());
        }
    }
    bar.finish_and_clear();
    println!("{numbers:#?} in {:.0?}", begun.elapsed());
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&numbers)?)?;
    }
    Ok(())
}

/// One process from its start to its kill, and the check of the store afterwards.
fn round(
    options: &Options,
    location: &StoreLocation,
    ledger: &mut Ledger,
    random: &mut Random,
    numbers: &mut Numbers,
) -> Result<(), Box<dyn Error>> {
    let (sender, events) = mpsc::channel();
    let mut arguments = location.arguments().to_vec();
    arguments.extend(["--rules".into(), options.rules.display().to_string()]);
    arguments.extend(["--faq-cache".into(), options.faq_cache.display().to_string()]);
    let worker = Worker::start(&arguments, move |event| drop(sender.send(event)))?;
    // One in ten is killed while it opens the store.
    let early = random.below(10) == 0;
    if early {
        std::thread::sleep(Duration::from_millis(random.below(400) as u64));
    } else {
        let open: Vec<_> = ledger.open.values().cloned().collect();
        let some = ledger.acknowledged.len().max(1);
        let again = ledger.acknowledged.values().skip(random.below(some)).take(3);
        let again: Vec<_> = again.map(|(delivery, _)| delivery.clone()).collect();
        for delivery in open.into_iter().chain(again) {
            worker.deliver(delivery);
        }
        let life = Duration::from_micros(random.below(60_000) as u64);
        feed(&worker, &events, ledger, numbers, life)?;
    }
    let server_too = numbers.rounds % 10 == 9;
    let control = std::env::var(location::CONTROL).ok();
    let control = control.filter(|_| server_too && matches!(location, StoreLocation::Schema(_)));
    if let Some(program) = &control {
        run_control(program, &["stop", "-m", "immediate"])?;
        numbers.server_stops += 1;
    }
    worker.kill()?;
    while let Ok(Some(event)) = events.recv() {
        record_event(event, ledger, numbers);
    }
    if let Some(program) = &control {
        run_control(program, &["start"])?;
    }
    numbers.rounds += 1;
    check(location, ledger, numbers)
}

/// Delivers messages until `life` after the first acknowledgement.
fn feed(
    worker: &Worker,
    events: &Receiver<Option<WorkerEvent>>,
    ledger: &mut Ledger,
    numbers: &mut Numbers,
    life: Duration,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut end = None;
    loop {
        while ledger.open.len() < IN_FLIGHT {
            let n = ledger.sent;
            ledger.sent += 1;
            let text = TEXTS.get(n % TEXTS.len()).copied().unwrap_or_default();
            let delivery = Delivery {
                account: "gov-wechat".into(),
                sender: format!("citizen-{}", n % 5),
                id: format!("message-{n}"),
                text: text.into(),
            };
            ledger.open.insert(delivery.id.clone(), delivery.clone());
            worker.deliver(delivery);
        }
        let left = end.map_or(Duration::from_secs(120), |end: Instant| {
            end.saturating_duration_since(Instant::now())
        });
        match events.recv_timeout(left) {
            Ok(Some(event)) => {
                if matches!(event, WorkerEvent::Acknowledged { .. }) {
                    end.get_or_insert_with(|| Instant::now() + life);
                }
                record_event(event, ledger, numbers);
            }
            Ok(None) => return Err("the worker has ended by itself".into()),
            Err(RecvTimeoutError::Timeout) if end.is_some() => return Ok(()),
            Err(_) => return Err(format!("nothing acknowledged within {:?}", started.elapsed()).into()),
        }
        if end.is_some_and(|end| Instant::now() >= end) {
            return Ok(());
        }
    }
}

fn record_event(event: WorkerEvent, ledger: &mut Ledger, numbers: &mut Numbers) {
    match event {
        WorkerEvent::Acknowledged { id, outcome } => {
            if let Some(delivery) = ledger.open.remove(&id) {
                numbers.acknowledged += 1;
                ledger.acknowledged.insert(id, (delivery, outcome));
            } else if let Some((_, before)) = ledger.acknowledged.get(&id) {
                numbers.redelivered += 1;
                numbers.changed += usize::from(*before != outcome);
            }
        }
        WorkerEvent::Answered { case } => {
            numbers.acknowledged += 1;
            *ledger.answered.entry(case).or_default() += 1;
        }
        WorkerEvent::Ready | WorkerEvent::Failed { .. } | WorkerEvent::Fenced { .. } => {}
    }
}

/// Opens the store as the next process does, and looks up everything acknowledged.
fn check(location: &StoreLocation, ledger: &Ledger, numbers: &mut Numbers) -> Result<(), Box<dyn Error>> {
    let store = location.open()?;
    let audit = Audit::of(&*store)?;
    numbers.doubled += audit.doubled;
    numbers.diverged += audit.diverged;
    for (delivery, outcome) in ledger.acknowledged.values() {
        let key = MessageKey::new(
            AccountId::new(&delivery.account),
            CitizenId::new(&delivery.sender),
            &delivery.id,
        );
        let stored = store.handled(&key)?.map(|handled| handled.outcome);
        let same = stored
            .as_ref()
            .is_some_and(|stored| serde_json::to_string(stored).is_ok_and(|stored| stored == *outcome));
        let case_there = match &stored {
            Some(Outcome::Queued { case, .. }) => audit.cases.contains_key(case.id()),
            _ => true,
        };
        numbers.lost += usize::from(!same || !case_there);
    }
    for (case, &times) in &ledger.answered {
        let stored = audit.cases.get(&CaseId::new(case));
        let there = stored.is_some_and(|case| {
            // The citizen may have reopened it; each answer stays among its letters.
            let letters = case.handling.contact.letters.iter();
            let answers = letters.filter(|letter| letter.kind == LetterKind::Answer).count();
            matches!(case.state, State::Answered | State::Closed) || answers >= times
        });
        numbers.lost += usize::from(!there);
    }
    Ok(())
}

fn run_control(program: &str, words: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program).args(words).stdout(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the server did not {words:?}").into())
    }
}
