//! The input of a plan, and the union of its parts in one change set.

use jiff::Timestamp;

use super::held_letters::release_held;
use super::render_reply::Renderer;
use super::repetition::repeat_window;
use crate::case::{Author, Case, CaseId, Due, Event, Record, erase_reason};
use crate::conversation::{ConversationUpdate, next_conversation};
use crate::decide::Decision;
use crate::engine::compiled::CompiledRulebook;
use crate::engine::destination::Destination;
use crate::engine::incoming::Incoming;
use crate::engine::situation::Situation;
use crate::message::{Conversation, ThemeId, WITHHELD};
use crate::reply::{Action, CaseSummary, DecidedBy, Feedback, Handled, Outcome, Reason, Reply};
use crate::rulebook::FollowUp;
use crate::store::ChangeSet;

/// Everything that was read and found out about a message, apart from its disposition.
pub(crate) struct PlanInput<'a> {
    pub(crate) compiled: &'a CompiledRulebook,
    pub(crate) incoming: &'a Incoming<'a>,
    pub(crate) situation: &'a Situation<'a>,
    pub(crate) destination: &'a Destination,
    pub(crate) now: Timestamp,
    /// The number of earlier attempts in which the case number was taken.
    pub(crate) numbers_taken: usize,
}

impl<'a> PlanInput<'a> {
    pub(super) fn conversation(&self) -> &'a Conversation {
        &self.situation.conversation
    }

    pub(super) fn follow_up(&self) -> Option<&'a FollowUp> {
        self.compiled.rulebook.follow_up.as_ref()
    }

    pub(super) fn renderer(&self) -> Renderer<'a> {
        Renderer {
            rulebook: &self.compiled.rulebook,
        }
    }

    pub(super) fn written_at(&self) -> Timestamp {
        self.incoming.written_at(self.now)
    }
}

/// The change set of a message, and the record of its outcome.
pub(crate) struct Plan {
    pub(crate) change: ChangeSet,
    pub(crate) handled: Handled,
}

/// The parts of a plan that depend on the disposition.
pub(super) struct Draft {
    /// Cases opened and moved.
    pub(super) cases: ChangeSet,
    pub(super) outcome: Outcome,
    pub(super) action: Action,
    pub(super) by: DecidedBy,
    pub(super) confidence: Option<f64>,
    pub(super) theme: Option<ThemeId>,
    pub(super) reasons: Vec<Reason>,
    pub(super) update: ConversationUpdate,
    /// The name of the text that is sent, if the text is not to be repeated at once.
    pub(super) notice: Option<String>,
    pub(super) feedback: Option<Feedback>,
}

impl Draft {
    /// The draft of a decision that changes no case.
    pub(super) fn of_decision(decision: Decision, outcome: Outcome, update: ConversationUpdate) -> Self {
        Self {
            cases: ChangeSet::default(),
            outcome,
            action: decision.action(),
            by: decision.by(),
            confidence: decision.confidence,
            theme: decision.theme,
            reasons: decision.reasons,
            update,
            notice: None,
            feedback: None,
        }
    }

    /// Adds the outcome, its record, and the next state of the conversation. The record of the outcome comes
    /// first.
    pub(super) fn conclude(self, input: &PlanInput<'_>) -> Plan {
        let now = input.now;
        let handled = Handled {
            key: input.incoming.message.key().clone(),
            at: now,
            action: self.action,
            by: self.by,
            confidence: self.confidence,
            theme: self.theme,
            outcome: self.outcome,
            reasons: kept_reasons(input, &self.reasons),
            rulebook: input.compiled.rulebook.version.clone(),
        };
        let withheld = input.incoming.message.is_withheld();
        let window = repeat_window(input.follow_up());
        let conversation = next_conversation(input.conversation(), self.update, self.notice, window, now);
        let record = |event| Record::new(now, Author::Citizen, None, event);
        let mut change = ChangeSet {
            conversation: Some(conversation),
            records: vec![record(Event::Handled {
                key: handled.key.clone(),
                action: handled.action,
                by: handled.by.clone(),
                text: (!withheld).then(|| input.incoming.kept_text()),
                written: Some(input.written_at()),
                theme: handled.theme.clone(),
                rulebook: Some(handled.rulebook.clone()),
                case: case_of(&handled),
                withheld,
            })],
            handled: Some(kept(handled.clone(), withheld)),
            cases: Vec::new(),
        };
        change.merge(self.cases);
        // A withheld question teaches nothing.
        let feedback = self.feedback.filter(|feedback| feedback.text != WITHHELD);
        let feedback = feedback.map(|feedback| record(Event::Feedback { feedback }));
        change.records.extend(feedback);
        release_held(input, &mut change);
        Plan { change, handled }
    }
}

/// The reasons that may be kept: those of a withheld message without its words.
pub(super) fn kept_reasons(input: &PlanInput<'_>, reasons: &[Reason]) -> Vec<Reason> {
    let mut reasons = reasons.to_vec();
    if input.incoming.message.is_withheld() {
        reasons.iter_mut().for_each(erase_reason);
    }
    reasons
}

/// The outcome as it is stored: that of a withheld message without its reply.
fn kept(mut handled: Handled, withheld: bool) -> Handled {
    if withheld && let Outcome::Replied(reply) | Outcome::Queued { reply, .. } = &mut handled.outcome {
        *reply = Reply::new("");
    }
    handled
}

/// The case that the message opened or went on with.
fn case_of(handled: &Handled) -> Option<CaseId> {
    if let Outcome::Queued { case, .. } = &handled.outcome {
        return Some(case.id.clone());
    }
    handled.reasons.iter().find_map(|reason| match reason {
        Reason::FollowUp { case, .. } => case.clone(),
        _ => None,
    })
}

/// The receipt of a case for the host.
pub(super) fn summary(case: &Case, due: Due) -> CaseSummary {
    CaseSummary {
        id: case.id.clone(),
        due,
        department: case.department.clone(),
        theme: case.theme.clone(),
        priority: case.priority,
    }
}
