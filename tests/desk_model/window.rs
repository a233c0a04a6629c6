//! The model's channel: how much a citizen may be sent after each message of theirs, and for how long.

use std::collections::BTreeMap;

use super::post::Kind;

/// How many letters, and for how many minutes.
pub(crate) const MOST: u32 = 3;
pub(crate) const OPEN: i64 = 60;
/// What the office does instead.
pub(crate) const FALLBACK: &str = "by telephone";

/// Why the channel takes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    Closed,
    Used,
    Kept,
}

/// What each citizen was sent since they wrote last: when that was, and how much.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows(BTreeMap<u8, (i64, u32)>);

impl Windows {
    pub(crate) fn wrote(&mut self, citizen: u8, now: i64) {
        let window = self.0.entry(citizen).or_insert((now, 0));
        if window.0 != now {
            *window = (now, 0);
        }
    }

    /// Counts one letter more, if the channel takes it; gives the window in which it is counted.
    pub(crate) fn count(&mut self, citizen: u8, kind: Kind, now: i64) -> Result<i64, Why> {
        let (since, used) = self.0.get_mut(&citizen).unwrap();
        let kept = *used == MOST - 1 && kind != Kind::Answer;
        match () {
            () if *since + OPEN <= now => Err(Why::Closed),
            () if *used == MOST => Err(Why::Used),
            () if kept => Err(Why::Kept),
            () => {
                *used += 1;
                Ok(*since)
            }
        }
    }

    /// The channel did not take what was counted.
    pub(crate) fn give_back(&mut self, citizen: u8, counted: i64) {
        let (since, used) = self.0.get_mut(&citizen).unwrap();
        if *since == counted {
            *used -= 1;
        }
    }
}
