//! Checks a rulebook before it goes into service, and tries its rules on a log of messages.
//!
//! `cargo run --example lint -- rules` prints every finding and the results of the rulebook's own examples
//! and counterexamples; it fails on errors. With `--messages FILE` (one message per line, plain or as JSON
//! with `text` and optionally `account`) it also prints how often each rule fires, and the keywords that
//! are everyday language.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "shared/faq_cache.rs"]
mod faq_cache;

use std::error::Error;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use civic_reply::keyword::{KeywordIndex, MatchContext};
use civic_reply::message::AccountId;
use civic_reply::rulebook::{ConversationCondition, Diagnostics};
use civic_reply::text::fold;
use civic_reply::{Engine, ManualClock, MemoryStore, Rulebook};
use clap::Parser;
use jiff::civil::Date;
use serde_json::Value;

/// Check the rulebook in a folder
#[derive(Parser)]
struct Options {
    /// Folder of the rulebook.
    folder: PathBuf,
    /// Messages to try the rules on, one per line.
    #[arg(long)]
    messages: Option<PathBuf>,
    /// Account of messages that name none; rules of other accounts ignore them.
    #[arg(long, default_value = "gov-wechat")]
    account: String,
    /// Day on which rules, entries and the calendar must be valid; default: today.
    #[arg(long)]
    today: Option<Date>,
    /// Report keywords that occur in more than this percentage of the messages.
    #[arg(long, default_value_t = 5.0)]
    common: f64,
    /// Show warnings about examples too, not only errors.
    #[arg(long)]
    examples: bool,
}

fn main() -> ExitCode {
    let options = Options::parse();
    let rulebook = match Rulebook::from_dir(&options.folder) {
        Ok(rulebook) => rulebook,
        Err(errors) => {
            show(&errors.diagnostics);
            return ExitCode::FAILURE;
        }
    };
    let zone = rulebook.calendar.zone();
    let today = options
        .today
        .or_else(|| Some(jiff::Timestamp::now().in_tz(zone).ok()?.date()));
    let Some(today) = today else {
        eprintln!("the time zone `{zone}` is not known; give `--today`");
        return ExitCode::FAILURE;
    };
    show(&rulebook.lint(today));
    let held = match examples(&rulebook, today) {
        Ok(found) => {
            if options.examples {
                show(&found);
            } else if found.has_errors() {
                show(&found.errors());
                println!("`--examples` shows the warnings about examples too");
            } else {
                let count = found.len() + found.omitted();
                println!("{count} warnings about examples; `--examples` shows them");
            }
            !found.has_errors()
        }
        Err(error) => {
            eprintln!("{error}");
            false
        }
    };
    println!(
        "{} rules, {} FAQ entries, version {}",
        rulebook.rules.len(),
        rulebook.faq.len(),
        rulebook.version
    );
    let code = if held {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    };
    let Some(log) = &options.messages else {
        return code;
    };
    let known = || rulebook.accounts.values().map(|account| account.id.as_str());
    if !known().any(|account| account == options.account) {
        let known: Vec<&str> = known().collect();
        eprintln!(
            "there is no account `{}`; `--account` may be {}",
            options.account,
            known.join(", ")
        );
        return ExitCode::FAILURE;
    }
    match read(log, &options.account) {
        Ok(messages) if try_on(&rulebook, &messages, &options, today) => code,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("`{}` can't be read: {error}", log.display());
            ExitCode::FAILURE
        }
    }
}

/// Runs the rulebook's own examples at noon of `today`.
fn examples(rulebook: &Rulebook, today: Date) -> Result<Diagnostics, Box<dyn Error>> {
    let noon = today.at(12, 0, 0, 0).in_tz(rulebook.calendar.zone())?;
    let engine = Engine::builder(rulebook.clone(), MemoryStore::new())
        .clock(ManualClock::new(noon.timestamp()))
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;
    Ok(engine.check_examples())
}

fn show(found: &Diagnostics) {
    if std::io::stdout().is_terminal() {
        println!("{}", found.styled());
    } else {
        println!("{found}");
    }
}

/// A line of the log.
struct Line {
    text: String,
    account: AccountId,
}

/// Reads the log: the `text` and `account` of a line that is a JSON object, else the whole line. Lines
/// without an account get `account`. Objects without a `text` are skipped and counted on the standard
/// error.
fn read(log: &Path, account: &str) -> std::io::Result<Vec<Line>> {
    let lines = std::fs::read_to_string(log)?;
    let lines = lines.strip_prefix('\u{feff}').unwrap_or(&lines).lines();
    let lines = lines.enumerate().filter(|(_, line)| !line.trim().is_empty());
    let mut messages = Vec::new();
    let mut without = Vec::new();
    for (place, line) in lines {
        match serde_json::from_str::<Value>(line) {
            Ok(Value::Object(row)) => match row.get("text").and_then(Value::as_str) {
                Some(text) => messages.push(Line {
                    text: text.to_owned(),
                    account: row
                        .get("account")
                        .and_then(Value::as_str)
                        .unwrap_or(account)
                        .into(),
                }),
                None => without.push(place + 1),
            },
            _ => messages.push(Line {
                text: line.to_owned(),
                account: account.into(),
            }),
        }
    }
    if let Some(first) = without.first() {
        eprintln!(
            "{}: lines left out, as JSON without a `text`: {}, the first is line {first}",
            log.display(),
            without.len()
        );
    }
    Ok(messages)
}

/// Prints how often each rule fires; `false` when the rules do not compile.
///
/// A log lacks office hours and the state of the conversation, so only the words of rules with such
/// conditions are tried.
fn try_on(rulebook: &Rulebook, messages: &[Line], options: &Options, today: Date) -> bool {
    let mut rules = rulebook.rules.clone();
    for rule in &mut rules {
        rule.when.hours = None;
        rule.when.talk = ConversationCondition::default();
    }
    let index = KeywordIndex::build(
        &rules,
        &rulebook.words,
        &rulebook.synonyms,
        rulebook.thresholds.rule_chars,
    );
    let index = match index {
        Ok(index) => index,
        Err(error) => {
            eprintln!("{error}");
            return false;
        }
    };
    let mut fired = vec![0_usize; rulebook.rules.len()];
    for message in messages {
        let folded = fold(&message.text);
        let context = MatchContext::new(&message.account, today);
        for rule in index.matches(&folded, &rules, context).fired {
            if let Some(count) = fired.get_mut(rule.rule) {
                *count += 1;
            }
        }
    }
    let percent = |count: usize| 100.0 * count as f64 / messages.len().max(1) as f64;
    println!("\nof {} messages, so many fire", messages.len());
    let mut rates: Vec<_> = rulebook.rules.iter().zip(fired).collect();
    rates.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), rule.id.clone()));
    for (rule, count) in rates {
        let only_at_times = rule.when.hours.is_some() || !rule.when.talk.is_any();
        let note = if only_at_times {
            "  (its words; it also asks for hours or a state of the talk)"
        } else {
            ""
        };
        println!("{count:8} {:6.2} %  {}{note}", percent(count), rule.id);
    }
    let texts: Vec<&str> = messages.iter().map(|message| message.text.as_str()).collect();
    show(&rulebook.lint_messages(&texts, options.common));
    true
}
