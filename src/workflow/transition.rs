//! The transition function: from a case and a command to the records of the move.

use jiff::Timestamp;

use super::answer::Answer;
use super::command::Command;
use super::command_error::CommandError;
use super::config::DeskConfig;
use super::move_table::MOVES;
use super::{agent_presence, canned_replies, clocks, confirmation, letters, promise, question, transfer};
use crate::case::{Case, CaseId, Duplicate, Event, LetterKind, Note, State, Supervision, SupervisionLevel};
use crate::message::{AgentId, MAX_CHARS};

/// The letters of a question that an answer, or the end of the case, makes unnecessary.
const ASKING: &[LetterKind] = &[LetterKind::Question, LetterKind::Reminder];

/// The events of `command` on `case`, in order; [`Case::apply`] applies them. Pure: `config` gives the clocks
/// and the letters, `now` the time.
///
/// ```
/// use civic_reply::case::{Claim, ClaimToken, State};
/// use civic_reply::workflow::{Command, CommandError, transition};
/// # use civic_reply::{Case, Engine, MemoryStore, Message, Outcome, Rulebook};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// # engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
/// # let case = engine.desk().cases(&Default::default())?.cases.remove(0);
/// # let config = engine.desk().config();
/// # let now = jiff::Timestamp::now();
/// let claim = Claim { agent: "clerk-7".into(), token: ClaimToken::new("a1"), until: now };
/// let claimed = transition(&case, &Command::Claim(claim), &config, now)?;
/// let case = claimed.iter().fold(case, Case::apply);
/// assert_eq!(case.state, State::Claimed);
///
/// let answer = Command::Answer { token: ClaimToken::new("another"), answer: "Done.".into() };
/// assert_eq!(transition(&case, &answer, &config, now), Err(CommandError::NotHolder));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// [`MOVES`] does not list the move for the case's state, the claim has ended, a text is empty or too long,
/// or a rule of the move refuses it; see [`CommandError`].
pub fn transition(
    case: &Case,
    command: &Command,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    check(case, command)?;
    Ok(match command {
        Command::Claim(claim) => vec![Event::Claimed { claim: claim.clone() }],
        Command::Renew(claim) => vec![Event::Renewed { claim: claim.clone() }],
        Command::Release(_) => then(Event::Released, agent_presence::handed_back(case, config, now)),
        Command::Answer { answer: given, .. } => answer(case, given, config, now)?,
        Command::Ask { text, .. } => ask(case, text, config, now)?,
        Command::Write { text, at, from } => write(case, text, (*at, *from), config, now)?,
        Command::Chase { at } => vec![Event::Chased { at: now.min(*at) }],
        Command::Resume { silent } => resume(case, *silent, config, now)?,
        Command::Extend { more, .. } => {
            let extended = clocks::extended(case, config, more, now)?;
            let mut letters = letters::extended(case, config, &extended, now);
            letters.extend(agent_presence::at_work(case, config, now));
            then(extended, letters)
        }
        Command::Promise { by, until, .. } => {
            let promised = promise::promised(case, config, by, *until, now)?;
            then(clocks::set(promised), agent_presence::at_work(case, config, now))
        }
        Command::Reset { clock, wish } => vec![clocks::reset(case, config, *clock, wish)?],
        Command::Draft { text, .. } => {
            let text = checked(text)?;
            then(
                Event::Drafted { text },
                agent_presence::at_work(case, config, now),
            )
        }
        Command::Note { by, text } => {
            let (by, at, text) = (by.clone(), now, checked(text)?);
            let note = Note { by, at, text };
            vec![Event::Noted { note }]
        }
        Command::Transfer { by, offer, .. } => {
            let offered = transfer::offered(case, config, by, offer, now)?;
            then(offered, agent_presence::handed_back(case, config, now))
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
            let mut events = then(decided, clocks::accepted(case, config, now));
            events.extend(agent_presence::handed_back(case, config, now));
            events
        }
        Command::Supervise { by, text } => {
            let last = case.handling.internal.supervision_level();
            let level = SupervisionLevel::after(last).ok_or(CommandError::NoHigherLevel)?;
            let (by, at, text) = (by.clone(), now, checked(text)?);
            let supervision = Supervision { by, at, level, text };
            vec![Event::Supervised { supervision }]
        }
        Command::Merge { into, .. } | Command::Join { into } => merge(case, into, now)?,
        Command::Absorb { other, by } => absorb(case, other, by.as_ref(), config, now)?,
        Command::SeeMerger(_) => vec![Event::MergerSeen],
        Command::Split { part, .. } => vec![Event::SplitOff { part: part.clone() }],
        Command::CoHandle { part, department, .. } => {
            if case.is_joined_part() {
                return Err(CommandError::HasParts);
            }
            let (part, department) = (part.clone(), department.clone());
            vec![Event::PartGiven { part, department }]
        }
        Command::TakePart { part, text } => take_part(case, part, text)?,
        Command::Confirm { by } => confirmation::confirmed(case, by)?,
        Command::Close { how } => {
            let mut events = question::dismissed(case, ASKING, now);
            events.push(Event::Ended { how: *how });
            events.extend(clocks::closed(case, now));
            events.push(Event::Closed);
            events
        }
        Command::Reopen { reason, since, by } => reopen(case, reason, (*since, by), config, now)?,
    })
}

