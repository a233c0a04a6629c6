//! The records that a move leaves.

use jiff::Timestamp;

use super::clocks;
use super::command::Command;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::letters;
use super::moves::MOVES;
use super::question;
use super::transfer;
use crate::case::{Case, Duplicate, Event, LetterKind, Note, State, Supervision, SupervisionLevel};
use crate::message::MAX_CHARS;

/// The records that `command` leaves on `case`, in order; [`Case::apply`] makes them true. Pure: the clocks follow `config`.
///
/// # Errors
///
/// The state knows no such move, the claim has ended, a text is empty or too long, or a clock does not allow it.
pub fn transition(
    case: &Case,
    command: &Command,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let wanted = command.kind();
    if !MOVES
        .iter()
        .any(|&(from, by, _)| from == case.state && by == wanted)
    {
        return Err(CommandError::State {
            state: case.state,
            wanted,
        });
    }
    let holder = case.claim.as_ref().map(|claim| &claim.token);
    if command.token().is_some() && command.token() != holder {
        return Err(CommandError::NotHolder);
    }
    let then = |first: Event, clocks: Vec<Event>| std::iter::once(first).chain(clocks).collect();
    Ok(match command {
        Command::Claim(claim) => vec![Event::Claimed { claim: claim.clone() }],
        Command::Renew(claim) => vec![Event::Renewed { claim: claim.clone() }],
        Command::Release(_) => then(Event::Released, letters::handed_back(case, config, now)),
        Command::Draft { text, .. } => {
            let at_work = letters::at_work(case, config, now).into_iter().collect();
            then(Event::Drafted { text: said(text)? }, at_work)
        }
        Command::Answer { text, .. } => {
            let text = said(text)?;
            if let Some(open) = case.handling.parts.iter().find(|part| part.said.is_none()) {
                return Err(CommandError::PartOpen(open.case.clone()));
            }
            let posted = letters::answer(case, config, &text, now);
            let asking = &[LetterKind::Question, LetterKind::Reminder];
            let mut events = question::needless(case, asking, now);
            events.extend(then(
                Event::Answered { text },
                clocks::answered(case, config, now),
            ));
            events.into_iter().chain(posted).collect()
        }
        Command::Ask { text, .. } => {
            if case.is_joined_part() {
                return Err(CommandError::PartAsks);
            }
            let text = said(text)?;
            let posted = letters::posted(case, config, LetterKind::Question, &text, now);
            let events: Vec<Event> = then(Event::Asked { text }, clocks::stop(case, config, now));
            let kept = letters::promise_kept(case, now);
            let awaited_reply = question::awaits_reply(case, config, now);
            events
                .into_iter()
                .chain(kept)
                .chain(posted)
                .chain([awaited_reply])
                .collect()
        }
        Command::Resume { silent } => {
            let awaited_reply = case.handling.awaited_reply.filter(|_| *silent);
            if let Some(awaited_reply) = awaited_reply.filter(|awaited_reply| now < awaited_reply.until) {
                return Err(CommandError::ReplyTime(awaited_reply.until));
            }
            resumed(case, *silent, config, now)
        }
        Command::Write { text, at } => {
            // A channel's clock that runs ahead may not move a deadline away.
            let at = now.min(*at);
            let text = said(text)?;
            let mut events = clocks::wrote(case, config, at, now);
            events.extend(letters::attended(case, config, now));
            let wrote: Vec<Event> = then(Event::CitizenWrote { text, at }, events);
            let mut events = question::needless(case, &[LetterKind::Reminder], now);
            events.extend(wrote);
            // Who is held by an agent is told nothing but that.
            if case.lacks_reply() && case.state != State::Claimed {
                let back = events.iter().fold(case.clone(), Case::apply);
                events.extend(letters::promised_again(&back, config, now));
            }
            events
        }
        Command::Extend { more, .. } => {
            let extended = clocks::extended(case, config, more, now)?;
            let told = letters::extended(case, config, &extended, now);
            let events: Vec<Event> = then(extended, told);
            events
                .into_iter()
                .chain(letters::at_work(case, config, now))
                .collect()
        }
        Command::Promise { by, until, .. } => {
            let at_work = letters::at_work(case, config, now).into_iter().collect();
            let deadline = Box::new(letters::promised(case, config, by, *until, now)?);
            then(Event::DeadlineSet { deadline }, at_work)
        }
        Command::Reset { clock, wish } => vec![clocks::reset(case, config, *clock, wish)?],
        Command::Note { by, text } => vec![Event::Noted {
            note: Note {
                by: by.clone(),
                at: now,
                text: said(text)?,
            },
        }],
        Command::Transfer { by, offer, .. } => {
            let offered = transfer::offered(case, config, by, offer, now)?;
            then(offered, letters::handed_back(case, config, now))
        }
        Command::Accept { silent } => transfer::accepted(case, config, *silent, now)?,
        Command::Return { by, reason, text } => vec![transfer::returned(case, by, *reason, text, now)?],
        Command::Decide {
            owner,
            department,
            theme,
            reason,
        } => {
            let place = (department, theme.as_ref());
            let decided = transfer::decided(case, config, owner, place, reason)?;
            let handed_back = letters::handed_back(case, config, now);
            let events: Vec<Event> = then(decided, clocks::accepted(case, config, now));
            events.into_iter().chain(handed_back).collect()
        }
        Command::Supervise { by, text } => vec![Event::Supervised {
            sent: Supervision {
                by: by.clone(),
                at: now,
                rung: SupervisionLevel::after(case.handling.rung()).ok_or(CommandError::LadderEnds)?,
                text: said(text)?,
            },
        }],
        Command::Merge { into, .. } | Command::Join { into } => {
            alone(case)?;
            if *into == case.id {
                return Err(CommandError::Itself);
            }
            then(Event::Merged { into: into.clone() }, clocks::closed(case, now))
        }
        Command::Absorb { other } => {
            if other.id == case.id {
                return Err(CommandError::Itself);
            }
            // Nobody is answered from a part.
            if case.is_joined_part() {
                return Err(CommandError::HasKin);
            }
            let own = Duplicate {
                case: other.id.clone(),
                key: other.key.clone(),
            };
            let theirs = other.handling.merged.iter().cloned();
            let duplicates = std::iter::once(own).chain(theirs).collect();
            let absorbed = Event::Absorbed {
                duplicates,
                priority: other.priority,
                unreplied: other.handling.unreplied,
            };
            // Whoever waits for the other one's answer was not asked for anything.
            let mut events = match case.state {
                State::AwaitingCitizen => resumed(case, false, config, now),
                _ => Vec::new(),
            };
            let goes_on = events.iter().fold(case.clone(), Case::apply);
            events.push(absorbed);
            events.extend(clocks::absorbed(&goes_on, other));
            events
        }
        Command::Split { part, .. } => vec![Event::SplitOff { part: part.clone() }],
        Command::CoHandle { part, department, .. } => {
            if case.is_joined_part() {
                return Err(CommandError::HasKin);
            }
            vec![Event::PartGiven {
                part: part.clone(),
                department: department.clone(),
            }]
        }
        Command::TakePart { part, text } => {
            let mut parts = case.handling.parts.iter();
            let known = parts.find(|known| known.case == *part && known.said.is_none());
            let known = known.ok_or_else(|| CommandError::NoPart(part.clone()))?;
            let answered = Event::PartAnswered {
                part: known.case.clone(),
                text: said(text)?,
            };
            let draft = joined_draft(&case.clone().apply(&answered));
            std::iter::once(answered).chain(draft).collect()
        }
        Command::Close { how } => {
            let clocks = clocks::closed(case, now);
            let ended: Vec<Event> = then(Event::Ended { how: *how }, clocks);
            let asking = &[LetterKind::Question, LetterKind::Reminder];
            let needless = question::needless(case, asking, now).into_iter();
            needless.chain(ended).chain([Event::Closed]).collect()
        }
        Command::Reopen { reason, since } => {
            if case.is_joined_part() {
                return Err(CommandError::JoinedPart);
            }
            let reason = said(reason)?;
            let mut events = clocks::closed(case, now);
            events.push(Event::Reopened { reason });
            events.extend(clocks::reopened(case, config, now.min(*since)));
            let again = events.iter().fold(case.clone(), Case::apply);
            events.extend(letters::promised_again(&again, config, now));
            events
        }
    })
}

