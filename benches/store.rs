//! The SQLite store beside its limits, in one run: what a commit costs against a bare flush of the same bytes, what callers gain
//! by sharing one, and what a queue of very many cases costs that a short one does not.
//!
//! `CIVIC_REPLY_CASES` says how many the long queue has: 100,000 where it does not; the limits are stated for 1,000,000, which
//! takes some gigabytes and some minutes to fill. `CIVIC_REPLY_FILES` names a folder in which the filled files are kept for the
//! next run; one in memory, where a flush costs nothing, shows what a claim costs beside it. With `slow_flush.c` the disk flushes
//! more slowly. A limit that does not hold ends the run with an error at its end.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench fails by panicking and prints its figures"
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

/// How often commits and bare flushes take turns, and for how long each.
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);

/// The file that a process of its own measures, so that filling it leaves no trace in the memory.
const MEASURED: &str = "CIVIC_REPLY_MEASURED";

fn main() {
    if let Some(path) = std::env::var_os(MEASURED) {
        return measure(Path::new(&path));
    }
    let cases = std::env::var("CIVIC_REPLY_CASES").map_or(100_000, |cases| cases.parse().unwrap());
    let folder = tempfile::tempdir().unwrap();
    let kept = std::env::var_os("CIVIC_REPLY_FILES").map(PathBuf::from);
    let files = kept.unwrap_or_else(|| folder.path().to_owned());
    let mut failed = Vec::new();
    let mut held = |what: &str, measured: f64, limit: f64, least: bool| {
        let holds = if least {
            measured >= limit
        } else {
            measured <= limit
        };
        let word = if least { "at least" } else { "at most" };
        let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
        println!("    {what}: {measured:.2}, limit {word} {limit}: {verdict}");
        if !holds {
            failed.push(what.to_owned());
        }
    };

    println!("commits");
    let (ratio, gain) = commits(folder.path());
    held(
        "one caller's commits per bare flush of the same bytes",
        ratio,
        0.5,
        true,
    );
    held("64 callers' commits per one caller's", gain, 15.0, true);

    println!("{cases} open cases against {SHORT}");
    let short = measured(&filled(&files, SHORT));
    let long = measured(&filled(&files, cases));
    for (cases, figures) in [(SHORT, &short), (cases, &long)] {
        println!(
            "    {cases}: open to the first answer {:.1} ms, claim {:.3} ms, {:.1} MiB of memory",
            figures.open_ms, figures.claim_ms, figures.mib
        );
    }
    held(
        "time to claim, as a multiple",
        long.claim_ms / short.claim_ms,
        2.0,
        false,
    );
    held("open to the first answer, ms", long.open_ms, 100.0, false);
    held("growth of memory, MiB", long.mib - short.mib, 64.0, false);
    assert!(failed.is_empty(), "limits that do not hold: {failed:?}");
}

/// One caller's commits against bare flushes, and 64 callers' commits against one's.
fn commits(folder: &Path) -> (f64, f64) {
    let path = folder.join("commits.db");
    let store = SqliteStore::open(&path).unwrap();
    let next = AtomicUsize::new(0);
    let commit = || {
        let n = next.fetch_add(1, Ordering::Relaxed);
        let case = sample::case(&format!("C-{n}"), &format!("citizen-{n}"), Priority::Normal, 10);
        store.commit(sample::queueing(&case)).unwrap();
    };
    // The log grows by what a commit writes until it is carried over for the first time.
    let log = || std::fs::metadata(path.with_extension("db-wal")).map_or(0, |log| log.len());
    (0..20).for_each(|_| commit());
    let before = log();
    (0..50).for_each(|_| commit());
    let bytes = usize::try_from((log() - before) / 50).unwrap();
    // In its place in a file that is long enough, as SQLite's log is once it has been used.
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
    // Warm up past the first time that the log is carried over.
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
    // Everything that was acknowledged is there.
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
        "    {bytes} bytes a commit; a second: {:.0} bare flushes, {:.0} commits of one caller, {:.0} of {CALLERS}",
        middle(|rates| rates.0),
        middle(|rates| rates.1),
        middle(|rates| rates.2),
    );
    (median(ratios), median(gains))
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

/// A file with so many waiting cases.
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

/// What a process of its own measures.
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
            // Each lease ends before the next run.
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
