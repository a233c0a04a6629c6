//! Judges a message in its conversation: its decision, the follow-up that it may be, and the earlier question
//! that it takes up.

use super::analysis::Analysis;
use super::context::MessageContext;
use super::routing::{route_text, set_theme};
use super::taken_up::{TakenUp, is_choice};
use crate::case::Priority;
use crate::conversation::{
    FollowUpInput, FollowUpMatch, FollowUpWords, MenuUse, Saying, is_close, match_follow_up,
};
use crate::decide::{Decision, Verdict};
use crate::engine::compiled::CompiledRulebook;
use crate::engine::incoming::Incoming;
use crate::engine::situation::Situation;
use crate::message::{Menu, ThemeId};
use crate::reply::{DecidedBy, FollowUpKind, Reason};
use crate::text::Folded;

/// A message judged in its conversation.
pub(crate) struct Judged<'a> {
    /// The decision about it as a new matter.
    pub(crate) decision: Decision,
    /// The follow-up that it is; `None` for a new matter.
    pub(crate) matched: Option<FollowUpMatch<'a>>,
    /// What it takes up as a new matter.
    pub(crate) taken_up: TakenUp<'a>,
    /// Whether it only asks to hurry.
    pub(crate) chases: bool,
}

/// Judges a message by its analysis, the conversation and the related cases.
pub(crate) fn judge<'a>(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    incoming: &Incoming<'_>,
    situation: &'a Situation<'_>,
    context: MessageContext<'_>,
) -> Judged<'a> {
    let conversation = &situation.conversation;
    let mut decision = analysis.decide();
    let waiting = conversation.menu.as_ref().filter(|menu| {
        context.menu_is_last
            && menu.chosen.is_empty()
            && compiled.menu_use(menu, context.now) != MenuUse::Over
    });
    let words = compiled.follow_up_words.as_ref();
    let saying = words.map(|words| Saying::of(words, incoming.text.folded().as_str()));
    let saying = saying.unwrap_or_default();
    let matched = words.and_then(|words| {
        let related = &situation.related;
        let exact = is_exact(compiled, &decision, incoming.text.bare());
        let input = FollowUpInput {
            saying: &saying,
            decision: &decision,
            conversation,
            person: situation.citizen_cases.person(),
            last_case_at: related.last_case_at,
            menu_waits: waiting.is_some(),
            negates_request: analysis.negates_request(),
            only_person: analysis.only_asks_for_a_person(words),
            asks_anew: exact || asks_surely(words, &decision, incoming.text.folded()),
            exact,
            case: related.case.as_ref(),
            repeats: related.repeats_case,
            put_elsewhere: related.put_elsewhere,
            others: &related.others,
            named: related.named.as_ref(),
            written: incoming.written_at(context.now),
            now: context.now,
        };
        match_follow_up(words, &input)
    });
    let taken_up = match matched {
        Some(FollowUpMatch {
            kind: FollowUpKind::LeftMenu,
            ..
        }) => waiting.map_or(TakenUp::Nothing, TakenUp::Menu),
        Some(FollowUpMatch {
            kind: FollowUpKind::Refused,
            ..
        }) => {
            let refused = conversation.unrated_answer(context.now);
            refused.map_or(TakenUp::Nothing, TakenUp::Answer)
        }
        Some(_) => TakenUp::Nothing,
        None if is_choice(&decision) => {
            let menu = conversation.menu.as_ref();
            menu.map_or(TakenUp::Nothing, TakenUp::Menu)
        }
        None => {
            let open = waiting.filter(|menu| context.now < menu.expires);
            open.map_or(TakenUp::Nothing, |menu| TakenUp::after(menu, &decision))
        }
    };
    match (taken_up, matched) {
        (TakenUp::Answer(unrated), Some(FollowUpMatch { kind, .. })) => {
            refuse(&mut decision, kind, unrated.theme.clone());
        }
        (TakenUp::Menu(menu), Some(FollowUpMatch { kind, .. })) => {
            refuse(&mut decision, kind, compiled.menu_theme(menu));
            route_text(compiled, analysis, &menu.asked, &mut decision);
        }
        (TakenUp::Menu(menu), None) => route_text(compiled, analysis, &menu.asked, &mut decision),
        (TakenUp::AfterMenu(menu), _) => join_menu(compiled, analysis, menu, &mut decision),
        (TakenUp::Nothing | TakenUp::Answer(_), _) => {
            if let Some(theme) = talked_about(compiled, analysis, incoming, context) {
                set_theme(&mut decision, Some(theme));
            }
            route_text(compiled, analysis, analysis.text.original(), &mut decision);
        }
    }
    Judged {
        decision,
        matched,
        taken_up,
        chases: saying.chases,
    }
}

