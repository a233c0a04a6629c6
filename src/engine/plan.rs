//! From a decision to everything that must become true. Pure.

use jiff::{SignedDuration, Timestamp};

use super::opening::{Asked, open_case};
use super::serving::Serving;
use super::speak::Speaker;
use crate::case::{Actor, Event, Record};
use crate::decide::{Decision, Verdict};
use crate::dialog::{Opened, step};
use crate::message::{Conversation, EntryId, MenuOption, Message};
use crate::reply::{CaseSummary, Handled, Outcome, Reason, Reply, SilentReason};
use crate::rulebook::Outcome as RuleOutcome;
use crate::store::{CaseChange, ChangeSet};
use crate::text::{clean, fold};

/// What a plan is made from.
pub(super) struct Context<'a> {
    pub(super) serving: &'a Serving,
    pub(super) message: &'a Message,
    pub(super) conversation: &'a Conversation,
    pub(super) decision: Decision,
    pub(super) now: Timestamp,
    /// Rises when a case number was taken.
    pub(super) attempt: usize,
}

/// The change set of a message, and what the host will be told.
pub(super) fn plan(context: Context<'_>) -> (ChangeSet, Handled) {
    let Context {
        serving,
        message,
        conversation,
        decision,
        now,
        attempt,
    } = context;
    let speaker = Speaker {
        rulebook: &serving.rulebook,
    };
    let mut change = ChangeSet::default();
    let mut opened = Opened::Nothing;
    let written = written(message, now);
    let asked = asked(message, conversation, &decision, written);

    let outcome = match &decision.verdict {
        Verdict::Silent => Outcome::Silent {
            reason: SilentReason::Empty,
        },
        Verdict::Rule { place, captures, .. } => {
            let rule = serving.rulebook.rules.get(*place);
            let menu = rule.map_or(&[][..], |rule| offered(&rule.outcome));
            let options = menu_options(serving, menu);
            let reply = rule.map_or_else(nothing, |rule| {
                speaker.rule(rule, captures, message.sender_name(), &options)
            });
            if !options.is_empty() {
                opened = menu_of(serving, options, asked.clone(), now, false);
            }
            Outcome::Replied(reply)
        }
        Verdict::Entry { entry, .. } => Outcome::Replied(
            serving
                .entry(entry)
                .map_or_else(nothing, |entry| speaker.entry(entry)),
        ),
        Verdict::Menu { entries } => {
            let options = menu_options(serving, entries);
            let reply = speaker.menu(&options);
            opened = menu_of(serving, options, asked, now, true);
            Outcome::Replied(reply)
        }
        Verdict::Person { .. } => {
            let (case, due) = open_case(serving, message, &decision, asked, written, attempt);
            opened = Opened::Case(case.id.clone());
            let reply = speaker.queued(&case, &due, &decision);
            let summary = CaseSummary {
                id: case.id.clone(),
                due,
                department: case.department.clone(),
                theme: case.theme.clone(),
                priority: case.priority,
            };
            let event = Event::Opened {
                case: Box::new(case.clone()),
            };
            change
                .records
                .push(Record::new(now, Actor::Engine, Some(case.id.clone()), event));
            change.cases.push(CaseChange { expected: None, case });
            Outcome::Queued { reply, case: summary }
        }
    };

    let handled = Handled {
        key: message.key().clone(),
        at: now,
        action: decision.action(),
        by: decision.by(),
        confidence: decision.confidence,
        theme: decision.theme,
        outcome,
        reasons: decision.reasons,
        rulebook: serving.rulebook.version.clone(),
    };
    let event = Event::Handled {
        key: handled.key.clone(),
        action: handled.action,
        by: handled.by.clone(),
    };
    change
        .records
        .insert(0, Record::new(now, Actor::Citizen, None, event));
    change.conversation = Some(step(conversation, opened, now));
    change.handled = Some(handled.clone());
    (change, handled)
}

/// When the message was written. A channel's clock that runs ahead may not move a deadline away.
fn written(message: &Message, now: Timestamp) -> Timestamp {
    message.written_at().map_or(now, |at| at.min(now))
}

/// What the citizen wants to know. "None of these" speaks of the question that the menu was about.
fn asked(message: &Message, conversation: &Conversation, decision: &Decision, written: Timestamp) -> Asked {
    let of_menu = decision.reasons.contains(&Reason::NoneOfThese);
    match conversation.menu.as_ref().filter(|_| of_menu) {
        Some(menu) => Asked {
            text: menu.asked.clone(),
            at: menu.asked_at,
        },
        None => Asked {
            text: clean(message.body()),
            at: written,
        },
    }
}

/// The decision names only what the rulebook that it was made with holds; were it otherwise, nothing would be said.
fn nothing() -> Reply {
    Reply::new("")
}

/// The entries that a rule's answer offers.
fn offered(outcome: &RuleOutcome) -> &[EntryId] {
    match outcome {
        RuleOutcome::Reply(content) => &content.menu,
        _ => &[],
    }
}

fn menu_of(
    serving: &Serving,
    options: Vec<MenuOption>,
    asked: Asked,
    now: Timestamp,
    missed: bool,
) -> Opened {
    let minutes = i64::from(serving.rulebook.thresholds.menu_minutes);
    Opened::Menu {
        options,
        expires: now.checked_add(SignedDuration::from_mins(minutes)).unwrap_or(now),
        asked: asked.text,
        asked_at: asked.at,
        missed,
    }
}

fn menu_options(serving: &Serving, entries: &[EntryId]) -> Vec<MenuOption> {
    let option = |id: &EntryId| {
        serving.entry(id).map(|entry| MenuOption {
            entry: id.clone(),
            label: entry.question.clone(),
            words: fold(&entry.question).bare(),
        })
    };
    entries.iter().filter_map(option).collect()
}
