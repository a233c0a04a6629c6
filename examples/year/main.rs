//! Simulates a year of deadlines and compares every alarm with a minute-by-minute count.
//!
//! `cargo run --release --example year -- --cases 100000` lets cases arrive and agents ask and answer. A
//! sweep runs every quarter of an hour, on a clock that is sometimes an hour behind or a day ahead.
//! `--messages FILE --replies FILE` take arrivals (`time`) and latencies (`asked_at`, `replied_at`) from
//! JSONL files. It prints the counts, and fails when an alarm is missed, early, late, doubled or
//! unexpected.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

#[path = "../shared/faq_cache.rs"]
mod faq_cache;
mod model;
#[path = "../shared/random.rs"]
mod random;
mod workload;

use std::collections::HashMap;
use std::error::Error;
use std::path::PathBuf;

use civic_reply::case::{AlarmKind, CaseId, ClockKind};
use civic_reply::desk::{Crossing, Desk};
use civic_reply::message::AgentId;
use civic_reply::{Clock as _, Engine, ManualClock, MemoryStore, Message, Outcome, Rulebook};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use model::{Expected, History, Minutes, raised};
use random::Random;
use workload::Workload;

/// The start of the simulated year; the calendar covers it and the next.
const START: &str = "2025-01-01T00:00+08:00";

/// The simulated days: a year, and the time to end its last cases.
const DAYS: usize = 365 + 130;

/// Minutes between sweeps.
const SWEEP: usize = 15;

/// Simulate a year of deadlines
#[derive(Parser)]
struct Options {
    /// Number of cases.
    #[arg(long, default_value_t = 100_000)]
    cases: usize,
    /// Messages with their arrival times, one JSON object per line.
    #[arg(long)]
    messages: Option<PathBuf>,
    /// Replies with the times of question and answer, one JSON object per line.
    #[arg(long)]
    replies: Option<PathBuf>,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Write the numbers to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Debug, Default, Serialize)]
struct Totals {
    cases: usize,
    warnings_due: usize,
    warnings_missed: usize,
    warnings_doubled: usize,
    breaches_due: usize,
    breaches_missed: usize,
    breaches_early: usize,
    breaches_doubled: usize,
    /// Raised by a later sweep than the first possible one.
    late: usize,
    /// Raised without being due.
    unexpected: usize,
    sweeps: usize,
}

/// The events of a case, in their order within a minute.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CaseEvent {
    Arrival,
    Question,
    Words,
    Answer,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = Options::parse();
    let clock = ManualClock::new(START.parse()?);
    let mut rulebook = Rulebook::from_dir(&options.rules)?;
    // Only statutory deadlines are compared: promises in letters have their own clocks.
    rulebook.letters = None;
    let minutes = Minutes::new(&rulebook.calendar, START.parse()?, DAYS);
    let store = MemoryStore::with_clock(std::sync::Arc::new(clock.clone()));
    let engine = Engine::builder(rulebook, store)
        .clock(clock.clone())
        .check_examples(false);
    let engine = faq_cache::cached(engine).build()?;

    let workload = Workload::new(options.messages.as_deref(), options.replies.as_deref())?;
    let mut random = Random::new(options.seed);
    let histories: Vec<History> = (0..options.cases)
        .map(|_| workload.history(&mut random))
        .collect();
    let sweeps = sweeps(&mut random);
    let mut office = Office {
        engine,
        clock,
        minutes: &minutes,
        cases: vec![None; histories.len()],
    };
    let crossings = office.run(&histories, &sweeps)?;
    let totals = compare(&minutes, &histories, &sweeps, &office.cases, &crossings);

    println!("cases               {}", totals.cases);
    println!("sweeps              {}", totals.sweeps);
    println!("warnings due        {}", totals.warnings_due);
    println!(
        "  missed, doubled   {}, {}",
        totals.warnings_missed, totals.warnings_doubled
    );
    println!("breaches due        {}", totals.breaches_due);
    println!(
        "  missed, early, doubled  {}, {}, {}",
        totals.breaches_missed, totals.breaches_early, totals.breaches_doubled
    );
    println!("raised late         {}", totals.late);
    println!("raised without need {}", totals.unexpected);
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&totals)? + "\n")?;
    }
    let wrong = totals.warnings_missed
        + totals.warnings_doubled
        + totals.breaches_missed
        + totals.breaches_early
        + totals.breaches_doubled
        + totals.late
        + totals.unexpected;
    if wrong > 0 {
        return Err(format!("{wrong} alarms differ from the count").into());
    }
    Ok(())
}

/// The minute of each sweep and the caller's clock at that minute: one in fifty is an hour behind, one in
/// fifty a day ahead. When the caller is ahead, the store's clock counts.
fn sweeps(random: &mut Random) -> Vec<(usize, usize)> {
    let sweeps = (0..DAYS * 24 * 60).step_by(SWEEP);
    let own = sweeps.map(|at| match random.below(50) {
        0 => (at, at.saturating_sub(60)),
        1 => (at, at + 24 * 60),
        _ => (at, at),
    });
    own.collect()
}

