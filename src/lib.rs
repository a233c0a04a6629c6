//! Answers citizens who write to a government account.

pub mod case;
pub mod decide;
pub mod desk;
pub mod dialog;
pub mod faq;
pub mod keyword;
pub mod message;
pub mod reply;
pub mod rulebook;
pub mod store;
pub mod text;
pub mod time;

pub use case::{Case, CaseId, Due};
pub use desk::Desk;
pub use message::Message;
pub use reply::{Outcome, Reply};
pub use rulebook::{Rulebook, RulebookErrors};
#[cfg(feature = "sqlite")]
pub use store::SqliteStore;
pub use store::{MemoryStore, Store, StoreError};
pub use time::{Clock, ManualClock, SystemClock};
