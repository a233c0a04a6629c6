//! Messages that are answered at once: by a rule, a FAQ entry or a menu, or with silence.

use jiff::{SignedDuration, Timestamp};

use super::draft::{Draft, PlanInput};
use super::feedback::of_choice;
use super::question::Question;
use super::repetition::{announce_handback, suppress_repeated};
use crate::conversation::ConversationUpdate;
use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::message::{EntryId, Menu, MenuOption, ThemeId, UnratedAnswer};
use crate::reply::{Outcome, Reply, SilentReason};
use crate::rulebook::{Rule, RuleOutcome};
use crate::text::fold;

/// Drafts the plan of a decision that needs no person.
pub(super) fn draft(input: &PlanInput<'_>, decision: Decision) -> Draft {
    let answer = answer(input, &decision);
    let mut draft = Draft::of_decision(decision, answer.outcome, answer.update);
    draft.notice = answer.notice;
    suppress_repeated(input, &mut draft);
    draft.outcome = announce_handback(input, draft.outcome);
    draft.feedback = of_choice(input, &draft.reasons, &draft.by);
    draft
}

struct Answer {
    outcome: Outcome,
    update: ConversationUpdate,
    notice: Option<String>,
}

fn answer(input: &PlanInput<'_>, decision: &Decision) -> Answer {
    let (compiled, renderer) = (input.compiled, input.renderer());
    let question = Question::of(input, decision, None);
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
                    true => unrated(input, question, decision.theme.clone()),
                    false => open_menu(input, options, question, false),
                },
                notice: rule.map(|rule| format!("rule {}", rule.id)),
            }
        }
        Verdict::Entry { entry, chosen } => Answer {
            outcome: Outcome::Replied(
                compiled
                    .entry(entry)
                    .map_or_else(no_text, |entry| renderer.entry(entry)),
            ),
            update: unrated(input, question, decision.theme.clone()),
            notice: (!chosen).then(|| format!("entry {entry}")),
        },
        Verdict::Menu { entries } => {
            let options = menu_options(compiled, entries);
            Answer {
                outcome: Outcome::Replied(renderer.menu(&options)),
                update: open_menu(input, options, question, true),
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

/// The answer waits for the citizen's rating, where the rulebook follows answers up.
fn unrated(input: &PlanInput<'_>, question: Question, theme: Option<ThemeId>) -> ConversationUpdate {
    let Some(follow_up) = input.follow_up() else {
        return ConversationUpdate::Nothing;
    };
    let window = SignedDuration::from_hours(i64::from(follow_up.confirm_hours));
    ConversationUpdate::UnratedAnswer(UnratedAnswer {
        asked: question.text,
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
    missed: bool,
) -> ConversationUpdate {
    let minutes = i64::from(input.compiled.rulebook.thresholds.menu_minutes);
    let menu = Menu {
        options,
        expires: later(input.now, SignedDuration::from_mins(minutes)),
        asked: question.text,
        asked_at: question.at,
    };
    ConversationUpdate::Menu { menu, missed }
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(now)
}
