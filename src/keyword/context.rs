//! When a message comes in, and how the talk stands then: what a rule's `hours` and `talk` are held against.

use crate::rulebook::{ConversationCondition, Hours, When};

/// What is known of the moment at which a message comes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchState {
    /// Whether the office is open; `None` where the calendar does not cover the day.
    pub working: Option<bool>,
    /// The minute of the day on the office's clock, from 0; `None` where it is not known.
    pub minute: Option<u16>,
    /// Whether it is the citizen's first message of the day on the account; `None` where that is not known.
    pub first_today: Option<bool>,
    /// Whether a menu is open.
    pub menu_open: bool,
    /// How many messages in a row were asked back about before.
    pub misses: u32,
}

impl MatchState {
    /// A moment at which a rule's hours and talk hold, and of which nothing more is known.
    pub fn of(when: &When) -> Self {
        Self {
            working: match &when.hours {
                Some(Hours::Working) => Some(true),
                Some(Hours::Outside) => Some(false),
                Some(Hours::Spans(_)) | None => None,
            },
            minute: match &when.hours {
                Some(Hours::Spans(spans)) => spans.first().map(|span| span.start()),
                _ => None,
            },
            first_today: when.talk.first_today,
            menu_open: when.talk.menu_open.unwrap_or(false),
            misses: when.talk.misses.unwrap_or(0),
        }
    }

    /// Whether a rule's hours hold; those that it does not name do.
    pub fn is_within(&self, hours: Option<&Hours>) -> bool {
        match hours {
            None => true,
            Some(Hours::Working) => self.working == Some(true),
            Some(Hours::Outside) => self.working == Some(false),
            Some(Hours::Spans(spans)) => spans.iter().any(|span| {
                self.minute
                    .is_some_and(|minute| (span.start()..span.end()).contains(&minute))
            }),
        }
    }

    /// Whether a rule's condition on the talk holds.
    pub fn fits(&self, talk: &ConversationCondition) -> bool {
        (talk.first_today.is_none() || talk.first_today == self.first_today)
            && talk.menu_open.is_none_or(|open| open == self.menu_open)
            && talk.misses.is_none_or(|misses| misses <= self.misses)
    }

    pub(super) fn allows(&self, when: &When) -> bool {
        self.is_within(when.hours.as_ref()) && self.fits(&when.talk)
    }
}
