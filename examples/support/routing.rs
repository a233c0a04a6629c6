//! Evaluates department routing on labelled letters by cross-validation.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use civic_reply::route::{Router, Routing, TrainingExample};
use clap::Parser;
use serde::{Deserialize, Serialize};

use super::bank::read_lines;
use super::figures::share;

/// Evaluate department routing by cross-validation
#[derive(Parser)]
#[command(name = "evaluate --routing")]
struct Args {
    /// Letters, one `{"text", "label"}` per line; the label is the department.
    #[arg(long, default_value = "../shared/data/citizen_messages/routing.jsonl", num_args = 0..=1,
        default_missing_value = "../shared/data/citizen_messages/routing.jsonl")]
    routing: PathBuf,
    /// Number of folds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(2..))]
    folds: u32,
    /// Number of rounds with new folds; the figures are means over them.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Least probability to route.
    #[arg(long, default_value_t = 0.85)]
    sure: f64,
    /// More letters of the same format, for every router to learn from.
    #[arg(long)]
    train: Option<PathBuf>,
    /// Write the figures to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Letter {
    text: String,
    label: String,
}

/// The figures, as means over the rounds.
#[derive(Serialize)]
struct Figures {
    letters: usize,
    departments: usize,
    folds: u32,
    rounds: u32,
    /// The share with the right department ranked first.
    accuracy: f64,
    accuracy_least: f64,
    accuracy_most: f64,
    sure: f64,
    /// The share routed: the first department is at least as probable as `sure`.
    routed: f64,
    routed_least: f64,
    /// The share of all letters routed to a wrong department.
    wrong: f64,
    wrong_most: f64,
    /// The expected calibration error, over tenths of probability.
    ece: f64,
    /// Training time of a router, in milliseconds.
    train_ms_mean: f64,
    train_ms_most: f64,
    /// Routing time per letter, in microseconds.
    route_us_mean: f64,
    by_department: BTreeMap<String, OfDepartment>,
}

#[derive(Default, Serialize)]
struct OfDepartment {
    letters: usize,
    recall: f64,
    routed: f64,
    routed_here_wrongly: f64,
}

/// The routings of all letters in one round.
struct Round {
    routings: Vec<Routing>,
    train_ms: Vec<f64>,
    route_us: f64,
}

/// Runs `evaluate --routing`.
pub(crate) fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let letters: Vec<Letter> = read_lines(&args.routing)?;
    let more: Vec<Letter> = match &args.train {
        Some(path) => read_lines(path)?,
        None => Vec::new(),
    };
    let more: Vec<TrainingExample> = more.iter().map(training_example).collect();
    let rounds: Vec<Round> = (0..args.rounds)
        .map(|round| run(&letters, &more, args.folds as usize, round))
        .collect();
    let figures = measure(&letters, &rounds, &args);
    let json = serde_json::to_string_pretty(&figures)?;
    if let Some(path) = &args.json {
        std::fs::write(path, &json)?;
    }
    println!("{json}");
    Ok(())
}

fn training_example(letter: &Letter) -> TrainingExample {
    TrainingExample::new(&letter.text, letter.label.as_str().into())
}

fn run(letters: &[Letter], more: &[TrainingExample], folds: usize, round: u32) -> Round {
    let fold = fold_of(letters, folds, round);
    let mut result = Round {
        routings: vec![Routing::default(); letters.len()],
        train_ms: Vec::new(),
        route_us: 0.0,
    };
    for held in 0..folds {
        let others = letters.iter().zip(&fold).filter(|(_, of)| **of != held);
        let training_examples: Vec<TrainingExample> = others
            .map(|(letter, _)| training_example(letter))
            .chain(more.iter().cloned())
            .collect();
        let started = Instant::now();
        let router = Router::learn(&training_examples);
        result.train_ms.push(started.elapsed().as_secs_f64() * 1e3);
        let started = Instant::now();
        let asked = letters.iter().zip(&mut result.routings).zip(&fold);
        for ((letter, routing), _) in asked.filter(|(_, of)| **of == held) {
            *routing = router.route(&letter.text);
        }
        result.route_us += started.elapsed().as_secs_f64() * 1e6;
    }
    result
}

