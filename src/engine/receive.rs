//! A message's way: seen before, decided, planned, committed; tried again where somebody else was quicker.

use super::availability::{Availability, availability_for};
use super::duplicates::same_matter;
use super::follow_up::{self, refused};
use super::plan::{Context, plan};
use super::queue_estimate::ahead;
use super::related::{OfCitizen, Related};
use super::{Engine, Error, InvalidMessage};
use crate::message::{MAX_ID_BYTES, Message, MessageKey};
use crate::reply::{FollowedUp, Outcome};
use crate::store::{Arrival, Conflict, StoreError};

/// How often a message is tried again. A conflict means that another message of the same citizen, or the same one on
/// another node, was committed in between; more than a few in a row mean something else.
const ATTEMPTS: usize = 16;

impl Engine {
    /// Handles a message: what comes back was committed before.
    ///
    /// A message that was handled before, here or on another node of the same store, gets its stored outcome again.
    /// `Err` means that nothing was recorded, and that the channel may deliver the message again.
    ///
    /// Text over [`MAX_CHARS`](crate::message::MAX_CHARS) characters is read up to there.
    pub fn receive(&self, message: Message) -> Result<Outcome, Error> {
        check(message.key())?;
        let store = &self.inner.store;
        let compiled = self.compiled();
        let mut numbers_taken = 0;
        for _ in 0..ATTEMPTS {
            let Arrival {
                handled,
                conversation,
                cases,
            } = store.arrival(message.key())?;
            if let Some(handled) = handled {
                return Ok(handled.outcome);
            }
            let of_citizen = OfCitizen::new(&**store, message.sender(), cases);
            let now = self.inner.clock.now();
            let decision = compiled.decide(message.body(), message.account(), &conversation, now);
            let related = Related::read(&**store, &compiled, &message, &conversation, &of_citizen)?;
            let goes_on = related.match_follow_up(&compiled, &message, &conversation, &decision, now);
            let mut context = Context {
                compiled: &compiled,
                message: &message,
                conversation: &conversation,
                decision,
                refused: false,
                now,
                attempt: numbers_taken,
                same_matter: None,
                ahead: 0,
                availability: Availability::Available,
            };
            let follow_up = compiled.rulebook.follow_up.as_ref();
            let availability = self.inner.availability.as_ref();
            let followed = match (goes_on, follow_up, conversation.unrated_answer(now)) {
                (Some(goes_on), _, Some(unrated)) if goes_on.how == FollowedUp::Refused => {
                    context.decision = refused(context.decision, unrated);
                    context.refused = true;
                    None
                }
                // What the case does not allow any more is a matter of its own.
                (Some(goes_on), Some(follow_up), _) => {
                    let case = goes_on.case;
                    context.availability =
                        availability_for(availability, &compiled, &message, &context.decision, case);
                    follow_up::plan(&context, follow_up, goes_on).ok()
                }
                _ => None,
            };
            let (mut change, handled) = match followed {
                Some(followed) => followed,
                None => {
                    let same_person = self.inner.same_person.as_ref();
                    let decision = &context.decision;
                    context.same_matter = same_matter(
                        &**store,
                        same_person,
                        &compiled,
                        &message,
                        decision,
                        &of_citizen,
                        now,
                    )?;
                    context.ahead = ahead(&**store, &compiled, &message, &context.decision)?;
                    let case = context.same_matter.as_ref();
                    context.availability =
                        availability_for(availability, &compiled, &message, &context.decision, case);
                    plan(context)
                }
            };
            related.release_held(&mut change, &message, now);
            match store.commit(change) {
                Ok(()) => return Ok(handled.outcome),
                // What somebody else made of the same message is what comes back; of another one of the same citizen, this one goes on.
                Err(StoreError::Conflict(Conflict::Handled | Conflict::Conversation)) => {}
                Err(StoreError::Conflict(Conflict::Case(_))) => numbers_taken += 1,
                Err(error) => return Err(error.into()),
            }
        }
        Err(Error::Busy { attempts: ATTEMPTS })
    }
}

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
