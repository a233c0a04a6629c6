//! Messages of machines: kept as a note, and never replied to.

use super::draft::{Draft, PlanInput};
use crate::case::Author;
use crate::conversation::ConversationUpdate;
use crate::engine::analyze::AutomaticMove;
use crate::reply::{Action, Outcome, Reason, SilentReason};

/// Nothing is sent.
const SILENT: Outcome = Outcome::Silent {
    reason: SilentReason::Automatic,
};

/// Drafts the plan of a message that is only kept.
pub(super) fn draft(input: &PlanInput<'_>, automatic: AutomaticMove<'_>) -> Draft {
    let AutomaticMove { decision, noted } = automatic;
    let mut draft = Draft::of_decision(decision, SILENT, ConversationUpdate::NotTheirs);
    draft.action = Action::Silent;
    if let Some((case, events)) = noted {
        draft
            .cases
            .apply(case.clone(), events, &Author::Engine, input.now);
    }
    draft
}

/// Takes the reply from the draft of a case that a machine's message opened.
pub(super) fn without_reply(mut draft: Draft) -> Draft {
    let opened = match &draft.outcome {
        Outcome::Queued { case, .. } => Some(case.id.clone()),
        _ => None,
    };
    for reason in &mut draft.reasons {
        if let Reason::Automatic { case, .. } = reason {
            case.clone_from(&opened);
            draft.outcome = SILENT;
        }
    }
    draft
}
