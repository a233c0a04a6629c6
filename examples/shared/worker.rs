//! A node in its own process: reads messages from the standard input and writes events to the standard
//! output.

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

use crate::location::StoreLocation;

/// The number of messages that a node handles at once.
const CALLERS: usize = 6;

/// A message for a node.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Delivery {
    pub(crate) account: String,
    pub(crate) sender: String,
    pub(crate) id: String,
    pub(crate) text: String,
}

/// An event that a node reports after it happened.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum WorkerEvent {
    /// The node accepts messages.
    Ready,
    /// A message was acknowledged with this outcome.
    Acknowledged { id: String, outcome: String },
    /// A message was not handled: the channel redelivers it.
    Failed { id: String, error: String },
    /// An agent's answer was accepted.
    Answered { case: String },
    /// An agent's answer was refused: another agent holds the case.
    Fenced { case: String },
}

/// The agents at a node's desk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Agents {
    pub(crate) number: usize,
    pub(crate) lease: Duration,
    /// The wait of an agent before it asks an empty queue again.
    pub(crate) pause: Duration,
    /// One answer in this many takes longer than the lease; 0 for none.
    pub(crate) slow: usize,
}

/// Runs a node until the standard input ends. The FAQ cache shortens the start of the next process.
pub(crate) fn work(
    location: &StoreLocation,
    rules: &Path,
    faq_cache: &Path,
    agents: Agents,
) -> Result<(), Box<dyn Error>> {
    let rulebook = Rulebook::from_dir(rules).map_err(|errors| format!("\n{errors}"))?;
    let engine = Engine::builder(rulebook, location.open()?)
        .faq_cache(faq_cache)
        .build()?;
    let (deliver, deliveries) = mpsc::channel::<Delivery>();
    let deliveries = Arc::new(Mutex::new(deliveries));
    emit(&WorkerEvent::Ready);
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
    emit(&match engine.receive(message) {
        Ok(outcome) => WorkerEvent::Acknowledged {
            id,
            outcome: serde_json::to_string(&outcome).unwrap_or_default(),
        },
        Err(error) => WorkerEvent::Failed {
            id,
            error: error.to_string(),
        },
    });
}

fn desk(engine: &Engine, agents: Agents, number: usize, ending: &AtomicBool) {
    // Unique among all processes.
    let agent = AgentId::new(format!("agent-{number}-{}", Uuid::new_v4().simple()));
    for turn in 1.. {
        if ending.load(Ordering::SeqCst) {
            break;
        }
        // The server may be down: the agent tries again until the process ends.
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
    match engine
        .desk()
        .claimed(&case.id, agent, &claim.token)
        .and_then(|case| case.answer("已办理"))
    {
        Ok(_) => emit(&WorkerEvent::Answered { case: id }),
        Err(civic_reply::desk::DeskError::Refused(_)) => emit(&WorkerEvent::Fenced { case: id }),
        // Refused or unknown: another agent claims the case after the lease.
        Err(_) => {}
    }
}

/// Writes a whole line at once: a killed process leaves no partial line that could be read as an event.
fn emit(event: &WorkerEvent) {
    let Ok(mut line) = serde_json::to_string(event) else {
        return;
    };
    line.push('\n');
    let mut out = std::io::stdout().lock();
    // The parent may have closed the pipe.
    let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
}
