//! Loading a rulebook of 20,000 rules and 100,000 keywords, beside the bare TOML parser on the same files.
//!
//! `cargo bench --bench rulebook` prints the time of parsing, loading, linting and compiling; compiling
//! runs the example of every rule against all rules. Memory is the growth of the process, with the source
//! files that diagnostics quote.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]

#[path = "../tests/it/support/small_rulebook.rs"]
#[allow(dead_code, reason = "only a part of it is needed here")]
mod base;
#[allow(dead_code, reason = "only a part of it is needed here")]
mod common;
#[path = "common/keywords.rs"]
mod keywords;

use std::fmt::Write;
use std::time::Instant;

use civic_reply::message::Message;
use civic_reply::{Engine, MemoryStore, Rulebook};
use jiff::civil::date;

const RULES: usize = 20_000;
const KEYWORDS: usize = 100_000;
const RULES_A_FILE: usize = 500;

/// A rule of five keywords, as operators write them, with one example.
fn rule(n: usize, words: &[String]) -> String {
    let [any, other, group, second, none] = [0, 1, 2, 3, 4].map(|n| &words[n]);
    format!(
        r#"
[[rule]]
id = "rule-{n}"
theme = "household"
when = {{ any = ["{any}", "{other}"], all = [["{group}", "{second}"]], none = ["不要{none}"] }}
reply = {{ text = "第{n}条。" }}
examples = ["{any},{group}"]
"#
    )
}

/// A figure of `/proc/self/status` in MiB; 0 where the system has none.
fn memory(figure: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(figure));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<usize>().ok())
        .unwrap_or_default()
        / 1024
}

fn main() {
    println!("rulebook: loading {RULES} rules with {KEYWORDS} keywords, beside the bare TOML parser");
    let words = keywords::pieces(&common::messages(), KEYWORDS);
    assert_eq!(words.len(), KEYWORDS);
    let mut files = vec![("office.toml".to_owned(), base::OFFICE.to_owned())];
    let rules: Vec<String> = (0..RULES).map(|n| rule(n, &words[n * 5..n * 5 + 5])).collect();
    for (n, rules) in rules.chunks(RULES_A_FILE).enumerate() {
        let mut text = String::new();
        for rule in rules {
            write!(text, "{rule}").unwrap();
        }
        files.push((format!("rules-{n}.toml"), text));
    }
    // Messages that two of the rules answer, to check the compiled rulebook.
    let asked = [7, RULES - 1].map(|n| format!("{},{}", words[n * 5], words[n * 5 + 2]));
    drop((words, rules));

    let start = Instant::now();
    for (name, text) in &files {
        let table: toml::Table = text.parse().unwrap();
        assert!(name == "office.toml" || table["rule"].as_array().unwrap().len() == RULES_A_FILE);
    }
    let parsed = start.elapsed();
    let before = memory("VmRSS:");
    let start = Instant::now();
    let rulebook = Rulebook::from_files(files)
        .map_err(|errors| errors.to_string())
        .unwrap();
    let loaded = start.elapsed();
    let held = memory("VmRSS:").saturating_sub(before);
    let start = Instant::now();
    let findings = rulebook.lint(date(2026, 11, 23)).len() + rulebook.warnings().len();
    let linted = start.elapsed();
    assert_eq!(rulebook.rules.len(), RULES);
    let start = Instant::now();
    let engine = Engine::builder(rulebook, MemoryStore::new())
        .build()
        .map_err(|error| error.to_string())
        .unwrap();
    let built = start.elapsed();
    for (n, text) in [(7, asked[0].as_str()), (RULES - 1, asked[1].as_str())] {
        let outcome = engine.receive(Message::text("gov-wechat", "citizen", n.to_string(), text));
        let reply = outcome.unwrap().reply().map(|reply| reply.text().to_owned());
        let wanted = format!("第{n}条。");
        assert!(
            reply.is_some_and(|reply| reply.starts_with(&wanted)),
            "rule {n} answers {text}"
        );
    }
    println!(
        "parsed in {parsed:.2?}, loaded in {loaded:.2?} ({:.1} times) with {held} MiB, \
         linted in {linted:.2?} ({findings} findings), compiled with its examples run in {built:.2?}; \
         {} MiB in all, {} MiB at most",
        loaded.as_secs_f64() / parsed.as_secs_f64(),
        memory("VmRSS:").saturating_sub(before),
        memory("VmHWM:").saturating_sub(before),
    );
}
