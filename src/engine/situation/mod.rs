//! The first read: everything in the store that a message is judged by.

mod citizen_cases;
mod related;

pub(crate) use citizen_cases::CitizenCases;
pub(crate) use related::{RelatedCases, held_for};

use jiff::Timestamp;

use super::analyze::MessageContext;
use super::compiled::CompiledRulebook;
use super::host_lookups::HostLookups;
use super::incoming::Incoming;
use crate::case::Case;
use crate::conversation::heard_here;
use crate::message::Conversation;
use crate::reply::Handled;
use crate::store::{Arrival, Store, StoreError};

/// A message that was handled before, or the situation of a new one.
pub(super) enum Arrived<'a> {
    Before(Box<Handled>),
    New(Box<Situation<'a>>),
}

/// The state of the store that a message arrives in.
pub(super) struct Situation<'a> {
    pub(super) conversation: Conversation,
    /// The cases that the message may be about.
    pub(super) related: RelatedCases,
    /// All cases of the person, on every account.
    pub(super) citizen_cases: CitizenCases<'a>,
}

impl<'a> Situation<'a> {
    /// Reads the situation in one round trip, and one for each other id of the person. A store that does not
    /// return the cases at once needs another one.
    pub(super) fn read(
        store: &'a dyn Store,
        lookups: &HostLookups,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'a>,
    ) -> Result<Arrived<'a>, StoreError> {
        let Arrival {
            handled,
            conversation,
            cases,
        } = store.arrival(incoming.message.key())?;
        match handled {
            Some(handled) => Ok(Arrived::Before(Box::new(handled))),
            None => Self::with(store, lookups, compiled, incoming, conversation, cases)
                .map(|situation| Arrived::New(Box::new(situation))),
        }
    }

    /// Reads the situation of a message whether it was handled before or not.
    pub(super) fn read_again(
        store: &'a dyn Store,
        lookups: &HostLookups,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'a>,
    ) -> Result<Self, StoreError> {
        let conversation = store.conversation(incoming.account(), incoming.sender())?;
        Self::with(store, lookups, compiled, incoming, conversation, None)
    }

    /// The context of a judgement at `now`. The menu is not the last thing that the citizen saw if an agent's
    /// letter about one of the cases came after it.
    pub(super) fn context(&self, compiled: &CompiledRulebook, now: Timestamp) -> MessageContext<'_> {
        let conversation = &self.conversation;
        let shown = conversation
            .menu
            .as_ref()
            .and_then(|menu| menu.shown_at.or(conversation.last_at));
        let mut cases = self.related.case.iter().chain(&self.related.others);
        MessageContext {
            menu_is_last: cases.all(|case| heard_here(case, conversation) <= shown),
            ..MessageContext::new(compiled, conversation, now)
        }
    }

    fn with(
        store: &'a dyn Store,
        lookups: &HostLookups,
        compiled: &CompiledRulebook,
        incoming: &Incoming<'a>,
        conversation: Conversation,
        cases: Option<Vec<Case>>,
    ) -> Result<Self, StoreError> {
        let citizen_cases = CitizenCases::new(store, lookups.person(incoming), cases);
        let related = RelatedCases::read(store, compiled, incoming, &conversation, &citizen_cases)?;
        Ok(Self {
            conversation,
            related,
            citizen_cases,
        })
    }
}
