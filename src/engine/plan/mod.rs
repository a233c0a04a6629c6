//! From a disposition to one change set and the record of the outcome. Pure.

mod answer;
mod automatic;
mod case_number;
mod draft;
mod due_estimate;
mod feedback;
mod follow_up;
mod held_letters;
mod new_case;
mod question;
mod render_reply;
mod repetition;

pub(super) use draft::{Plan, PlanInput};

use super::analyze::Disposition;
use crate::decide::Verdict;

/// Plans everything that a message changes.
pub(super) fn plan(input: &PlanInput<'_>, disposition: Disposition<'_>) -> Plan {
    let draft = match disposition {
        Disposition::FollowUp(follow_up) => follow_up::draft(input, follow_up),
        Disposition::NewMatter { decision, taken_up } => match decision.verdict {
            Verdict::Person { .. } => automatic::without_reply(new_case::draft(input, decision, taken_up)),
            _ => answer::draft(input, decision, taken_up),
        },
        Disposition::Automatic(automatic) => automatic::draft(input, automatic),
    };
    draft.conclude(input)
}
