//! Measures how much of a unit lies between two instants.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::{Calendar, MAX_SCANNED_DAYS, NotCovered, between, next};
use crate::case::{CountsFrom, Unit};

impl Calendar {
    /// How many whole units lie between two instants, counted as [`add`](Self::add) counts them; 0 when `to`
    /// is not after `from`.
    ///
    /// `elapsed(a, add(a, n)) == n` for every amount and both ways to count. A day is counted as soon as it
    /// begins; an instant at midnight belongs to the day that ends with it.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn elapsed(
        &self,
        from: Timestamp,
        to: Timestamp,
        unit: Unit,
        counts_from: CountsFrom,
    ) -> Result<u64, NotCovered> {
        if to <= from {
            return Ok(0);
        }
        let day = self.date_of(from);
        let counted_from = match counts_from {
            CountsFrom::SameDay => from,
            CountsFrom::NextDay => self.start_of(next(day)),
        };
        let whole = |count: i64| u64::try_from(count).unwrap_or_default();
        Ok(match unit {
            Unit::Minutes => whole(between(counted_from, to).as_mins()),
            Unit::Hours => whole(between(counted_from, to).as_hours()),
            Unit::WorkingMinutes => whole(self.working_time(counted_from, to)?.as_mins()),
            Unit::WorkingHours => whole(self.working_time(counted_from, to)?.as_hours()),
            Unit::WorkingDays => {
                let after = self.working_days(day, self.ending_day(to))?;
                let first = self.day(day)?;
                let same = counts_from == CountsFrom::SameDay && self.is_open_after(&first, from);
                after + u64::from(same)
            }
            Unit::CalendarDays => {
                let days = day.duration_until(self.ending_day(to)).as_hours() / 24;
                whole(days + i64::from(counts_from == CountsFrom::SameDay))
            }
        })
    }

    /// How long the office is open between two instants; none when `to` is not after `from`.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn working_time(&self, from: Timestamp, to: Timestamp) -> Result<SignedDuration, NotCovered> {
        let (time, missing) = self.measure(from, to);
        missing.map_or(Ok(time), Err)
    }

    /// [`working_time`](Self::working_time), but days that are not covered are taken for working days.
    pub(in crate::time) fn measure(
        &self,
        from: Timestamp,
        to: Timestamp,
    ) -> (SignedDuration, Option<NotCovered>) {
        let mut sum = SignedDuration::ZERO;
        let mut missing = None;
        if to <= from {
            return (sum, missing);
        }
        let last = self.ending_day(to);
        let mut date = self.date_of(from);
        for _ in 0..MAX_SCANNED_DAYS {
            if date > last {
                break;
            }
            missing = missing.or(self.not_covered(date));
            for (opens, closes) in self.open_times(&self.known_or_working(date)) {
                sum = sum.saturating_add(between(opens.max(from), closes.min(to)));
            }
            date = next(date);
        }
        (sum, missing)
    }

    /// How many working days there are after the first day, up to and with the last.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn working_days(&self, after: Date, last: Date) -> Result<u64, NotCovered> {
        let mut count = 0;
        let mut date = next(after);
        while after < date && date <= last {
            count += u64::from(self.day(date)?.is_working());
            date = next(date);
        }
        Ok(count)
    }

    /// The day that ends at or after the instant: at midnight the day before.
    pub(in crate::time) fn ending_day(&self, at: Timestamp) -> Date {
        let date = self.date_of(at);
        if self.start_of(date) == at {
            date.saturating_sub(1.day())
        } else {
            date
        }
    }
}
