//! The citizens' own judgement of an answer: each of several speaks for themselves.

use jiff::Timestamp;

use super::command::Command;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::transition::transition;
use crate::case::{Case, Ending, Event};

/// The citizens of these recipients, each once. Refuses an index that the case does not have.
pub(super) fn citizens(case: &Case, recipients: &[usize]) -> Result<Vec<usize>, CommandError> {
    let citizen = |&recipient: &usize| {
        case.citizen_of(recipient)
            .ok_or(CommandError::NoRecipient(recipient))
    };
    let mut citizens = recipients.iter().map(citizen).collect::<Result<Vec<_>, _>>()?;
    citizens.sort_unstable();
    citizens.dedup();
    Ok(citizens)
}

/// The event of citizens who say that the answer settled their matter.
pub(super) fn confirmed(case: &Case, by: &[usize]) -> Result<Vec<Event>, CommandError> {
    let by = citizens(case, by)?;
    Ok(vec![Event::Confirmed { by }])
}

/// Closes a case once each of its citizens has said that the matter is settled. Empty for every other case.
pub(crate) fn close_confirmed(
    case: &Case,
    events: &[Event],
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    if !events
        .iter()
        .any(|event| matches!(event, Event::Confirmed { .. }))
    {
        return Ok(Vec::new());
    }
    let after = events.iter().fold(case.clone(), Case::apply);
    let confirmed = &after.handling.contact.confirmed;
    if !after.citizens().iter().all(|citizen| confirmed.contains(citizen)) {
        return Ok(Vec::new());
    }
    transition(&after, &Command::Close { how: Ending::Solved }, config, now)
}

/// The citizens of `case` after `other` was merged into it who have said that the matter is settled: those of
/// each case who said so and have no open matter in the other one.
pub(super) fn after_merger(case: &Case, other: &Case) -> Vec<usize> {
    let (ours, theirs) = (case.recipients(), other.recipients());
    let is_one = |one: usize, another: usize| {
        let (one, another) = (ours.get(one), theirs.get(another));
        one.zip(another).is_some_and(|(one, another)| {
            one.account() == another.account() && one.sender() == another.sender()
        })
    };
    let open = |other: &Case| {
        let confirmed = other.handling.contact.confirmed.clone();
        let citizens = other.citizens().into_iter();
        citizens
            .filter(|citizen| !confirmed.contains(citizen))
            .collect::<Vec<_>>()
    };
    let (our_open, their_open) = (open(case), open(other));
    let ours_confirmed = case.handling.contact.confirmed.iter().copied();
    let kept = ours_confirmed.filter(|&own| !their_open.iter().any(|&another| is_one(own, another)));
    let theirs_confirmed = other.handling.contact.confirmed.iter().copied();
    let taken = theirs_confirmed.filter(|&another| !our_open.iter().any(|&own| is_one(own, another)));
    let known = |another: &usize| (0..ours.len()).any(|own| is_one(own, *another));
    kept.chain(
        taken
            .filter(|another| !known(another))
            .map(|another| another + ours.len()),
    )
    .collect()
}