/// Refuses a move that the table does not list, and a command with an ended claim.
fn check(case: &Case, command: &Command) -> Result<(), CommandError> {
    let (state, wanted) = (case.state, command.kind());
    if !MOVES.iter().any(|&(from, by, _)| from == state && by == wanted) {
        return Err(CommandError::State { state, wanted });
    }
    let current = case.claim.as_ref().map(|claim| &claim.token);
    if command.token().is_some() && command.token() != current {
        return Err(CommandError::NotHolder);
    }
    Ok(())
}

fn then(first: Event, others: impl IntoIterator<Item = Event>) -> Vec<Event> {
    std::iter::once(first).chain(others).collect()
}

fn answer(
    case: &Case,
    answer: &Answer,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let text = checked(&answer.text)?;
    let facts = canned_replies::facts(answer, config)?;
    if let Some(open) = case
        .handling
        .relations
        .parts
        .iter()
        .find(|part| part.answer.is_none())
    {
        return Err(CommandError::PartOpen(open.case.clone()));
    }
    check_merger(case)?;
    let letters = letters::answer(case, config, &text, now);
    let mut events = question::dismissed(case, ASKING, now);
    events.push(Event::Answered {
        text,
        facts: Some(Box::new(facts)),
    });
    events.extend(clocks::answered(case, config, now));
    events.extend(letters);
    Ok(events)
}

/// Refuses words that were written before their author knew that they go to further citizens.
fn check_merger(case: &Case) -> Result<(), CommandError> {
    let relations = &case.handling.relations;
    match relations.merged.last().filter(|_| relations.unseen_merger) {
        Some(merged) => Err(CommandError::UnseenMerger(merged.case.clone())),
        None => Ok(()),
    }
}

fn ask(case: &Case, text: &str, config: &DeskConfig, now: Timestamp) -> Result<Vec<Event>, CommandError> {
    if case.is_joined_part() {
        return Err(CommandError::PartAsks);
    }
    let text = checked(text)?;
    check_merger(case)?;
    let letters = letters::posted(case, config, LetterKind::Question, &text, now);
    let mut events = then(Event::Asked { text }, clocks::paused(case, config, now));
    events.extend(promise::kept_by_question(case, now));
    events.extend(letters);
    events.push(question::awaits_reply(case, config, now));
    Ok(events)
}

fn write(
    case: &Case,
    text: &str,
    (at, from): (Timestamp, usize),
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    // A channel's clock that runs ahead must not move a deadline into the future.
    let at = now.min(at);
    let text = checked(text)?;
    if from > 0 && case.citizen_of(from).is_none() {
        return Err(CommandError::NoRecipient(from));
    }
    let from = case.citizen_of(from).unwrap_or(0);
    let mut events = question::dismissed(case, &[LetterKind::Reminder], now);
    events.push(Event::CitizenWrote { text, at, from });
    events.extend(clocks::wrote(case, config, at, now));
    events.extend(agent_presence::announced(case, config, now));
    // If an agent holds the case, the citizen is told just that.
    if case.lacks_reply() && case.state != State::Claimed {
        let back = events.iter().fold(case.clone(), Case::apply);
        events.extend(promise::promised_again(&back, config, now));
    }
    Ok(events)
}

