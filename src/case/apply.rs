//! The effect of an event on its case.

use super::erasure::erase_recipients;
use super::transcript::bound;
use super::{Alarm, Case, Deadline, DeadlineStatus, Event, MAX_DONE_DEADLINES, State, TranscriptEntry};

impl Case {
    /// The case after `event`. A case changes in no other way.
    ///
    /// The event is not checked: [`transition`](crate::workflow::transition) decided that the move is legal
    /// before the record was written.
    #[must_use]
    pub fn apply(mut self, event: &Event) -> Self {
        self.handling.apply(event);
        match event {
            Event::Handled { .. }
            | Event::Feedback { .. }
            | Event::Forgotten { .. }
            | Event::Pruned { .. } => return self,
            Event::Opened { case } => return (**case).clone(),
            Event::Claimed { claim } | Event::Renewed { claim } => {
                self.state = State::Claimed;
                self.claim = Some(claim.clone());
            }
            Event::Released => {
                self.state = State::Waiting;
                self.claim = None;
            }
            Event::Answered { text, .. } => {
                self.state = State::Answered;
                self.claim = None;
                self.answer = Some(text.clone());
            }
            Event::Asked { text } => {
                self.state = State::AwaitingCitizen;
                self.claim = None;
                self.transcript
                    .push(TranscriptEntry::ByOffice { text: text.clone() });
            }
            Event::CitizenWrote { text, at, from } => {
                if self.state == State::AwaitingCitizen {
                    self.state = State::Waiting;
                }
                self.transcript.push(TranscriptEntry::ByCitizen {
                    text: text.clone(),
                    at: *at,
                    from: *from,
                });
            }
            Event::Resumed { .. } => self.state = State::Waiting,
            Event::DeadlineDone { clock, at } => {
                for deadline in &mut self.deadlines {
                    let done = matches!(deadline.status, DeadlineStatus::Done { .. });
                    if deadline.clock == *clock && !done {
                        deadline.status = DeadlineStatus::Done { at: *at };
                    }
                }
            }
            Event::Raised { clock, alarm } => {
                let same = |known: &Alarm| known.kind == alarm.kind && known.threshold == alarm.threshold;
                let open = self
                    .deadlines
                    .iter_mut()
                    .filter(|deadline| deadline.clock == *clock);
                let alarms = open.flat_map(|deadline| &mut deadline.history.alarms);
                for known in alarms.filter(|known| known.raised.is_none() && same(known)) {
                    known.raised = alarm.raised;
                }
            }
            Event::DeadlineSet { deadline } => {
                let done = |known: &Deadline| matches!(known.status, DeadlineStatus::Done { .. });
                let same = |known: &&mut Deadline| known.clock == deadline.clock;
                // What was kept before the case was reopened stays kept, even if both are due at one time.
                if deadline.history.reopened.is_some() {
                    for kept in self.deadlines.iter_mut().filter(same).filter(|known| done(known)) {
                        kept.history.alarms.retain(|alarm| alarm.raised.is_some());
                    }
                }
                match self.deadlines.iter_mut().filter(same).find(|known| !done(known)) {
                    Some(known) => *known = (**deadline).clone(),
                    None => self.deadlines.push((**deadline).clone()),
                }
            }
            Event::Absorbed { priority, .. } => self.priority = self.priority.max(*priority),
            Event::Transferred { .. } => {
                self.state = State::Offered;
                self.claim = None;
            }
            Event::Returned { .. } => {
                self.state = State::Waiting;
                self.claim = None;
            }
            Event::Reopened { .. } => {
                self.state = State::Waiting;
                self.claim = None;
                // The next agent can read the earlier answer.
                let before = self.answer.take();
                self.transcript
                    .extend(before.map(|text| TranscriptEntry::ByOffice { text }));
            }
            Event::Accepted {
                department, theme, ..
            }
            | Event::Decided {
                department, theme, ..
            } => {
                self.state = State::Waiting;
                self.claim = None;
                self.department = department.clone();
                self.theme = theme.clone();
            }
            Event::Reassigned {
                department, theme, ..
            } => {
                self.department = department.clone();
                self.theme = theme.clone();
            }
            Event::Merged { .. } => {
                self.state = State::Merged;
                self.claim = None;
            }
            Event::Closed => {
                self.state = State::Closed;
                self.claim = None;
            }
            Event::Erased { .. } => self = self.erased(),
            Event::RecipientsErased { .. } => erase_recipients(&mut self.transcript),
            Event::Drafted { .. }
            | Event::Chased { .. }
            | Event::MergerSeen
            | Event::Noted { .. }
            | Event::Supervised { .. }
            | Event::SplitOff { .. }
            | Event::PartGiven { .. }
            | Event::PartAnswered { .. }
            | Event::Posted { .. }
            | Event::LetterMoved { .. }
            | Event::AskedIfSolved { .. }
            | Event::AwaitsReply { .. }
            | Event::AgentAnnounced { .. }
            | Event::HandedBack
            | Event::Confirmed { .. }
            | Event::Ended { .. } => {}
        }
        bound_deadlines(&mut self.deadlines);
        let dropped = bound(&mut self.transcript);
        self.transcript_left_out = self.transcript_left_out.saturating_add(dropped);
        self.version += 1;
        self
    }
}

/// Drops the oldest deadlines that are done, beyond [`MAX_DONE_DEADLINES`].
fn bound_deadlines(deadlines: &mut Vec<Deadline>) {
    let is_done = |deadline: &Deadline| matches!(deadline.status, DeadlineStatus::Done { .. });
    let done = deadlines.iter().filter(|deadline| is_done(deadline)).count();
    let mut excess = done.saturating_sub(MAX_DONE_DEADLINES);
    deadlines.retain(|deadline| {
        let goes = excess > 0 && is_done(deadline);
        excess -= usize::from(goes);
        !goes
    });
}
