//! From a decision to everything that must become true. Pure.

use jiff::{SignedDuration, Timestamp};

use super::availability::Availability;
use super::compiled::CompiledRulebook;
use super::duplicates::join;
use super::feedback::{of_click, of_judgement};
use super::follow_up::{after_person, repeats, said_before};
use super::new_case::{Asked, open_case};
use super::queue_estimate;
use super::render::Renderer;
use crate::case::{Author, Case, Event, Priority, Record};
use crate::conversation::{Opened, next_conversation};
use crate::decide::{Decision, Verdict};
use crate::message::{Conversation, EntryId, MenuOption, Message, UnratedAnswer};
use crate::reply::{
    Action, CaseSummary, Feedback, FollowedUp, Handled, Outcome, Reason, Reply, SilentReason,
};
use crate::rulebook::RuleOutcome;
use crate::store::{CaseChange, ChangeSet};
use crate::text::{clean, fold};
use crate::workflow::promise;

/// What a plan is made from.
pub(super) struct Context<'a> {
    pub(super) compiled: &'a CompiledRulebook,
    pub(super) message: &'a Message,
    pub(super) conversation: &'a Conversation,
    pub(super) decision: Decision,
    /// Whether the message refuses the automatic answer that the conversation remembers.
    pub(super) refused: bool,
    pub(super) now: Timestamp,
    /// Rises when a case number was taken.
    pub(super) attempt: usize,
    /// The citizen's open case about the same, by another account.
    pub(super) same_matter: Option<Case>,
    /// How many cases are answered before the one that the message opens.
    pub(super) ahead: usize,
    /// Whether anybody is there to read it.
    pub(super) availability: Availability,
}

/// The change set of a message, and what the host will be told.
pub(super) fn plan(context: Context<'_>) -> (ChangeSet, Handled) {
    let Context {
        compiled,
        message,
        conversation,
        decision,
        refused,
        now,
        attempt,
        same_matter,
        ahead,
        availability,
    } = context;
    let renderer = Renderer {
        rulebook: &compiled.rulebook,
    };
    let mut change = ChangeSet::default();
    let mut opened = Opened::Nothing;
    let written = written(message, now);
    let follow_up = compiled.rulebook.follow_up.as_ref();
    let mut joined = None;
    // What may not be said again at once.
    let mut said = None;
    let owed = |asked: &Asked| match follow_up {
        Some(follow_up) => Opened::UnratedAnswer(UnratedAnswer {
            asked: asked.text.clone(),
            asked_at: asked.at,
            answered_at: Some(now),
            theme: decision.theme.clone(),
            until: later(
                now,
                SignedDuration::from_hours(i64::from(follow_up.confirm_hours)),
            ),
        }),
        None => Opened::Nothing,
    };
    let unrated = conversation.unrated_answer(now).filter(|_| refused);
    let asked = asked(message, conversation, &decision, unrated, written);

    let outcome = match &decision.verdict {
        Verdict::Silent => Outcome::Silent {
            reason: SilentReason::Empty,
        },
        Verdict::Rule { place, captures, .. } => {
            let rule = compiled.rulebook.rules.get(*place);
            // What no longer answers, not yet, or not here, is not offered either.
            let (account, today) = (message.account(), compiled.today(now));
            let answers = |id: &&EntryId| {
                compiled
                    .entry(id)
                    .is_some_and(|entry| entry.answers(account, today))
            };
            let menu = rule.map_or(&[][..], |rule| offered(&rule.outcome));
            let menu: Vec<EntryId> = menu.iter().filter(answers).cloned().collect();
            let options = menu_options(compiled, &menu);
            let reply = rule.map_or_else(nothing, |rule| {
                renderer.rule(rule, captures, message.sender_name(), &options)
            });
            opened = match options.is_empty() {
                true => owed(&asked),
                false => menu_of(compiled, options, asked, now, false),
            };
            said = rule.map(|rule| format!("rule {}", rule.id));
            Outcome::Replied(reply)
        }
        Verdict::Entry { entry, chosen } => {
            opened = owed(&asked);
            said = (!chosen).then(|| format!("entry {entry}"));
            let entry = compiled.entry(entry);
            Outcome::Replied(entry.map_or_else(nothing, |entry| renderer.entry(entry)))
        }
        Verdict::Menu { entries } => {
            let options = menu_options(compiled, entries);
            let reply = renderer.menu(&options);
            opened = menu_of(compiled, options, asked, now, true);
            Outcome::Replied(reply)
        }
        Verdict::Person { .. } => {
            let (mut case, due) = open_case(compiled, message, &decision, asked, written, attempt);
            let mut told = queue_estimate::told(compiled, &case, &due, ahead, now);
            // In danger no time is told, and a time that may still move is no promise.
            if case.priority != Priority::Urgent && !told.is_provisional() {
                let promised = promise(&case, &compiled.desk_config, told.instant(), now);
                case.deadlines.extend(promised);
            }
            opened = Opened::Case {
                case: case.id.clone(),
                written,
                refuses: refused,
            };
            let event = Event::Opened {
                case: Box::new(case.clone()),
            };
            change
                .records
                .push(Record::new(now, Author::Engine, Some(case.id.clone()), event));
            change.cases.push(CaseChange {
                expected: None,
                case: case.clone(),
            });
            let whole = same_matter.and_then(|whole| join(compiled, &mut change, whole, now));
            joined = whole.as_ref().map(|whole| whole.id.clone());
            let case = whole.unwrap_or(case);
            // What a case owes the citizen next; it takes over what is owed earlier to the one that joins it.
            let due = match (&joined, case.next_deadline()) {
                (Some(_), Some(deadline)) => deadline.due.clone(),
                _ => due,
            };
            if joined.is_some() {
                told = renderer.due(&case).unwrap_or(&due).clone();
            }
            let mut reply = renderer.queued(&case, &told, &decision);
            let nobody =
                follow_up.and_then(|follow_up| renderer.nobody_there(follow_up, &case, availability, now));
            if let Some(nobody) = nobody {
                reply = reply.followed_by(&nobody);
            }
            let summary = CaseSummary {
                id: case.id.clone(),
                due,
                department: case.department.clone(),
                theme: case.theme.clone(),
                priority: case.priority,
            };
            Outcome::Queued { reply, case: summary }
        }
    };

    let by = decision.by();
    let mut action = decision.action();
    let mut reasons = decision.reasons;
    reasons.extend(joined.map(|case| Reason::SameMatter { case }));
    let outcome = match follow_up {
        Some(follow_up) => {
            let times = said
                .as_deref()
                .map_or(0, |what| said_before(follow_up, conversation, what, now));
            let outcome = match times {
                0 => outcome,
                1 => Outcome::Replied(Reply::new(follow_up.texts.repeated.clone())),
                _ => {
                    action = Action::Silent;
                    Outcome::Silent {
                        reason: SilentReason::Repeated,
                    }
                }
            };
            if times > 0 {
                reasons.push(Reason::Repeated { times: times + 1 });
            }
            after_person(follow_up, conversation, outcome)
        }
        None => outcome,
    };

    let handled = Handled {
        key: message.key().clone(),
        at: now,
        action,
        by,
        confidence: decision.confidence,
        theme: decision.theme,
        outcome,
        reasons,
        rulebook: compiled.rulebook.version.clone(),
    };
    let feedback = match refused {
        true => of_judgement(compiled, message, conversation, FollowedUp::Refused),
        false => of_click(compiled, message, conversation, &handled.reasons, &handled.by),
    };
    let next = next_conversation(conversation, opened, said, repeats(follow_up), now);
    (concluded(change, &handled, feedback, next), handled)
}

