//! A day of messages at the desk, and the weeks until nothing of it is open: agents who answer, ask, pass on, give back, extend
//! and merge, citizens who answer back, rate or fall silent, and a sender that brings the letters to them, if all goes well.
//!
//! `cargo run --release --example desk_day -- [FILE.jsonl]` takes the first 500 messages, lets them arrive on one Monday, and plays
//! the people by a seed, so that the same seed gives the same day. It ends with the timeline of a case (`--case`, or the one with the
//! most moves) and the totals.

#![allow(clippy::print_stdout, reason = "it talks to its user")]

#[path = "../replay/input.rs"]
mod input;
mod people;
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

use people::{Dice, People};
use sender::Sender;

/// Plays a day at the desk.
#[derive(Parser)]
struct Options {
    /// The messages, one JSON object a line.
    #[arg(default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/citizen_messages/messages.jsonl"))]
    file: PathBuf,
    /// How many of them.
    #[arg(long, default_value_t = 500)]
    messages: usize,
    /// What the people do is drawn from this number.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    /// How many agents each department has; the office's own desk has four times as many.
    #[arg(long, default_value_t = 2)]
    agents: usize,
    /// The case whose timeline is shown at the end.
    #[arg(long)]
    case: Option<String>,
    /// The rulebook's folder.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Writes the totals as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The Monday on which the messages arrive: 2026-11-23, 08:00 in Shanghai.
const MORNING: Timestamp = Timestamp::constant(1_795_392_000, 0);

/// The minutes in which they do.
const DAY: usize = 10 * 60;

/// How far the clock goes at once, in minutes, and after how many days it is given up.
const STEP: i64 = 10;
const MOST_DAYS: i64 = 35;

/// Citizens look at their telephones once an hour.
const STEPS_OF_AN_HOUR: i64 = 60 / STEP;

/// What the day needs besides the rulebook: a door for every message, and extensions to ask for.
fn furnish(rulebook: &mut Rulebook) {
    for policy in rulebook.policies.values_mut() {
        policy.extension.get_or_insert(ExtensionRule {
            times: 1,
            amount: Amount::one_working_day(),
        });
    }
    // The door that messages without an account come by.
    if let Some(mut door) = rulebook.accounts.values().next().cloned() {
        (door.id, door.department) = ("replay".into(), None);
        rulebook.accounts.insert(door.id.clone(), door);
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let mut rulebook = Rulebook::from_dir(&options.rules).map_err(|errors| format!("\n{errors}"))?;
    furnish(&mut rulebook);
    let calendar = rulebook.calendar.clone();
    let departments: Vec<_> = rulebook.departments.keys().cloned().collect();
    let folder = tempfile::tempdir()?;
    let clock = ManualClock::new(MORNING);
    let own_clock = SqliteOptions {
        clock: Arc::new(clock.clone()),
        ..SqliteOptions::default()
    };
    let store = Arc::new(SqliteStore::open_with(folder.path().join("desk.db"), own_clock)?);
    // What is tried here is the desk; `lint` runs the rulebook's own examples.
    let engine = Engine::builder(rulebook, Arc::clone(&store))
        .clock(clock.clone())
        .check_examples(false)
        .build()?;

    let mut dice = Dice::new(options.seed);
    let lines = input::read(&options.file, "replay")?
        .into_iter()
        .take(options.messages);
    let mut messages = lines.collect::<Result<Vec<_>, _>>()?;
    let minutes = messages.iter().map(|_| dice.below(DAY));
    let mut minutes: Vec<_> = minutes.collect();
    minutes.sort_unstable();
    // The last to come is taken first.
    messages.reverse();
    minutes.reverse();

    let mut sender = Sender::new(engine.outbox(), Dice::new(options.seed.wrapping_add(1)));
    let mut people = People::new(engine.desk(), departments, options.agents, dice);
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
                let outcome = engine.receive(line.message.at(now));
                outcome.map_err(|error| format!("message {}: {error}", line.id))?;
                received += 1;
            }
        }
        people.watch(now)?;
        if step % STEPS_OF_AN_HOUR == 0 {
            people.citizens(now)?;
            people.look_for_forgotten()?;
        }
        if calendar.is_open(now)? {
            people.agents(now)?;
            sender.look_after()?;
        }
        sender.send()?;
        if messages.is_empty() && people.nothing_is_open()? && totals::every_letter_is_over(&*store)? {
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
