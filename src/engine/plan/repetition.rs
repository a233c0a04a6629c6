//! Texts that are not sent twice in a row.

use jiff::SignedDuration;

use super::draft::{Draft, PlanInput};
use crate::conversation::times_sent;
use crate::reply::{Action, Outcome, Reason, Reply, SilentReason};
use crate::rulebook::FollowUp;

/// The prefix of the notice that a person holds the case; the case number follows.
const HELD: &str = "held ";

/// The name of the notice that a person holds the case.
pub(super) fn held_notice(case: &str) -> String {
    format!("{HELD}{case}")
}

/// The time within which the same text is not sent again.
pub(super) fn repeat_window(follow_up: Option<&FollowUp>) -> SignedDuration {
    follow_up.map_or(SignedDuration::ZERO, |follow_up| {
        SignedDuration::from_mins(i64::from(follow_up.repeat_minutes))
    })
}

/// The number of times that a notice was sent within the window.
///
/// Counts from the second time if other texts were sent in between: two programs that answer each other may
/// take turns with several texts.
pub(super) fn times_repeated(input: &PlanInput<'_>, notice: &str) -> u32 {
    let window = repeat_window(input.follow_up());
    let times = times_sent(input.conversation(), notice, window, input.now);
    match is_last_notice(input, notice) {
        true => times,
        false => times.saturating_sub(1),
    }
}

/// Whether the notice was the last text sent.
pub(super) fn is_last_notice(input: &PlanInput<'_>, notice: &str) -> bool {
    let last = input.conversation().last_notice.as_ref();
    last.is_some_and(|last| last.what == notice)
}

/// Replaces an answer that was just sent: the first time by a short text, then by nothing.
pub(super) fn suppress_repeated(input: &PlanInput<'_>, draft: &mut Draft) {
    let (Some(follow_up), Some(notice)) = (input.follow_up(), &draft.notice) else {
        return;
    };
    let times = times_repeated(input, notice);
    match times {
        0 => return,
        1 => draft.outcome = Outcome::Replied(Reply::new(follow_up.texts.repeated.clone())),
        _ => {
            draft.action = Action::Silent;
            draft.outcome = Outcome::Silent {
                reason: SilentReason::Repeated,
            };
        }
    }
    draft.reasons.push(Reason::Repeated { times: times + 1 });
}

/// Marks the first automatic reply after a person held the case.
pub(super) fn announce_handback(input: &PlanInput<'_>, outcome: Outcome) -> Outcome {
    let last = input.conversation().last_notice.as_ref();
    let was_held = last.is_some_and(|last| last.what.starts_with(HELD));
    let Some(follow_up) = input.follow_up().filter(|_| was_held) else {
        return outcome;
    };
    let text = &follow_up.texts.handed_back;
    match outcome {
        Outcome::Replied(reply) => Outcome::Replied(reply.preceded_by(text)),
        Outcome::Queued { reply, case } => Outcome::Queued {
            reply: reply.preceded_by(text),
            case,
        },
        silent @ Outcome::Silent { .. } => silent,
    }
}
