//! Times every stage of a message, beside another version of the crate with `benches/compare`.
//!
//! `cargo bench --bench stages` prints nanoseconds per operation. Each stage asserts its answers first.
//! With `CIVIC_REPLY_STAGES` set, the program reads names of groups from its standard input and answers
//! each with one line per stage (`stage<TAB>nanoseconds`) and a line `done`; `benches/compare` runs two
//! versions that way, alternately.
//!
//! Only `names.rs` holds names that differ between versions, so that the same stages can be built in both.
//! The SQLite files are in memory (`/dev/shm`) where the system has it: a flush would hide the cost of the
//! code.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a bench fails by panicking and prints its figures"
)]

#[allow(dead_code, reason = "shared with the other benches")]
#[path = "../common/mod.rs"]
mod common;
mod evidence;
#[path = "../common/keywords.rs"]
mod keywords;
mod names;
mod receive;
mod rulebook;
mod store;

use std::hint::black_box;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// For how long a stage is repeated that changes nothing.
const REPEATED: Duration = Duration::from_millis(250);

/// What the stages start from.
struct Setup {
    /// Real messages where they are at hand, else made ones.
    messages: Vec<String>,
    /// The shipped rulebook's files, or those of the folder that `CIVIC_REPLY_RULES` names.
    rules: PathBuf,
    /// Holds the stores and the FAQ caches.
    folder: TempDir,
}

/// A group of stages: its name, and a function that measures them.
type Group<'s> = (&'static str, Box<dyn FnMut(&mut Report) + 's>);

/// The measured stages of a group.
#[derive(Default)]
struct Report(Vec<(String, f64)>);

impl Report {
    /// Adds a stage with its nanoseconds per operation.
    fn add(&mut self, stage: impl Into<String>, nanoseconds: f64) {
        self.0.push((stage.into(), nanoseconds));
    }

    /// Repeats `work`, which has `operations`, and adds the lower quartile of the repetitions.
    fn repeat<T>(&mut self, stage: impl Into<String>, operations: usize, mut work: impl FnMut() -> T) {
        black_box(work());
        let begun = Instant::now();
        let mut times = Vec::new();
        while times.len() < 3 || begun.elapsed() < REPEATED {
            let start = Instant::now();
            black_box(work());
            times.push(start.elapsed().as_secs_f64() * 1e9 / operations as f64);
        }
        self.add(stage, quantile(times, 0.25));
    }

    /// Times each of `count` calls of `work` separately, and adds the median.
    fn each<T>(&mut self, stage: impl Into<String>, count: usize, mut work: impl FnMut(usize) -> T) {
        let times = (0..count).map(|n| {
            let start = Instant::now();
            black_box(work(n));
            start.elapsed().as_secs_f64() * 1e9
        });
        self.add(stage, quantile(times.collect(), 0.5));
    }
}

/// The value below which this share of the values lies.
fn quantile(mut values: Vec<f64>, share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() as f64 * share) as usize]
}

fn main() {
    let served = std::env::var_os("CIVIC_REPLY_STAGES").is_some();
    if !served {
        println!("stages: time per operation of each stage; benches/compare sets another version beside it");
    }
    let shared_memory = Path::new("/dev/shm");
    let folder = if shared_memory.is_dir() {
        tempfile::tempdir_in(shared_memory)
    } else {
        tempfile::tempdir()
    };
    let rules = std::env::var_os("CIVIC_REPLY_RULES").map(PathBuf::from);
    let setup = Setup {
        messages: common::texts().1,
        rules: rules.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("rules")),
        folder: folder.unwrap(),
    };
    let mut groups: Vec<Group<'_>> = Vec::new();
    groups.extend(evidence::groups(&setup));
    groups.extend(rulebook::groups(&setup));
    groups.extend(receive::groups(&setup));
    groups.extend(store::groups(&setup));
    if served {
        serve(&mut groups);
    } else {
        for (_, measure) in &mut groups {
            let mut report = Report::default();
            measure(&mut report);
            for (stage, nanoseconds) in report.0 {
                println!("  {stage:<44} {nanoseconds:>14.0} ns");
            }
        }
    }
}

/// Measures the groups that the standard input names.
fn serve(groups: &mut [Group<'_>]) {
    let names: Vec<&str> = groups.iter().map(|(name, _)| *name).collect();
    println!("{}", names.join("\t"));
    std::io::stdout().flush().unwrap();
    for line in std::io::stdin().lock().lines() {
        let line = line.unwrap();
        let mut report = Report::default();
        let group = groups.iter_mut().find(|(name, _)| *name == line);
        let (_, measure) = group.unwrap();
        measure(&mut report);
        for (stage, nanoseconds) in report.0 {
            println!("{stage}\t{nanoseconds}");
        }
        println!("done");
        std::io::stdout().flush().unwrap();
    }
}