/// Sends a refused question to a person, with its theme. A request for a person stays among the reasons: it may
/// be the refusal.
fn refuse(decision: &mut Decision, kind: FollowUpKind, theme: Option<ThemeId>) {
    decision.verdict = Verdict::Person {
        by: DecidedBy::Talk,
        department: None,
        forward: None,
        priority: Priority::Normal,
        note: None,
        emergency: None,
    };
    decision
        .reasons
        .retain(|reason| matches!(reason, Reason::HandOff { .. }));
    decision.reasons.push(Reason::FollowUp { kind, case: None });
    set_theme(decision, theme);
}

/// Joins the question of a menu with a message that follows it without a choice. The message goes to its own
/// department where that is sure, and to the menu's otherwise.
fn join_menu(compiled: &CompiledRulebook, analysis: &Analysis<'_>, menu: &Menu, decision: &mut Decision) {
    if !matches!(decision.verdict, Verdict::Person { .. }) {
        return;
    }
    let theme = decision.theme.clone();
    decision.reasons.insert(
        decision.reasons.len().saturating_sub(1),
        Reason::AfterMenu {
            offered: menu.options.iter().map(|option| option.entry.clone()).collect(),
        },
    );
    route_text(compiled, analysis, analysis.text.original(), decision);
    let routed = |reason: &Reason| matches!(reason, Reason::Routed { .. });
    let unclear = |reason: &Reason| matches!(reason, Reason::Misses { .. } | Reason::Unsure { .. });
    if decision.reasons.iter().any(routed) {
        return;
    }
    let of_menu = compiled.menu_theme(menu);
    if theme.is_none() || theme != of_menu && decision.reasons.iter().any(unclear) {
        if of_menu.is_some() {
            set_theme(decision, of_menu);
        } else if theme.is_none() {
            route_text(compiled, analysis, &menu.asked, decision);
        }
    }
}

/// The theme that was just talked about, for a first message that only asks for a person.
fn talked_about(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    incoming: &Incoming<'_>,
    context: MessageContext<'_>,
) -> Option<ThemeId> {
    let words = compiled.follow_up_words.as_ref()?;
    let conversation = context.conversation;
    let theme = conversation.last_theme.as_ref()?;
    let last = conversation.last_at?;
    let written = incoming.written_at(context.now);
    let just = written.duration_since(last).as_mins() < i64::from(words.minutes);
    let known = compiled.rulebook.themes.contains_key(theme);
    (just && known && analysis.only_asks_for_a_person(words)).then(|| theme.clone())
}

/// Whether the message is answered in the very words of a rule or entry.
fn is_exact(compiled: &CompiledRulebook, decision: &Decision, bare: &str) -> bool {
    match &decision.verdict {
        Verdict::Rule { place, .. } => {
            let rule = compiled.rulebook.rules.get(*place);
            rule.is_some_and(|rule| !rule.when.exact.is_empty())
        }
        Verdict::Entry { .. } => compiled.is_phrasing(bare),
        _ => false,
    }
}

/// Whether the message is a question that the engine would answer even if half as many errors were allowed.
fn asks_surely(words: &FollowUpWords, decision: &Decision, folded: &Folded<'_>) -> bool {
    let asks = words.asks.is_empty() || words.asks.iter().any(|word| folded.as_str().contains(&**word));
    let sure = match &decision.verdict {
        Verdict::Rule { .. } => true,
        Verdict::Entry { .. } => decision.reasons.iter().any(|reason| match reason {
            Reason::Sure {
                confidence,
                threshold,
            } => 1.0 - confidence <= (1.0 - threshold) / 2.0,
            _ => false,
        }),
        _ => false,
    };
    asks && sure
}

/// Whether an automatic answer interrupts an open case that the citizen just wrote about.
pub(crate) fn interrupts_case(
    compiled: &CompiledRulebook,
    incoming: &Incoming<'_>,
    situation: &Situation<'_>,
    now: jiff::Timestamp,
) -> bool {
    let Some(words) = compiled.follow_up_words.as_ref() else {
        return false;
    };
    let open = situation
        .related
        .case
        .as_ref()
        .is_some_and(|case| !case.state.is_over());
    open && is_close(
        words.minutes,
        situation.related.last_case_at,
        incoming.written_at(now),
    )
}
