//! An office with letters and a limited channel, and an agent who works there.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use civic_reply::case::{ClaimToken, Event, LetterStatus};
use civic_reply::desk::{ClaimedLetter, DeskError, Settlement};
use civic_reply::message::AgentId;
use civic_reply::store::SqliteOptions;
use civic_reply::{
    Case, CaseId, Clock, Engine, ManualClock, MemoryStore, Message, Outcome, SqliteStore, Store,
};
use jiff::SignedDuration;

use crate::support::small_rulebook;

/// A Monday morning, an hour after the office has opened.
pub(crate) const MORNING: &str = "2026-11-23T10:00+08:00";
pub(crate) const NOISE: &str =
    "我家楼上每天半夜装修,物业说不归他们管,找过居委会也没有用,请问这件事情到底归哪个部门来处理呢";
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// The limits of WeChat.
pub(crate) const SENDING: &str = r#"
[account.sending]
messages = 5
within_hours = 48
bytes = 2048
source = "微信公众平台:客服消息"
fallback = "电话联系"
"#;

pub(crate) struct Office {
    pub(crate) engine: Engine,
    pub(crate) clock: ManualClock,
    pub(crate) store: Arc<dyn Store>,
    sent: usize,
    _folder: Option<tempfile::TempDir>,
}

impl Office {
    /// One office on a memory store, and one on a file.
    pub(crate) fn each() -> [Self; 2] {
        let clock = ManualClock::new(MORNING.parse().unwrap());
        let memory = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let one = Self::on(memory, clock, None);
        let clock = ManualClock::new(MORNING.parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let options = SqliteOptions {
            clock: Arc::new(clock.clone()),
            ..SqliteOptions::default()
        };
        let file = SqliteStore::open_with(folder.path().join("desk.db"), options).unwrap();
        [one, Self::on(Arc::new(file), clock, Some(folder))]
    }

    pub(crate) fn on(store: Arc<dyn Store>, clock: ManualClock, folder: Option<tempfile::TempDir>) -> Self {
        let account = "name = \"市政府服务号\"\n";
        let office = small_rulebook::OFFICE.replace(account, &format!("{account}{SENDING}"));
        let office = office.replace(
            "source_date = 2026-01-01\n",
            &format!("source_date = 2026-01-01\n{EXTENSION}"),
        );
        let rulebook = small_rulebook::load([
            ("office.toml", office.as_str()),
            ("follow_up.toml", include_str!("../../../rules/follow_up.toml")),
            ("letters.toml", include_str!("../../../rules/letters.toml")),
        ]);
        let rulebook = rulebook.unwrap_or_else(|found| panic!("{found}"));
        let engine = Engine::builder(rulebook, Arc::clone(&store)).clock(clock.clone());
        Self {
            engine: engine.build().unwrap(),
            clock,
            store,
            sent: 0,
            _folder: folder,
        }
    }

    pub(crate) fn say(&mut self, account: &str, citizen: &str, text: &str) -> Outcome {
        self.sent += 1;
        let message = Message::text(account, citizen, format!("m-{}", self.sent), text);
        self.engine.receive(message).unwrap()
    }

    /// Opens a case by a message of this citizen to the account with a limited channel.
    pub(crate) fn open(&mut self, citizen: &str) -> CaseId {
        self.open_at("gov-wechat", citizen)
    }

    pub(crate) fn open_at(&mut self, account: &str, citizen: &str) -> CaseId {
        match self.say(account, citizen, NOISE) {
            Outcome::Queued { case, .. } => case.id,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn hold(&self, id: &CaseId) -> ClaimToken {
        let case = self.engine.desk().claim(id, eve()).unwrap().unwrap();
        case.claim.clone().unwrap().token
    }

    pub(crate) fn answer(&self, id: &CaseId, text: &str) -> Case {
        let token = self.hold(id);
        self.engine
            .desk()
            .claimed(id, eve(), &token)
            .and_then(|case| case.answer(text))
            .unwrap()
    }

    pub(crate) fn claim(&self, limit: usize) -> Vec<ClaimedLetter> {
        self.engine.outbox().claim(limit, LEASE).unwrap()
    }

    /// Sends and delivers every letter that can go.
    pub(crate) fn deliver(&self) {
        for letter in self.claim(99) {
            self.settle(&letter, Settlement::Delivered).unwrap();
        }
    }

    pub(crate) fn settle(&self, letter: &ClaimedLetter, how: Settlement) -> Result<LetterStatus, DeskError> {
        let outbox = self.engine.outbox();
        let settled = outbox.settle(letter, how);
        settled.map(|letter| letter.status)
    }

    pub(crate) fn pass(&self, minutes: i64) {
        self.clock
            .set(self.clock.now() + SignedDuration::from_mins(minutes));
    }

    pub(crate) fn case(&self, id: &CaseId) -> Case {
        self.engine.desk().case(id).unwrap()
    }

    /// Asserts that replaying the journal gives every case.
    pub(crate) fn assert_replay(&self) {
        let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
        for (_, record) in self.store.journal(None, usize::MAX).unwrap().records {
            let Some(id) = record.case else { continue };
            let case = match (cases.remove(&id), &record.event) {
                (None, Event::Opened { case }) => (**case).clone(),
                (case, event) => case.unwrap().apply(event),
            };
            cases.insert(id, case);
        }
        for (id, case) in cases {
            assert_eq!(self.case(&id), case);
        }
    }
}

pub(crate) const EXTENSION: &str = "extension = { times = 1, amount = 2, unit = \"working_days\" }\n";

pub(crate) fn eve() -> AgentId {
    AgentId::new("eve")
}

pub(crate) fn failed(reason: &str) -> Settlement {
    Settlement::Failed {
        reason: reason.to_owned(),
    }
}
