//! Splitting a case: a second matter with a case of its own, or parts with joined answers.

use jiff::Timestamp;

use super::command::Command;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::transition::{checked, transition};
use crate::case::{
    Case, CaseId, ClockKind, DeadlineStatus, Ending, Event, Handling, Parent, Relations, State,
};
use crate::message::{DepartmentId, ThemeId};
use crate::time::{self, Policy};

/// A matter that gets a case of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Matter {
    /// The citizen's words, or the request to the other department; 1 to
    /// [`MAX_CHARS`](crate::message::MAX_CHARS) characters.
    pub text: String,
    /// The department that gets the case.
    pub department: DepartmentId,
    /// The theme of the new case; `None` takes the theme of the case.
    pub theme: Option<ThemeId>,
}

/// Closes a joined part once it is answered. Empty for every other case.
pub(crate) fn close_answered_part(
    part: &Case,
    events: &[Event],
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    if !part.is_joined_part() || !events.iter().any(|event| matches!(event, Event::Answered { .. })) {
        return Ok(Vec::new());
    }
    let answered = events.iter().fold(part.clone(), Case::apply);
    transition(&answered, &Command::Close { how: Ending::Done }, config, now)
}

/// The command by which the whole case takes the answer of a part, with the number of the whole case; `None`
/// if `part` is not a closed part.
pub(crate) fn take_part(part: &Case) -> Option<(&CaseId, Command)> {
    let parent = part.handling.relations.parent.as_ref();
    let parent = parent.filter(|parent| parent.joined && part.state == State::Closed)?;
    let ending = part.handling.ending.map_or("", Ending::name);
    let take = Command::TakePart {
        part: part.id.clone(),
        // A part of an older version could be closed without an answer.
        text: part.answer.clone().unwrap_or_else(|| format!("({ending})")),
    };
    Some((&parent.case, take))
}

/// The new case of a matter that is taken out of `whole`.
///
/// It counts from the same arrival and has the same open deadlines. A joined part takes no deadline towards
/// the citizen: those stay with the whole case.
pub(crate) fn new_part(
    whole: &Case,
    config: &DeskConfig,
    matter: &Matter,
    joined: bool,
    now: Timestamp,
) -> Result<Case, CommandError> {
    config.check_destination(&matter.department, matter.theme.as_ref())?;
    let number = whole.handling.relations.split_off.len() + whole.handling.relations.parts.len() + 1;
    let taken = |clock| match clock {
        ClockKind::FirstReply | ClockKind::Resolution => true,
        ClockKind::Promise | ClockKind::Delivery => !joined,
        ClockKind::SatisfactionCheck => false,
    };
    let open = |status| !matches!(status, DeadlineStatus::Done { .. });
    let deadlines = whole.deadlines.iter();
    let deadlines = deadlines.filter(|deadline| open(deadline.status) && taken(deadline.clock));
    let mut deadlines: Vec<_> = deadlines.cloned().collect();
    if deadlines.is_empty() {
        let fallback = Policy::fallback(whole.priority);
        let first_reply = time::deadline(&config.calendar, &fallback, ClockKind::FirstReply, now);
        deadlines.extend(first_reply);
    }
    let relations = Relations {
        parent: Some(Parent {
            case: whole.id.clone(),
            joined,
        }),
        ..Relations::default()
    };
    Ok(Case {
        id: CaseId::new(format!("{}-{number}", whole.id)),
        version: 0,
        key: whole.key.clone(),
        sender_name: whole.sender_name.clone(),
        text: checked(&matter.text)?,
        earlier: Vec::new(),
        transcript: Vec::new(),
        transcript_left_out: 0,
        arrived: whole.arrived,
        state: State::Waiting,
        priority: whole.priority,
        theme: matter.theme.clone().or_else(|| whole.theme.clone()),
        department: matter.department.clone(),
        deadlines,
        claim: None,
        answer: None,
        handling: Handling {
            relations,
            ..Handling::default()
        },
        note: None,
        reasons: whole.reasons.clone(),
        rulebook: whole.rulebook.clone(),
    })
}
