//! The accounts and days on which examples are run.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::catalogue::text;
use crate::engine::analyze::MessageContext;
use crate::engine::compiled::CompiledRulebook;
use crate::keyword::MatchState;
use crate::message::{AccountId, CitizenId, Conversation};
use crate::rulebook::Validity;

pub(super) struct Trial<'a> {
    pub(super) compiled: &'a CompiledRulebook,
    now: Timestamp,
    today: Date,
    /// New conversations: one on each account that a rule or entry names, and one on an account that none
    /// names.
    conversations: Vec<Conversation>,
}

impl<'a> Trial<'a> {
    pub(super) fn new(compiled: &'a CompiledRulebook, now: Timestamp) -> Self {
        let rulebook = &compiled.rulebook;
        let of_rules = rulebook.rules.iter().flat_map(|rule| &rule.accounts);
        let of_entries = rulebook.faq.iter().flat_map(|entry| &entry.accounts);
        let named: BTreeSet<&AccountId> = of_rules.chain(of_entries).collect();
        // No account has an empty id: this one represents all accounts that are not named.
        let other = AccountId::new("");
        let conversation = |account: &AccountId| Conversation::new(account.clone(), CitizenId::new(""));
        Self {
            compiled,
            now,
            today: compiled.today(now),
            conversations: std::iter::once(&other).chain(named).map(conversation).collect(),
        }
    }

    /// The contexts in which a rule or entry of these accounts and this validity is tested. None if it has
    /// expired.
    pub(super) fn contexts(
        &self,
        accounts: &[AccountId],
        valid: Validity,
        state: MatchState,
    ) -> impl Iterator<Item = MessageContext<'_>> {
        let first = valid.from.map_or(self.today, |from| from.max(self.today));
        let day = valid.holds_on(first).then_some(first);
        let is_served = move |conversation: &&Conversation| {
            accounts.is_empty() || accounts.contains(&conversation.account)
        };
        self.conversations
            .iter()
            .filter(is_served)
            .filter_map(move |conversation| {
                Some(MessageContext {
                    menu_is_last: true,
                    account: &conversation.account,
                    conversation,
                    now: self.now,
                    today: day?,
                    state: Some(state),
                })
            })
    }
}

/// The account of a finding, for a message; empty if the account does not matter.
pub(super) fn on(context: MessageContext<'_>) -> String {
    match context.account.as_str() {
        "" => String::new(),
        account => format!(" {}", text!("on-account", account = account)),
    }
}
