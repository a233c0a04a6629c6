//! A citizen's conversation with a small office.

use std::sync::Arc;

use civic_reply::engine::{Availability, EngineBuilder};
use civic_reply::message::{AgentId, CitizenId, DepartmentId, MessageKey};
use civic_reply::reply::{FollowUpKind, Reason};
use civic_reply::store::CaseFilter;
use civic_reply::{Case, CaseId, Clock, Engine, ManualClock, MemoryStore, Message, Outcome};

use crate::support::small_rulebook;

/// A Monday morning, an hour after the office has opened.
pub(crate) const MORNING: &str = "2026-11-23T10:00+08:00";
pub(crate) const NOISE: &str =
    "我家楼上每天半夜装修,物业说不归他们管,找过居委会也没有用,请问这件事情到底归哪个部门来处理呢";
pub(crate) const QUESTION: &str = "居住证怎么办理";

const RULE: &str = r#"
[[rule]]
id = "card"
theme = "household"
when = { any = ["居住证"] }
reply = { text = "到派出所办理居住证。" }
examples = ["居住证怎么办理"]

[[rule]]
id = "passport"
theme = "household"
when = { any = ["护照"] }
reply = { text = "到出入境窗口办理护照。" }
examples = ["护照怎么办理"]

[[rule]]
id = "false-name"
theme = "household"
when = { any = ["冒名"] }
escalate = { department = "police", priority = "high", note = "冒名登记" }
examples = ["我被冒名登记了"]
"#;

const SENDING: &str = r#"
[account.sending]
messages = 5
within_hours = 48
source = "微信公众平台:客服消息"
fallback = "电话联系"
"#;

pub(crate) struct Conversation {
    pub(crate) engine: Engine,
    pub(crate) clock: ManualClock,
    sent: usize,
}

impl Conversation {
    pub(crate) fn new(now: &str) -> Self {
        Self::at(small_rulebook::OFFICE, now)
    }

    /// A conversation through an account with the limits of WeChat.
    pub(crate) fn limited(now: &str) -> Self {
        let account = "name = \"市政府服务号\"\n";
        Self::at(
            &small_rulebook::OFFICE.replace(account, &format!("{account}{SENDING}")),
            now,
        )
    }

    /// A conversation with an office that knows whether its agents are available.
    pub(crate) fn attended(
        now: &str,
        attendance: impl Fn(&DepartmentId) -> Availability + Send + Sync + 'static,
    ) -> Self {
        Self::with(small_rulebook::OFFICE, now, |engine| {
            engine.availability(attendance)
        })
    }

    /// A conversation with an office that knows that `ann@police` and `ann@gov` are one person.
    pub(crate) fn of_known_persons(now: &str) -> Self {
        Self::with(small_rulebook::OFFICE, now, |engine| {
            engine.same_person(|_, id| {
                let (person, _) = id.as_str().split_once('@').unwrap_or((id.as_str(), ""));
                ["gov", "police"]
                    .map(|account| CitizenId::new(format!("{person}@{account}")))
                    .to_vec()
            })
        })
    }

    fn at(office: &str, now: &str) -> Self {
        Self::with(office, now, |engine| engine)
    }

    fn with(office: &str, now: &str, set: impl FnOnce(EngineBuilder) -> EngineBuilder) -> Self {
        let office = format!("{office}{RULE}");
        let words = include_str!("../../../rules/follow_up.toml");
        let rulebook = small_rulebook::load([("office.toml", office.as_str()), ("follow_up.toml", words)]);
        let rulebook = rulebook.unwrap_or_else(|found| panic!("{found}"));
        let clock = ManualClock::new(now.parse().unwrap());
        let store = MemoryStore::with_clock(Arc::new(clock.clone()));
        let engine = Engine::builder(rulebook, store).clock(clock.clone());
        Self {
            engine: set(engine).build().unwrap(),
            clock,
            sent: 0,
        }
    }

    pub(crate) fn say(&mut self, text: &str) -> Outcome {
        self.say_as("citizen-1", text)
    }

    pub(crate) fn say_as(&mut self, citizen: &str, text: &str) -> Outcome {
        self.say_to("gov-wechat", citizen, text)
    }

    pub(crate) fn say_to(&mut self, account: &str, citizen: &str, text: &str) -> Outcome {
        self.sent += 1;
        let message = Message::text(account, citizen, format!("m-{}", self.sent), text);
        self.engine.receive(message).unwrap()
    }

    /// Opens a case.
    pub(crate) fn open(&mut self) -> CaseId {
        match self.say(NOISE) {
            Outcome::Queued { case, .. } => case.id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn later(&self, minutes: i64) {
        self.clock
            .set(self.clock.now() + jiff::SignedDuration::from_mins(minutes));
    }

    pub(crate) fn case(&self, id: &CaseId) -> Case {
        self.engine.desk().case(id).unwrap()
    }

    pub(crate) fn cases(&self) -> usize {
        self.engine.desk().cases(&CaseFilter::default()).unwrap().total
    }

    /// Takes the case and answers it.
    pub(crate) fn answer(&self, id: &CaseId) {
        let agent = AgentId::new("agent-1");
        let desk = self.engine.desk();
        let case = desk.claim(id, &agent).unwrap().unwrap();
        desk.claimed(id, &agent, &case.claim.clone().unwrap().token)
            .and_then(|case| case.answer("请联系城管局。"))
            .unwrap();
    }

    pub(crate) fn how(&self) -> Option<FollowUpKind> {
        let key = MessageKey::new(
            "gov-wechat".into(),
            "citizen-1".into(),
            format!("m-{}", self.sent),
        );
        let handled = self.engine.handled(&key).unwrap().unwrap();
        handled.reasons.iter().find_map(|reason| match reason {
            Reason::FollowUp { kind, .. } => Some(*kind),
            _ => None,
        })
    }
}

pub(crate) fn text(outcome: &Outcome) -> String {
    outcome
        .reply()
        .unwrap_or_else(|| panic!("{outcome:?}"))
        .to_string()
}
