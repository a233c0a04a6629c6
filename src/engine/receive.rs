//! Handling a message: read, analyze, plan, commit; again from the start when the commit conflicts.

use super::Engine;
use super::analyze::dispose;
use super::compiled::CompiledRulebook;
use super::destination::Destination;
use super::error::{Error, InvalidMessage};
use super::incoming::Incoming;
use super::plan::{Plan, PlanInput, plan};
use super::situation::{Arrived, Situation};
use crate::message::{MAX_ID_BYTES, Message, MessageKey};
use crate::reply::Outcome;
use crate::store::{Conflict, StoreError, retry_on_conflict};

/// The number of attempts at one message.
///
/// A conflict means that another message of the same citizen, or the same message on another node, was
/// committed in between. Sixteen conflicts in a row have another cause.
const ATTEMPTS: usize = 16;

impl Engine {
    /// Handles a message and returns its outcome, which is committed by then.
    ///
    /// A message that was handled before, here or on another node of the same store, gets its stored outcome
    /// again.
    ///
    /// At most [`MAX_CHARS`](crate::message::MAX_CHARS) characters of the text are read.
    ///
    /// ```
    /// use civic_reply::message::{Content, MessageKey};
    /// use civic_reply::{Engine, MemoryStore, Message, Outcome, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let builder = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new());
    /// # let engine = builder.check_examples(false).build()?;
    /// let key = MessageKey::new("gov-wechat".into(), "citizen-42".into(), "msg-1");
    /// let message = Message::new(key, Content::text("新生儿怎么上户口?"));
    /// match engine.receive(message)? {
    ///     Outcome::Replied(reply) => println!("send {reply}"),
    ///     Outcome::Queued { reply, case } => println!("send {reply}; case {} is queued", case.id()),
    ///     Outcome::Silent { reason } => println!("send nothing: {reason}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if an identifier is empty or longer than [`MAX_ID_BYTES`], [`Error::Store`] if the
    /// store failed, [`Error::Busy`] if the commit kept conflicting. Nothing was recorded then, and the
    /// channel may deliver the message again.
    pub fn receive(&self, message: Message) -> Result<Outcome, Error> {
        check(message.key())?;
        let compiled = self.compiled();
        let incoming = Incoming::new(&message);
        let mut numbers_taken = 0;
        let outcome = retry_on_conflict(ATTEMPTS, |conflict| {
            if let Some(Conflict::Case(_)) = conflict {
                numbers_taken += 1;
            }
            self.attempt(&compiled, &incoming, numbers_taken)
        });
        match outcome {
            Err(Error::Store(StoreError::Conflict(_))) => Err(Error::Busy { attempts: ATTEMPTS }),
            outcome => outcome,
        }
    }

    /// One pass over the message. `numbers_taken` counts the case numbers that turned out to be taken.
    fn attempt(
        &self,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'_>,
        numbers_taken: usize,
    ) -> Result<Outcome, Error> {
        let store = self.store();
        let situation = match Situation::read(store, self.lookups(), compiled, incoming)? {
            Arrived::Before(handled) => return Ok(handled.outcome),
            Arrived::New(situation) => situation,
        };
        let now = self.now();
        let disposition = dispose(compiled, incoming, &situation, now);
        let lookups = self.lookups();
        let destination =
            Destination::read(store, lookups, compiled, incoming, &situation, &disposition, now)?;
        let input = PlanInput {
            compiled,
            incoming,
            situation: &situation,
            destination: &destination,
            now,
            numbers_taken,
        };
        let Plan { change, handled } = plan(&input, disposition);
        store.commit(change)?;
        Ok(handled.outcome)
    }
}

/// Checks the identifiers of a message.
pub(super) fn check(key: &MessageKey) -> Result<(), InvalidMessage> {
    for (what, id) in [
        ("account", key.account().as_str()),
        ("sender", key.sender().as_str()),
        ("id", key.id()),
    ] {
        if id.is_empty() {
            return Err(InvalidMessage::EmptyId { what });
        }
        if id.len() > MAX_ID_BYTES {
            return Err(InvalidMessage::LongId {
                what,
                bytes: id.len(),
            });
        }
    }
    Ok(())
}
