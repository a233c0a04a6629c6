//! Kills a process again and again while it receives messages, and counts what became of those that it had acknowledged.
//!
//! `cargo run --example crash -- --store sqlite --rounds 100` works on a file in the temporary folder. With
//! `--features postgres` and `--store postgres` it works in a schema of its own of the database that `CIVIC_REPLY_POSTGRES`
//! names; where `CIVIC_REPLY_POSTGRES_CONTROL` names a program that takes pg_ctl's words (`.ci/postgres` sets both), the
//! server is stopped without warning in every tenth round too.
//!
//! It ends with an error when an acknowledged message or answer is lost, when a message was handled twice, when a
//! redelivery got another outcome, or when the journal does not rebuild the cases as they stand.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to its user")]

#[path = "../shared/audit.rs"]
mod audit;
#[path = "../shared/channel.rs"]
mod channel;
#[path = "../shared/place.rs"]
mod place;
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
use channel::{Dice, Worker};
use place::Place;
use worker::{Agents, Delivery, Said};

/// A new store is begun after so many rounds: the check of each round reads all of it.
const ROUNDS_A_STORE: usize = 25;

/// How many messages are under way at once.
const UNDER_WAY: usize = 12;

const TEXTS: &[&str] = &[
    "新生儿怎么上户口?",
    "楼下烧烤店每天凌晨三点还在营业,噪音太大,反映多次没人管",
    "我要投诉物业乱收费,请领导尽快处理",
    "你好",
    "转人工",
];

/// Kills a process that receives messages, and checks what it had acknowledged.
#[derive(Parser)]
struct Options {
    /// The kind of store.
    #[arg(long, value_enum, default_value_t = Kind::Sqlite)]
    store: Kind,
    /// How many times the process is killed.
    #[arg(long, default_value_t = 100)]
    rounds: usize,
    /// Ends after so many seconds, whatever was done by then.
    #[arg(long, default_value_t = 3_600)]
    seconds: u64,
    /// What the moments of the kills are drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The rulebook's folder.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Writes the numbers as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Is the process that is killed, on this file.
    #[arg(long, hide = true)]
    file: Option<PathBuf>,
    /// Is the process that is killed, on this schema.
    #[arg(long, hide = true)]
    schema: Option<String>,
    /// Where what is learnt from the FAQ is kept for the processes.
    #[arg(long, hide = true, default_value = ".")]
    kept: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum Kind {
    Sqlite,
    Postgres,
}

/// What is counted over all rounds.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    /// How many times the process was killed.
    rounds: usize,
    /// How many times the database server was stopped without warning as well.
    server_stops: usize,
    /// Messages and answers that were acknowledged.
    acknowledged: usize,
    /// Messages that were delivered again after they were acknowledged.
    redelivered: usize,
    /// Acknowledged and not there.
    lost: usize,
    /// Messages that were handled, or have a case, more than once.
    doubled: usize,
    /// Redelivered messages that got another outcome.
    changed: usize,
    /// Cases that the journal does not rebuild.
    diverged: usize,
}

impl Numbers {
    fn is_sound(&self) -> bool {
        self.lost + self.doubled + self.changed + self.diverged == 0
    }
}

/// What the channel knows of the messages of one store.
#[derive(Default)]
struct Knowledge {
    sent: usize,
    /// Sent and not acknowledged: the next process gets them again.
    open: BTreeMap<String, Delivery>,
    acknowledged: BTreeMap<String, (Delivery, String)>,
    /// How often each case was answered.
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
            return worker::work(&Place::File(file.clone()), &options.rules, &options.kept, agents);
        }
        (_, Some(schema)) => {
            return worker::work(
                &Place::Schema(schema.clone()),
                &options.rules,
                &options.kept,
                agents,
            );
        }
        _ => {}
    }

    let begun = Instant::now();
    let mut dice = Dice::new(options.seed);
    let mut numbers = Numbers::default();
    let bar = ProgressBar::new(options.rounds as u64);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} rounds, {msg}",
    )?);
    let folder = tempfile::tempdir()?;
    options.kept = folder.path().join("faq");
    while numbers.rounds < options.rounds && begun.elapsed().as_secs() < options.seconds {
        let name = format!("crash_{}", Uuid::new_v4().simple());
        let place = match options.store {
            Kind::Sqlite => Place::File(folder.path().join(name).with_extension("db")),
            Kind::Postgres => Place::Schema(name),
        };
        let mut known = Knowledge::default();
        for _ in 0..ROUNDS_A_STORE.min(options.rounds - numbers.rounds) {
            round(&options, &place, &mut known, &mut dice, &mut numbers)?;
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
            place.remove()?;
        } else {
            return Err(format!("{numbers:#?}\nthe store is left for inspection: {place:?}").into());
        }
    }
    bar.finish_and_clear();
    println!("{numbers:#?} in {:.0?}", begun.elapsed());
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&numbers)?)?;
    }
    Ok(())
}

