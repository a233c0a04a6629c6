//! Runs several nodes on one PostgreSQL while it kills and pauses them at random, and audits the result.
//!
//! `.ci/postgres cargo run --features postgres --example nodes -- --messages 2000 --file MESSAGES.jsonl`
//! uses its own schema in the database of `CIVIC_REPLY_POSTGRES`. The file has one JSON object per line
//! with a `text`; without a file a few texts are repeated. A quarter of the messages is delivered to two
//! nodes.
//!
//! It prints the counts. It fails when a message has no stored reply or several, or two cases, when a
//! redelivery gets another reply, when the journal does not rebuild the stored cases, or when a case is
//! left unanswered.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command prints its result"
)]

#[path = "../shared/audit.rs"]
mod audit;
#[path = "../shared/faq_cache.rs"]
mod faq_cache;
mod fleet;
#[allow(dead_code, reason = "several nodes don't share an SQLite file")]
#[path = "../shared/location.rs"]
mod location;
#[path = "../shared/process.rs"]
mod process;
#[path = "../shared/random.rs"]
mod random;
#[path = "../shared/worker.rs"]
mod worker;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use civic_reply::Store;
use civic_reply::case::State;
use civic_reply::message::{AccountId, CitizenId, MessageKey};
use civic_reply::store::CaseFilter;
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use audit::Audit;
use fleet::Fleet;
use location::StoreLocation;
use random::Random;
use worker::{Agents, Delivery};

/// The number of messages in flight per node.
const IN_FLIGHT: usize = 12;

/// The time for messages in flight and open cases after the deadline.
const GRACE: Duration = Duration::from_secs(60);

/// Run several nodes on one PostgreSQL, kill and pause them, and audit the result
#[derive(Parser)]
struct Options {
    /// Number of nodes.
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// Number of messages.
    #[arg(long, default_value_t = 1_000)]
    messages: usize,
    /// Messages, one JSON object per line; repeated when there are too few.
    #[arg(long)]
    file: Option<PathBuf>,
    /// Mean interval between kills and pauses, in milliseconds; 0 for none.
    #[arg(long, default_value_t = 3_000)]
    trouble_ms: u64,
    /// Lease of an agent's claim, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    lease_ms: u64,
    /// Number of agents per node; with 0 the cases stay open.
    #[arg(long, default_value_t = 3)]
    agents: usize,
    /// Deliver no new messages after this many seconds.
    #[arg(long, default_value_t = 1_800)]
    seconds: u64,
    /// Seed of everything random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Folder of the rulebook.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Write the numbers to this file as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Run as a node, on this schema.
    #[arg(long, hide = true)]
    schema: Option<String>,
    /// Folder of the FAQ cache that the processes share.
    #[arg(long, hide = true, default_value = ".")]
    faq_cache: PathBuf,
}

/// The counts of a run.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    /// Messages sent, each at least once.
    messages: usize,
    /// Deliveries beyond the first of a message.
    redeliveries: usize,
    /// Messages with a stored reply.
    stored_replies: usize,
    /// Cases that were opened.
    cases: usize,
    /// Cases that agents answered.
    answered: usize,
    /// Messages that were handled twice or have two cases.
    doubled: usize,
    /// Acknowledged messages without a stored reply.
    lost: usize,
    /// Deliveries with another reply than the first of the same message.
    changed: usize,
    /// Cases that the journal does not rebuild.
    diverged: usize,
    /// Cases that another agent claimed after a lease had expired.
    taken_over: usize,
    /// The longest time from the end of a lease to the next claim, in milliseconds. The case queues like
    /// every other.
    slowest_takeover_ms: u128,
    /// Answers refused because another agent held the case.
    fenced: usize,
    /// Nodes killed.
    kills: usize,
    /// Nodes paused.
    pauses: usize,
    /// From the first message to the last acknowledgement, in seconds.
    seconds: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut options = Options::parse();
    let lease = Duration::from_millis(options.lease_ms);
    if let Some(schema) = &options.schema {
        let agents = Agents {
            number: options.agents,
            lease,
            pause: Duration::from_millis(50),
            slow: 200,
        };
        return worker::work(
            &StoreLocation::Schema(schema.clone()),
            &options.rules,
            &options.faq_cache,
            agents,
        );
    }

    let location = StoreLocation::Schema(format!("nodes_{}", Uuid::new_v4().simple()));
    let store = location.open()?;
    let messages = messages(&options)?;
    let deadline = Instant::now() + Duration::from_secs(options.seconds);
    let own = tempfile::tempdir()?;
    options.faq_cache = faq_cache::folder().unwrap_or_else(|| own.path().to_owned());
    let mut arguments = location.arguments().to_vec();
    arguments.extend(["--rules".into(), options.rules.display().to_string()]);
    arguments.extend(["--faq-cache".into(), options.faq_cache.display().to_string()]);
    arguments.extend(["--lease-ms".into(), options.lease_ms.to_string()]);
    arguments.extend(["--agents".into(), options.agents.to_string()]);
    let mut fleet = Fleet::start(options.nodes, arguments, messages.len())?;
    let begun = Instant::now();
    let sent = feed(&options, &mut fleet, &messages, deadline)?;
    let seconds = begun.elapsed().as_secs_f64();
    let messages = messages.get(..sent).unwrap_or(&messages);
    if options.agents > 0 {
        wait_for_agents(&*store, deadline.max(Instant::now()) + GRACE)?;
    }
    let counted = fleet.finish()?;

    let audit = Audit::of(&*store)?;
    let mut numbers = Numbers {
        messages: messages.len(),
        redeliveries: counted.deliveries.saturating_sub(messages.len()),
        cases: audit.cases.len(),
        answered: count(&audit, State::Answered),
        doubled: audit.doubled,
        changed: counted.changed,
        diverged: audit.diverged,
        taken_over: audit.taken_over,
        slowest_takeover_ms: audit.slowest_takeover.as_millis(),
        fenced: counted.fenced,
        kills: counted.kills,
        pauses: counted.pauses,
        seconds,
        ..Numbers::default()
    };
    for delivery in messages {
        let key = MessageKey::new(
            AccountId::new(&delivery.account),
            CitizenId::new(&delivery.sender),
            &delivery.id,
        );
        let recorded = audit.handled.contains_key(&key);
        match store.handled(&key)? {
            Some(_) if recorded => numbers.stored_replies += 1,
            _ => numbers.lost += 1,
        }
    }
    println!("{numbers:#?}");
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_string_pretty(&numbers)?)?;
    }
    let wrong = numbers.doubled + numbers.lost + numbers.changed + numbers.diverged;
    let undone = options.agents > 0 && numbers.answered != numbers.cases;
    if wrong > 0 || undone {
        return Err(format!("a check failed; the store is left for inspection: {location:?}").into());
    }
    drop(store);
    location.remove()
}

