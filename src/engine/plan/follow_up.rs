//! Follow-ups: a message that goes on with a case or an automatic answer.

use super::draft::{Draft, PlanInput, summary};
use super::feedback::of_rating;
use super::repetition::{announce_handback, held_notice, is_last_notice, times_repeated};
use crate::case::{Author, Case};
use crate::conversation::ConversationUpdate;
use crate::engine::analyze::FollowUpMove;
use crate::reply::{Action, DecidedBy, FollowUpKind, Outcome, Reason, Reply, SilentReason};
use crate::rulebook::FollowUp;
use crate::store::ChangeSet;

/// Drafts the plan of a follow-up.
pub(super) fn draft(input: &PlanInput<'_>, follow_up: FollowUpMove<'_>) -> Draft {
    let FollowUpMove {
        config,
        kind,
        case,
        events,
    } = follow_up;
    // After a citizen replies to a question, the deadline runs again, so the reply names the due time.
    let replied = case.is_some_and(Case::lacks_reply);
    let mut cases = ChangeSet::default();
    let case = case.map(|case| cases.apply(case.clone(), events, &Author::Citizen, input.now));
    let case = case.as_ref();

    let notice = Notice::of(kind, case.map_or("", |case| case.id.as_str()));
    let outcome = match notice.as_ref().and_then(|notice| notice.silence(input, kind)) {
        Some(reason) => Outcome::Silent { reason },
        None => outcome(input, config, kind, case, replied),
    };
    let outcome = match kind {
        FollowUpKind::Held => outcome,
        _ => announce_handback(input, outcome),
    };
    Draft {
        cases,
        action: match outcome {
            Outcome::Silent { .. } => Action::Silent,
            _ => Action::FollowUp,
        },
        outcome,
        by: DecidedBy::Talk,
        confidence: None,
        theme: case.and_then(|case| case.theme.clone()),
        reasons: vec![Reason::FollowUp {
            kind,
            case: case.map(|case| case.id.clone()),
        }],
        update: update(input, kind, case),
        notice: notice.map(|notice| notice.name),
        feedback: of_rating(input, kind),
    }
}

/// A text that is not sent twice in a row, and the reason for silence when it would be.
struct Notice {
    name: String,
    repeated: SilentReason,
}

impl Notice {
    fn of(kind: FollowUpKind, case: &str) -> Option<Self> {
        let (name, repeated) = match kind {
            FollowUpKind::Held => (held_notice(case), SilentReason::Held),
            FollowUpKind::Added => (format!("added {case}"), SilentReason::Added),
            FollowUpKind::Chased => (format!("chased {case}"), SilentReason::Repeated),
            FollowUpKind::Thanks => ("welcome".to_owned(), SilentReason::Repeated),
            _ => return None,
        };
        Some(Self { name, repeated })
    }

    fn silence(&self, input: &PlanInput<'_>, kind: FollowUpKind) -> Option<SilentReason> {
        let repeats = match kind {
            // Sent once for as long as a person holds the case.
            FollowUpKind::Held => is_last_notice(input, &self.name),
            _ => times_repeated(input, &self.name) > 0,
        };
        repeats.then_some(self.repeated)
    }
}

fn outcome(
    input: &PlanInput<'_>,
    config: &FollowUp,
    kind: FollowUpKind,
    case: Option<&Case>,
    replied: bool,
) -> Outcome {
    let (renderer, texts) = (input.renderer(), &config.texts);
    match kind {
        FollowUpKind::Held => with_receipt(renderer.of_case(&texts.held, case), case),
        FollowUpKind::Added => queued(input, config, &texts.added, case, replied),
        FollowUpKind::Unsolved => queued(input, config, &texts.reopened, case, true),
        FollowUpKind::Progress => Outcome::Replied(renderer.progress(config, case, input.now)),
        FollowUpKind::Chased => {
            let progress = renderer.progress(config, case, input.now);
            Outcome::Replied(match &texts.chased {
                Some(text) => progress.preceded_by(text),
                None => progress,
            })
        }
        FollowUpKind::Thanks => Outcome::Replied(Reply::new(texts.welcome.clone())),
        _ => Outcome::Replied(Reply::new(texts.confirmed.clone())),
    }
}

/// A case that is in the queue: with its due time if `with_due`, and a notice if the department is not
/// staffed.
fn queued(
    input: &PlanInput<'_>,
    config: &FollowUp,
    template: &str,
    case: Option<&Case>,
    with_due: bool,
) -> Outcome {
    let renderer = input.renderer();
    let reply = renderer.queue_status(template, &config.texts, case, with_due, input.now);
    let availability = input.destination.availability;
    let absence = case.and_then(|case| renderer.absence(config, case, availability, input.now));
    let reply = match absence {
        Some(absence) => reply.followed_by(&absence),
        None => reply,
    };
    with_receipt(reply, case)
}

/// The reply with the receipt of the case. A case without any deadline has none; the engine makes no such
/// case.
fn with_receipt(reply: Reply, case: Option<&Case>) -> Outcome {
    let due = case.and_then(|case| Some((case, case.next_deadline()?.due.clone())));
    match due {
        Some((case, due)) => Outcome::Queued {
            reply,
            case: summary(case, due),
        },
        None => Outcome::Replied(reply),
    }
}

fn update(input: &PlanInput<'_>, kind: FollowUpKind, case: Option<&Case>) -> ConversationUpdate {
    match (kind, case) {
        (FollowUpKind::Confirmed, _) => match &input.conversation().menu {
            // The menu came after every answer: nothing older is rated.
            Some(menu) if menu.chosen.is_empty() => ConversationUpdate::MenuLeft,
            _ => ConversationUpdate::AnswerRated,
        },
        (FollowUpKind::Thanks | FollowUpKind::Progress, _) | (_, None) => ConversationUpdate::Nothing,
        (_, Some(case)) => ConversationUpdate::Case {
            case: case.id.clone(),
            written: input.written_at(),
            rates_answer: false,
        },
    }
}
