//! Messages that a machine wrote: the channel says so, or the same words come after each letter.

use jiff::{SignedDuration, Timestamp};

use super::disposition::Disposition;
use super::taken_up::TakenUp;
use crate::case::{Case, Event, LetterStatus, Priority, State, TranscriptEntry};
use crate::catalogue::text;
use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::Incoming;
use crate::engine::situation::Situation;
use crate::message::AgentId;
use crate::reply::{DecidedBy, Reason};
use crate::text::fold;
use crate::workflow::{Command, ENGINE, transition};

/// The most characters of an automatic message that a note keeps. The words of the machine come first, and
/// then often a copy of the letter.
const NOTE_CHARS: usize = 1_000;

/// The most such notes of a case.
const MAX_NOTES: usize = 20;

/// A message of a machine, and the note that keeps it.
pub(crate) struct AutomaticMove<'a> {
    pub(crate) decision: Decision,
    /// The case that it is noted at. Without events, the case has the note already.
    pub(crate) noted: Option<(&'a Case, Vec<Event>)>,
}

impl<'a> AutomaticMove<'a> {
    pub(crate) fn new(
        compiled: &CompiledRulebook,
        incoming: &Incoming<'_>,
        situation: &'a Situation<'_>,
        mut decision: Decision,
        now: Timestamp,
    ) -> Self {
        let noted = noted(compiled, incoming, situation, now);
        decision.reasons.push(Reason::Automatic {
            marked: incoming.message.is_automatic(),
            case: noted.as_ref().map(|(case, _)| case.id.clone()),
        });
        Self { decision, noted }
    }
}

/// Treats a message that the channel marks. Danger reaches a person, once for the same words while nobody has
/// answered.
pub(crate) fn marked<'a>(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &'a Situation<'_>,
    mut decision: Decision,
    now: Timestamp,
) -> Disposition<'a> {
    let open = |case: &&Case| !case.state.is_over() && case.state != State::Answered;
    let mut open = situation.citizen_cases.known().iter().filter(open);
    if is_danger(&decision) && !open.any(|case| fold(&case.text).bare() == incoming.text.bare()) {
        decision.reasons.push(Reason::Automatic {
            marked: true,
            case: None,
        });
        return Disposition::NewMatter {
            decision,
            taken_up: TakenUp::Nothing,
        };
    }
    Disposition::Automatic(AutomaticMove::new(compiled, incoming, situation, decision, now))
}

/// Whether a message that would open a case is the text of an auto-responder: it comes soon after a letter,
/// and its words came soon after an earlier letter, too. Danger and a request for a person always reach one.
pub(crate) fn comes_back(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &Situation<'_>,
    decision: &Decision,
    now: Timestamp,
) -> bool {
    let Some(follow_up) = &compiled.rulebook.follow_up else {
        return false;
    };
    if is_danger(decision) || !opens_a_case(decision) {
        return false;
    }
    let cases = situation.citizen_cases.known();
    let letters = Letters {
        sent: cases.iter().flat_map(|case| sent(case, situation)).collect(),
        soon: SignedDuration::from_mins(i64::from(follow_up.repeat_minutes)),
    };
    let Some(last) = letters.answered_at(incoming.written_at(now)) else {
        return false;
    };
    let mut earlier = cases.iter().flat_map(words);
    earlier.any(|(text, at)| {
        let to_earlier = letters.answered_at(at).is_some_and(|letter| letter < last);
        to_earlier && fold(text).bare() == incoming.text.bare()
    })
}

fn is_danger(decision: &Decision) -> bool {
    let urgent = Priority::Urgent;
    matches!(decision.verdict, Verdict::Person { priority, .. } if priority == urgent)
}

fn opens_a_case(decision: &Decision) -> bool {
    let by = match &decision.verdict {
        Verdict::Person { by, .. } => by,
        _ => return false,
    };
    matches!(by, DecidedBy::Nobody | DecidedBy::Rule(_))
}

/// The times of the letters that reached the citizen, as far as is known.
struct Letters {
    sent: Vec<Timestamp>,
    /// How close to a letter the reply of a machine comes. The host may report late that it was delivered.
    soon: SignedDuration,
}

impl Letters {
    /// The last letter that a message of this time may be the reply of a machine to.
    fn answered_at(&self, message: Timestamp) -> Option<Timestamp> {
        let close = |letter: &Timestamp| message.duration_since(*letter).abs() <= self.soon;
        self.sent.iter().copied().filter(close).max()
    }
}

fn sent<'a>(case: &'a Case, situation: &'a Situation<'_>) -> impl Iterator<Item = Timestamp> + 'a {
    let person = situation.citizen_cases.person();
    let letters = case.handling.contact.letters.iter();
    let theirs = letters.filter(|letter| case.addressee(letter).is_some_and(|to| person.wrote(to)));
    theirs.filter_map(|letter| match letter.status {
        LetterStatus::Delivered { at } => Some(at),
        LetterStatus::Failed { .. } | LetterStatus::Held { .. } | LetterStatus::Dismissed { .. } => None,
        _ => Some(letter.posted),
    })
}

/// What the citizen wrote about a case, and when.
fn words(case: &Case) -> impl Iterator<Item = (&str, Timestamp)> {
    let later = case.transcript.iter().filter_map(|entry| match entry {
        TranscriptEntry::ByCitizen { text, at, .. } => Some((text.as_str(), *at)),
        TranscriptEntry::ByOffice { .. } => None,
    });
    std::iter::once((case.text.as_str(), case.arrived)).chain(later)
}

/// The first case that takes a note: the one that the citizen wrote about last, if it is not closed.
fn noted<'a>(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &'a Situation<'_>,
    now: Timestamp,
) -> Option<(&'a Case, Vec<Event>)> {
    let message = incoming.kept_text();
    if message.trim().is_empty() {
        return None;
    }
    let message: String = message.chars().take(NOTE_CHARS).collect();
    let note = Command::Note {
        by: AgentId::new(ENGINE),
        text: text!("automatic-message", message = message),
    };
    let last = situation.related.case.iter();
    let cases = last.chain(situation.citizen_cases.known());
    let mut cases = cases.filter(|case| !case.is_joined_part());
    cases.find_map(|case| {
        let events = transition(case, &note, &compiled.desk_config, now).ok()?;
        let events = if is_kept(case, &events) {
            Vec::new()
        } else {
            events
        };
        Some((case, events))
    })
}

/// Whether the case has the note already, or enough notes of machines.
fn is_kept(case: &Case, events: &[Event]) -> bool {
    let notes = &case.handling.internal.notes;
    let own = notes.iter().filter(|note| note.by.as_str() == ENGINE);
    let has = |event: &Event| match event {
        Event::Noted { note } => notes.iter().any(|kept| kept.text == note.text),
        _ => false,
    };
    own.count() >= MAX_NOTES || events.iter().any(has)
}
