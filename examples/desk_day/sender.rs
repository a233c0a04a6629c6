//! The sender: takes letters from the outbox, brings them to a channel that is sometimes busy, and sometimes falls over itself.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Duration;

use civic_reply::case::LetterStatus;
use civic_reply::desk::{Outbox, Settlement};
use civic_reply::message::AgentId;

use crate::people::Dice;

/// Longer than a step of the clock: a sender that fell over is missed at the second step after.
const LEASE: Duration = Duration::from_secs(15 * 60);

/// How many letters are taken at once.
const BATCH: usize = 50;

pub(crate) struct Sender {
    outbox: Outbox,
    dice: Dice,
    /// What became of letters, and how often.
    pub(crate) done: BTreeMap<&'static str, usize>,
}

impl Sender {
    pub(crate) fn new(outbox: Outbox, dice: Dice) -> Self {
        Self {
            outbox,
            dice,
            done: BTreeMap::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    /// Sends everything that is to be sent now.
    pub(crate) fn send(&mut self) -> Result<(), Box<dyn Error>> {
        loop {
            let letters = self.outbox.claim(BATCH, LEASE)?;
            if letters.is_empty() {
                return Ok(());
            }
            for letter in letters {
                self.count(letter.kind.name());
                let how = match self.dice.below(100) {
                    0..90 => Settlement::Delivered,
                    90..96 => Settlement::Failed {
                        reason: "the channel is busy".to_owned(),
                    },
                    96..97 => Settlement::Refused {
                        reason: "the citizen has left the account".to_owned(),
                    },
                    // Fell over between sending and saying so.
                    _ => continue,
                };
                let settled = self
                    .outbox
                    .settle(&letter.case, letter.number, &letter.token, how)?;
                if let LetterStatus::Delivered { .. } = settled.status {
                    self.count("delivered");
                }
            }
        }
    }

    /// What an agent does about letters that wait for a person: the citizen is called, or gets the letter a second time.
    pub(crate) fn look_after(&mut self) -> Result<(), Box<dyn Error>> {
        let agent = AgentId::new("postmaster");
        for stuck in self.outbox.stuck(BATCH)? {
            let (case, number) = (&stuck.case, stuck.letter.number);
            match &stuck.letter.status {
                LetterStatus::Unknown { .. } if self.dice.below(2) == 0 => {
                    self.outbox.resend(case, number, &agent)?;
                    self.count("sent_again");
                }
                LetterStatus::Unknown { .. } => {
                    self.outbox.let_go(case, number, &agent)?;
                    self.count("unknown");
                }
                LetterStatus::Held { .. } => {
                    self.outbox.let_go(case, number, &agent)?;
                    self.count("held");
                }
                _ => {
                    self.outbox.let_go(case, number, &agent)?;
                    self.count("dead_letters");
                }
            }
        }
        Ok(())
    }
}
