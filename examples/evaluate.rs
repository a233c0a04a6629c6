//! Measures the FAQ's decisions to answer, ask back, or leave a message to a person, on queries with gold
//! answers.
//!
//! ```text
//! cargo run --release --example evaluate -- --bank bank.jsonl --queries queries.jsonl --plots out
//! cargo run --release --example evaluate -- --pack rules --questions tests/data/citizen_questions.jsonl
//! cargo run --release --example evaluate -- --routing letters.jsonl --folds 5
//! ```
//!
//! The first evaluates a bank alone, the second a whole rulebook through the engine, the third department
//! routing by cross-validation. Each prints its figures as JSON.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

#[allow(dead_code, reason = "shared with another example, which uses the rest")]
mod support;

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use civic_reply::faq::{Candidate, Demand, Entry, FaqError, FaqIndex, FaqOptions, Reading};
use civic_reply::text::fold;
use clap::Parser;
use serde::Serialize;
use support::bank::{Query, read_bank, read_queries};
use support::figures::{self, ScoredQuery, share};
use support::{memory, pack, plots, routing, splits};

/// The least confidence of a menu option.
const MENU_LEAST: f64 = 0.05;
/// The most options of a menu.
const MENU_OPTIONS: usize = 3;

/// Evaluate the FAQ on labelled queries
#[derive(Parser)]
#[command(
    after_help = "`--routing [LETTERS]` measures departments instead: see `evaluate --routing --help`."
)]
struct Args {
    /// Bank, one `{"id", "questions", "answer"?}` per line.
    #[arg(long, required_unless_present = "pack", requires = "queries")]
    bank: Option<PathBuf>,
    /// Queries, one `{"text", "answers", "split"?}` per line.
    #[arg(long)]
    queries: Option<PathBuf>,
    /// Folder of a rulebook, instead of a bank.
    #[arg(long, requires = "questions", conflicts_with = "bank")]
    pack: Option<PathBuf>,
    /// Questions for the rulebook, one `{"id", "text", "gold", "entries", "kind", "split"}` per line;
    /// `gold` is "entry", "menu" or "person".
    #[arg(long, requires = "pack")]
    questions: Option<PathBuf>,
    /// Use only the queries of this split.
    #[arg(long)]
    split: Option<String>,
    /// Least confidence to answer.
    #[arg(long, default_value_t = 0.75)]
    answer: f64,
    /// Least combined confidence of all options to ask back.
    #[arg(long, default_value_t = 0.45)]
    menu: f64,
    /// Write the figures to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Write the candidates of each query to this file, one JSON object per line.
    #[arg(long)]
    per_query: Option<PathBuf>,
    /// Folder for `reliability.svg` and `risk-coverage.svg`.
    #[arg(long)]
    plots: Option<PathBuf>,
    /// Check certificates instead, on this many random splits of the queries: each is certified on one part
    /// and verified on the other. Fails when the promised precision is missed more often than the promised
    /// risk.
    #[arg(long, num_args = 0..=1, default_missing_value = "200", value_name = "SPLITS")]
    certificate: Option<usize>,
    /// Year of the queries; those about another year are not answered.
    #[arg(long, default_value_t = 2026)]
    year: i16,
    /// Folder that caches the model learnt from the bank.
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

/// The figures; null where the queries do not determine one.
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
    let scored: Vec<ScoredQuery> = queries
        .iter()
        .zip(&found)
        .map(|(query, candidates)| {
            let top = candidates
                .iter()
                .map(|found| (found.id.to_string(), found.confidence))
                .collect();
            with_differences(
                ScoredQuery::new(query, top),
                query,
                candidates.first(),
                &bank,
                args.year,
            )
        })
        .collect();
    if let Some(count) = args.certificate {
        let splits = splits::certify(&scored, count, Demand::default());
        print(&splits, &args)?;
        if !splits.holds() {
            return Err("the certificates promise too much".into());
        }
        return Ok(());
    }
    let figures = measure(&scored, &args, load, times);
    if let Some(path) = &args.per_query {
        write_per_query(path, &queries, &scored, &args)?;
    }
    if let Some(folder) = &args.plots {
        std::fs::create_dir_all(folder)?;
        plots::reliability(&folder.join("reliability.svg"), &figures::reliability(&scored))?;
        plots::risk_coverage(
            &folder.join("risk-coverage.svg"),
            &figures::risk_coverage(&scored),
        )?;
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

/// Adds the differences between the query and the best entry.
fn with_differences(
    scored: ScoredQuery,
    query: &Query,
    best: Option<&Candidate>,
    bank: &[Entry],
    year: i16,
) -> ScoredQuery {
    let entry = best.and_then(|best| bank.get(best.entry).zip(Some(best)));
    let Some((entry, best)) = entry else { return scored };
    let phrasings = || entry.phrasings.iter().map(String::as_str);
    let nearest = entry.phrasings.get(best.phrasing).map_or("", String::as_str);
    let reading = Reading::of(&query.text);
    ScoredQuery {
        differs: !reading.telling_differences(nearest, phrasings()).is_empty(),
        opposed: reading.opposition(phrasings(), year).is_some(),
        ..scored
    }
}

/// Searches every query; returns the candidates and the times. An untimed search first loads the
/// dictionaries.
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

/// The options of a menu: the entries above the least confidence, at least two. An opposed best entry is
/// left out.
fn menu_options(scored: &ScoredQuery) -> &[(String, f64)] {
    let open = scored.top.get(usize::from(scored.opposed)..).unwrap_or_default();
    let likely = open.iter().take(MENU_OPTIONS);
    let likely = likely.filter(|(_, confidence)| *confidence >= MENU_LEAST).count();
    open.get(..likely.max(2)).unwrap_or_default()
}

/// Answers when sure, asks back when the options combined are nearly sure, and otherwise leaves the query
/// to a person.
fn decide(scored: &ScoredQuery, args: &Args) -> Decision {
    let none: f64 = menu_options(scored)
        .iter()
        .map(|(_, confidence)| 1.0 - confidence)
        .product();
    if scored.is_answered(args.answer) {
        Decision::Answer
    } else if 1.0 - none >= args.menu {
        Decision::Menu
    } else {
        Decision::Person
    }
}

fn measure(scored: &[ScoredQuery], args: &Args, load: Duration, mut times: Vec<Duration>) -> Figures {
    times.sort_unstable();
    let quantile = |share: f64| {
        let at = (times.len() as f64 * share) as usize;
        times
            .get(at.min(times.len().saturating_sub(1)))
            .map_or(0.0, |time| time.as_secs_f64() * 1e6)
    };
    let (precision_shipped, coverage_shipped) = figures::at_threshold(scored, args.answer);
    let (mcc, mcc_shipped) = figures::mcc(scored, args.answer);
    let menus: Vec<&ScoredQuery> = scored
        .iter()
        .filter(|scored| decide(scored, args) == Decision::Menu)
        .collect();
    let has_entry = |scored: &ScoredQuery| {
        menu_options(scored)
            .iter()
            .any(|(id, _)| scored.answers.contains(id))
    };
    let with_entry = menus.iter().filter(|scored| has_entry(scored)).count();
    Figures {
        queries: scored.len(),
        in_scope: scored.iter().filter(|scored| scored.in_scope()).count(),
        accuracy: figures::hit(scored, 1),
        hit3: figures::hit(scored, 3),
        aurc: figures::aurc(scored),
        coverage90: figures::coverage_at(scored, 0.90),
        coverage95: figures::coverage_at(scored, 0.95),
        coverage98: figures::coverage_at(scored, 0.98),
        precision_shipped,
        coverage_shipped,
        auroc: figures::auroc(scored),
        ece: figures::ece(scored),
        mcc,
        mcc_shipped,
        menu_share: share(menus.len(), scored.len()),
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
    scored: &[ScoredQuery],
    args: &Args,
) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(File::create(path)?);
    for (query, scored) in queries.iter().zip(scored) {
        let line = PerQuery {
            text: &query.text,
            answers: &query.answers,
            top: scored
                .top
                .iter()
                .map(|(id, confidence)| (id.as_str(), *confidence))
                .collect(),
            decision: decide(scored, args),
        };
        serde_json::to_writer(&mut out, &line)?;
        out.write_all(b"\n")?;
    }
    Ok(out.flush()?)
}
