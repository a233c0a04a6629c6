//! Answers citizens' messages to a government account.
//!
//! The [`Engine`] answers a message from keyword rules or FAQ entries when it is *sure*, sends a menu when it
//! is nearly sure, and otherwise opens a [`Case`] for a person, with a due time in working days that is
//! stored with its derivation. The host receives and sends messages; this crate does no networking except to
//! its database.
//!
//! The main types: operators write a [`Rulebook`], a [`Store`] keeps the state, [`Engine::receive`] handles
//! one [`Message`] and returns an [`Outcome`], and [`Engine::desk`] is the human side.
//!
//! # A message in, an outcome out
//!
//! ```
//! use civic_reply::{Engine, MemoryStore, Message, Outcome, Rulebook};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let rulebook = Rulebook::from_dir("rules")?;
//! let engine = Engine::builder(rulebook, MemoryStore::new()).build()?;
//!
//! let question = Message::text("gov-wechat", "citizen-42", "msg-1", "新生儿怎么上户口?");
//! assert!(matches!(engine.receive(question)?, Outcome::Replied(_)));
//!
//! let complaint = "楼下烧烤店凌晨三点还在吵,投诉几次了都没人管";
//! let complaint = Message::text("gov-wechat", "citizen-42", "msg-2", complaint);
//! let Outcome::Queued { case, .. } = engine.receive(complaint)? else {
//!     return Err("a person must answer".into());
//! };
//! println!("case {} due {}", case.id(), case.due());
//! # Ok(())
//! # }
//! ```
//!
//! # The reasons of a decision
//!
//! ```
//! # use civic_reply::{Engine, MemoryStore, Message, Rulebook};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
//! let message = Message::text("gov-wechat", "citizen-42", "msg-1", "转人工");
//! let key = message.key().clone();
//! engine.receive(message)?;
//! for reason in engine.handled(&key)?.map(|handled| handled.reasons).unwrap_or_default() {
//!     println!("{reason}");
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # Guarantees
//!
//! - A message is handled once, even if it is delivered several times or to several nodes. `Err` means that
//!   nothing was recorded.
//! - In doubt, a person answers: no error, tie or missing score becomes an automatic answer.
//! - Nothing is acknowledged before the commit. Each store documents the failures that a commit survives
//!   ([`SqliteStore`]).
//! - A citizen's text is data: never a query, a template, a pattern, SQL or markup.
//! - A due time beyond the calendar is marked as provisional.
//!
//! # Features
//!
//! - `sqlite` (default): the embedded store.
//! - `postgres`: the store for several nodes.
//! - `watch`: watches a folder and puts each new rulebook in it into force ([`Engine`]`::watch`,
//!   [`rulebook`]`::Watch`).
//! - `testing`: the conformance kit for stores, and the modules that only tests and benches use.

/// Re-exports items to hosts with the feature `testing`, and within the crate without it.
macro_rules! testing_use {
    ($(pub use $module:ident::$items:tt;)+) => {$(
        #[cfg(feature = "testing")]
        pub use $module::$items;
        #[cfg(not(feature = "testing"))]
        pub(crate) use $module::$items;
    )+};
}

pub mod case;
mod catalogue;
mod conversation;
mod decide;
pub mod desk;
pub mod engine;
pub mod faq;
#[cfg(feature = "testing")]
pub mod keyword;
#[cfg(not(feature = "testing"))]
#[allow(
    unreachable_pub,
    dead_code,
    reason = "tests and benches reach the matcher with the feature `testing`"
)]
mod keyword;
pub mod message;
pub mod reply;
pub mod route;
pub mod rulebook;
pub mod store;
pub mod text;
pub mod time;
pub mod workflow;

pub use case::{Case, CaseId, Due};
pub use desk::Desk;
pub use engine::{Engine, Error};
pub use message::Message;
pub use reply::{Outcome, Reply};
pub use rulebook::{Rulebook, RulebookErrors};
#[cfg(feature = "postgres")]
pub use store::PostgresStore;
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{MemoryStore, Store, StoreError};
pub use time::{Clock, ManualClock, SystemClock};

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../DESIGN.md")]
struct Design;