/// Assigns each letter a fold; the letters of a department are shuffled and distributed evenly.
fn fold_of(letters: &[Letter], folds: usize, round: u32) -> Vec<usize> {
    let mut random = 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(u64::from(round) + 1) | 1;
    let mut draw = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random
    };
    let mut order: Vec<(&str, u64, usize)> = letters
        .iter()
        .enumerate()
        .map(|(n, letter)| (letter.label.as_str(), draw(), n))
        .collect();
    order.sort_unstable();
    let mut fold = vec![0; letters.len()];
    for (place, (.., n)) in order.into_iter().enumerate() {
        if let Some(fold) = fold.get_mut(n) {
            *fold = place % folds;
        }
    }
    fold
}

fn measure(letters: &[Letter], rounds: &[Round], args: &Args) -> Figures {
    let count = letters.len();
    let share_of = |round: &Round, is: &dyn Fn(&Letter, &Routing) -> bool| {
        let of = letters.iter().zip(&round.routings);
        share(of.filter(|(letter, routing)| is(letter, routing)).count(), count).unwrap_or(0.0)
    };
    let over = |is: &dyn Fn(&Letter, &Routing) -> bool| -> Vec<f64> {
        rounds.iter().map(|round| share_of(round, is)).collect()
    };
    let best = |routing: &Routing| {
        routing
            .departments
            .first()
            .map(|likely| likely.department.to_string())
    };
    let to = |routing: &Routing| {
        routing
            .sure(args.sure)
            .map(|likely| likely.department.to_string())
    };
    let accuracy = over(&|letter, routing| best(routing).as_ref() == Some(&letter.label));
    let routed = over(&|_, routing| to(routing).is_some());
    let wrong = over(&|letter, routing| to(routing).is_some_and(|to| to != letter.label));
    let train: Vec<f64> = rounds
        .iter()
        .flat_map(|round| round.train_ms.iter().copied())
        .collect();
    let routes: Vec<f64> = rounds
        .iter()
        .map(|round| round.route_us / count.max(1) as f64)
        .collect();
    let mut by_department: BTreeMap<String, OfDepartment> = BTreeMap::new();
    for letter in letters {
        by_department.entry(letter.label.clone()).or_default().letters += 1;
    }
    for (name, of) in &mut by_department {
        let part = |shares: Vec<f64>| mean(&shares) * count as f64 / of.letters as f64;
        let recall = part(over(&|letter, routing| {
            letter.label == *name && best(routing).as_ref() == Some(name)
        }));
        let routed = part(over(&|letter, routing| {
            letter.label == *name && to(routing).is_some()
        }));
        let wrongly = part(over(&|letter, routing| {
            letter.label != *name && to(routing).as_ref() == Some(name)
        }));
        (of.recall, of.routed, of.routed_here_wrongly) = (recall, routed, wrongly);
    }
    Figures {
        letters: count,
        departments: by_department.len(),
        folds: args.folds,
        rounds: args.rounds,
        accuracy: mean(&accuracy),
        accuracy_least: least(&accuracy),
        accuracy_most: most(&accuracy),
        sure: args.sure,
        routed: mean(&routed),
        routed_least: least(&routed),
        wrong: mean(&wrong),
        wrong_most: most(&wrong),
        ece: ece(letters, rounds),
        train_ms_mean: mean(&train),
        train_ms_most: most(&train),
        route_us_mean: mean(&routes),
        by_department,
    }
}

/// The distance between the first department's probability and its accuracy, over tenths of probability.
fn ece(letters: &[Letter], rounds: &[Round]) -> f64 {
    let mut bins = [(0.0_f64, 0.0_f64); 10];
    let mut all = 0.0;
    for (letter, routing) in rounds
        .iter()
        .flat_map(|round| letters.iter().zip(&round.routings))
    {
        all += 1.0;
        if let Some(best) = routing.departments.first()
            && let Some((sure, right)) = bins.get_mut(((best.probability * 10.0) as usize).min(9))
        {
            *sure += best.probability;
            *right += f64::from(u8::from(best.department.as_str() == letter.label));
        }
    }
    bins.iter().map(|(sure, right)| (sure - right).abs()).sum::<f64>() / f64::max(all, 1.0)
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len().max(1) as f64
}

fn least(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(0.0, f64::max)
}
