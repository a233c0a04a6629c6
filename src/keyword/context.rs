//! The time and conversation state of a message, for the rule conditions `hours` and `talk`.

use crate::rulebook::{ConversationCondition, Hours, When};

/// The time and conversation state at which a message arrives. By default the time is unknown, no menu is
/// open and there are no misses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatchState {
    /// Whether the office is open; `None` where the calendar does not cover the day.
    pub working: Option<bool>,
    /// The minute of the day on the office's clock, counted from 0; `None` if it is unknown.
    pub minute: Option<u16>,
    /// Whether this is the citizen's first message of the day on the account; `None` if that is unknown.
    pub first_today: Option<bool>,
    /// Whether a menu is open.
    pub menu_open: bool,
    /// The number of messages in a row that the engine answered with a menu before this one.
    pub misses: u32,
}

impl MatchState {
    /// A state in which the `hours` and `talk` conditions of `when` hold. All fields that they do not use
    /// have the default.
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

    /// Whether the state is within `hours`. Without hours, every state is. An unknown minute or an uncovered
    /// day is within none.
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

    /// Whether the state meets every condition that `talk` sets.
    pub fn fits(&self, talk: &ConversationCondition) -> bool {
        (talk.first_today.is_none() || talk.first_today == self.first_today)
            && talk.menu_open.is_none_or(|open| open == self.menu_open)
            && talk.misses.is_none_or(|misses| misses <= self.misses)
    }

    pub(super) fn allows(&self, when: &When) -> bool {
        self.is_within(when.hours.as_ref()) && self.fits(&when.talk)
    }
}