/// One process from its start to its death, and the check of what it leaves behind.
fn round(
    options: &Options,
    place: &Place,
    known: &mut Knowledge,
    dice: &mut Dice,
    numbers: &mut Numbers,
) -> Result<(), Box<dyn Error>> {
    let (tell, told) = mpsc::channel();
    let mut arguments = place.arguments().to_vec();
    arguments.extend(["--rules".into(), options.rules.display().to_string()]);
    arguments.extend(["--kept".into(), options.kept.display().to_string()]);
    let worker = Worker::start(&arguments, move |said| drop(tell.send(said)))?;
    // Some die while they are still opening the store.
    let early = dice.below(10) == 0;
    if early {
        std::thread::sleep(Duration::from_millis(dice.below(400) as u64));
    } else {
        let open: Vec<_> = known.open.values().cloned().collect();
        let some = known.acknowledged.len().max(1);
        let again = known.acknowledged.values().skip(dice.below(some)).take(3);
        let again: Vec<_> = again.map(|(delivery, _)| delivery.clone()).collect();
        for delivery in open.into_iter().chain(again) {
            worker.deliver(delivery);
        }
        let life = Duration::from_micros(dice.below(60_000) as u64);
        feed(&worker, &told, known, numbers, life)?;
    }
    let server_too = numbers.rounds % 10 == 9;
    let control = std::env::var(place::CONTROL).ok();
    let control = control.filter(|_| server_too && matches!(place, Place::Schema(_)));
    if let Some(program) = &control {
        say_to(program, &["stop", "-m", "immediate"])?;
        numbers.server_stops += 1;
    }
    worker.kill()?;
    while let Ok(Some(said)) = told.recv() {
        hear(said, known, numbers);
    }
    if let Some(program) = &control {
        say_to(program, &["start"])?;
    }
    numbers.rounds += 1;
    check(place, known, numbers)
}

/// Keeps the worker busy until `life` after its first acknowledgement.
fn feed(
    worker: &Worker,
    told: &Receiver<Option<Said>>,
    known: &mut Knowledge,
    numbers: &mut Numbers,
    life: Duration,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    let mut end = None;
    loop {
        while known.open.len() < UNDER_WAY {
            let n = known.sent;
            known.sent += 1;
            let text = TEXTS.get(n % TEXTS.len()).copied().unwrap_or_default();
            let delivery = Delivery {
                account: "gov-wechat".into(),
                sender: format!("citizen-{}", n % 5),
                id: format!("message-{n}"),
                text: text.into(),
            };
            known.open.insert(delivery.id.clone(), delivery.clone());
            worker.deliver(delivery);
        }
        let left = end.map_or(Duration::from_secs(120), |end: Instant| {
            end.saturating_duration_since(Instant::now())
        });
        match told.recv_timeout(left) {
            Ok(Some(said)) => {
                if matches!(said, Said::Acknowledged { .. }) {
                    end.get_or_insert_with(|| Instant::now() + life);
                }
                hear(said, known, numbers);
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

fn hear(said: Said, known: &mut Knowledge, numbers: &mut Numbers) {
    match said {
        Said::Acknowledged { id, outcome } => {
            if let Some(delivery) = known.open.remove(&id) {
                numbers.acknowledged += 1;
                known.acknowledged.insert(id, (delivery, outcome));
            } else if let Some((_, before)) = known.acknowledged.get(&id) {
                numbers.redelivered += 1;
                numbers.changed += usize::from(*before != outcome);
            }
        }
        Said::Answered { case } => {
            numbers.acknowledged += 1;
            *known.answered.entry(case).or_default() += 1;
        }
        Said::Ready | Said::Failed { .. } | Said::Fenced { .. } => {}
    }
}

/// Opens the store as the next process will, and looks for everything that was acknowledged.
fn check(place: &Place, known: &Knowledge, numbers: &mut Numbers) -> Result<(), Box<dyn Error>> {
    let store = place.open()?;
    let audit = Audit::of(&*store)?;
    numbers.doubled += audit.doubled;
    numbers.diverged += audit.diverged;
    for (delivery, outcome) in known.acknowledged.values() {
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
    for (case, &times) in &known.answered {
        let stored = audit.cases.get(&CaseId::new(case));
        let there = stored.is_some_and(|case| {
            // A citizen who was not helped has reopened it; each answer stays among its letters.
            let letters = case.handling.letters.iter();
            let answers = letters.filter(|letter| letter.kind == LetterKind::Answer).count();
            matches!(case.state, State::Answered | State::Closed) || answers >= times
        });
        numbers.lost += usize::from(!there);
    }
    Ok(())
}

fn say_to(program: &str, words: &[&str]) -> Result<(), Box<dyn Error>> {
    let status = Command::new(program).args(words).stdout(Stdio::null()).status()?;
    if status.success() {
        Ok(())
    } else {
        Err(format!("the server did not {words:?}").into())
    }
}
