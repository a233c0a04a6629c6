//! Measures how well the FAQ decides to answer, ask back or leave a message to a person, on a bank and queries with gold
//! answers.
//!
//! `cargo run --release --example evaluate -- --bank bank.jsonl --queries queries.jsonl --split test --json out.json --plots out`
//!
//! With `--pack` it asks a whole rulebook instead, through everything that a message goes through:
//!
//! `cargo run --release --example evaluate -- --pack rules --questions tests/data/citizen_questions.jsonl --split dev`

#![allow(clippy::print_stdout, reason = "a command's result goes to standard output")]

#[allow(dead_code, reason = "shared with another example, which uses the rest")]
mod support;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use civic_reply::faq::{
    Candidate, Demand, Entry, FaqError, FaqIndex, FaqOptions, opposition, telling_differences,
};
use civic_reply::text::fold;
use clap::Parser;
use serde::Serialize;
use support::bank::{Query, read_bank, read_queries};
use support::figures::{self, Said, share};
use support::{memory, pack, plots, routing, splits};

/// An entry less likely than this is no option of a menu.
const MENU_LEAST: f64 = 0.05;
/// How many options a menu is made from.
const MENU_OPTIONS: usize = 3;

#[derive(Parser)]
#[command(
    after_help = "With `--routing [LETTERS]`, departments are measured instead: see `evaluate --routing --help`."
)]
struct Args {
    /// The bank: `{"id", "questions", "answer"?}` a line.
    #[arg(long, required_unless_present = "pack", requires = "queries")]
    bank: Option<PathBuf>,
    /// The queries: `{"text", "answers", "split"?}` a line.
    #[arg(long)]
    queries: Option<PathBuf>,
    /// Instead of a bank, the folder of a rulebook.
    #[arg(long, requires = "questions", conflicts_with = "bank")]
    pack: Option<PathBuf>,
    /// The questions to ask it: `{"id", "text", "gold": "entry" | "menu" | "person", "entries", "kind", "split"}` a line.
    #[arg(long, requires = "pack")]
    questions: Option<PathBuf>,
    /// Only the queries of this split.
    #[arg(long)]
    split: Option<String>,
    /// The least confidence that answers.
    #[arg(long, default_value_t = 0.75)]
    answer: f64,
    /// The least confidence, of all options together, that asks back.
    #[arg(long, default_value_t = 0.45)]
    menu: f64,
    /// Where to write the figures as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where to write what was found for each query, a JSON object a line.
    #[arg(long)]
    per_query: Option<PathBuf>,
    /// The folder for `reliability.svg` and `risk-coverage.svg`.
    #[arg(long)]
    plots: Option<PathBuf>,
    /// Instead of the figures, whether certificates keep their promise: so many random splits of the queries, each certified on
    /// one part and judged on the other. Fails when the promise is broken more often than promised.
    #[arg(long, num_args = 0..=1, default_missing_value = "200", value_name = "SPLITS")]
    certificate: Option<usize>,
    /// The year in which the queries are asked: one about another year is not answered.
    #[arg(long, default_value_t = 2026)]
    year: i16,
    /// A folder to keep what is learnt from the bank.
    #[arg(long)]
    cache: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Decision {
    Answer,
    Menu,
    Person,
}

/// The figures; those that the queries can't give are null.
#[derive(Serialize)]
struct Figures {
    queries: usize,
    in_scope: usize,
    accuracy: Option<f64>,
    hit3: Option<f64>,
    aurc: Option<f64>,
    coverage90: f64,
    coverage95: f64,
    coverage98: f64,
    precision_shipped: Option<f64>,
    coverage_shipped: f64,
    auroc: Option<f64>,
    ece: Option<f64>,
    mcc: f64,
    mcc_shipped: f64,
    menu_share: Option<f64>,
    menu_has_entry: Option<f64>,
    p50_us: f64,
    p99_us: f64,
    load_ms: f64,
    peak_mib: Option<f64>,
}

#[derive(Serialize)]
struct PerQuery<'a> {
    text: &'a str,
    answers: &'a [String],
    top: Vec<(&'a str, f64)>,
    decision: Decision,
}

fn main() -> Result<(), Box<dyn Error>> {
    if std::env::args().any(|argument| argument.starts_with("--routing")) {
        return routing::main();
    }
    let args = Args::parse();
    if let (Some(rules), Some(questions)) = (&args.pack, &args.questions) {
        let split = args.split.as_deref();
        let figures = pack::ask(rules, questions, split, args.per_query.as_deref())?;
        return print(&figures, &args);
    }
    let (Some(bank), Some(queries)) = (&args.bank, &args.queries) else {
        return Err("a bank needs queries, and a pack needs questions".into());
    };
    let bank = read_bank(bank)?;
    let queries = read_queries(queries, args.split.as_deref())?;
    let mut options = FaqOptions::default();
    options.cache_dir.clone_from(&args.cache);
    let started = Instant::now();
    let faq = FaqIndex::build(&bank, &[], &options)?;
    let load = started.elapsed();
    let (found, times) = search_all(&faq, &queries)?;
    let said: Vec<Said> = queries
        .iter()
        .zip(&found)
        .map(|(query, candidates)| {
            let top = candidates
                .iter()
                .map(|found| (found.id.to_string(), found.confidence))
                .collect();
            weighed(Said::new(query, top), query, candidates.first(), &bank, args.year)
        })
        .collect();
    if let Some(count) = args.certificate {
        let splits = splits::certify(&said, count, Demand::default());
        print(&splits, &args)?;
        if !splits.keeps_its_word() {
            return Err("the certificates promise too much".into());
        }
        return Ok(());
    }
    let figures = measure(&said, &args, load, times);
    if let Some(path) = &args.per_query {
        write_per_query(path, &queries, &said, &args)?;
    }
    if let Some(folder) = &args.plots {
        std::fs::create_dir_all(folder)?;
        plots::reliability(&folder.join("reliability.svg"), &figures::reliability(&said))?;
        plots::risk_coverage(&folder.join("risk-coverage.svg"), &figures::risk_coverage(&said))?;
    }
    print(&figures, &args)
}

fn print(figures: &impl Serialize, args: &Args) -> Result<(), Box<dyn Error>> {
    let json = serde_json::to_string_pretty(figures)?;
    if let Some(path) = &args.json {
        std::fs::write(path, &json)?;
    }
    println!("{json}");
    Ok(())
}

/// The query with what tells it apart from the best entry.
fn weighed(said: Said, query: &Query, best: Option<&Candidate>, bank: &[Entry], year: i16) -> Said {
    let entry = best.and_then(|best| bank.get(best.entry).zip(Some(best)));
    let Some((entry, best)) = entry else { return said };
    let phrasings = || entry.phrasings.iter().map(String::as_str);
    let nearest = entry.phrasings.get(best.phrasing).map_or("", String::as_str);
    Said {
        differs: !telling_differences(&query.text, nearest, phrasings()).is_empty(),
        opposed: opposition(&query.text, phrasings(), year).is_some(),
        ..said
    }
}

/// What was found for each query, and how long each took. The first query is asked twice, so that no time holds the loading
/// of dictionaries.
fn search_all(faq: &FaqIndex, queries: &[Query]) -> Result<(Vec<Vec<Candidate>>, Vec<Duration>), FaqError> {
    if let Some(query) = queries.first() {
        faq.search(&fold(&query.text), &|_| true, 5)?;
    }
    let mut found = Vec::with_capacity(queries.len());
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let started = Instant::now();
        let candidates = faq.search(&fold(&query.text), &|_| true, 5)?;
        times.push(started.elapsed());
        found.push(candidates);
    }
    Ok((found, times))
}

