//! The account, the conversation and the instant of a message: a decision rests on them, the text and the
//! rulebook.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::engine::compiled::CompiledRulebook;
use crate::keyword::{MatchContext, MatchState};
use crate::message::{AccountId, Conversation};

#[derive(Clone, Copy)]
pub(crate) struct MessageContext<'a> {
    pub(crate) account: &'a AccountId,
    pub(crate) conversation: &'a Conversation,
    pub(crate) now: Timestamp,
    /// Whether the conversation's menu is what the citizen saw last. If not, the message is no choice.
    pub(crate) menu_is_last: bool,
    /// The office's day, on which rules and entries are in force or not.
    pub(crate) today: Date,
    /// Replaces the state that follows from `now` and the conversation. Set for a rulebook's own examples:
    /// their result must not depend on the time at which they run.
    pub(crate) state: Option<MatchState>,
}

impl<'a> MessageContext<'a> {
    pub(crate) fn new(compiled: &CompiledRulebook, conversation: &'a Conversation, now: Timestamp) -> Self {
        Self {
            account: &conversation.account,
            conversation,
            now,
            menu_is_last: true,
            today: compiled.today(now),
            state: None,
        }
    }

    /// The context that rules are matched in.
    pub(crate) fn match_context(&self, compiled: &CompiledRulebook) -> MatchContext<'a> {
        MatchContext {
            account: self.account,
            today: self.today,
            state: self.state.unwrap_or_else(|| self.match_state(compiled)),
        }
    }

    fn match_state(&self, compiled: &CompiledRulebook) -> MatchState {
        let calendar = &compiled.rulebook.calendar;
        let conversation = self.conversation;
        let local = calendar.local(self.now).datetime();
        let minute = u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute()));
        let is_earlier_day = |last| calendar.date_of(last) != self.today;
        MatchState {
            working: calendar.is_open(self.now).ok(),
            minute: minute.ok(),
            first_today: Some(conversation.last_at.is_none_or(is_earlier_day)),
            menu_open: conversation
                .menu
                .as_ref()
                .is_some_and(|menu| self.now < menu.expires),
            misses: conversation.misses,
        }
    }
}
