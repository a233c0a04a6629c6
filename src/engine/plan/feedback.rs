//! The feedback in a message: a choice from a menu, or a rating of an automatic answer.

use super::draft::PlanInput;
use crate::message::EntryId;
use crate::reply::{DecidedBy, Feedback, FollowUpKind, Judgement, Reason};
use crate::text::fold;

/// The judgement in a choice from a menu, on the question of the menu.
pub(super) fn of_choice(input: &PlanInput<'_>, reasons: &[Reason], by: &DecidedBy) -> Option<Feedback> {
    let menu = input.conversation().menu.as_ref()?;
    // Of two options at once, neither alone was the question.
    let chosen = |reason: &&Reason| matches!(reason, Reason::Chosen { .. });
    if reasons.iter().filter(chosen).nth(1).is_some() {
        return None;
    }
    let judgement = match by {
        DecidedBy::Menu(entry) => Judgement::Chose { entry: entry.clone() },
        _ if reasons.iter().any(Reason::is_none_of_these) => Judgement::NoneOfThese {
            shown: menu.options.iter().map(|option| option.entry.clone()).collect(),
        },
        _ => return None,
    };
    // The choice of an entry that a reload has removed counts as "none of these" for the decision, but not as
    // a judgement: the citizen did not choose "none of these".
    let has_all = menu
        .options
        .iter()
        .all(|option| input.compiled.entry(&option.entry).is_some());
    (has_all && !fold(&menu.asked).is_blank()).then(|| Feedback {
        key: input.incoming.message.key().clone(),
        text: menu.asked.clone(),
        judgement,
    })
}

/// The judgement in a message that confirms or refuses an entry's answer, on the question of that answer.
/// None if the entry was chosen from a menu: the choice is the judgement.
pub(super) fn of_rating(input: &PlanInput<'_>, kind: FollowUpKind) -> Option<Feedback> {
    let conversation = input.conversation();
    // A menu came after the answer: the rating is about the menu.
    if conversation
        .menu
        .as_ref()
        .is_some_and(|menu| menu.chosen.is_empty())
    {
        return None;
    }
    let unrated = conversation.unrated.as_ref()?;
    let entry = conversation.last_notice.as_ref()?.what.strip_prefix("entry ")?;
    let entry = EntryId::new(entry);
    input.compiled.entry(&entry)?;
    let judgement = match kind {
        FollowUpKind::Confirmed => Judgement::Solved { entry },
        FollowUpKind::Refused => Judgement::NotSolved { entry },
        _ => return None,
    };
    Some(Feedback {
        key: input.incoming.message.key().clone(),
        text: unrated.asked.clone(),
        judgement,
    })
}
