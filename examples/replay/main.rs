//! Replays a log of messages through the engine on the messages' own clock, and counts their outcomes.
//!
//! `cargo run --release --example replay -- FILE.jsonl` reads one JSON object per line: `text`, and
//! optionally `id`, `time`, `account`, `sender`. It prints the counts, latencies, and the cases by
//! department and theme; `--json` and `--per-message` write them for scripts. A second run on the same file
//! and store opens no new case.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "../shared/faq_cache.rs"]
mod faq_cache;
mod input;
mod summary;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use civic_reply::reply::{DecidedBy, Handled, Outcome};
use civic_reply::store::CaseFilter;
use civic_reply::{Engine, ManualClock, Rulebook, SqliteStore};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use serde_json::json;

use summary::Summary;

/// Run a log of messages through the engine
#[derive(Parser)]
struct Options {
    /// Messages, one JSON object per line.
    file: PathBuf,
    /// File of the store; created if missing.
    #[arg(long, default_value = "replay.db")]
    store: PathBuf,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Write the summary to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write one JSON object per message to this file.
    #[arg(long)]
    per_message: Option<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let rulebook = Rulebook::from_dir(&options.rules).map_err(|errors| format!("\n{errors}"))?;
    let names = summary::Names::of(&rulebook);
    let clock = ManualClock::new(Timestamp::now());
    let store = SqliteStore::open(&options.store)?;
    // `lint` runs the rulebook's own examples.
    let engine = Engine::builder(rulebook, store)
        .clock(clock.clone())
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;
    let mut per_message = match &options.per_message {
        Some(path) => Some(BufWriter::new(File::create(path)?)),
        None => None,
    };

    let lines = input::read(&options.file, "replay")?;
    let bar = ProgressBar::new(lines.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} {per_sec} {eta}",
    )?);
    let mut summary = Summary::default();
    let started = Instant::now();
    for line in lines {
        let written = match line {
            Ok(line) => {
                let at = line.message.written_at().unwrap_or_else(Timestamp::now);
                clock.set(at);
                one(&engine, line, &mut summary)
            }
            Err(error) => {
                bar.suspend(|| eprintln!("{}: {error}", options.file.display()));
                summary.failed += 1;
                json!({ "id": null, "outcome": "failed", "by": error.to_string() })
            }
        };
        if let Some(out) = &mut per_message {
            writeln!(out, "{written}")?;
            // The line is the acknowledgement: it must survive the death of the process.
            out.flush()?;
        }
        bar.inc(1);
    }
    let took = started.elapsed();
    bar.finish_and_clear();

    summary.cases = engine
        .store()
        .cases(&CaseFilter {
            limit: Some(1),
            ..CaseFilter::default()
        })?
        .total;
    summary.took = took;
    summary.print(&names, &options.store);
    if let Some(path) = &options.json {
        std::fs::write(path, format!("{:#}\n", summary.numbers()))?;
    }
    Ok(())
}

/// Handles one message and returns its line of the `--per-message` file.
fn one(engine: &Engine, line: input::Line, summary: &mut Summary) -> serde_json::Value {
    let key = line.message.key().clone();
    let started = Instant::now();
    let received = engine.receive(line.message);
    summary
        .latencies
        .push(started.elapsed().max(Duration::from_nanos(1)));
    let handled = match received {
        Ok(_) => engine.handled(&key),
        Err(error) => Err(error),
    };
    match handled {
        Ok(Some(handled)) => {
            summary.count(&handled);
            describe(&line.id, &handled)
        }
        Ok(None) => {
            summary.failed += 1;
            json!({ "id": line.id, "outcome": "failed", "by": "no record of the message" })
        }
        Err(error) => {
            summary.failed += 1;
            json!({ "id": line.id, "outcome": "failed", "by": error.to_string() })
        }
    }
}

fn describe(id: &serde_json::Value, handled: &Handled) -> serde_json::Value {
    let (department, due) = match &handled.outcome {
        Outcome::Queued { case, .. } => (Some(case.department.to_string()), Some(case.due.to_string())),
        _ => (None, None),
    };
    json!({
        "id": id,
        "outcome": summary::outcome(handled),
        "by": match &handled.by {
            DecidedBy::Emergency => "emergency".to_owned(),
            DecidedBy::HandOff => "hand-off".to_owned(),
            DecidedBy::Rule(rule) => format!("rule {rule}"),
            DecidedBy::Faq(entry) => format!("faq {entry}"),
            DecidedBy::Menu(entry) => format!("menu {entry}"),
            _ => "nobody".to_owned(),
        },
        "confidence": handled.confidence,
        "theme": handled.theme,
        "department": department,
        "due": due,
        "reply": handled.outcome.reply().map(ToString::to_string),
    })
}