/// Delivers messages until the deadline and disturbs the nodes meanwhile. Returns the number of messages
/// sent, all of which are acknowledged.
fn feed(
    options: &Options,
    fleet: &mut Fleet,
    messages: &[Delivery],
    deadline: Instant,
) -> Result<usize, Box<dyn Error>> {
    let bar = ProgressBar::new(messages.len() as u64);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {pos}/{len} messages, {per_sec}",
    )?);
    let mut random = Random::new(options.seed);
    let mut next = 0;
    let next_moment = |random: &mut Random| {
        let about = options.trouble_ms / 2 + random.below(options.trouble_ms as usize + 1) as u64;
        Instant::now() + Duration::from_millis(about)
    };
    let mut next_disturbance = next_moment(&mut random);
    let in_time = || Instant::now() < deadline;
    while fleet.acknowledged() < next || (next < messages.len() && in_time()) {
        while in_time()
            && fleet.in_flight() < IN_FLIGHT * options.nodes
            && let Some(delivery) = messages.get(next)
        {
            let node = random.below(options.nodes);
            fleet.deliver(node, next, delivery);
            // A quarter is delivered to a second node at the same time.
            if random.below(4) == 0 && options.nodes > 1 {
                let other = (node + 1 + random.below(options.nodes - 1)) % options.nodes;
                fleet.deliver(other, next, delivery);
            }
            next += 1;
        }
        fleet.receive_events(Duration::from_millis(20))?;
        fleet.deliver_again(messages, &mut random);
        if options.trouble_ms > 0 && Instant::now() >= next_disturbance {
            fleet.disturb(&mut random, Duration::from_millis(options.lease_ms))?;
            next_disturbance = next_moment(&mut random);
        }
        fleet.resume_paused()?;
        bar.set_position(fleet.acknowledged() as u64);
        if Instant::now() >= deadline + GRACE {
            return Err(format!("{} of {next} messages were acknowledged", fleet.acknowledged()).into());
        }
    }
    bar.finish_and_clear();
    fleet.resume_all()?;
    Ok(next)
}

/// Waits until every case is answered, those of killed agents included.
fn wait_for_agents(store: &dyn Store, deadline: Instant) -> Result<(), Box<dyn Error>> {
    let open = |state| {
        let filter = CaseFilter {
            states: vec![state],
            limit: Some(0),
            ..CaseFilter::default()
        };
        store.cases(&filter).map(|page| page.total)
    };
    loop {
        let (waiting, claimed) = (open(State::Waiting)?, open(State::Claimed)?);
        if waiting + claimed == 0 {
            return Ok(());
        }
        if Instant::now() >= deadline {
            return Err(format!("{waiting} cases wait and {claimed} are held when time is up").into());
        }
        std::thread::sleep(Duration::from_millis(200));
    }
}

fn count(audit: &Audit, state: State) -> usize {
    audit.cases.values().filter(|case| case.state == state).count()
}

/// As many messages as asked for, of the file or made: four accounts, and about three messages per citizen.
fn messages(options: &Options) -> Result<Vec<Delivery>, Box<dyn Error>> {
    let texts = match &options.file {
        Some(path) => texts(path)?,
        None => [
            "新生儿怎么上户口?",
            "楼下烧烤店每天凌晨三点还在营业,噪音太大",
            "转人工",
            "你好",
        ]
        .map(str::to_owned)
        .to_vec(),
    };
    let all = texts.iter().cycle().take(options.messages).enumerate();
    let messages = all.map(|(n, text)| Delivery {
        account: format!("account-{}", n % 4),
        sender: format!("citizen-{}", n % (options.messages / 3).max(1)),
        id: format!("message-{n}"),
        text: text.clone(),
    });
    Ok(messages.collect())
}

fn texts(path: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    #[derive(Deserialize)]
    struct Line {
        text: String,
    }
    let content = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lines = content.lines().map(serde_json::from_str::<Line>);
    let texts: Vec<_> = lines
        .map(|line| line.map(|line| line.text))
        .collect::<Result<_, _>>()?;
    if texts.is_empty() {
        return Err(format!("{}: no messages", path.display()).into());
    }
    Ok(texts)
}
