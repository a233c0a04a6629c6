//! Several nodes on one PostgreSQL: real messages, a part of them redelivered to another node, while nodes are killed and
//! paused at random. At the end everything is counted.
//!
//! `.ci/postgres cargo run --features postgres --example nodes -- --messages 2000 --file MESSAGES.jsonl` works in a schema of
//! its own of the database that `CIVIC_REPLY_POSTGRES` names. The file has one JSON object a line with a `text`; without
//! one a few texts are repeated.
//!
//! It ends with an error when a message has no stored reply or more than one, when it has two cases, when a redelivery got
//! another reply, when the journal does not rebuild the cases as they stand, or when work is left undone.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to its user")]

#[path = "../shared/audit.rs"]
mod audit;
#[path = "../shared/channel.rs"]
mod channel;
mod fleet;
#[allow(dead_code, reason = "several nodes share no file")]
#[path = "../shared/place.rs"]
mod place;
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
use channel::Dice;
use fleet::Fleet;
use place::Place;
use worker::{Agents, Delivery};

/// How many messages are under way at once, for each node.
const UNDER_WAY: usize = 12;

/// How long what is under way may take when time is up.
const AT_LAST: Duration = Duration::from_secs(60);

/// Starts nodes on one PostgreSQL, feeds them messages, kills and pauses them, and counts.
#[derive(Parser)]
struct Options {
    /// How many nodes.
    #[arg(long, default_value_t = 3)]
    nodes: usize,
    /// How many messages.
    #[arg(long, default_value_t = 1_000)]
    messages: usize,
    /// The messages, one JSON object a line; repeated when there are too few.
    #[arg(long)]
    file: Option<PathBuf>,
    /// A node is killed or paused about every so many milliseconds; 0 for never.
    #[arg(long, default_value_t = 3_000)]
    trouble_ms: u64,
    /// How long an agent's claim lasts, in milliseconds.
    #[arg(long, default_value_t = 3_000)]
    lease_ms: u64,
    /// How many agents work at each node's desk; with none, the cases stay open.
    #[arg(long, default_value_t = 3)]
    agents: usize,
    /// Hands over no more messages after so many seconds.
    #[arg(long, default_value_t = 1_800)]
    seconds: u64,
    /// What everything random is drawn from.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The rulebook's folder.
    #[arg(long, default_value = concat!(env!("CARGO_MANIFEST_DIR"), "/rules"))]
    rules: PathBuf,
    /// Writes the numbers as JSON.
    #[arg(long)]
    json: Option<PathBuf>,
    /// Is a node, on this schema.
    #[arg(long, hide = true)]
    schema: Option<String>,
    /// Where what is learnt from the FAQ is kept for the processes.
    #[arg(long, hide = true, default_value = ".")]
    kept: PathBuf,
}

/// What is counted.
#[derive(Debug, Default, Serialize)]
struct Numbers {
    /// Messages that were sent, each once or more.
    messages: usize,
    /// Deliveries beyond the first of a message.
    redeliveries: usize,
    /// Messages with a stored reply.
    stored_replies: usize,
    /// Cases that were opened.
    cases: usize,
    /// Cases that agents answered.
    answered: usize,
    /// Messages that were handled, or have a case, more than once.
    doubled: usize,
    /// Messages that were acknowledged and have no stored reply.
    lost: usize,
    /// Deliveries that got another reply than the first of the same message.
    changed: usize,
    /// Cases that the journal does not rebuild.
    diverged: usize,
    /// Cases that an agent took over from one whose lease had ended.
    taken_over: usize,
    /// The longest time from a lease's end to the take-over, in milliseconds. A case that is taken over waits for its
    /// turn in the queue like every other.
    slowest_takeover_ms: u128,
    /// Answers that were refused because another had taken the case over.
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
            &Place::Schema(schema.clone()),
            &options.rules,
            &options.kept,
            agents,
        );
    }

    let place = Place::Schema(format!("nodes_{}", Uuid::new_v4().simple()));
    let store = place.open()?;
    let messages = messages(&options)?;
    let deadline = Instant::now() + Duration::from_secs(options.seconds);
    let kept = tempfile::tempdir()?;
    options.kept = kept.path().to_owned();
    let mut arguments = place.arguments().to_vec();
    arguments.extend(["--rules".into(), options.rules.display().to_string()]);
    arguments.extend(["--kept".into(), options.kept.display().to_string()]);
    arguments.extend(["--lease-ms".into(), options.lease_ms.to_string()]);
    arguments.extend(["--agents".into(), options.agents.to_string()]);
    let mut fleet = Fleet::start(options.nodes, arguments, messages.len())?;
    let begun = Instant::now();
    let sent = feed(&options, &mut fleet, &messages, deadline)?;
    let seconds = begun.elapsed().as_secs_f64();
    let messages = messages.get(..sent).unwrap_or(&messages);
    if options.agents > 0 {
        wait_for_the_desk(&*store, deadline.max(Instant::now()) + AT_LAST)?;
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
        return Err(format!("this must not be; the store is left for inspection: {place:?}").into());
    }
    drop(store);
    place.remove()
}

/// Hands over every message, or as many as there is time for, until all are acknowledged, with trouble in between. Tells
/// how many it handed over.
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
    let mut dice = Dice::new(options.seed);
    let mut next = 0;
    let trouble = |dice: &mut Dice| {
        let about = options.trouble_ms / 2 + dice.below(options.trouble_ms as usize + 1) as u64;
        Instant::now() + Duration::from_millis(about)
    };
    let mut next_trouble = trouble(&mut dice);
    let in_time = || Instant::now() < deadline;
    while fleet.acknowledged() < next || (next < messages.len() && in_time()) {
        while in_time()
            && fleet.under_way() < UNDER_WAY * options.nodes
            && let Some(delivery) = messages.get(next)
        {
            let node = dice.below(options.nodes);
            fleet.deliver(node, next, delivery);
            // A quarter comes again, to another node, at about the same moment.
            if dice.below(4) == 0 && options.nodes > 1 {
                let other = (node + 1 + dice.below(options.nodes - 1)) % options.nodes;
                fleet.deliver(other, next, delivery);
            }
            next += 1;
        }
        fleet.hear(Duration::from_millis(20))?;
        fleet.deliver_again(messages, &mut dice);
        if options.trouble_ms > 0 && Instant::now() >= next_trouble {
            fleet.make_trouble(&mut dice, Duration::from_millis(options.lease_ms))?;
            next_trouble = trouble(&mut dice);
        }
        fleet.let_go_on()?;
        bar.set_position(fleet.acknowledged() as u64);
        if Instant::now() >= deadline + AT_LAST {
            return Err(format!("{} of {next} messages were acknowledged", fleet.acknowledged()).into());
        }
    }
    bar.finish_and_clear();
    fleet.wake_all()?;
    Ok(next)
}

/// Waits until the agents have answered everything, what dead ones held included.
fn wait_for_the_desk(store: &dyn Store, deadline: Instant) -> Result<(), Box<dyn Error>> {
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

/// The messages of the file, or a few texts, as many as asked for: four accounts, and a citizen writes about three times.
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
