//! The nodes' processes, and what the channel knows of the messages that are under way to them.

use std::collections::HashMap;
use std::error::Error;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use crate::channel::{Dice, Worker};
use crate::worker::{Delivery, Said};

/// After so long without an answer the channel delivers a message again.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a node may take to load its rulebook and to connect.
const START: Duration = Duration::from_secs(120);

/// Which process said it: the node's number, and how often that node had been started before.
type Heard = (usize, usize, Option<Said>);

pub(crate) struct Fleet {
    nodes: Vec<Node>,
    arguments: Vec<String>,
    tell: Sender<Heard>,
    told: Receiver<Heard>,
    /// The first outcome of each message.
    outcomes: Vec<Option<String>>,
    acknowledged: usize,
    counted: Counted,
}

struct Node {
    worker: Worker,
    starts: usize,
    /// The messages that it has not answered yet, and since when it has them.
    open: HashMap<usize, Instant>,
    /// Until when it is paused.
    paused: Option<Instant>,
}

/// What happened.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) deliveries: usize,
    pub(crate) changed: usize,
    pub(crate) fenced: usize,
    pub(crate) kills: usize,
    pub(crate) pauses: usize,
}

impl Fleet {
    /// Starts the nodes, each a process that is given `arguments`, and waits until all are ready.
    pub(crate) fn start(
        nodes: usize,
        arguments: Vec<String>,
        messages: usize,
    ) -> Result<Self, Box<dyn Error>> {
        let (tell, told) = mpsc::channel();
        let mut fleet = Self {
            nodes: Vec::new(),
            arguments,
            tell,
            told,
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
            match fleet.told.recv_timeout(START)? {
                (_, _, Some(Said::Ready)) => ready += 1,
                (number, _, None) => return Err(format!("node {number} did not start").into()),
                _ => {}
            }
        }
        Ok(fleet)
    }

    fn worker(&self, number: usize, starts: usize) -> Result<Worker, Box<dyn Error>> {
        let tell = self.tell.clone();
        Worker::start(&self.arguments, move |said| {
            drop(tell.send((number, starts, said)));
        })
    }

    /// How many messages were acknowledged.
    pub(crate) fn acknowledged(&self) -> usize {
        self.acknowledged
    }

    /// How many deliveries were not answered yet.
    pub(crate) fn under_way(&self) -> usize {
        self.nodes.iter().map(|node| node.open.len()).sum()
    }

    /// Hands message `n` to a node.
    pub(crate) fn deliver(&mut self, node: usize, n: usize, delivery: &Delivery) {
        if let Some(node) = self.nodes.get_mut(node) {
            node.worker.deliver(delivery.clone());
            node.open.insert(n, Instant::now());
            self.counted.deliveries += 1;
        }
    }

    /// Takes in what the nodes say, for at most so long.
    pub(crate) fn hear(&mut self, wait: Duration) -> Result<(), Box<dyn Error>> {
        let mut next = self.told.recv_timeout(wait).ok();
        while let Some((number, starts, said)) = next {
            let node = self.nodes.get_mut(number).ok_or("an unknown node")?;
            match said {
                Some(Said::Acknowledged { id, outcome }) => {
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
                // Delivered again when its time is up.
                Some(Said::Failed { id, error }) => eprintln!("{id}: {error}"),
                Some(Said::Fenced { .. }) => self.counted.fenced += 1,
                Some(Said::Ready | Said::Answered { .. }) => {}
                None if starts == node.starts => {
                    return Err(format!("node {number} has ended by itself").into());
                }
                None => {}
            }
            next = self.told.try_recv().ok();
        }
        Ok(())
    }

    /// Delivers again what got no answer in time: to any node but the one that has it.
    pub(crate) fn deliver_again(&mut self, messages: &[Delivery], dice: &mut Dice) {
        let many = self.nodes.len();
        let mut again = Vec::new();
        for (number, node) in self.nodes.iter_mut().enumerate() {
            let late = node.open.extract_if(|_, since| since.elapsed() > PATIENCE);
            again.extend(late.map(|(n, _)| (number, n)));
        }
        for (number, n) in again {
            if self.outcomes.get(n).is_some_and(Option::is_some) {
                continue;
            }
            let other = (number + 1 + dice.below((many - 1).max(1))) % many;
            if let Some(delivery) = messages.get(n) {
                self.deliver(other, n, delivery);
            }
        }
    }

    /// Kills a node and starts it again, or pauses one for up to twice the lease.
    pub(crate) fn make_trouble(&mut self, dice: &mut Dice, lease: Duration) -> Result<(), Box<dyn Error>> {
        let number = dice.below(self.nodes.len());
        let kill = dice.below(2) == 0;
        let node = self.nodes.get_mut(number).ok_or("no nodes")?;
        if !kill {
            if node.paused.is_none() {
                node.worker.pause(true)?;
                node.paused = Some(Instant::now() + lease.mul_f64(dice.below(200) as f64 / 100.0));
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
        // What it had not answered the channel misses at once.
        let long_ago = Instant::now().checked_sub(PATIENCE * 2);
        for since in node.open.values_mut() {
            *since = long_ago.unwrap_or(*since);
        }
        self.counted.kills += 1;
        Ok(())
    }

    /// Lets the nodes go on whose pause is over.
    pub(crate) fn let_go_on(&mut self) -> Result<(), Box<dyn Error>> {
        for node in &mut self.nodes {
            if node.paused.is_some_and(|until| Instant::now() >= until) {
                node.paused = None;
                node.worker.pause(false)?;
            }
        }
        Ok(())
    }

    /// Lets all nodes go on.
    pub(crate) fn wake_all(&mut self) -> Result<(), Box<dyn Error>> {
        for node in &mut self.nodes {
            if node.paused.take().is_some() {
                node.worker.pause(false)?;
            }
        }
        Ok(())
    }

    /// Ends the nodes and tells what happened.
    pub(crate) fn finish(mut self) -> Result<Counted, Box<dyn Error>> {
        for node in &mut self.nodes {
            node.starts += 1;
        }
        for node in std::mem::take(&mut self.nodes) {
            node.worker.finish()?;
        }
        while let Ok((_, _, said)) = self.told.try_recv() {
            match said {
                Some(Said::Fenced { .. }) => self.counted.fenced += 1,
                Some(Said::Acknowledged { id, outcome }) => {
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
