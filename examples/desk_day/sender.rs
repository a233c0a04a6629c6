//! The sender: claims letters from the outbox and delivers them, with failures of the channel and of itself.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use civic_reply::case::LetterStatus;
use civic_reply::desk::{Outbox, Settlement};
use civic_reply::message::AgentId;

use crate::random::Random;

/// Longer than one step of the clock: the lease of a failed sender expires at the second step.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// The number of letters per claim.
const BATCH: usize = 50;

pub(crate) struct Sender {
    outbox: Outbox,
    random: Random,
    /// The number of letters by kind and by result.
    pub(crate) done: BTreeMap<&'static str, usize>,
}

impl Sender {
    pub(crate) fn new(outbox: Outbox, random: Random) -> Self {
        Self {
            outbox,
            random,
            done: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    /// Sends every letter that is ready.
    pub(crate) fn send(&mut self) -> Result<(), Box<dyn Error>> {
        loop {
            let letters = self.outbox.claim(BATCH, LEASE)?;
            if letters.is_empty() {
                return Ok(());
            }
            for letter in letters {
                self.count(letter.kind.name());
                let how = match self.random.below(100) {
                    0..90 => Settlement::Delivered,
                    90..96 => Settlement::Failed {
                        reason: "the channel is busy".to_owned(),
                    },
                    96..97 => Settlement::Refused {
                        reason: "the citizen has left the account".to_owned(),
                    },
                    // The sender fails between sending and settling.
                    _ => continue,
                };
                let settled = self.outbox.settle(&letter, how)?;
                if let LetterStatus::Delivered { .. } = settled.status {
                    self.count("delivered");
                }
            }
        }
    }

    /// Lets an agent handle stuck letters: resend them, or let them go.
    pub(crate) fn handle_stuck(&mut self) -> Result<(), Box<dyn Error>> {
        let agent = AgentId::new("postmaster");
        for stuck in self.outbox.stuck(BATCH)? {
            let (case, number) = (&stuck.case, stuck.letter.number);
            match &stuck.letter.status {
                LetterStatus::Unknown { .. } if self.random.below(2) == 0 => {
                    self.outbox.resend(case, number, &agent)?;
                    self.count("sent_again");
                }
                LetterStatus::Unknown { .. } => {
                    self.outbox.dismiss(case, number, &agent)?;
                    self.count("unknown");
                }
                LetterStatus::Held { .. } => {
                    self.outbox.dismiss(case, number, &agent)?;
                    self.count("held");
                }
                _ => {
                    self.outbox.dismiss(case, number, &agent)?;
                    self.count("dead_letters");
                }
            }
        }
        Ok(())
    }
}
