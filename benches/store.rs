//! The SQLite store beside bare flushes of the same bytes, beside itself with 64 callers, and with a long
//! queue.
//!
//! `cargo bench --bench store` prints each ratio with its goal and meaning. A missed goal is printed and
//! does not end the run: the ratios depend on how fast the disk flushes. `slow_flush.c` slows a fast disk
//! down.
//!
//! `CIVIC_REPLY_CASES` is the length of the long queue, by default 100,000. The goals are stated for
//! 1,000,000, which take some gigabytes and some minutes to fill. `CIVIC_REPLY_FILES` names a folder that
//! keeps the filled files for the next run. A folder in memory, where a flush costs nothing, shows the cost
//! of a claim without the disk's.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use civic_reply::case::{CaseId, Priority};
use civic_reply::message::AgentId;
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet};
use civic_reply::{SqliteStore, Store};

/// How many cases the short queue has.
const SHORT: usize = 10_000;

/// How many callers share the writer.
const CALLERS: usize = 64;

/// How many rounds commits and bare flushes take turns, and for how long each.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);

/// Names the file that a child process measures, so that filling it does not count as memory.
const MEASURED: &str = "CIVIC_REPLY_MEASURED";

fn main() {
    if let Some(path) = std::env::var_os(MEASURED) {
        return measure(Path::new(&path));
    }
    let cases = std::env::var("CIVIC_REPLY_CASES").map_or(100_000, |cases| cases.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("CIVIC_REPLY_FILES").map(PathBuf::from);
    let files = kept.unwrap_or_else(|| folder.path().to_owned());
    println!(
        "store: SQLite commits beside bare flushes of the same bytes, and a long queue beside a short one"
    );
    let commits = commits(folder.path());
    at_least(
        "one caller's commits per bare flush of the same bytes",
        commits.per_flush,
        0.5,
        "the rest of a commit's time is computing; on a disk that flushes within 0.2 ms it prevails",
    );
    at_least(
        "64 callers' commits per one caller's",
        commits.gain,
        15.0,
        "callers share a flush; on a disk that flushes within 0.7 ms the processors are the limit",
    );

    println!("{cases} open cases beside {SHORT}");
    let short = measured(&filled(&files, SHORT));
    let long = measured(&filled(&files, cases));
    for (cases, figures) in [(SHORT, &short), (cases, &long)] {
        println!(
            "    {cases}: open to the first answer {:.1} ms, claim {:.3} ms, {:.1} MiB of memory",
            figures.open_ms, figures.claim_ms, figures.mib
        );
    }
    at_most(
        "time to claim, long queue per short queue",
        long.claim_ms / short.claim_ms,
        2.0,
        "a claim reads the head of an index, however long the queue is",
    );
    at_most(
        "open to the first answer, ms",
        long.open_ms,
        100.0,
        "opening reads no case",
    );
    at_most(
        "growth of memory, MiB",
        long.mib - short.mib,
        64.0,
        "the queue stays on the disk",
    );
}

/// Prints a measured value with its goal and meaning, and whether the goal is met on this machine.
fn at_least(name: &str, measured: f64, goal: f64, meaning: &str) {
    let verdict = if measured >= goal { "met" } else { "not met here" };
    println!("    {name}: {measured:.2}; goal at least {goal}, {verdict} ({meaning})");
}

/// The same for a value that is to be small.
fn at_most(name: &str, measured: f64, goal: f64, meaning: &str) {
    let verdict = if measured <= goal { "met" } else { "not met here" };
    println!("    {name}: {measured:.2}; goal at most {goal}, {verdict} ({meaning})");
}

/// The medians of the rounds' ratios.
struct Commits {
    /// One caller's commits per bare flush of as many bytes.
    per_flush: f64,
    /// The commits of all callers together per one caller's.
    gain: f64,
}

/// Lets bare flushes, one caller and many callers take turns.
fn commits(folder: &Path) -> Commits {
    let path = folder.join("commits.db");
    let store = SqliteStore::open(&path).unwrap();
    let next = AtomicUsize::new(0);
    let commit = || {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let case = sample::case(&format!("C-{n}"), &format!("citizen-{n}"), Priority::Normal, 10);
        store.commit(sample::queueing(&case)).unwrap();
    };
    // Until its first checkpoint the log grows by the bytes of each commit.
    let log = || std::fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
    (0..20).for_each(|_| commit());
    let before = log();
    (0..50).for_each(|_| commit());
    let bytes = usize::try_from((log() - before) / 50).unwrap();
    // Overwrites a file that is long enough, as SQLite overwrites its log after the first checkpoint.
    let mut raw = File::create(folder.join("raw")).unwrap();
    raw.write_all(&vec![0; 16 << 20]).unwrap();
    raw.sync_all().unwrap();
    raw.seek(SeekFrom::Start(0)).unwrap();
    let block = vec![0xA5; bytes];
    let mut written = 0;
    let mut flush = || {
        if written + bytes > 16 << 20 {
            raw.seek(SeekFrom::Start(0)).unwrap();
            written = 0;
        }
        raw.write_all(&block).unwrap();
        written += bytes;
        raw.sync_data().unwrap();
    };
    // Warms up past the first checkpoint.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(3) {
        commit();
    }
    let (mut ratios, mut gains, mut rates) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let bare = rate(&mut flush);
        let one = rate(&mut || commit());
        let done = AtomicUsize::new(0);
        let begun = Instant::now();
        thread::scope(|scope| {
            for _ in 0..CALLERS {
                scope.spawn(|| {
                    while begun.elapsed() < ROUND {
                        commit();
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
        });
        let many = done.into_inner() as f64 / begun.elapsed().as_secs_f64();
        ratios.push(one / bare);
        gains.push(many / one);
        rates.push((bare, one, many));
    }
    // Every acknowledged commit is there.
    let all = next.into_inner();
    assert_eq!(store.cases(&CaseFilter::default()).unwrap().total, all);
    assert!(
        store
            .case(&CaseId::new(format!("C-{}", all - 1)))
            .unwrap()
            .is_some()
    );
    let middle = |values: fn(&(f64, f64, f64)) -> f64| median(rates.iter().map(values).collect());
    println!(
        "    {bytes} bytes a commit; a second: {:.0} bare flushes, {:.0} commits of one caller, \
         {:.0} of {CALLERS}",
        middle(|rates| rates.0),
        middle(|rates| rates.1),
        middle(|rates| rates.2),
    );
    Commits {
        per_flush: median(ratios),
        gain: median(gains),
    }
}

fn rate(work: &mut dyn FnMut()) -> f64 {
    let begun = Instant::now();
    let mut done = 0_u32;
    while begun.elapsed() < ROUND {
        work();
        done += 1;
    }
    f64::from(done) / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    *values.get(values.len() / 2).unwrap()
}

/// Creates a file with this many waiting cases, unless the folder keeps one.
fn filled(folder: &Path, cases: usize) -> PathBuf {
    let path = folder.join(format!("queue-{cases}.db"));
    if path.exists() {
        return path;
    }
    let begun = Instant::now();
    let filling = folder.join("filling.db");
    let store = SqliteStore::open(&filling).unwrap();
    let mut n = 0;
    while n < cases {
        let mut change = ChangeSet::default();
        while n < cases && change.cases.len() < 5_000 {
            let id = format!("C-{n:07}");
            let case = sample::case(
                &id,
                &format!("citizen-{}", n % 50_000),
                Priority::Normal,
                n as i64 % 10_000,
            );
            let one = sample::opening(&case);
            change.cases.extend(one.cases);
            change.records.extend(one.records);
            n += 1;
        }
        store.commit(change).unwrap();
    }
    drop(store);
    std::fs::rename(&filling, &path).unwrap();
    let size = std::fs::metadata(&path).unwrap().len() >> 20;
    println!("    filled {cases} in {:.0?}, {size} MiB", begun.elapsed());
    path
}

#[derive(Debug)]
struct Figures {
    open_ms: f64,
    claim_ms: f64,
    mib: f64,
}

/// Measures the file in a child process.
fn measured(path: &Path) -> Figures {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(MEASURED, path)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8(output.stdout).unwrap();
    let numbers: Vec<f64> = text
        .split_whitespace()
        .map(|number| number.parse().unwrap())
        .collect();
    match numbers[..] {
        [open_ms, claim_ms, mib] => Figures {
            open_ms,
            claim_ms,
            mib,
        },
        _ => panic!("{text}"),
    }
}

/// Opens the file, claims, reads and sweeps, and prints the figures.
fn measure(path: &Path) {
    const CLAIMS: usize = 200;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    let begun = Instant::now();
    let store = SqliteStore::open(path).unwrap();
    let first = store.case(&CaseId::new("C-0000000")).unwrap();
    let open_ms = ms(begun.elapsed());
    assert!(first.is_some());

    let agent = AgentId::new("eve");
    let claims = || {
        let times = (0..CLAIMS).map(|_| {
            let begun = Instant::now();
            // The lease ends before the same case is claimed again.
            let case = store
                .claim_next(&CaseFilter::default(), &agent, Duration::from_millis(1))
                .unwrap();
            let time = ms(begun.elapsed());
            assert!(case.is_some_and(|case| case.claim.is_some()));
            time
        });
        median(times.collect())
    };
    claims();
    let claim_ms = claims();
    for _ in 0..20 {
        assert_eq!(store.cases(&CaseFilter::default()).unwrap().cases.len(), 100);
        assert_eq!(store.due(sample::at(100_000), 100).unwrap().len(), 100);
    }
    assert_eq!(store.journal(None, 1_000).unwrap().records.len(), 1_000);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = resident.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    println!("{open_ms} {claim_ms} {}", kib.unwrap_or_default() / 1_024.0);
}
