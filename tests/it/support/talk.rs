//! Citizens who talk with an office that uses the shipped rulebook.

use civic_reply::case::Event;
use civic_reply::message::{AgentId, MessageKey};
use civic_reply::reply::{FollowUpKind, Handled, Judgement, Reason};
use civic_reply::store::CaseFilter;
use civic_reply::{Case, Clock, Engine, ManualClock, Message, Outcome};

use super::shipped;

/// An engine on the shipped rulebook, and the citizen who writes next.
pub(crate) struct Talk {
    pub(crate) engine: Engine,
    pub(crate) clock: ManualClock,
    citizens: usize,
    sent: usize,
}

impl Talk {
    pub(crate) fn new() -> Self {
        let (engine, clock) = shipped::engine();
        Self {
            engine,
            clock,
            citizens: 0,
            sent: 0,
        }
    }

    /// Lets a citizen write who has not written before.
    pub(crate) fn another(&mut self) -> &mut Self {
        self.citizens += 1;
        self
    }

    /// Lets the citizen with this number write, from 1.
    pub(crate) fn citizen_number(&mut self, number: usize) -> &mut Self {
        self.citizens = number;
        self
    }

    pub(crate) fn say(&mut self, text: &str) -> Outcome {
        self.sent += 1;
        let message = Message::text("gov-wechat", self.citizen(), self.sent.to_string(), text);
        self.engine.receive(message).unwrap()
    }

    /// Says all of `texts`, and returns the outcome of the last one.
    pub(crate) fn say_all(&mut self, texts: &[&str]) -> Outcome {
        let outcomes = texts.iter().map(|text| self.say(text));
        outcomes.last().unwrap()
    }

    fn citizen(&self) -> String {
        format!("citizen-{}", self.citizens)
    }

    pub(crate) fn later(&self, minutes: i64) {
        self.clock
            .set(self.clock.now() + jiff::SignedDuration::from_mins(minutes));
    }

    pub(crate) fn clock_now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    /// Every feedback in the journal.
    pub(crate) fn feedback(&self) -> Vec<Judgement> {
        let journal = self.engine.store().journal(None, 10_000).unwrap();
        let judgements = journal
            .records
            .into_iter()
            .filter_map(|(_, record)| match record.event {
                Event::Feedback { feedback } => Some(feedback.judgement),
                _ => None,
            });
        judgements.collect()
    }

    /// The record of the last message.
    pub(crate) fn handled(&self) -> Handled {
        let key = MessageKey::new(
            "gov-wechat".into(),
            self.citizen().as_str().into(),
            self.sent.to_string(),
        );
        self.engine.handled(&key).unwrap().unwrap()
    }

    pub(crate) fn kind(&self) -> Option<FollowUpKind> {
        let handled = self.handled();
        handled.reasons.iter().find_map(|reason| match reason {
            Reason::FollowUp { kind, .. } => Some(*kind),
            _ => None,
        })
    }

    /// The citizen's cases, the oldest first.
    pub(crate) fn cases(&self) -> Vec<Case> {
        let own = CaseFilter {
            citizen: Some(self.citizen().as_str().into()),
            ..CaseFilter::default()
        };
        let mut cases = self.engine.desk().cases(&own).unwrap().cases;
        cases.sort_by_key(|case| case.arrived);
        cases
    }

    /// The case that the outcome opened or is about.
    pub(crate) fn case(&self, outcome: &Outcome) -> Case {
        match outcome {
            Outcome::Queued { case, .. } => self.engine.desk().case(case.id()).unwrap(),
            other => panic!("{other:?}"),
        }
    }

    /// An agent claims the case and asks or answers.
    pub(crate) fn write(&self, case: &Case, text: &str, asks: bool) {
        let agent = AgentId::new("agent-1");
        let desk = self.engine.desk();
        let claimed = desk.claim(&case.id, &agent).unwrap().unwrap();
        let token = claimed.claim.as_ref().unwrap().token.clone();
        let held = desk.claimed(&case.id, &agent, &token).unwrap();
        match asks {
            true => held.ask(text).map(drop),
            false => held.answer(text).map(drop),
        }
        .unwrap();
    }
}
