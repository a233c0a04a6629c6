//! Fits the weights of the FAQ's confidence by logistic regression, leaving one corpus out at a time.
//!
//! `cargo run --release --example fit -- --data ../shared/data` prints the figures of each left-out corpus,
//! those of the fit on all corpora, and the weights that the crate ships.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

#[allow(dead_code, reason = "shared with another example, which uses the rest")]
mod support;

use std::error::Error;
use std::path::{Path, PathBuf};

use civic_reply::faq::{Candidate, FaqIndex, FaqOptions, Recalibration};
use civic_reply::text::fold;
use clap::Parser;
use support::bank::{Query, read_bank, read_queries};
use support::figures::{ScoredQuery, at_threshold, aurc, auroc, coverage_at, ece, hit};
use support::logistic::{Sample, fit, probability};
use support::splits::Random;

/// The total weight of a corpus, independent of its size and of the number of sets cut from it.
const CORPUS_WEIGHT: f64 = 1000.0;

/// The only Chinese corpus with answerable messages; it weighs as much as the three others together.
const CHINESE: &str = "lcqmc_dev_half";

/// The ridge that keeps the weights small.
const RIDGE: f64 = 1.0;

/// The threshold of the printed precision and coverage.
const ANSWER: f64 = 0.8;

/// The number of labelled messages per correction, and the number of random draws.
const LABELS: usize = 100;
const DRAWS: usize = 50;

/// Fit the weights of the FAQ's confidence
#[derive(Parser)]
struct Args {
    /// Folder of the development sets.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
}

/// A development set, cut from a corpus.
struct Set {
    name: &'static str,
    corpus: &'static str,
    split: Option<&'static str>,
    /// The number of phrasings kept per entry.
    phrasings: usize,
    /// One of this many entries is removed, so that its messages are out of scope; 0 removes none.
    one_away_of: usize,
}

const fn set(name: &'static str, corpus: &'static str, phrasings: usize, one_away_of: usize) -> Set {
    Set {
        name,
        corpus,
        split: None,
        phrasings,
        one_away_of,
    }
}

const CLINC: Set = Set {
    split: Some("test"),
    ..set("clinc150", "clinc150", usize::MAX, 0)
};

const LEARNT: [Set; 3] = [
    CLINC,
    set("banking77", "banking77", usize::MAX, 0),
    set("banking77, 3/4", "banking77", usize::MAX, 4),
];

/// Half of these messages need a person, as in LCQMC: no bank answers many questions that an office gets.
const LEXICAL: [Set; 7] = [
    set("lcqmc", "lcqmc_dev_half", usize::MAX, 0),
    set("lcqmc, 1/2", "lcqmc_dev_half", usize::MAX, 2),
    set("ncp", "ncp_must_escalate", usize::MAX, 0),
    Set {
        name: "clinc150, 1/2, 1 each",
        phrasings: 1,
        one_away_of: 2,
        ..CLINC
    },
    Set {
        name: "clinc150, 1/2, 2 each",
        phrasings: 2,
        one_away_of: 2,
        ..CLINC
    },
    set("banking77, 1/2, 1 each", "banking77", 1, 2),
    set("banking77, 1/2, 2 each", "banking77", 2, 2),
];

/// A set with the candidates of each query.
struct Found {
    set: &'static Set,
    queries: Vec<(Query, Vec<Candidate>)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    println!("# banks that a classifier is learnt from");
    table(&args.data, &LEARNT)?;
    println!("# banks with fewer phrasings");
    table(&args.data, &LEXICAL)
}

fn table(data: &Path, sets: &'static [Set]) -> Result<(), Box<dyn Error>> {
    let found = sets
        .iter()
        .map(|set| search(data, set))
        .collect::<Result<Vec<_>, _>>()?;
    let names = found
        .iter()
        .flat_map(|found| &found.queries)
        .find_map(|(_, candidates)| {
            let inputs = candidates.first()?.measures.inputs();
            Some(inputs.into_iter().map(|(name, _)| name).collect::<Vec<_>>())
        });
    let names = names.ok_or("no query found anything")?;
    let ridges: Vec<f64> = names
        .iter()
        .map(|&name| match name {
            "one" => 0.0,
            _ => RIDGE,
        })
        .collect();
    println!("leaving the corpus out:");
    for left_out in &found {
        let rest: Vec<Sample> = found
            .iter()
            .filter(|found| found.set.corpus != left_out.set.corpus)
            .flat_map(|found| samples(found, sets))
            .collect();
        println!("{}", line(left_out, &fit(&rest, &ridges)));
    }
    let all: Vec<Sample> = found.iter().flat_map(|found| samples(found, sets)).collect();
    let weights = fit(&all, &ridges);
    println!("fitted on all, as shipped:");
    for found in &found {
        println!("{}", line(found, &weights));
    }
    for (name, weight) in names.iter().zip(&weights) {
        println!("    (\"{name}\", {weight:.3}),");
    }
    Ok(())
}