/// What a menu would show: the entries that are likely enough, and where that is one alone, the next one beside it. One that is opposed is
/// none.
fn shown(said: &Said) -> &[(String, f64)] {
    let open = said.top.get(usize::from(said.opposed)..).unwrap_or_default();
    let likely = open.iter().take(MENU_OPTIONS);
    let likely = likely.filter(|(_, confidence)| *confidence >= MENU_LEAST).count();
    open.get(..likely.max(2)).unwrap_or_default()
}

/// Answer when sure, ask back when the best options together are nearly sure, else leave it to a person.
fn decide(said: &Said, args: &Args) -> Decision {
    let none: f64 = shown(said)
        .iter()
        .map(|(_, confidence)| 1.0 - confidence)
        .product();
    if said.is_answered(args.answer) {
        Decision::Answer
    } else if 1.0 - none >= args.menu {
        Decision::Menu
    } else {
        Decision::Person
    }
}

fn measure(said: &[Said], args: &Args, load: Duration, mut times: Vec<Duration>) -> Figures {
    times.sort_unstable();
    let quantile = |share: f64| {
        let at = (times.len() as f64 * share) as usize;
        times
            .get(at.min(times.len().saturating_sub(1)))
            .map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let (precision_shipped, coverage_shipped) = figures::at_threshold(said, args.answer);
    let (mcc, mcc_shipped) = figures::mcc(said, args.answer);
    let menus: Vec<&Said> = said
        .iter()
        .filter(|said| decide(said, args) == Decision::Menu)
        .collect();
    let has_entry = |said: &Said| shown(said).iter().any(|(id, _)| said.answers.contains(id));
    let with_entry = menus.iter().filter(|said| has_entry(said)).count();
    Figures {
        queries: said.len(),
        in_scope: said.iter().filter(|said| said.in_scope()).count(),
        accuracy: figures::hit(said, 1),
        hit3: figures::hit(said, 3),
        aurc: figures::aurc(said),
        coverage90: figures::coverage_at(said, 0.90),
        coverage95: figures::coverage_at(said, 0.95),
        coverage98: figures::coverage_at(said, 0.98),
        precision_shipped,
        coverage_shipped,
        auroc: figures::auroc(said),
        ece: figures::ece(said),
        mcc,
        mcc_shipped,
        menu_share: share(menus.len(), said.len()),
        menu_has_entry: share(with_entry, menus.len()),
        p50_us: quantile(0.50),
        p99_us: quantile(0.99),
        load_ms: load.as_secs_f64() * 1e3,
        peak_mib: memory::peak_mib(),
    }
}

fn write_per_query(
    path: &std::path::Path,
    queries: &[Query],
    said: &[Said],
    args: &Args,
) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    for (query, said) in queries.iter().zip(said) {
        let line = PerQuery {
            text: &query.text,
            answers: &query.answers,
            top: said
                .top
                .iter()
                .map(|(id, confidence)| (id.as_str(), *confidence))
                .collect(),
            decision: decide(said, args),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