/// That the citizen's reply is not waited for any more.
fn resumed(case: &Case, silent: bool, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let mut events = question::needless(case, &[LetterKind::Reminder], now);
    events.push(Event::Resumed { silent });
    events.extend(clocks::resumed(case, config, now));
    events
}

/// Refuses a case that others are tied to.
fn alone(case: &Case) -> Result<(), CommandError> {
    if case.is_joined_part() || !case.handling.parts.is_empty() {
        return Err(CommandError::HasKin);
    }
    Ok(())
}

/// The words of all parts as the draft of their answer, when the last one has come and nobody has drafted anything.
fn joined_draft(case: &Case) -> Option<Event> {
    let handling = &case.handling;
    let words = handling.parts.iter().map(|part| part.said.as_deref());
    let words: Option<Vec<&str>> = words.collect();
    let text = words.filter(|_| handling.draft.is_none())?.join("\n\n");
    said(&text).ok().map(|text| Event::Drafted { text })
}

/// A text that somebody is to read.
pub(super) fn said(text: &str) -> Result<String, CommandError> {
    if text.trim().is_empty() {
        return Err(CommandError::EmptyText);
    }
    let chars = text.chars().count();
    if chars > MAX_CHARS {
        return Err(CommandError::LongText { chars });
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod stories;
#[cfg(test)]
mod tests;