fn search(data: &Path, set: &'static Set) -> Result<Found, Box<dyn Error>> {
    let folder = data.join(set.corpus);
    let mut bank = read_bank(&folder.join("bank.jsonl"))?;
    let mut queries = read_queries(&folder.join("queries.jsonl"), set.split)?;
    for entry in &mut bank {
        let step = (entry.phrasings.len() / set.phrasings).max(1);
        entry.phrasings = entry
            .phrasings
            .iter()
            .step_by(step)
            .take(set.phrasings)
            .cloned()
            .collect();
    }
    if set.one_away_of > 0 {
        let mut n = 0;
        bank.retain(|_| {
            n += 1;
            n % set.one_away_of != set.one_away_of / 2
        });
        for query in &mut queries {
            query
                .answers
                .retain(|answer| bank.iter().any(|entry| entry.id.as_str() == answer));
        }
    }
    let faq = FaqIndex::build(&bank, &[], &FaqOptions::default())?;
    let queries = queries
        .into_iter()
        .map(|query| {
            let candidates = faq.search(&fold(&query.text), &|_| true, 8)?;
            Ok((query, candidates))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    Ok(Found { set, queries })
}

/// The best candidate of each query, and whether it is right.
fn samples(found: &Found, sets: &[Set]) -> Vec<Sample> {
    let cuts = sets.iter().filter(|set| set.corpus == found.set.corpus).count();
    let times = if found.set.corpus == CHINESE { 3.0 } else { 1.0 };
    let weight = times * CORPUS_WEIGHT / (cuts * found.queries.len()) as f64;
    found
        .queries
        .iter()
        .filter_map(|(query, candidates)| {
            let best = candidates.first()?;
            Some(Sample {
                inputs: inputs(best),
                right: query.answers.iter().any(|answer| answer == best.id.as_str()),
                weight,
            })
        })
        .collect()
}

fn inputs(candidate: &Candidate) -> Vec<f64> {
    candidate
        .measures
        .inputs()
        .into_iter()
        .map(|(_, value)| value)
        .collect()
}

fn line(found: &Found, weights: &[f64]) -> String {
    let scored: Vec<ScoredQuery> = found
        .queries
        .iter()
        .map(|(query, candidates)| {
            let mut top: Vec<(String, f64)> = candidates
                .iter()
                .map(|candidate| (candidate.id.to_string(), probability(&inputs(candidate), weights)))
                .collect();
            top.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            ScoredQuery::new(query, top)
        })
        .collect();
    let (precision, coverage) = at_threshold(&scored, ANSWER);
    let figure = |value: Option<f64>| value.map_or("    –".to_owned(), |value| format!("{value:.4}"));
    format!(
        "{:24} accuracy {} hit@3 {} AURC {} coverage at 90 % {:.3}, 95 % {:.3}, 98 % {:.3} AUROC {} ECE {}, \
         after {LABELS} labels {} at {ANSWER}: precision {} coverage {coverage:.4}",
        found.set.name,
        figure(hit(&scored, 1)),
        figure(hit(&scored, 3)),
        figure(aurc(&scored)),
        coverage_at(&scored, 0.90),
        coverage_at(&scored, 0.95),
        coverage_at(&scored, 0.98),
        figure(auroc(&scored)),
        figure(ece(&scored)),
        figure(corrected_ece(&scored)),
        figure(precision),
    )
}

/// The calibration error after a correction by some labelled messages, on the others; the mean of many draws.
fn corrected_ece(scored: &[ScoredQuery]) -> Option<f64> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut order: Vec<&ScoredQuery> = scored.iter().collect();
    let mut sum = 0.0;
    for _ in 0..DRAWS {
        random.shuffle(&mut order);
        let (labelled, rest) = order.split_at_checked(LABELS)?;
        let labelled: Vec<(f64, bool)> = labelled
            .iter()
            .map(|scored| (scored.confidence(), scored.is_right()))
            .collect();
        let correction = Recalibration::fit(&labelled);
        let rest: Vec<ScoredQuery> = rest
            .iter()
            .map(|scored| ScoredQuery {
                answers: scored.answers.clone(),
                top: scored
                    .top
                    .iter()
                    .map(|(id, confidence)| (id.clone(), correction.apply(*confidence)))
                    .collect(),
                differs: scored.differs,
                opposed: scored.opposed,
            })
            .collect();
        sum += ece(&rest)?;
    }
    Some(sum / DRAWS as f64)
}
