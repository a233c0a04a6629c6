//! A node in a process of its own: messages come in on its standard input, and what was acknowledged goes out.

use std::error::Error;
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

use civic_reply::message::AgentId;
use civic_reply::store::CaseFilter;
use civic_reply::{Case, Engine, Message, Rulebook};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::place::Place;

/// How many messages a node handles at once.
const CALLERS: usize = 6;

/// A message on its way to a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) account: String,
    pub(crate) sender: String,
    pub(crate) id: String,
    pub(crate) text: String,
}

/// What a node says, once it is so.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// It is ready for messages.
    Ready,
    /// A message was acknowledged with this outcome.
    Acknowledged { id: String, outcome: String },
    /// A message could not be handled now: the channel delivers it again.
    Failed { id: String, error: String },
    /// An agent's answer was taken.
    Answered { case: String },
    /// An agent's answer came too late: another had the case.
    Fenced { case: String },
}

/// How the agents at a node's desk work.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agents {
    pub(crate) number: usize,
    pub(crate) lease: Duration,
    /// How long an agent who found nothing waits before the next look: what a sweep is to a host.
    pub(crate) pause: Duration,
    /// One answer in so many takes longer than the lease; 0 for none.
    pub(crate) slow: usize,
}

/// Works until the standard input ends. What is learnt from the FAQ is in `kept` for the next process, so that most of a process's
/// life is work.
pub(crate) fn work(place: &Place, rules: &Path, kept: &Path, agents: Agents) -> Result<(), Box<dyn Error>> {
    let rulebook = Rulebook::from_dir(rules).map_err(|errors| format!("\n{errors}"))?;
    let engine = Engine::builder(rulebook, place.open()?).faq_cache(kept).build()?;
    let (deliver, deliveries) = mpsc::channel::<Delivery>();
    let deliveries = Arc::new(Mutex::new(deliveries));
    say(&Said::Ready);
    let ending = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..CALLERS {
            scope.spawn(|| {
                loop {
                    let next = deliveries.lock().map(|queue| queue.recv());
                    let Ok(Ok(delivery)) = next else { break };
                    receive(&engine, delivery);
                }
            });
        }
        for n in 0..agents.number {
            let (engine, ending) = (&engine, &ending);
            scope.spawn(move || desk(engine, agents, n, ending));
        }
        for line in std::io::stdin().lock().lines() {
            match line.map(|line| serde_json::from_str(&line)) {
                Ok(Ok(delivery)) => drop(deliver.send(delivery)),
                _ => break,
            }
        }
        drop(deliver);
        ending.store(true, Ordering::SeqCst);
    });
    Ok(())
}

fn receive(engine: &Engine, delivery: Delivery) {
    let id = delivery.id.clone();
    let message = Message::text(delivery.account, delivery.sender, delivery.id, delivery.text);
    say(&match engine.receive(message) {
        Ok(outcome) => Said::Acknowledged {
            id,
            outcome: serde_json::to_string(&outcome).unwrap_or_default(),
        },
        Err(error) => Said::Failed {
            id,
            error: error.to_string(),
        },
    });
}

fn desk(engine: &Engine, agents: Agents, number: usize, ending: &AtomicBool) {
    // A name that no process before this one had.
    let agent = AgentId::new(format!("agent-{number}-{}", Uuid::new_v4().simple()));
    for turn in 1.. {
        if ending.load(Ordering::SeqCst) {
            break;
        }
        // An error is the server's absence, which ends or ends this process.
        match engine
            .store()
            .claim_next(&CaseFilter::default(), &agent, agents.lease)
        {
            Ok(Some(case)) => {
                if agents.slow > 0 && turn % agents.slow == 0 {
                    thread::sleep(agents.lease.mul_f64(1.5));
                }
                answer(engine, &agent, &case);
            }
            Ok(None) | Err(_) => thread::sleep(agents.pause),
        }
    }
}

fn answer(engine: &Engine, agent: &AgentId, case: &Case) {
    let Some(claim) = &case.claim else { return };
    let id = case.id.to_string();
    match engine.desk().answer(&case.id, agent, &claim.token, "已办理") {
        Ok(_) => say(&Said::Answered { case: id }),
        Err(civic_reply::desk::DeskError::Refused(_)) => say(&Said::Fenced { case: id }),
        // Not taken, or not known to be: the lease ends and somebody takes the case over.
        Err(_) => {}
    }
}

/// One whole line at once: a process that is killed leaves none half written that another could be mistaken for.
fn say(said: &Said) {
    let Ok(mut line) = serde_json::to_string(said) else {
        return;
    };
    line.push('\n');
    let mut out = std::io::stdout().lock();
    // A parent that no longer listens has nothing to be told.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}
