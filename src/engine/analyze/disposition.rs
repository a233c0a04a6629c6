//! Whether a message is a follow-up or a new matter.

use jiff::Timestamp;

use super::analysis::Analysis;
use super::context::MessageContext;
use super::routing::decide_and_route;
use crate::case::{Case, Ending, Event, Priority};
use crate::conversation::{FollowUpInput, FollowUpMatch, match_follow_up};
use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::Incoming;
use crate::engine::situation::Situation;
use crate::message::{MAX_CHARS, UnratedAnswer};
use crate::reply::{DecidedBy, FollowUpKind, Reason};
use crate::rulebook::FollowUp;
use crate::text::clean;
use crate::workflow::{Command, transition};

/// The treatment of a message.
pub(crate) enum Disposition<'a> {
    /// It goes on with a case or an automatic answer.
    FollowUp(FollowUpMove<'a>),
    /// It is decided by itself.
    NewMatter {
        decision: Decision,
        /// The automatic answer that the message refuses: a person then answers the question of that answer.
        refused: Option<&'a UnratedAnswer>,
    },
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
    let context = MessageContext::new(compiled, &situation.conversation, now);
    let analysis = Analysis::of(compiled, &incoming.text, context);
    let decision = decide_and_route(compiled, &analysis, context);
    let new_matter = |decision| Disposition::NewMatter {
        decision,
        refused: None,
    };
    let matched = match_related(compiled, incoming, situation, &decision, now);
    let Some((config, FollowUpMatch { kind, case })) = compiled.rulebook.follow_up.as_ref().zip(matched)
    else {
        return new_matter(decision);
    };
    if kind == FollowUpKind::Refused {
        let refused = situation.conversation.unrated_answer(now);
        return Disposition::NewMatter {
            decision: match refused {
                Some(unrated) => refuse(decision, unrated),
                None => decision,
            },
            refused,
        };
    }
    let events = match case.zip(command(config, kind, case, incoming, now)) {
        None => Ok(Vec::new()),
        Some((case, command)) => transition(case, &command, &compiled.desk_config, now),
    };
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

/// The follow-up that a message is, judged by the conversation and the related cases. `None` for a new
/// matter.
pub(crate) fn match_related<'a>(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &'a Situation<'_>,
    decision: &Decision,
    now: Timestamp,
) -> Option<FollowUpMatch<'a>> {
    let related = &situation.related;
    let input = FollowUpInput {
        bare: incoming.text.bare(),
        decision,
        conversation: &situation.conversation,
        case: related.case.as_ref(),
        repeats: related.repeats_case,
        others: &related.others,
        named: related.named.as_ref(),
        written: incoming.written_at(now),
        now,
    };
    match_follow_up(compiled.follow_up_words.as_ref()?, &input)
}

/// Sends the question of a refused automatic answer to a person. A request for a person stays among the
/// reasons: the answer may have been refused by it.
fn refuse(mut decision: Decision, unrated: &UnratedAnswer) -> Decision {
    decision.verdict = Verdict::Person {
        by: DecidedBy::Talk,
        department: None,
        forward: None,
        priority: Priority::Normal,
        note: None,
        emergency: None,
    };
    decision.theme.clone_from(&unrated.theme);
    decision
        .reasons
        .retain(|reason| matches!(reason, Reason::HandOff { .. }));
    decision.reasons.push(Reason::FollowUp {
        kind: FollowUpKind::Refused,
        case: None,
    });
    decision
}

/// The command that a follow-up gives to its case, if any.
fn command(
    config: &FollowUp,
    kind: FollowUpKind,
    case: Option<&Case>,
    incoming: &Incoming<'_>,
    now: Timestamp,
) -> Option<Command> {
    let text = || clean(incoming.message.body()).chars().take(MAX_CHARS).collect();
    Some(match kind {
        FollowUpKind::Added | FollowUpKind::Held => Command::Write {
            text: text(),
            at: incoming.written_at(now),
        },
        FollowUpKind::Solved => Command::Close { how: Ending::Solved },
        FollowUpKind::Unsolved => Command::Reopen {
            reason: text(),
            since: match config.from_arrival {
                true => case.map_or(now, |case| case.arrived),
                false => now,
            },
        },
        _ => return None,
    })
}
