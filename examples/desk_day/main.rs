//! Simulates a day of messages at the desk, and the weeks until every case is closed.
//!
//! `cargo run --release --example desk_day -- [FILE.jsonl]` lets the first 500 messages arrive on one
//! Monday. Agents answer, ask, transfer, return, extend and merge; citizens reply, rate or stay silent; a
//! sender delivers the letters, with failures. The same seed gives the same day. It prints the timeline of
//! a case (`--case`, or the one with the most moves) and the totals.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

mod agents;
#[path = "../shared/faq_cache.rs"]
mod faq_cache;
#[path = "../replay/input.rs"]
mod input;
mod people;
#[path = "../shared/random.rs"]
mod random;
mod sender;
mod timeline;
mod totals;

use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;

use civic_reply::case::{Amount, CaseId};
use civic_reply::store::SqliteOptions;
use civic_reply::time::ExtensionRule;
use civic_reply::{Clock, Engine, ManualClock, Rulebook, SqliteStore};
use clap::Parser;
use jiff::{SignedDuration, Timestamp};

use people::People;
use random::Random;
use sender::Sender;

/// The messages that are used when the command names none.
const MESSAGES: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../shared/data/citizen_messages/messages.jsonl"
);

/// Simulate a day at the desk
#[derive(Parser)]
struct Options {
    /// Messages, one JSON object per line.
    #[arg(default_value = MESSAGES)]
    file: PathBuf,
    /// Number of messages.
    #[arg(long, default_value_t = 500)]
    messages: usize,
    /// Seed of everything random.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// Number of agents per department; the service centre has four times as many.
    #[arg(long, default_value_t = 2)]
    agents: usize,
    /// Case to print the timeline of.
    #[arg(long)]
    case: Option<String>,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Write the totals to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The Monday on which the messages arrive: 2026-11-23, 08:00 in Shanghai.
const MORNING: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// The minutes of the day in which messages arrive.
const DAY: usize = 10 * 60;

/// The step of the clock in minutes, and the most simulated days.
const STEP: i64 = 10;
const MOST_DAYS: i64 = 35;

/// Citizens act once an hour.
const STEPS_OF_AN_HOUR: i64 = 60 / STEP;

/// Extends the rulebook for the day: an account for messages without one, and extensions in every policy.
fn extend_rulebook(rulebook: &mut Rulebook) {
    for policy in rulebook.policies.values_mut() {
        policy.extension.get_or_insert(ExtensionRule {
            times: 1,
            amount: Amount::one_working_day(),
        });
    }
    // The account of messages without one.
    if let Some(mut account) = rulebook.accounts.values().next().cloned() {
        (account.id, account.department) = ("replay".into(), None);
        rulebook.accounts.insert(account.id.clone(), account);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let mut rulebook = Rulebook::from_dir(&options.rules).map_err(|errors| format!("\n{errors}"))?;
    extend_rulebook(&mut rulebook);
    let calendar = rulebook.calendar.clone();
    let departments: Vec<_> = rulebook.departments.keys().cloned().collect();
    let folder = tempfile::tempdir()?;
    let clock = ManualClock::new(MORNING);
    let own_clock = SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    };
    let store = Arc::new(SqliteStore::open_with(folder.path().join("desk.db"), own_clock)?);
    // `lint` runs the rulebook's own examples.
    let engine = Engine::builder(rulebook, Arc::clone(&store))
        .clock(clock.clone())
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;

    let mut random = Random::new(options.seed);
    let lines = input::read(&options.file, "replay")?
        .into_iter()
        .take(options.messages);
    let mut messages = lines.collect::<Result<Vec<_>, _>>()?;
    let minutes = messages.iter().map(|_| random.below(DAY));
    let mut minutes: Vec<_> = minutes.collect();
    minutes.sort_unstable();
    // Popped from the end: the earliest must be last.
    messages.reverse();
    minutes.reverse();

    let mut sender = Sender::new(engine.outbox(), Random::new(options.seed.wrapping_add(1)));
    let mut people = People::new(engine.desk(), departments, options.agents, random);
    let mut received = 0;
    for step in 0..MOST_DAYS * 24 * 60 / STEP {
        let now = MORNING + SignedDuration::from_mins(step * STEP);
        clock.set(now);
        let since = now.duration_since(MORNING).as_mins();
        while minutes
            .last()
            .is_some_and(|minute| i64::try_from(*minute).unwrap_or(0) <= since)
        {
            minutes.pop();
            if let Some(line) = messages.pop() {
                let outcome = engine.receive(line.message.with_written_at(now));
                outcome.map_err(|error| format!("message {}: {error}", line.id))?;
                received += 1;
            }
        }
        people.watch(now)?;
        if step % STEPS_OF_AN_HOUR == 0 {
            people.citizens(now)?;
            people.check_owners_and_deadlines()?;
        }
        if calendar.is_open(now)? {
            people.agents(now)?;
            sender.handle_stuck()?;
        }
        sender.send()?;
        if messages.is_empty() && people.nothing_is_open()? && totals::no_letter_is_open(&*store)? {
            break;
        }
    }

    let totals = totals::count(&*store, &people, &sender, received, clock.now())?;
    let shown = match &options.case {
        Some(id) => CaseId::new(id),
        None => totals.busiest.clone(),
    };
    timeline::print(&*store, &shown)?;
    println!("\n{:#}", totals.numbers);
    if let Some(path) = &options.json {
        std::fs::write(path, format!("{:#}\n", totals.numbers))?;
    }
    Ok(())
}
