//! The contact with the citizen about a case: letters, and replies that are awaited.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Event, Letter, letter};

/// The contact with the citizen about a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Contact {
    /// The letters to the citizens of the case, in the order of writing: those that are still to be dealt with,
    /// and the latest [`MAX_SETTLED_LETTERS`](super::MAX_SETTLED_LETTERS) others.
    pub letters: Vec<Letter>,
    /// How many older letters are in the journal only.
    pub letters_left_out: u32,
    /// Whether the citizen was told that an agent is in the conversation, and has neither heard from that
    /// agent nor been told that the agent left.
    pub agent_announced: bool,
    /// The time at which the announced agent counts as gone, unless there is a sign of work before.
    pub idle_from: Option<Timestamp>,
    /// The open question to the citizen; `None` while no reply is awaited.
    pub awaited_reply: Option<AwaitedReply>,
    /// Whether the case went on without the reply to a question. A late reply still belongs to the question.
    pub unreplied: bool,
    /// The end of the citizen's time for saying whether the answer settled the matter. The case lapses then.
    pub confirm_until: Option<Timestamp>,
    /// The citizens who said that the matter is settled, by the index of their first message in
    /// [`Case::recipients`](super::Case::recipients). Answers and questions no longer go to them, until they
    /// write again.
    pub confirmed: Vec<usize>,
    /// How often the citizen asked to hurry since the last answer or reopening.
    pub chasers: u32,
    /// The last time.
    pub chased_at: Option<Timestamp>,
}

/// The times of a question to the citizen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AwaitedReply {
    /// The time of the reminder; `None` if there is none, or it was sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<Timestamp>,
    /// The time at which the case returns to the queue without a reply.
    pub until: Timestamp,
}

impl AwaitedReply {
    /// The next of the two times.
    pub(super) fn next(self) -> Timestamp {
        self.reminder.map_or(self.until, |at| at.min(self.until))
    }
}

impl Contact {
    /// Applies an event. `several` says whether other cases are merged into this one. Of several citizens,
    /// the others can still reply after the first reply.
    pub(super) fn apply(&mut self, event: &Event, several: bool) {
        let dropped = letter::apply(&mut self.letters, event);
        self.letters_left_out = self.letters_left_out.saturating_add(dropped);
        self.announce(event);
        match event {
            Event::AwaitsReply { awaited_reply } => self.awaited_reply = Some(*awaited_reply),
            Event::Chased { at } => {
                self.chasers = self.chasers.saturating_add(1);
                self.chased_at = Some(*at);
            }
            Event::Answered { .. } => {
                self.unreplied = false;
                (self.chasers, self.chased_at) = (0, None);
            }
            Event::Asked { .. } => self.unreplied = false,
            Event::Resumed { .. } => (self.awaited_reply, self.unreplied) = (None, true),
            Event::CitizenWrote { from, .. } => {
                self.unreplied = self.awaited_reply.take().is_some() && several;
                self.confirmed.retain(|citizen| citizen != from);
            }
            Event::Absorbed {
                unreplied, confirmed, ..
            } => {
                self.unreplied |= unreplied;
                self.confirmed.clone_from(confirmed);
            }
            Event::Confirmed { by } => {
                self.confirmed.extend_from_slice(by);
                self.confirmed.sort_unstable();
                self.confirmed.dedup();
            }
            Event::AskedIfSolved { until } => self.confirm_until = Some(*until),
            Event::Ended { .. } => {
                (self.awaited_reply, self.unreplied) = (None, false);
                self.confirm_until = None;
            }
            Event::Reopened { by, .. } => {
                self.confirm_until = None;
                self.confirmed
                    .retain(|citizen| !by.is_empty() && !by.contains(citizen));
            }
            _ => {}
        }
    }

    /// Applies an event to the citizen's belief that an agent is in the conversation.
    fn announce(&mut self, event: &Event) {
        match event {
            Event::AgentAnnounced { until } => (self.agent_announced, self.idle_from) = (true, *until),
            // After a takeover the new holder has at least the time of the lease.
            Event::Claimed { claim } => self.idle_from = self.idle_from.map(|idle| idle.max(claim.until)),
            Event::Answered { .. } | Event::Asked { .. } | Event::HandedBack | Event::Merged { .. } => {
                (self.agent_announced, self.idle_from) = (false, None);
            }
            _ => {}
        }
    }
}
