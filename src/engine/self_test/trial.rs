//! Where and when examples are run.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::catalogue::text;
use crate::engine::analysis::MessageContext;
use crate::engine::compiled::CompiledRulebook;
use crate::keyword::MatchState;
use crate::message::{AccountId, CitizenId, Conversation};
use crate::rulebook::Validity;

pub(super) struct Trial<'a> {
    pub(super) compiled: &'a CompiledRulebook,
    now: Timestamp,
    today: Date,
    /// Talks that have not begun, on each account that something singles out and on one that nothing does.
    talks: Vec<Conversation>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(compiled: &'a CompiledRulebook, now: Timestamp) -> Self {
        let rulebook = &compiled.rulebook;
        let of_rules = rulebook.rules.iter().flat_map(|rule| &rule.accounts);
        let of_entries = rulebook.faq.iter().flat_map(|entry| &entry.accounts);
        let named: BTreeSet<&AccountId> = of_rules.chain(of_entries).collect();
        // No account has an empty id, so this one stands for all that nothing singles out.
        let other = AccountId::new("");
        let talk = |account: &AccountId| Conversation::new(account.clone(), CitizenId::new(""));
        Self {
            compiled,
            now,
            today: compiled.today(now),
            talks: std::iter::once(&other).chain(named).map(talk).collect(),
        }
    }

    /// Every scene in which something of these accounts and this validity must hold its examples; none where its time is
    /// over.
    /// It is at `moment`.
    pub(super) fn contexts(
        &self,
        accounts: &[AccountId],
        valid: Validity,
        state: MatchState,
    ) -> impl Iterator<Item = MessageContext<'_>> {
        let first = valid.from.map_or(self.today, |from| from.max(self.today));
        let day = valid.holds_on(first).then_some(first);
        let talks = self
            .talks
            .iter()
            .filter(move |talk| accounts.is_empty() || accounts.contains(&talk.account));
        talks.filter_map(move |conversation| {
            Some(MessageContext {
                account: &conversation.account,
                conversation,
                now: self.now,
                today: day?,
                state: Some(state),
            })
        })
    }
}

/// On which account it happened, where that matters.
pub(super) fn on(context: MessageContext<'_>) -> String {
    match context.account.as_str() {
        "" => String::new(),
        account => format!(" {}", text!("on-account", account = account)),
    }
}