fn resume(
    case: &Case,
    silent: bool,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let awaited_reply = case.handling.contact.awaited_reply.filter(|_| silent);
    if let Some(awaited_reply) = awaited_reply.filter(|awaited_reply| now < awaited_reply.until) {
        return Err(CommandError::ReplyTime(awaited_reply.until));
    }
    Ok(resumed(case, silent, config, now))
}

/// Stops waiting for the citizen's reply.
fn resumed(case: &Case, silent: bool, config: &DeskConfig, now: Timestamp) -> Vec<Event> {
    let mut events = question::dismissed(case, &[LetterKind::Reminder], now);
    events.push(Event::Resumed { silent });
    events.extend(clocks::resumed(case, config, now));
    events
}

fn merge(case: &Case, into: &CaseId, now: Timestamp) -> Result<Vec<Event>, CommandError> {
    if case.is_joined_part() || !case.handling.relations.parts.is_empty() {
        return Err(CommandError::HasParts);
    }
    if *into == case.id {
        return Err(CommandError::MergedIntoItself);
    }
    let into = into.clone();
    Ok(then(Event::Merged { into }, clocks::closed(case, now)))
}

fn absorb(
    case: &Case,
    other: &Case,
    by: Option<&AgentId>,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    if other.id == case.id {
        return Err(CommandError::MergedIntoItself);
    }
    // A part sends no answer to citizens.
    if case.is_joined_part() {
        return Err(CommandError::HasParts);
    }
    let own = Duplicate {
        case: other.id.clone(),
        key: other.key.clone(),
        content: Some(Box::new(other.into())),
    };
    let theirs = other.handling.relations.merged.iter().cloned();
    let absorbed = Event::Absorbed {
        duplicates: std::iter::once(own).chain(theirs).collect(),
        priority: other.priority,
        unreplied: other.handling.contact.unreplied,
        confirmed: confirmation::after_merger(case, other),
        unseen: case.state == State::Claimed && case.claim.as_ref().map(|claim| &claim.agent) != by,
    };
    // The citizens of the other case were not asked anything, so the case no longer waits for a reply.
    let mut events = match case.state {
        State::AwaitingCitizen => resumed(case, false, config, now),
        _ => Vec::new(),
    };
    let after = events.iter().fold(case.clone(), Case::apply);
    events.push(absorbed);
    events.extend(clocks::absorbed(&after, other));
    Ok(events)
}

fn take_part(case: &Case, part: &CaseId, text: &str) -> Result<Vec<Event>, CommandError> {
    let mut parts = case.handling.relations.parts.iter();
    if !parts.any(|known| known.case == *part && known.answer.is_none()) {
        return Err(CommandError::NoPart(part.clone()));
    }
    let (part, text) = (part.clone(), checked(text)?);
    let answered = Event::PartAnswered { part, text };
    let draft = joined_draft(&case.clone().apply(&answered));
    Ok(then(answered, draft))
}

/// The answers of all parts as a draft, once the last one is there, unless an agent has saved a draft.
fn joined_draft(case: &Case) -> Option<Event> {
    let handling = &case.handling;
    let answers = handling.relations.parts.iter().map(|part| part.answer.as_deref());
    let answers: Option<Vec<&str>> = answers.collect();
    let text = answers
        .filter(|_| handling.internal.draft.is_none())?
        .join("\n\n");
    checked(&text).ok().map(|text| Event::Drafted { text })
}

fn reopen(
    case: &Case,
    reason: &str,
    (since, by): (Timestamp, &[usize]),
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    if case.is_joined_part() {
        return Err(CommandError::JoinedPart);
    }
    let by = confirmation::citizens(case, by)?;
    let reason = checked(reason)?;
    let clocks = clocks::reopened(case, config, since, now);
    let mut events = clocks.ended;
    events.push(Event::Reopened { reason, by });
    events.extend(clocks.running);
    let again = events.iter().fold(case.clone(), Case::apply);
    events.extend(promise::promised_again(&again, config, now));
    Ok(events)
}

/// Refuses a text that is empty or longer than [`MAX_CHARS`].
pub(super) fn checked(text: &str) -> Result<String, CommandError> {
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