/// The change set with the outcome, the record of it before all others, what it says of an answer, and the conversation after it.
pub(super) fn concluded(
    mut change: ChangeSet,
    handled: &Handled,
    feedback: Option<Feedback>,
    conversation: Conversation,
) -> ChangeSet {
    let record = |event| Record::new(handled.at, Author::Citizen, None, event);
    let event = Event::Handled {
        key: handled.key.clone(),
        action: handled.action,
        by: handled.by.clone(),
    };
    change.records.insert(0, record(event));
    let feedback = feedback.map(|feedback| record(Event::Feedback { feedback }));
    change.records.extend(feedback);
    change.conversation = Some(conversation);
    change.handled = Some(handled.clone());
    change
}

/// When the message was written. A channel's clock that runs ahead may not move a deadline away.
pub(super) fn written(message: &Message, now: Timestamp) -> Timestamp {
    message.written_at().map_or(now, |at| at.min(now))
}

/// What the citizen wants to know. "None of these" speaks of the question that the menu was about, and a refusal of
/// the one that the answer was for.
fn asked(
    message: &Message,
    conversation: &Conversation,
    decision: &Decision,
    unrated: Option<&UnratedAnswer>,
    written: Timestamp,
) -> Asked {
    if let Some(unrated) = unrated {
        return Asked {
            text: unrated.asked.clone(),
            at: unrated.asked_at,
        };
    }
    let of_menu = decision.reasons.iter().any(Reason::is_none_of_these);
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

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}

fn menu_of(
    compiled: &CompiledRulebook,
    options: Vec<MenuOption>,
    asked: Asked,
    now: Timestamp,
    missed: bool,
) -> Opened {
    let minutes = i64::from(compiled.rulebook.thresholds.menu_minutes);
    Opened::Menu {
        options,
        expires: later(now, SignedDuration::from_mins(minutes)),
        asked: asked.text,
        asked_at: asked.at,
        missed,
    }
}

fn menu_options(compiled: &CompiledRulebook, entries: &[EntryId]) -> Vec<MenuOption> {
    let option = |id: &EntryId| {
        compiled.entry(id).map(|entry| MenuOption {
            entry: id.clone(),
            label: entry.question.clone(),
            words: fold(&entry.question).bare(),
        })
    };
    entries.iter().filter_map(option).collect()
}
