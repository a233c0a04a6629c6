//! Why a message would be decided as it would: everything that was found, weighed and missing.

mod faq;
mod probes;
mod rules;
mod show;
mod what_if;
mod words;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;

pub use faq::{FaqTrace, Measure};
pub(super) use probes::Probes;
pub use rules::{Failed, RuleState, RuleTrace};
pub use what_if::{EvidenceChange, Then, WhatIf};
pub use words::{WordHit, WordKind};

use super::analysis::{Analysis, MessageContext};
use super::compiled::CompiledRulebook;
use super::receive::check;
use super::related::{OfCitizen, Related};
use super::routing;
use super::{Engine, Error};
use crate::case::CaseId;
use crate::decide::Decision;
use crate::keyword::KeywordError;
use crate::message::{Message, RulebookVersion, ThemeId};
use crate::reply::{Action, DecidedBy, FollowedUp, Reason};

/// The whole reasoning about one message, for an operator.
///
/// [`Display`](std::fmt::Display) prints it for a terminal, with invisible characters of the citizen's words left out; serde
/// gives all of it as data. Spans are bytes of [`text`](Self::text).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The message as it came.
    pub text: String,
    /// What was read of it: folded, and capped.
    pub folded: String,
    /// Whether only its beginning was read.
    pub truncated: bool,
    /// The instant for which it is explained.
    pub at: Timestamp,
    /// The office's day then: rules and entries in force on it count.
    pub today: Date,
    /// The rulebook that decided.
    pub rulebook: RulebookVersion,
    /// How many messages of the citizen before this one, in a row, were asked back about.
    pub misses: u32,
    /// Whether a menu was open that the message could choose from.
    pub menu_open: bool,
    /// What the message would go on with, and how; `None` for a new matter. What follows then says what would be done
    /// with it as one.
    pub goes_on: Option<FollowUpTrace>,
    /// The words that may bring a person, in the message's order.
    pub words: Vec<WordHit>,
    /// The rules that the message touches: the winner, those beaten, then the others, the nearest to firing first.
    pub rules: Vec<RuleTrace>,
    /// The FAQ's candidates, the surest first; empty where it could not be asked, which a reason then says.
    pub faq: Vec<FaqTrace>,
    /// What would be done.
    pub action: Action,
    /// What decides.
    pub by: DecidedBy,
    /// The theme, where one was recognised.
    pub theme: Option<ThemeId>,
    /// How sure the FAQ is of its best entry.
    pub confidence: Option<f64>,
    /// Why, in the order of the weighing: as [`receive`](Engine::receive) would record it.
    pub reasons: Vec<Reason>,
    /// What would have changed the decision, each taken alone.
    pub what_if: Vec<WhatIf>,
}

/// What a message goes on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FollowUpTrace {
    /// How.
    pub how: FollowedUp,
    /// The case, where it goes on with one; else it is an automatic answer, or nothing that is known.
    pub case: Option<CaseId>,
}

impl Engine {
    /// Explains what [`receive`](Self::receive) would decide about a message now, and what would have changed it. Nothing is
    /// recorded, and a message that was handled before is decided anew: its record is [`handled`](Self::handled)'s.
    ///
    /// It is made for people, not for every message: the first call on a rulebook compiles its conditions once more, and
    /// each call weighs the message several times.
    ///
    /// ```
    /// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).check_examples(false).build()?;
    /// let message = Message::text("gov-wechat", "citizen-42", "msg-1", "宝宝出生后怎么上户口");
    /// println!("{}", engine.explain(&message)?);
    /// assert_eq!(engine.handled(message.key())?, None);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The message can't be taken as it is, the store can't be read, or the conditions can't be compiled.
    pub fn explain(&self, message: &Message) -> Result<Explanation, Error> {
        check(message.key())?;
        let compiled = self.compiled();
        let conversation = self
            .inner
            .store
            .conversation(message.account(), message.sender())?;
        let now = self.inner.clock.now();
        let context = MessageContext {
            account: message.account(),
            conversation: &conversation,
            now,
            today: compiled.today(now),
            state: None,
        };
        let store = &*self.inner.store;
        let of_citizen = OfCitizen::new(store, message.sender(), None);
        let related = Related::read(store, &compiled, message, &conversation, &of_citizen)?;
        let mut explanation = explain(&compiled, message.body(), context)?;
        let decision = compiled.decide(message.body(), message.account(), &conversation, now);
        let goes_on = related.match_follow_up(&compiled, message, &conversation, &decision, now);
        explanation.goes_on = goes_on.map(|goes_on| FollowUpTrace {
            how: goes_on.how,
            case: goes_on
                .case
                .filter(|_| goes_on.how.is_about_a_case())
                .map(|case| case.id.clone()),
        });
        Ok(explanation)
    }
}

fn explain(
    compiled: &CompiledRulebook,
    text: &str,
    context: MessageContext<'_>,
) -> Result<Explanation, KeywordError> {
    let analysis = Analysis::gather(compiled, text, context);
    let found = compiled.probes()?.find(&analysis.folded, compiled, context);
    let rules = rules::trace(compiled, &analysis, &found, context);
    let decision = routing::decide(compiled, &analysis, context);
    let what_if = what_if::what_if(compiled, &analysis, &decision, &rules, context)?;
    let menu = context.conversation.menu.as_ref();
    Ok(Explanation {
        text: text.to_owned(),
        folded: analysis.folded.as_str().to_owned(),
        truncated: analysis.folded.is_truncated(),
        at: context.now,
        today: context.today,
        rulebook: compiled.rulebook.version.clone(),
        misses: context.conversation.misses,
        menu_open: menu.is_some_and(|menu| context.now < menu.expires),
        goes_on: None,
        words: words::words(compiled, &analysis, &found),
        rules,
        faq: faq::trace(compiled, &analysis),
        action: decision.action(),
        by: decision.by(),
        theme: decision.theme,
        confidence: decision.confidence,
        reasons: decision.reasons,
        what_if,
    })
}

/// What a decision does, and what decided.
pub(super) fn in_short(decision: &Decision) -> Then {
    what_if::then(decision)
}

/// What kept the rule at `place` from firing on `text`; nothing where it fired.
pub(super) fn lacking(
    compiled: &CompiledRulebook,
    place: usize,
    analysis: &Analysis<'_>,
    context: MessageContext<'_>,
) -> Result<Vec<Failed>, KeywordError> {
    let found = compiled.probes()?.find(&analysis.folded, compiled, context);
    Ok(rules::failed(compiled, place, analysis, &found, context))
}
