//! Compares two rulebooks in a dry run over a log of messages.
//!
//! `cargo run --release --example diff_rules -- OLD NEW LOG.jsonl` reads the folders of two rulebooks, and
//! one JSON object per line (`text`, and optionally `id`, `time`, `account`, `sender`). It prints the
//! messages whose outcome changes, grouped by the change. Messages of one sender form one conversation.
//! Nothing is stored.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "shared/faq_cache.rs"]
mod faq_cache;
#[path = "replay/input.rs"]
mod input;

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use civic_reply::engine::DecisionSummary;
use civic_reply::reply::{Handled, Outcome};
use civic_reply::text::clean_line;
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Rulebook};
use clap::Parser;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Compare the outcomes of two rulebooks on a log of messages
#[derive(Parser)]
struct Options {
    /// Folder of the rulebook in force.
    old: PathBuf,
    /// Folder of the candidate.
    new: PathBuf,
    /// Messages, one JSON object per line.
    log: PathBuf,
    /// Account of messages that name none; rules of other accounts ignore them.
    #[arg(long, default_value = "gov-wechat")]
    account: String,
    /// Number of messages to show for each change.
    #[arg(long, default_value_t = 3)]
    examples: usize,
    /// Write every changed message to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

/// The ids and texts of messages with the same change.
type Group = Vec<(Value, String)>;

fn main() -> ExitCode {
    match compare() {
        Ok(()) => ExitCode::SUCCESS,
        // Displayed, not debug-printed: a rulebook's problems take several lines.
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn compare() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let start = Timestamp::now();
    let clock = ManualClock::new(start);
    let (old, new) = (engine(&options.old, &clock)?, engine(&options.new, &clock)?);

    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    let (mut messages, mut unread) = (0, 0);
    for line in input::read(&options.log, &options.account)? {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                eprintln!("{}: {error}", options.log.display());
                unread += 1;
                continue;
            }
        };
        messages += 1;
        // A message without a time gets the same current time in both engines.
        clock.set(line.message.written_at().unwrap_or(start));
        let before = run(&old, line.message.clone())?;
        let after = run(&new, line.message.clone())?;
        if let Some(change) = change(&before, &after).or(note_change(&old, &before, &new, &after)?) {
            let text = line.message.body().to_owned();
            groups.entry(change).or_default().push((line.id, text));
        }
    }

    if messages == 0 {
        // An empty log must not look like a candidate without an effect.
        let log = options.log.display();
        return Err(format!(
            "{log} has no message: each line is a JSON object such as {{\"text\": \"你好\"}}"
        )
        .into());
    }
    let mut groups: Vec<(String, Group)> = groups.into_iter().collect();
    groups.sort_by_key(|(change, group)| (Reverse(group.len()), change.clone()));
    let changed: usize = groups.iter().map(|(_, group)| group.len()).sum();
    let not_read = if unread == 0 {
        String::new()
    } else {
        format!(", lines not read: {unread}")
    };
    println!(
        "{changed} of {messages} messages change{not_read}; rulebook {:.12} → {:.12}",
        old.rulebook_version().as_str(),
        new.rulebook_version().as_str(),
    );
    for (change, group) in &groups {
        println!("\n{:>6}  {change}", group.len());
        for (id, text) in group.iter().take(options.examples) {
            println!("        {id}: {}", clean_line(text, 60));
        }
    }
    if let Some(path) = &options.json {
        let groups: Vec<Value> = groups
            .iter()
            .map(|(change, group)| {
                let messages: Vec<Value> = group
                    .iter()
                    .map(|(id, text)| json!({ "id": id, "text": text }))
                    .collect();
                json!({ "change": change, "count": group.len(), "messages": messages })
            })
            .collect();
        let report = json!({
            "old": old.rulebook_version(),
            "new": new.rulebook_version(),
            "messages": messages,
            "unread": unread,
            "changed": changed,
            "groups": groups,
        });
        std::fs::write(path, format!("{report:#}\n"))?;
    }
    Ok(())
}

/// Builds an engine. A candidate may fail its own examples: the printed changes then show the consequences.
fn engine(folder: &Path, clock: &ManualClock) -> Result<Engine, Box<dyn Error>> {
    // Both rulebooks have files of the same names, so the folder is named.
    let rulebook =
        Rulebook::from_dir(folder).map_err(|errors| format!("in {}:\n{errors}", folder.display()))?;
    let engine = Engine::builder(rulebook, MemoryStore::new())
        .clock(clock.clone())
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;
    Ok(engine)
}

fn run(engine: &Engine, message: Message) -> Result<Handled, Box<dyn Error>> {
    let key = message.key().clone();
    engine.receive(message)?;
    Ok(engine.handled(&key)?.ok_or("no record of the message")?)
}

/// Names the change of an outcome; messages that change alike get the same name. `None` where neither the
/// citizen nor a department notices a change.
fn change(before: &Handled, after: &Handled) -> Option<String> {
    let (old, new) = (short(before), short(after));
    if old != new {
        return Some(format!("{old} → {new}"));
    }
    if let (Outcome::Queued { case: one, .. }, Outcome::Queued { case: other, .. }) =
        (&before.outcome, &after.outcome)
    {
        if one.department != other.department {
            return Some(format!("{old}: `{}` → `{}`", one.department, other.department));
        }
        if one.priority != other.priority {
            return Some(format!(
                "{old}: {} → {}",
                one.priority.name(),
                other.priority.name()
            ));
        }
        if one.due != other.due {
            return Some(format!("{old}: another due time"));
        }
    }
    (before.outcome != after.outcome).then(|| format!("{old}: another reply"))
}

/// Names the change of the agent's hint, which the citizen does not see.
fn note_change(
    old: &Engine,
    before: &Handled,
    new: &Engine,
    after: &Handled,
) -> Result<Option<String>, Box<dyn Error>> {
    let (one, other) = (note(old, before)?, note(new, after)?);
    let shown = |note: Option<String>| {
        note.map_or_else(
            || "none".to_owned(),
            |note| format!("`{}`", clean_line(&note, 60)),
        )
    };
    Ok((one != other).then(|| {
        format!(
            "{}: another note for the agent: {} → {}",
            short(before),
            shown(one),
            shown(other)
        )
    }))
}

/// The agent's hint on the case that a message opened or joined.
fn note(engine: &Engine, handled: &Handled) -> Result<Option<String>, Box<dyn Error>> {
    let Outcome::Queued { case, .. } = &handled.outcome else {
        return Ok(None);
    };
    Ok(engine.store().case(&case.id)?.and_then(|case| case.note))
}

fn short(handled: &Handled) -> String {
    let then = DecisionSummary {
        action: handled.action,
        by: handled.by.clone(),
    };
    then.to_string()
}
