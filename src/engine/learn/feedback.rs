//! Recording judgements of agents and hosts.

use crate::case::{Author, Event, Record};
use crate::engine::Engine;
use crate::engine::error::{Error, InvalidFeedback};
use crate::engine::receive::check;
use crate::reply::Feedback;
use crate::store::ChangeSet;
use crate::text::{clean, fold};

impl Engine {
    /// Records a judgement on a message: an agent's pick, "solved", "not solved". It is in the journal when
    /// this returns, and changes no answer. [`receive`](Self::receive) itself records the choices and ratings
    /// of citizens.
    ///
    /// A certificate made from judgements holds for messages like those that were judged. Let agents judge a
    /// random sample of all messages, answered ones included, instead of those with complaints.
    ///
    /// ```
    /// use civic_reply::case::Author;
    /// use civic_reply::reply::{Feedback, Judgement};
    /// use civic_reply::{Engine, MemoryStore, Message, Rulebook};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let builder = Engine::builder(Rulebook::from_dir("rules")?, MemoryStore::new());
    /// # let engine = builder.check_examples(false).build()?;
    /// let message = Message::text("gov-wechat", "citizen-42", "msg-1", "宝宝出生后怎么上户口");
    /// let feedback = Feedback {
    ///     key: message.key().clone(),
    ///     text: message.body().to_owned(),
    ///     judgement: Judgement::NoEntry,
    /// };
    /// engine.feedback(Author::Agent("agent-7".into()), feedback)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::Invalid`] if an identifier is empty or too long, [`Error::Feedback`] if the question is blank
    /// or names an entry that the rulebook in force does not have, [`Error::Store`] if the store failed.
    /// Nothing was recorded then.
    pub fn feedback(&self, actor: Author, feedback: Feedback) -> Result<(), Error> {
        check(&feedback.key)?;
        if fold(&feedback.text).is_blank() {
            return Err(InvalidFeedback::NoText.into());
        }
        let compiled = self.compiled();
        let entries = feedback.judgement.entries();
        if let Some(entry) = entries.iter().find(|entry| compiled.entry(entry).is_none()) {
            return Err(InvalidFeedback::UnknownEntry(entry.clone()).into());
        }
        let feedback = Feedback {
            text: clean(&feedback.text),
            ..feedback
        };
        let event = Event::Feedback { feedback };
        let change = ChangeSet {
            records: vec![Record::new(self.now(), actor, None, event)],
            ..ChangeSet::default()
        };
        Ok(self.store().commit(change)?)
    }
}
