//! Measures the latency of messages while the rulebook is reloaded.
//!
//! `cargo run --release --example reload_latency -- rules --reloads 1000` sends messages from four threads,
//! first undisturbed, then while two rulebooks alternate as fast as they compile. It prints the percentiles
//! of both runs and the ratio of their 99th. Messages are received whole, on the memory store.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

use std::error::Error;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use civic_reply::{Engine, MemoryStore, Message, Rulebook};
use clap::Parser;

/// Measure message latency while the rulebook is reloaded
#[derive(Parser)]
struct Options {
    /// Folder of the rulebook.
    folder: PathBuf,
    /// Number of reloads.
    #[arg(long, default_value_t = 1000)]
    reloads: usize,
    /// Number of threads that send messages.
    #[arg(long, default_value_t = 4)]
    threads: usize,
    /// Duration of the undisturbed run, in seconds.
    #[arg(long, default_value_t = 5)]
    quiet: u64,
    /// Pause of each thread between two messages, in microseconds; bounds the memory, which keeps every
    /// message.
    #[arg(long, default_value_t = 1000)]
    pause: u64,
    /// Text of the message.
    #[arg(long, default_value = "身份证丢了怎么补办")]
    text: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let rulebook = Rulebook::from_dir(&options.folder).map_err(|errors| format!("\n{errors}"))?;
    // The same rulebook without its last rule, as a second version.
    let mut other = rulebook.clone();
    other.rules.pop();
    other.version = "other".into();
    let engine = Engine::builder(rulebook.clone(), MemoryStore::new())
        .check_examples(false)
        .build()?;

    let quiet = measure(&engine, &options, "quiet", || {
        std::thread::sleep(Duration::from_secs(options.quiet));
        Ok(())
    })?;
    let busy = measure(&engine, &options, "reloading", || {
        for round in 0..options.reloads {
            let next = if round % 2 == 0 { &other } else { &rulebook };
            engine.reload(next.clone())?;
        }
        Ok(())
    })?;
    println!(
        "p99 while reloading is {:.1} times the quiet one",
        busy.as_secs_f64() / quiet.as_secs_f64()
    );
    Ok(())
}

/// Sends messages while `meanwhile` runs, prints their latencies, and returns the 99th percentile.
fn measure(
    engine: &Engine,
    options: &Options,
    name: &str,
    meanwhile: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<Duration, Box<dyn Error>> {
    let done = AtomicBool::new(false);
    let number = AtomicU64::new(0);
    let (outcome, mut took) = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..options.threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut took = Vec::new();
                    while !done.load(Ordering::Relaxed) {
                        let id = format!("{name}-{}", number.fetch_add(1, Ordering::Relaxed));
                        let message = Message::text("gov-wechat", &id, id.as_str(), &options.text);
                        let started = Instant::now();
                        let failed = engine.receive(message).is_err();
                        took.push(started.elapsed());
                        assert!(!failed, "every message is handled");
                        std::thread::sleep(Duration::from_micros(options.pause));
                    }
                    took
                })
            })
            .collect();
        let outcome = meanwhile();
        done.store(true, Ordering::Relaxed);
        let took: Vec<Duration> = threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap_or_default())
            .collect();
        (outcome, took)
    });
    outcome?;
    took.sort_unstable();
    let at = |share: f64| {
        let place = (took.len().saturating_sub(1) as f64 * share) as usize;
        took.get(place).copied().unwrap_or_default()
    };
    let (p50, p99) = (at(0.5), at(0.99));
    println!(
        "{name:>10}: {} messages, p50 {p50:?}, p99 {p99:?}, longest {:?}",
        took.len(),
        at(1.0)
    );
    Ok(p99)
}
