//! A message with its text folded: made once, read by every stage.

use jiff::Timestamp;

use crate::message::{AccountId, CitizenId, Message, WITHHELD};
use crate::text::{Folded, clean, fold};

/// A text in the two forms that the stages compare.
#[derive(Clone, Debug)]
pub(super) struct FoldedText<'a> {
    folded: Folded<'a>,
    bare: String,
}

impl<'a> FoldedText<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let folded = fold(text);
        let bare = folded.bare();
        Self { folded, bare }
    }

    /// The folded text, with its spans in the original.
    pub(super) fn folded(&self) -> &Folded<'a> {
        &self.folded
    }

    /// The letters and digits of the folded text.
    pub(super) fn bare(&self) -> &str {
        &self.bare
    }

    /// The text as the citizen wrote it.
    pub(super) fn original(&self) -> &'a str {
        self.folded.original()
    }
}

/// A message on its way through the engine.
#[derive(Clone, Debug)]
pub(super) struct Incoming<'a> {
    pub(super) message: &'a Message,
    pub(super) text: FoldedText<'a>,
}

impl<'a> Incoming<'a> {
    pub(super) fn new(message: &'a Message) -> Self {
        Self {
            message,
            text: FoldedText::of(message.body()),
        }
    }

    /// The text that may be kept.
    pub(super) fn kept_text(&self) -> String {
        match self.message.is_withheld() {
            true => WITHHELD.to_owned(),
            false => clean(self.message.body()),
        }
    }

    pub(super) fn account(&self) -> &'a AccountId {
        self.message.account()
    }

    pub(super) fn sender(&self) -> &'a CitizenId {
        self.message.sender()
    }

    /// The time of writing, at most `now`, so that a channel with a fast clock cannot move a deadline.
    pub(super) fn written_at(&self, now: Timestamp) -> Timestamp {
        self.message.written_at().map_or(now, |at| at.min(now))
    }
}