struct Office<'a> {
    engine: Engine,
    clock: ManualClock,
    minutes: &'a Minutes,
    /// The case of each history, once it is open.
    cases: Vec<Option<CaseId>>,
}

impl Office<'_> {
    fn run(
        &mut self,
        histories: &[History],
        sweeps: &[(usize, usize)],
    ) -> Result<Vec<Crossing>, Box<dyn Error>> {
        let mut events: Vec<(usize, CaseEvent, usize)> = Vec::new();
        for (n, history) in histories.iter().enumerate() {
            events.push((history.arrived, CaseEvent::Arrival, n));
            if let Some((stop, go)) = history.asked {
                events.extend([(stop, CaseEvent::Question, n), (go, CaseEvent::Words, n)]);
            }
            events.push((history.answered, CaseEvent::Answer, n));
        }
        events.sort_unstable();
        let desk = self.engine.desk();
        let bar = ProgressBar::new(sweeps.len() as u64).with_style(ProgressStyle::with_template(
            "{elapsed_precise} {wide_bar} {percent} % of the year",
        )?);
        let mut events = events.into_iter().peekable();
        let mut raised = Vec::new();
        for (at, own) in bar.wrap_iter(sweeps.iter()) {
            while let Some((minute, what, n)) = events.next_if(|(minute, ..)| minute <= at) {
                self.clock.set(self.minutes.at(minute));
                self.apply(&desk, what, n)?;
            }
            self.clock.set(self.minutes.at(*at));
            loop {
                let sweep = desk.sweep(self.minutes.at(*own))?;
                if let Some((id, error)) = sweep.failed.first() {
                    return Err(format!("case {id}: {error}").into());
                }
                raised.extend(sweep.crossings);
                if !sweep.more {
                    break;
                }
            }
        }
        Ok(raised)
    }

    fn apply(&mut self, desk: &Desk, what: CaseEvent, n: usize) -> Result<(), Box<dyn Error>> {
        let now = self.clock.now();
        let agent = AgentId::new(format!("agent-{}", n % 40));
        if what == CaseEvent::Arrival {
            let message = Message::text("gov-wechat", format!("citizen-{n}"), n.to_string(), "转人工")
                .with_written_at(now);
            let Outcome::Queued { case, .. } = self.engine.receive(message)? else {
                return Err("a request for a person opened no case".into());
            };
            if let Some(place) = self.cases.get_mut(n) {
                *place = Some(case.id);
            }
            return Ok(());
        }
        let id = self
            .cases
            .get(n)
            .cloned()
            .flatten()
            .ok_or("a case that did not come")?;
        if what == CaseEvent::Words {
            desk.write(&id, "补充:三单元", now)?;
            return Ok(());
        }
        let held = desk.claim(&id, &agent)?.ok_or("a case that nobody may take")?;
        match what {
            CaseEvent::Question => held.ask("请问是哪一单元?")?,
            _ => held.answer("已经处理。")?,
        };
        Ok(())
    }
}

fn compare(
    minutes: &Minutes,
    histories: &[History],
    sweeps: &[(usize, usize)],
    cases: &[Option<CaseId>],
    crossings: &[Crossing],
) -> Totals {
    let mut found: HashMap<(&CaseId, ClockKind, AlarmKind, usize), Vec<usize>> = HashMap::new();
    for crossing in crossings {
        let key = (
            &crossing.case,
            crossing.clock,
            crossing.alarm.kind,
            minutes.of(crossing.alarm.threshold),
        );
        let at = crossing.alarm.raised.map_or(0, |at| minutes.of(at));
        found.entry(key).or_default().push(at);
    }
    let mut totals = Totals {
        cases: histories.len(),
        sweeps: sweeps.len(),
        ..Totals::default()
    };
    for (history, id) in histories
        .iter()
        .zip(cases)
        .filter_map(|(history, id)| Some((history, id.as_ref()?)))
    {
        for (
            Expected {
                clock, kind, crosses, ..
            },
            sweep,
        ) in raised(minutes, history, sweeps)
        {
            let warning = matches!(kind, AlarmKind::Warning(_));
            let times = found.remove(&(id, clock, kind, crosses)).unwrap_or_default();
            let (due, missed, doubled) = if warning {
                (
                    &mut totals.warnings_due,
                    &mut totals.warnings_missed,
                    &mut totals.warnings_doubled,
                )
            } else {
                (
                    &mut totals.breaches_due,
                    &mut totals.breaches_missed,
                    &mut totals.breaches_doubled,
                )
            };
            *due += 1;
            *missed += usize::from(times.is_empty());
            *doubled += times.len().saturating_sub(1);
            totals.breaches_early += usize::from(!warning && times.iter().any(|at| *at < crosses));
            let counted = sweeps.get(sweep / SWEEP).map_or(sweep, |(at, own)| *at.min(own));
            totals.late += usize::from(times.first().is_some_and(|at| *at != counted));
        }
    }
    for ((.., kind, crosses), times) in &found {
        totals.unexpected += times.len();
        totals.breaches_early +=
            usize::from(*kind == AlarmKind::Breach && times.iter().any(|at| at < crosses));
    }
    totals
}
