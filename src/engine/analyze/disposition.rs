//! Whether a message is a follow-up or a new matter.

use jiff::Timestamp;

use super::analysis::Analysis;
use super::automatic::{AutomaticMove, comes_back, marked};
use super::judge::{Judged, judge};
use super::routing::route_text;
use super::taken_up::TakenUp;
use crate::case::{Case, Ending, Event};
use crate::conversation::FollowUpMatch;
use crate::decide::Decision;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::Incoming;
use crate::engine::situation::Situation;
use crate::message::{MessageKey, Person};
use crate::reply::FollowUpKind;
use crate::rulebook::FollowUp;
use crate::workflow::{Command, CommandError, DeskConfig, close_confirmed, transition};

/// The treatment of a message.
pub(crate) enum Disposition<'a> {
    /// It goes on with a case or an automatic answer.
    FollowUp(FollowUpMove<'a>),
    /// It is decided by itself.
    NewMatter {
        decision: Decision,
        taken_up: TakenUp<'a>,
    },
    /// A machine wrote it: it is kept, and nothing is sent.
    Automatic(AutomaticMove<'a>),
}

/// A follow-up, and its changes to the case.
pub(crate) struct FollowUpMove<'a> {
    pub(crate) config: &'a FollowUp,
    pub(crate) kind: FollowUpKind,
    pub(crate) case: Option<&'a Case>,
    pub(crate) events: Vec<Event>,
}

/// Analyzes a message: evidence, decision, and then whether it follows something up.
pub(crate) fn dispose<'a>(
    compiled: &'a CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &'a Situation<'_>,
    now: Timestamp,
) -> Disposition<'a> {
    let context = situation.context(compiled, now);
    let analysis = Analysis::of(compiled, &incoming.text, context);
    if incoming.message.is_automatic() {
        let mut decision = analysis.decide();
        route_text(compiled, &analysis, analysis.text.original(), &mut decision);
        return marked(compiled, incoming, situation, decision, now);
    }
    let Judged {
        decision,
        matched,
        taken_up,
        chases,
    } = judge(compiled, &analysis, incoming, situation, context);
    let new_matter = |decision| {
        // A question that a menu or an answer left open stays with the citizen.
        let alone = matches!(taken_up, TakenUp::Nothing | TakenUp::AfterMenu(_));
        if alone && comes_back(compiled, incoming, situation, &decision, now) {
            return Disposition::Automatic(AutomaticMove::new(compiled, incoming, situation, decision, now));
        }
        Disposition::NewMatter { decision, taken_up }
    };
    let Some((config, FollowUpMatch { kind, case })) = compiled.rulebook.follow_up.as_ref().zip(matched)
    else {
        return new_matter(decision);
    };
    if matches!(kind, FollowUpKind::Refused | FollowUpKind::LeftMenu) {
        return new_matter(decision);
    }
    let person = situation.citizen_cases.person();
    let events = match case.zip(command(config, kind, case, incoming, person, now)) {
        None => Ok(Vec::new()),
        Some((case, command)) => moved(case, &command, &compiled.desk_config, now),
    };
    // While an agent holds the case, every message is added to it; a request to hurry is counted as well.
    let counted = (kind == FollowUpKind::Held && chases).then(|| Event::Chased {
        at: incoming.written_at(now),
    });
    let events = events.map(|events| events.into_iter().chain(counted).collect());
    match events {
        Ok(events) => Disposition::FollowUp(FollowUpMove {
            config,
            kind,
            case,
            events,
        }),
        // The case does not allow the command in its state: the message is a matter of its own.
        Err(_) => new_matter(decision),
    }
}

/// The sender among the citizens who get the answer of the case.
fn writer(case: &Case, incoming: &Incoming<'_>) -> usize {
    let own = |key: &&MessageKey| key.sender() == incoming.sender() && key.account() == incoming.account();
    case.recipients().iter().position(own).unwrap_or(0)
}

/// The events of a command, and those of the end of the case if it was the last confirmation.
fn moved(
    case: &Case,
    command: &Command,
    config: &DeskConfig,
    now: Timestamp,
) -> Result<Vec<Event>, CommandError> {
    let mut events = transition(case, command, config, now)?;
    events.extend(close_confirmed(case, &events, config, now)?);
    Ok(events)
}

/// The messages of the person among those that the case answers, under each of their ids.
fn own_messages(case: &Case, person: &Person) -> Vec<usize> {
    let recipients = case.recipients().into_iter().enumerate();
    let own = recipients.filter(|(_, key)| person.wrote(key));
    own.map(|(index, _)| index).collect()
}

/// The command that a follow-up gives to its case, if any.
fn command(
    config: &FollowUp,
    kind: FollowUpKind,
    case: Option<&Case>,
    incoming: &Incoming<'_>,
    person: &Person,
    now: Timestamp,
) -> Option<Command> {
    let own = || case.map(|case| own_messages(case, person)).unwrap_or_default();
    let text = || incoming.kept_text();
    Some(match kind {
        FollowUpKind::Added | FollowUpKind::Held => Command::Write {
            text: text(),
            at: incoming.written_at(now),
            from: case.map_or(0, |case| writer(case, incoming)),
        },
        FollowUpKind::Chased => Command::Chase {
            at: incoming.written_at(now),
        },
        // Each of several citizens speaks for themselves.
        FollowUpKind::Solved if case.is_some_and(|case| case.citizens().len() > 1) => {
            Command::Confirm { by: own() }
        }
        FollowUpKind::Solved => Command::Close { how: Ending::Solved },
        FollowUpKind::Unsolved => Command::Reopen {
            reason: text(),
            by: own(),
            since: match config.from_arrival {
                true => case.map_or(now, |case| case.arrived),
                false => now,
            },
        },
        _ => return None,
    })
}
