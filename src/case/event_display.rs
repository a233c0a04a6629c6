//! Events as text for an agent.

use std::fmt;

use super::{AlarmKind, Ending, Event, LetterStatus};
use crate::catalogue::text;
use crate::reply::Action;

/// One line for the history of a case, without a full stop. It shows ids, departments and times, and no words
/// of a citizen or an agent, so that it may be logged.
///
/// ```
/// use civic_reply::case::Event;
///
/// let event = Event::Answered { text: "A technician comes today.".into(), facts: None };
/// assert_eq!(event.to_string(), "the citizen was answered");
/// ```
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(self))
    }
}

fn shown(event: &Event) -> String {
    match event {
        Event::Handled { action, .. } => text!("event-handled", action = handled(*action)),
        Event::Feedback { .. } => text!("event-feedback"),
        Event::Opened { case } => match case.next_deadline() {
            Some(next) => text!("event-opened", department = case.department, due = next.due),
            None => text!("event-opened-undated", department = case.department),
        },
        Event::Claimed { claim } => text!("event-claimed", agent = claim.agent),
        Event::Renewed { claim } => text!("event-renewed", agent = claim.agent),
        Event::Released => text!("event-released"),
        Event::Answered { .. } => text!("event-answered"),
        Event::Asked { .. } => text!("event-asked"),
        Event::AwaitsReply { .. } => text!("event-awaits-reply"),
        Event::Resumed { silent: true } => text!("event-resumed-silent"),
        Event::Resumed { silent: false } => text!("event-resumed"),
        Event::CitizenWrote { .. } => text!("event-citizen-wrote"),
        Event::Chased { .. } => text!("event-chased"),
        Event::DeadlineDone { clock, .. } => text!("event-deadline-done", clock = clock),
        Event::Raised { clock, alarm } => match alarm.kind {
            AlarmKind::Warning(_) => text!("event-warning", clock = clock),
            AlarmKind::NotCovered => text!("event-not-covered", clock = clock),
            AlarmKind::Breach => text!("event-breach", clock = clock),
        },
        Event::DeadlineSet { deadline } => {
            text!("event-deadline-set", clock = deadline.clock, due = deadline.due)
        }
        Event::Drafted { .. } => text!("event-drafted"),
        Event::Noted { note } => text!("event-noted", agent = note.by),
        Event::Supervised { supervision } => text!("event-supervised", agent = supervision.by),
        Event::Ended { how } => ended(*how),
        Event::Closed => text!("event-closed"),
        Event::Confirmed { by } => text!("event-confirmed", citizens = by.len()),
        Event::Reopened { .. } => text!("event-reopened"),
        Event::Erased { .. } => text!("event-erased"),
        Event::RecipientsErased { .. } => text!("event-recipients-erased"),
        Event::Forgotten { places } => text!("event-forgotten", records = places.len()),
        Event::Pruned { cases, .. } => text!("event-pruned", cases = cases.len()),
        Event::Transferred { offer } => {
            text!("event-transferred", agent = offer.by, department = offer.to)
        }
        Event::Accepted {
            department,
            silent: true,
            ..
        } => {
            text!("event-accepted-silent", department = department)
        }
        Event::Accepted { department, .. } => text!("event-accepted", department = department),
        Event::Returned { returned } => text!("event-returned", department = returned.from),
        Event::Decided {
            owner, department, ..
        } => {
            text!("event-decided", agent = owner, department = department)
        }
        Event::Reassigned { department, .. } => text!("event-reassigned", department = department),
        Event::Merged { into } => text!("event-merged", case = into),
        Event::MergerSeen => text!("event-merger-seen"),
        Event::Absorbed { duplicates, .. } => text!("event-absorbed", cases = duplicates.len()),
        Event::SplitOff { part } => text!("event-split-off", case = part),
        Event::PartGiven { part, department } => {
            text!("event-part-given", case = part, department = department)
        }
        Event::PartAnswered { part, .. } => text!("event-part-answered", case = part),
        Event::Posted { .. } => text!("event-posted"),
        Event::AskedIfSolved { .. } => text!("event-asked-if-solved"),
        Event::AgentAnnounced { .. } => text!("event-agent-announced"),
        Event::HandedBack => text!("event-handed-back"),
        Event::LetterMoved { number, status } => letter(*number, status),
    }
}

fn handled(action: Action) -> String {
    match action {
        Action::Answer => text!("action-answer"),
        Action::Clarify => text!("action-clarify"),
        Action::Escalate => text!("action-escalate"),
        Action::FollowUp => text!("action-follow-up"),
        Action::Silent => text!("action-silent"),
    }
}

fn ended(how: Ending) -> String {
    match how {
        Ending::Solved => text!("event-ended-solved"),
        Ending::Done => text!("event-ended-done"),
        Ending::Lapsed => text!("event-ended-lapsed"),
        Ending::Withdrawn => text!("event-ended-withdrawn"),
        Ending::Merged => text!("event-ended-merged"),
    }
}

fn letter(number: u32, status: &LetterStatus) -> String {
    match status {
        LetterStatus::Waiting { .. } => text!("event-letter-waiting", number = number),
        LetterStatus::Leased { .. } => text!("event-letter-leased", number = number),
        LetterStatus::Delivered { .. } => text!("event-letter-delivered", number = number),
        LetterStatus::Unknown { .. } => text!("event-letter-unknown", number = number),
        LetterStatus::Failed { .. } => text!("event-letter-failed", number = number),
        LetterStatus::Held { .. } => text!("event-letter-held", number = number),
        LetterStatus::Dismissed { .. } => text!("event-letter-dismissed", number = number),
    }
}
