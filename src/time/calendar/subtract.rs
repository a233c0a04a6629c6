//! Subtracts working time from a due time, for warnings, and finds the next time for an alarm.

use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{Calendar, MAX_SCANNED_DAYS, between, next};

impl Calendar {
    /// The last instant from which `time` of working time is left until `end`. Days that are not covered are
    /// taken for working days.
    pub(in crate::time) fn subtract_time(&self, end: Timestamp, time: SignedDuration) -> Timestamp {
        let mut left = time;
        let mut date = self.ending_day(end);
        if !left.is_positive() {
            return end;
        }
        for _ in 0..MAX_SCANNED_DAYS {
            for (opens, closes) in self.open_times(&self.known_or_working(date)).into_iter().rev() {
                let closes = closes.min(end);
                let open = between(opens, closes);
                if left <= open {
                    return closes.saturating_sub(left).unwrap_or(closes);
                }
                left = left.saturating_sub(open);
            }
            date = date.saturating_sub(1.day());
        }
        self.start_of(date)
    }

    /// The close of the working day that lies `count` working days before the one that `end` belongs to. Days
    /// that are not covered are taken for working days.
    pub(in crate::time) fn subtract_days(&self, end: Timestamp, count: u32) -> Timestamp {
        let mut left = count;
        let mut date = self.ending_day(end);
        for _ in 0..MAX_SCANNED_DAYS {
            if left == 0 {
                break;
            }
            date = date.saturating_sub(1.day());
            left -= u32::from(self.known_or_working(date).is_working());
        }
        self.close_of(&self.known_or_working(date))
    }

    /// `at` when the office is open or has just closed, else the next opening. Days that are not covered are
    /// taken for working days.
    pub(in crate::time) fn next_office_time(&self, at: Timestamp) -> Timestamp {
        let mut date = self.ending_day(at);
        for _ in 0..MAX_SCANNED_DAYS {
            let open = self.open_times(&self.known_or_working(date));
            if let Some((opens, _)) = open.into_iter().find(|(_, closes)| at <= *closes) {
                return opens.max(at);
            }
            date = next(date);
        }
        at
    }

    /// The first instant of the day after the one of `at`.
    pub(in crate::time) fn day_after(&self, at: Timestamp) -> Timestamp {
        self.start_of(next(self.date_of(at))).max(at)
    }

    /// The 24:00 of the day that `at` belongs to.
    pub(in crate::time) fn end_of_day(&self, at: Timestamp) -> Timestamp {
        self.start_of(next(self.ending_day(at))).max(at)
    }
}
