//! Canned replies at a case.

use jiff::civil::Date;

use super::{Desk, DeskError};
use crate::case::CaseId;
use crate::message::{CannedReplyId, ThemeId};
use crate::reply::CannedReply;
use crate::text::fill;
use crate::workflow::Answer;
use crate::workflow::canned_replies::{filled, open_slots};

/// A canned reply with the slots filled that the case has a value for.
///
/// ```
/// # use civic_reply::{Engine, MemoryStore, Message, Rulebook};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let engine = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new()).build()?;
/// engine.receive(Message::text("gov-wechat", "citizen-42", "msg-1", "电梯坏了三天,没人管"))?;
///
/// let desk = engine.desk();
/// let case = desk.claim_next(civic_reply::store::CaseFilter::default(), "clerk-7")?.ok_or("no case")?;
/// let found = desk.canned_replies(&case.id, "上门 查看")?;
/// let prepared = found.first().ok_or("none fits")?;
/// assert_eq!(prepared.open_slots, ["日期", "电话"]);
///
/// let answer = prepared.fill(&[("日期", "12月1日"), ("电话", "0571-12345")]);
/// assert!(answer.text.contains("12月1日"));
/// case.answer(answer)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PreparedReply {
    /// The id of the canned reply.
    pub id: CannedReplyId,
    /// The theme that it is written for; `None` for every theme.
    pub theme: Option<ThemeId>,
    /// The name that agents choose it by.
    pub title: String,
    /// The text. A slot that the agent must fill stands in it as `{slot}`.
    pub text: String,
    /// The slots that the agent must fill or replace before sending.
    pub open_slots: Vec<String>,
    /// The document on which the text is based.
    pub source: Option<String>,
    /// When the text was last checked.
    pub checked: Option<Date>,
}

impl PreparedReply {
    fn new(reply: &CannedReply, text: String) -> Self {
        Self {
            id: reply.id.clone(),
            theme: reply.theme.clone(),
            title: reply.title.clone(),
            open_slots: open_slots(reply, &text),
            text,
            source: reply.source.clone(),
            checked: reply.checked,
        }
    }

    /// The answer with these values in its slots. A slot without a value stays open, and the desk refuses to
    /// send the answer until it is replaced.
    ///
    /// Values are inserted as they are: braces in them are no slots.
    pub fn fill(&self, values: &[(&str, &str)]) -> Answer {
        Answer::from_canned_reply(self.id.clone(), fill(&self.text, values))
    }
}

impl Desk {
    /// The canned replies of the rulebook in force that an agent can choose from at this case.
    ///
    /// Without `words`, these are the replies of the case's theme and those for every theme. With words, they
    /// are all replies that contain every one of the words in their title, words or text, in any order: those
    /// of the case's theme first, then those for every theme, then the others. Words are separated by white
    /// space; their case, width and traditional or simplified form do not matter.
    ///
    /// # Errors
    ///
    /// [`DeskError::NoSuchCase`], or the store failed.
    pub fn canned_replies(&self, id: &CaseId, words: &str) -> Result<Vec<PreparedReply>, DeskError> {
        let case = self.case(id)?;
        let config = self.config();
        let now = self.clock.now();
        let today = config.calendar.date_of(now);
        let found = config.canned_replies.find(case.theme.as_ref(), words, today);
        let prepared = found
            .into_iter()
            .map(|reply| PreparedReply::new(reply, filled(reply, &case, &config, now)));
        Ok(prepared.collect())
    }
}
