//! Answers messages that are typed as a citizen would write them.
//!
//! `cargo run --example console` prompts for messages until the input ends. It prints each reply, or the
//! case with its due time, and the reasons. Messages that are given as arguments are answered in order
//! instead. `/cases` lists the queue, `/why TEXT` explains a decision without recording it, `/help` lists
//! the commands. `--store PATH` and `--rules DIR` choose other files.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "shared/faq_cache.rs"]
mod faq_cache;

use std::error::Error;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use civic_reply::engine::Explanation;
use civic_reply::message::MessageKey;
use civic_reply::reply::Outcome;
use civic_reply::store::CaseFilter;
use civic_reply::time::window_closes_first;
use civic_reply::{Engine, Message, Rulebook, SqliteStore};
use clap::Parser;
use jiff::Timestamp;

/// Answer messages from the keyboard, on an embedded store
#[derive(Parser)]
struct Options {
    /// File of the store; created if missing.
    #[arg(long, default_value = "console.db")]
    store: PathBuf,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Account that receives the messages.
    #[arg(long, default_value = "gov-wechat")]
    account: String,
    /// Messages to handle instead of reading the standard input.
    messages: Vec<String>,
}

const HELP: &str = "\
type a message and press Enter; a number chooses from a menu
/explain    the whole reasoning about the last message, and what would have changed it
/why TEXT   the same for a text that is not sent
/cases      the open cases, the most urgent first
/help       these commands
/quit       leave (as does Ctrl-D)";

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // Displayed, not debug-printed: a rulebook's problems take several lines.
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let rulebook = Rulebook::from_dir(&options.rules)?;
    println!(
        "{} rules, {} FAQ entries, rulebook {:.12}; store {}",
        rulebook.rules.len(),
        rulebook.faq.len(),
        rulebook.version.as_str(),
        options.store.display(),
    );
    let account = options.account.as_str();
    let known = || rulebook.accounts.values().map(|account| account.id.as_str());
    if !known().any(|known| known == account) {
        let known: Vec<&str> = known().collect();
        return Err(format!(
            "there is no account `{account}`; `--account` may be {}",
            known.join(", ")
        )
        .into());
    }
    let engine = Engine::builder(rulebook, SqliteStore::open(&options.store)?);
    let engine = faq_cache::cached(engine).build()?;

    // Message ids must differ between runs on one store; a channel brings its own.
    let mut number = Timestamp::now().as_microsecond();
    let mut last: Option<Explanation> = None;
    let mut handle = |text: &str, last: &mut Option<Explanation>| {
        number += 1;
        let message = message(account, &format!("console-{number}"), text);
        // Explained first: handling changes the conversation.
        *last = Some(engine.explain(&message)?);
        answer(&engine, message)
    };
    if !options.messages.is_empty() {
        return options.messages.iter().try_for_each(|text| {
            println!("\n> {text}");
            handle(text, &mut last)
        });
    }

    let prompt = std::io::stdin().is_terminal();
    if prompt {
        println!("{HELP}");
    }
    let mut input = std::io::stdin().lock();
    loop {
        if prompt {
            print!("\n> ");
            std::io::stdout().flush()?;
        }
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let line = String::from_utf8_lossy(&line);
        let text = line.trim_end_matches(['\r', '\n']);
        match text {
            "/quit" => return Ok(()),
            "/help" => println!("{HELP}"),
            "/cases" => cases(&engine)?,
            "/explain" => match &last {
                Some(explanation) => print!("{explanation}"),
                None => println!("no message yet"),
            },
            text if text == "/why" || text.starts_with("/why ") => {
                let text = text.trim_start_matches("/why").trim_start();
                print!("{}", engine.explain(&message(account, "why", text))?);
            }
            text => {
                if !prompt {
                    println!("\n> {text}");
                }
                handle(text, &mut last)?;
            }
        }
    }
}

fn message(account: &str, id: &str, text: &str) -> Message {
    Message::text(account, "console", id, text)
}

fn answer(engine: &Engine, message: Message) -> Result<(), Box<dyn Error>> {
    let key: MessageKey = message.key().clone();
    match engine.receive(message)? {
        Outcome::Replied(reply) => println!("{reply}"),
        Outcome::Queued { reply, case } => {
            println!("{reply}");
            println!("[case {}, {}, due {}]", case.id(), case.department, case.due());
        }
        Outcome::Silent { reason } => println!("[nothing sent: {reason}]"),
    }
    if let Some(handled) = engine.handled(&key)? {
        println!("why:");
        for reason in &handled.reasons {
            println!("  - {reason}");
        }
    }
    Ok(())
}

fn cases(engine: &Engine) -> Result<(), Box<dyn Error>> {
    let filter = CaseFilter {
        limit: Some(20),
        ..CaseFilter::default()
    };
    let page = engine.desk().cases(&filter)?;
    println!("cases: {}", page.total);
    for case in page.cases {
        let due = case
            .next_deadline()
            .map_or_else(String::new, |deadline| deadline.due.to_string());
        let text: String = case.text.lines().next().unwrap_or("").chars().take(30).collect();
        println!(
            "{}  {}  {}  {}  {text}",
            case.id, case.state, case.department, due
        );
        if let Some(first) = window_closes_first(&case.deadlines) {
            println!("    the channel takes no reply after {}", first.window);
        }
    }
    Ok(())
}
