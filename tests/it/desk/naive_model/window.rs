//! The model's channel: how many letters a citizen may be sent after each of their messages, and for how
//! long.

use std::collections::BTreeMap;

use super::letters::Kind;

/// The number of letters, and for how many minutes.
pub(crate) const QUOTA: u32 = 3;
pub(crate) const WINDOW: i64 = 60;
/// The office's fallback.
pub(crate) const FALLBACK: &str = "by telephone";

/// HoldReason the channel accepts no letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HoldReason {
    Closed,
    Used,
    Kept,
}

/// For each citizen: the time of their last message, and the number of letters since.
#[derive(Clone, Debug, Default)]
pub(crate) struct Windows(BTreeMap<u8, (i64, u32)>);

impl Windows {
    pub(crate) fn wrote(&mut self, citizen: u8, now: i64) {
        let window = self.0.entry(citizen).or_insert((now, 0));
        if window.0 != now {
            *window = (now, 0);
        }
    }

    /// Counts one more letter, if the channel accepts it; returns the window it counts in.
    pub(crate) fn count(&mut self, citizen: u8, kind: Kind, now: i64) -> Result<i64, HoldReason> {
        let (since, used) = self.0.get_mut(&citizen).unwrap();
        let kept = *used == QUOTA - 1 && kind != Kind::Answer;
        match () {
            () if *since + WINDOW <= now => Err(HoldReason::Closed),
            () if *used == QUOTA => Err(HoldReason::Used),
            () if kept => Err(HoldReason::Kept),
            () => {
                *used += 1;
                Ok(*since)
            }
        }
    }

    /// Uncounts a letter that the channel refused.
    pub(crate) fn give_back(&mut self, citizen: u8, counted: i64) {
        let (since, used) = self.0.get_mut(&citizen).unwrap();
        if *since == counted {
            *used -= 1;
        }
    }
}
