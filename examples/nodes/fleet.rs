//! The node processes, and the channel's record of the messages in flight.

use std::collections::HashMap;
use std::error::Error;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use crate::process::Worker;
use crate::random::Random;
use crate::worker::{Delivery, WorkerEvent};

/// The channel redelivers a message that is not acknowledged within this time.
const REDELIVERY_AFTER: Duration = Duration::from_secs(5);

/// The most time for a node to start.
const START: Duration = Duration::from_secs(120);

/// An event with its process: the node's number and the node's number of restarts.
type NodeEvent = (usize, usize, Option<WorkerEvent>);

pub(crate) struct Fleet {
    nodes: Vec<Node>,
    arguments: Vec<String>,
    sender: Sender<NodeEvent>,
    events: Receiver<NodeEvent>,
    /// The first outcome of each message.
    outcomes: Vec<Option<String>>,
    acknowledged: usize,
    counted: Counted,
}

struct Node {
    worker: Worker,
    starts: usize,
    /// Unacknowledged messages with their delivery times.
    open: HashMap<usize, Instant>,
    /// The end of its pause.
    paused: Option<Instant>,
}

/// The counts of a run.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) deliveries: usize,
    pub(crate) changed: usize,
    pub(crate) fenced: usize,
    pub(crate) kills: usize,
    pub(crate) pauses: usize,
}

impl Fleet {
    /// Starts the nodes with `arguments`, and waits until all are ready.
    pub(crate) fn start(
        nodes: usize,
        arguments: Vec<String>,
        messages: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let (sender, events) = mpsc::channel();
        let mut fleet = Self {
            nodes: Vec::new(),
            arguments,
            sender,
            events,
            outcomes: vec![None; messages],
            acknowledged: 0,
            counted: Counted::default(),
        };
        for number in 0..nodes {
            let worker = fleet.worker(number, 0)?;
            fleet.nodes.push(Node {
                worker,
                starts: 0,
                open: HashMap::new(),
                paused: None,
            });
        }
        let mut ready = 0;
        while ready < nodes {
            match fleet.events.recv_timeout(START)? {
                (_, _, Some(WorkerEvent::Ready)) => ready += 1,
                (number, _, None) => return Err(format!("node {number} did not start").into()),
                _ => {}
            }
        }
        Ok(fleet)
    }

    fn worker(&self, number: usize, starts: usize) -> Result<Worker, Box<dyn Error>> {
        let sender = self.sender.clone();
        Worker::start(&self.arguments, move |event| {
            drop(sender.send((number, starts, event)));
        })
    }

    /// The number of acknowledged messages.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// The number of unacknowledged deliveries.
    pub(crate) fn in_flight(&self) -> usize {
        self.nodes.iter().map(|node| node.open.len()).sum()
    }

    /// Delivers message `n` to a node.
    pub(crate) fn deliver(&mut self, node: usize, n: usize, delivery: &Delivery) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.worker.deliver(delivery.clone());
            node.open.insert(n, Instant::now());
            self.counted.deliveries += 1;
        }
    }

    /// Records the nodes' events; waits at most `wait` for the first.
    pub(crate) fn receive_events(&mut self, wait: Duration) -> Result<(), Box<dyn Error>> {
        let mut next = self.events.recv_timeout(wait).ok();
        while let Some((number, starts, event)) = next {
            let node = self.nodes.get_mut(number).ok_or("an unknown node")?;
            match event {
                Some(WorkerEvent::Acknowledged { id, outcome }) => {
                    let n: usize = id.trim_start_matches("message-").parse()?;
                    node.open.remove(&n);
                    let first = self.outcomes.get_mut(n).ok_or("an unknown message")?;
                    match first {
                        Some(first) => self.counted.changed += usize::from(*first != outcome),
                        None => {
                            *first = Some(outcome);
                            self.acknowledged += 1;
                        }
                    }
                }
                // Redelivered after the timeout.
                Some(WorkerEvent::Failed { id, error }) => eprintln!("{id}: {error}"),
                Some(WorkerEvent::Fenced { .. }) => self.counted.fenced += 1,
                Some(WorkerEvent::Ready | WorkerEvent::Answered { .. }) => {}
                None if starts == node.starts => {
                    return Err(format!("node {number} has ended by itself").into());
                }
                None => {}
            }
            next = self.events.try_recv().ok();
        }
        Ok(())
    }

    /// Redelivers messages after the timeout, to another node than before.
    pub(crate) fn deliver_again(&mut self, messages: &[Delivery], random: &mut Random) {
        let many = self.nodes.len();
        let mut again = Vec::new();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let late = node
                .open
                .extract_if(|_, since| since.elapsed() > REDELIVERY_AFTER);
            again.extend(late.map(|(n, _)| (number, n)));
        }
        for (number, n) in again {
            if self.outcomes.get(n).is_some_and(Option::is_some) {
                continue;
            }
            let other = (number + 1 + random.below((many - 1).max(1))) % many;
            if let Some(delivery) = messages.get(n) {
                self.deliver(other, n, delivery);
            }
        }
    }

    /// Kills and restarts a node, or pauses one for up to twice the lease.
    pub(crate) fn disturb(&mut self, random: &mut Random, lease: Duration) -> Result<(), Box<dyn Error>> {
        let number = random.below(self.nodes.len());
        let kill = random.below(2) == 0;
        let node = self.nodes.get_mut(number).ok_or("no nodes")?;
        if !kill {
            if node.paused.is_none() {
                node.worker.pause(true)?;
                node.paused = Some(Instant::now() + lease.mul_f64(random.below(200) as f64 / 100.0));
                self.counted.pauses += 1;
            }
            return Ok(());
        }
        node.starts += 1;
        node.paused = None;
        let starts = node.starts;
        let next = self.worker(number, starts)?;
        let node = self.nodes.get_mut(number).ok_or("no nodes")?;
        let killed = std::mem::replace(&mut node.worker, next);
        killed.kill()?;
        // The channel redelivers its messages at once.
        let long_ago = Instant::now().checked_sub(REDELIVERY_AFTER * 2);
        for since in node.open.values_mut() {
            *since = long_ago.unwrap_or(*since);
        }
        self.counted.kills += 1;
        Ok(())
    }

    /// Resumes the nodes whose pause is over.
    pub(crate) fn resume_paused(&mut self) -> Result<(), Box<dyn Error>> {
        for node in &mut self.nodes {
            if node.paused.is_some_and(|until| Instant::now() >= until) {
                node.paused = None;
                node.worker.pause(false)?;
            }
        }
        Ok(())
    }

    /// Resumes all nodes.
    pub(crate) fn resume_all(&mut self) -> Result<(), Box<dyn Error>> {
        for node in &mut self.nodes {
            if node.paused.take().is_some() {
                node.worker.pause(false)?;
            }
        }
        Ok(())
    }

    /// Ends the nodes and returns the counts.
    pub(crate) fn finish(mut self) -> Result<Counted, Box<dyn Error>> {
        for node in &mut self.nodes {
            node.starts += 1;
        }
        for node in std::mem::take(&mut self.nodes) {
            node.worker.finish()?;
        }
        while let Ok((_, _, event)) = self.events.try_recv() {
            match event {
                Some(WorkerEvent::Fenced { .. }) => self.counted.fenced += 1,
                Some(WorkerEvent::Acknowledged { id, outcome }) => {
                    let n: usize = id.trim_start_matches("message-").parse()?;
                    let first = self.outcomes.get(n).and_then(Option::as_ref);
                    self.counted.changed += usize::from(first.is_some_and(|first| *first != outcome));
                }
                _ => {}
            }
        }
        Ok(self.counted)
    }
}
