//! Fits the weights that turn measures into a confidence, leaving one corpus out at a time, and prints the tables that
//! `DESIGN.md` cites.
//!
//! `cargo run --release --example fit -- --data ../shared/data`

#![allow(clippy::print_stdout, reason = "a command's result goes to standard output")]

#[allow(dead_code, reason = "shared with another example, which uses the rest")]
mod support;

use std::error::Error;
use std::path::{Path, PathBuf};

use civic_reply::faq::{Candidate, FaqIndex, FaqOptions, Recalibration};
use civic_reply::text::fold;
use clap::Parser;
use support::bank::{Query, read_bank, read_queries};
use support::figures::{Said, at_threshold, aurc, auroc, coverage_at, ece, hit};
use support::logistic::{Sample, fit, probability};
use support::splits::Random;

/// Each corpus counts as this many queries, whatever its size and however many sets were cut from it.
const CORPUS_WEIGHT: f64 = 1000.0;

/// The only Chinese messages of which a bank answers some; they count as much as the three other corpora together.
const CHINESE: &str = "lcqmc_dev_half";

/// What keeps a weight small.
const RIDGE: f64 = 1.0;

/// The threshold at which precision and coverage are shown.
const ANSWER: f64 = 0.8;

/// How many labelled messages a correction is fitted to, and how often it is tried with others.
const LABELS: usize = 100;
const DRAWS: usize = 50;

#[derive(Parser)]
struct Args {
    /// The folder of the development sets.
    #[arg(long, default_value = "../shared/data")]
    data: PathBuf,
}

/// A development set: a corpus, cut in one way.
struct Set {
    name: &'static str,
    corpus: &'static str,
    split: Option<&'static str>,
    /// How many of each entry's phrasings are kept.
    phrasings: usize,
    /// Of so many entries one is taken away, so that its messages are out of scope; 0 for none.
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

/// A person is needed for half of these messages, as for half of LCQMC's: an office is asked much that no bank answers.
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

/// A set with what the index found for each query.
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
    let said: Vec<Said> = found
        .queries
        .iter()
        .map(|(query, candidates)| {
            let mut top: Vec<(String, f64)> = candidates
                .iter()
                .map(|candidate| (candidate.id.to_string(), probability(&inputs(candidate), weights)))
                .collect();
            top.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            Said::new(query, top)
        })
        .collect();
    let (precision, coverage) = at_threshold(&said, ANSWER);
    let figure = |value: Option<f64>| value.map_or("    –".to_owned(), |value| format!("{value:.4}"));
    format!(
        "{:24} accuracy {} hit@3 {} AURC {} coverage at 90 % {:.3}, 95 % {:.3}, 98 % {:.3} AUROC {} ECE {}, \
         after {LABELS} labels {} at {ANSWER}: precision {} coverage {coverage:.4}",
        found.set.name,
        figure(hit(&said, 1)),
        figure(hit(&said, 3)),
        figure(aurc(&said)),
        coverage_at(&said, 0.90),
        coverage_at(&said, 0.95),
        coverage_at(&said, 0.98),
        figure(auroc(&said)),
        figure(ece(&said)),
        figure(corrected_ece(&said)),
        figure(precision),
    )
}

/// The calibration error of the others once the confidence was corrected by some labelled messages; the mean of many draws.
fn corrected_ece(said: &[Said]) -> Option<f64> {
    let mut random = Random(0x2545_F491_4F6C_DD1D);
    let mut order: Vec<&Said> = said.iter().collect();
    let mut sum = 0.0;
    for _ in 0..DRAWS {
        random.shuffle(&mut order);
        let (labelled, rest) = order.split_at_checked(LABELS)?;
        let labelled: Vec<(f64, bool)> = labelled
            .iter()
            .map(|said| (said.confidence(), said.is_right()))
            .collect();
        let correction = Recalibration::fit(&labelled);
        let rest: Vec<Said> = rest
            .iter()
            .map(|said| Said {
                answers: said.answers.clone(),
                top: said
                    .top
                    .iter()
                    .map(|(id, confidence)| (id.clone(), correction.apply(*confidence)))
                    .collect(),
                differs: said.differs,
                opposed: said.opposed,
            })
            .collect();
        sum += ece(&rest)?;
    }
    Some(sum / DRAWS as f64)
}
