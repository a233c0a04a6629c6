//! Explanations of decisions: the evidence, the weighing, and changes that would lead to another decision.

mod faq;
mod rules;
mod show;
mod what_if;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

pub use faq::{FaqTrace, Measure};
pub use rules::{FailedCondition, RuleState, RuleTrace};
pub use what_if::{DecisionSummary, EvidenceChange, WhatIf};
pub use words::{WordHit, WordKind};

use super::Engine;
use super::analyze::{Analysis, Judged, MessageContext, judge};
use super::compiled::CompiledRulebook;
use super::error::Error;
use super::incoming::Incoming;
use super::receive::check;
use super::situation::Situation;
use crate::case::CaseId;
use crate::conversation::FollowUpMatch;
use crate::decide::Decision;
use crate::keyword::KeywordError;
use crate::message::{Message, RulebookVersion, ThemeId};
use crate::reply::{Action, DecidedBy, FollowUpKind, Reason};

/// The whole reasoning about one message, for an operator.
///
/// [`Display`](std::fmt::Display) prints it for a terminal, without invisible characters. Serde serializes
/// all of it. Spans are byte ranges of [`text`](Self::text).
///
/// ```
/// use civic_reply::reply::Action;
/// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let builder = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new());
/// # let engine = builder.check_examples(false).build()?;
/// let explanation = engine.explain(&Message::text("gov-wechat", "citizen-42", "msg-1", "转人工"))?;
/// assert_eq!(explanation.action, Action::Escalate);
/// println!("{explanation}");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Explanation {
    /// The message as it came.
    pub text: String,
    /// The part that was read, folded.
    pub folded: String,
    /// Whether only its beginning was read.
    pub truncated: bool,
    /// The instant for which it is explained.
    pub at: Timestamp,
    /// The office's day at that instant. Rules and entries in force on it count.
    pub today: Date,
    /// The rulebook in force.
    pub rulebook: RulebookVersion,
    /// The number of the citizen's messages in a row before this one that led to a menu.
    pub misses: u32,
    /// Whether a menu was open that the message could choose from.
    pub menu_open: bool,
    /// The follow-up that the message would be; `None` for a new matter. The fields below then describe the
    /// decision if it were a new matter.
    #[serde(rename = "goes_on")]
    pub follow_up: Option<FollowUpTrace>,
    /// Emergency words, requests for a person and complaints, in the order of the message.
    pub words: Vec<WordHit>,
    /// The rules with a keyword in the message: the winner, the beaten ones, then the others, the nearest to
    /// firing first.
    pub rules: Vec<RuleTrace>,
    /// The FAQ's candidates, the surest first. Empty if the search failed; a reason then gives the error.
    pub faq: Vec<FaqTrace>,
    /// The action.
    pub action: Action,
    /// The rule, entry or word that decides.
    pub by: DecidedBy,
    /// The theme, if one was recognised.
    pub theme: Option<ThemeId>,
    /// The confidence in the FAQ's best entry, in `0..=1`; `None` if the FAQ has no candidate.
    pub confidence: Option<f64>,
    /// The reasons in the order of the weighing, as [`receive`](Engine::receive) would record them.
    pub reasons: Vec<Reason>,
    /// Single changes of the evidence that would change the decision.
    pub what_if: Vec<WhatIf>,
}

/// The follow-up that a message would be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct FollowUpTrace {
    /// The kind.
    #[serde(rename = "how")]
    pub kind: FollowUpKind,
    /// The case that it is about. `None` if it is about an automatic answer, or if no case is known.
    pub case: Option<CaseId>,
}

impl Engine {
    /// Explains the decision that [`receive`](Self::receive) would make about a message now, and lists
    /// changes of the evidence that would change it. Records nothing. A message that was handled before is
    /// decided again; its record is read by [`handled`](Self::handled).
    ///
    /// Made for people, not for every message: the first call on a rulebook compiles every condition once
    /// more, and each call decides several times.
    ///
    /// ```
    /// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let builder = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new());
    /// # let engine = builder.check_examples(false).build()?;
    /// let message = Message::text("gov-wechat", "citizen-42", "msg-1", "宝宝出生后怎么上户口");
    /// println!("{}", engine.explain(&message)?);
    /// assert_eq!(engine.handled(message.key())?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if an identifier is empty or too long, [`Error::Store`] if the store cannot be
    /// read, [`Error::Explain`] if the conditions cannot be compiled.
    pub fn explain(&self, message: &Message) -> Result<Explanation, Error> {
        check(message.key())?;
        let compiled = self.compiled();
        let incoming = Incoming::new(message);
        let situation = Situation::read_again(self.store(), self.lookups(), &compiled, &incoming)?;
        let now = self.now();
        let context = situation.context(&compiled, now);
        let analysis = Analysis::of(&compiled, &incoming.text, context);
        let Judged {
            decision, matched, ..
        } = judge(&compiled, &analysis, &incoming, &situation, context);
        let follow_up = matched.map(trace);
        Ok(explain(&compiled, &analysis, decision, follow_up, context)?)
    }
}

fn trace(matched: FollowUpMatch<'_>) -> FollowUpTrace {
    let FollowUpMatch { kind, case } = matched;
    let case = case.filter(|_| kind.is_about_a_case());
    FollowUpTrace {
        kind,
        case: case.map(|case| case.id.clone()),
    }
}

fn explain(
    compiled: &CompiledRulebook,
    analysis: &Analysis<'_>,
    decision: Decision,
    follow_up: Option<FollowUpTrace>,
    context: MessageContext<'_>,
) -> Result<Explanation, KeywordError> {
    let folded = analysis.text.folded();
    let found = compiled.probes()?.find(folded, context.match_context(compiled));
    let rules = rules::trace(compiled, analysis, &found, context);
    let what_if = what_if::what_if(compiled, analysis, &decision, &rules, context)?;
    let menu = context.conversation.menu.as_ref();
    Ok(Explanation {
        text: folded.original().to_owned(),
        folded: folded.as_str().to_owned(),
        truncated: folded.is_truncated(),
        at: context.now,
        today: context.today,
        rulebook: compiled.rulebook.version.clone(),
        misses: context.conversation.misses,
        menu_open: menu.is_some_and(|menu| context.now < menu.expires),
        follow_up,
        words: words::words(compiled, analysis, &found),
        rules,
        faq: faq::trace(compiled, analysis),
        action: decision.action(),
        by: decision.by(),
        theme: decision.theme,
        confidence: decision.confidence,
        reasons: decision.reasons,
        what_if,
    })
}

/// The action of a decision, and its cause.
pub(super) fn summary(decision: &Decision) -> DecisionSummary {
    what_if::summary(decision)
}

/// The conditions that kept the rule at `place` from firing. Empty if it fired.
pub(super) fn failed_conditions(
    compiled: &CompiledRulebook,
    place: usize,
    analysis: &Analysis<'_>,
    context: MessageContext<'_>,
) -> Result<Vec<FailedCondition>, KeywordError> {
    let match_context = context.match_context(compiled);
    let found = compiled.probes()?.find(analysis.text.folded(), match_context);
    Ok(rules::failed(compiled, place, analysis, &found, context))
}
