//! Messages that are answered at once: by a rule, a FAQ entry or a menu, or with silence.

use jiff::{SignedDuration, Timestamp};

use super::draft::{Draft, PlanInput};
use super::feedback::of_choice;
use super::question::Question;
use super::repetition::{announce_handback, suppress_repeated};
use crate::conversation::ConversationUpdate;
use crate::decide::{Decision, Verdict};
use crate::engine::analyze::{TakenUp, interrupts_case};
use crate::engine::compiled::CompiledRulebook;
use crate::message::{EntryId, Menu, MenuOption, ThemeId, UnratedAnswer};
use crate::reply::{Outcome, Reason, Reply, SilentReason};
use crate::rulebook::{Rule, RuleOutcome};
use crate::text::fold;

/// Drafts the plan of a decision that needs no person.
pub(super) fn draft(input: &PlanInput<'_>, decision: Decision, taken_up: TakenUp<'_>) -> Draft {
    let answer = answer(input, &decision, taken_up);
    let mut draft = Draft::of_decision(decision, answer.outcome, answer.update);
    draft.notice = answer.notice;
    suppress_repeated(input, &mut draft);
    draft.outcome = mention_case(input, draft.outcome);
    draft.outcome = announce_handback(input, draft.outcome);
    draft.feedback = of_choice(input, &draft.reasons, &draft.by);
    draft
}

struct Answer {
    outcome: Outcome,
    update: ConversationUpdate,
    notice: Option<String>,
}

fn answer(input: &PlanInput<'_>, decision: &Decision, taken_up: TakenUp<'_>) -> Answer {
    let (compiled, renderer) = (input.compiled, input.renderer());
    let question = Question::of(input, decision, taken_up);
    let theme = decision.theme.clone();
    match &decision.verdict {
        Verdict::Rule { place, captures, .. } => {
            let rule = compiled.rulebook.rules.get(*place);
            let options = rule.map_or_else(Vec::new, |rule| rule_options(input, rule));
            let reply = rule.map_or_else(no_text, |rule| {
                renderer.rule(rule, captures, input.incoming.message.sender_name(), &options)
            });
            Answer {
                outcome: Outcome::Replied(reply),
                update: match options.is_empty() {
                    true => rateable(unrated(input, question, theme)),
                    false => open_menu(input, options, question, theme, false),
                },
                notice: rule.map(|rule| format!("rule {}", rule.id)),
            }
        }
        Verdict::Entry { entry, chosen: false } => Answer {
            outcome: Outcome::Replied(
                compiled
                    .entry(entry)
                    .map_or_else(no_text, |entry| renderer.entry(entry)),
            ),
            update: rateable(unrated(input, question, theme)),
            notice: Some(format!("entry {entry}")),
        },
        Verdict::Entry { entry, chosen: true } => {
            chosen(input, std::slice::from_ref(entry), question, decision)
        }
        Verdict::Entries { entries } => chosen(input, entries, question, decision),
        Verdict::Menu { entries } => {
            let options = menu_options(compiled, entries);
            Answer {
                outcome: Outcome::Replied(renderer.menu(&options)),
                update: open_menu(input, options, question, theme, true),
                notice: None,
            }
        }
        Verdict::Person { .. } | Verdict::Silent => Answer {
            outcome: Outcome::Silent {
                reason: SilentReason::Empty,
            },
            update: ConversationUpdate::Nothing,
            notice: None,
        },
    }
}

/// The reply to a decision that names a rule or entry which the rulebook does not have. Decisions name only
/// those of the rulebook that they were made with.
fn no_text() -> Reply {
    Reply::new("")
}

/// The answers to the options that the citizen chose. The menu stays, so that another can be chosen.
fn chosen(input: &PlanInput<'_>, entries: &[EntryId], question: Question, decision: &Decision) -> Answer {
    let (compiled, renderer) = (input.compiled, input.renderer());
    let answers = entries.iter().filter_map(|entry| compiled.entry(entry));
    let answers: Vec<_> = answers.collect();
    let places = decision.reasons.iter().filter_map(|reason| match reason {
        Reason::Chosen { number } => number.checked_sub(1),
        _ => None,
    });
    Answer {
        outcome: Outcome::Replied(renderer.entries(&answers)),
        update: ConversationUpdate::Chosen {
            places: places.collect(),
            unrated: unrated(input, question, decision.theme.clone()),
        },
        notice: None,
    }
}

/// Says that an open case goes on, which the citizen just wrote about.
fn mention_case(input: &PlanInput<'_>, outcome: Outcome) -> Outcome {
    let template = input
        .follow_up()
        .and_then(|follow_up| follow_up.texts.case_goes_on.as_ref());
    let (Some(template), Outcome::Replied(reply)) = (template, &outcome) else {
        return outcome;
    };
    if !interrupts_case(input.compiled, input.incoming, input.situation, input.now) {
        return outcome;
    }
    let text = input
        .renderer()
        .of_case(template, input.situation.related.case.as_ref());
    Outcome::Replied(reply.clone().followed_by(text.text()))
}

fn rateable(unrated: Option<UnratedAnswer>) -> ConversationUpdate {
    unrated.map_or(ConversationUpdate::Nothing, ConversationUpdate::UnratedAnswer)
}

/// The answer as it waits for the citizen's rating, where the rulebook follows answers up.
fn unrated(input: &PlanInput<'_>, question: Question, theme: Option<ThemeId>) -> Option<UnratedAnswer> {
    let window = SignedDuration::from_hours(i64::from(input.follow_up()?.confirm_hours));
    Some(UnratedAnswer {
        asked: question.text,
        chosen: question.chosen,
        asked_at: question.at,
        answered_at: Some(input.now),
        theme,
        until: later(input.now, window),
    })
}

/// The menu of a rule's reply: its entries that are in force on this account.
fn rule_options(input: &PlanInput<'_>, rule: &Rule) -> Vec<MenuOption> {
    let RuleOutcome::Reply(content) = &rule.outcome else {
        return Vec::new();
    };
    let compiled = input.compiled;
    let (account, today) = (input.incoming.account(), compiled.today(input.now));
    let answers = |id: &&EntryId| {
        compiled
            .entry(id)
            .is_some_and(|entry| entry.answers(account, today))
    };
    let entries: Vec<EntryId> = content.menu.iter().filter(answers).cloned().collect();
    menu_options(compiled, &entries)
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

fn open_menu(
    input: &PlanInput<'_>,
    options: Vec<MenuOption>,
    question: Question,
    theme: Option<ThemeId>,
    missed: bool,
) -> ConversationUpdate {
    let minutes = i64::from(input.compiled.rulebook.thresholds.menu_minutes);
    let menu = Menu {
        options,
        expires: later(input.now, SignedDuration::from_mins(minutes)),
        asked: question.text,
        asked_at: question.at,
        shown_at: Some(input.now),
        theme,
        chosen: Vec::new(),
    };
    ConversationUpdate::Menu { menu, missed }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}
