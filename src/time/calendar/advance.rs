//! Advances through the days of a calendar until an amount of time is used up.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Calendar, Day, MAX_SCANNED_DAYS, NotCovered, between, next};
use crate::case::{Amount, CountsFrom, Ends, Unit};

/// How an amount is counted.
#[derive(Clone, Copy, Debug)]
pub(in crate::time) struct Count {
    pub(in crate::time) amount: Amount,
    pub(in crate::time) counts_from: CountsFrom,
    pub(in crate::time) ends: Ends,
}

/// A day that was passed while advancing.
#[derive(Clone, Copy, Debug)]
pub(in crate::time) struct VisitedDay<'a> {
    pub(in crate::time) day: Day<'a>,
    pub(in crate::time) role: DayRole,
}

/// The contribution of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::time) enum DayRole {
    /// The clock started on it, and counting begins on the next day.
    Start,
    /// It counts as a day, by its number.
    Day(u32),
    /// So much of its working time counts.
    Time(SignedDuration),
    /// No working time is left on it.
    Over,
    /// The office is closed on it.
    Closed,
}

/// The end of an advance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::time) struct Advanced {
    pub(in crate::time) at: Timestamp,
    /// The first needed day that is not covered.
    pub(in crate::time) missing: Option<NotCovered>,
}

impl Advanced {
    fn known(at: Timestamp) -> Self {
        Self { at, missing: None }
    }
}

impl Calendar {
    /// The instant at which `amount` has passed since `at`.
    ///
    /// - Working minutes and hours: the first instant by which that much working time has passed. Counted
    ///   from the next day, they run from its first minute. `ends` does not matter.
    /// - Working days: the end of the last of them, at close of business or at 24:00. Counted from the same
    ///   day, the day of `at` is the first one, unless business is over by then.
    /// - Calendar days: the end of the last of them; at 24:00 in any case where the office is closed on it,
    ///   or closed for the day before `at`.
    /// - Minutes and hours: real time, also at night.
    ///
    /// Every needed day must be covered. Saturates at the end of the time line.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn add(
        &self,
        at: Timestamp,
        amount: Amount,
        counts_from: CountsFrom,
        ends: Ends,
    ) -> Result<Timestamp, NotCovered> {
        let count = Count {
            amount,
            counts_from,
            ends,
        };
        let advanced = self.advance(at, count, &mut |_| {});
        advanced.missing.map_or(Ok(advanced.at), Err)
    }

    /// The first instant by which `time` of working time has passed since `at`; `at` itself for none or less.
    ///
    /// # Errors
    ///
    /// [`NotCovered`] names the first day that is needed and that the calendar does not cover.
    pub fn add_working_time(&self, at: Timestamp, time: SignedDuration) -> Result<Timestamp, NotCovered> {
        let advanced = self.advance_time(at, time, &mut |_| {});
        advanced.missing.map_or(Ok(advanced.at), Err)
    }

    /// [`add`](Self::add), but days that are not covered count as working days, and `visit` sees every day.
    pub(in crate::time) fn advance(
        &self,
        at: Timestamp,
        count: Count,
        visit: &mut dyn FnMut(VisitedDay<'_>),
    ) -> Advanced {
        let amount = i64::from(count.amount.count());
        let start = self.date_of(at);
        let from = match count.counts_from {
            CountsFrom::SameDay => at,
            CountsFrom::NextDay => self.start_of(next(start)).max(at),
        };
        match count.amount.unit() {
            Unit::Minutes => Advanced::known(
                from.saturating_add(SignedDuration::from_mins(amount))
                    .unwrap_or(from),
            ),
            Unit::Hours => Advanced::known(
                from.saturating_add(SignedDuration::from_hours(amount))
                    .unwrap_or(from),
            ),
            Unit::WorkingMinutes => self.advance_from(at, from, SignedDuration::from_mins(amount), visit),
            Unit::WorkingHours => self.advance_from(at, from, SignedDuration::from_hours(amount), visit),
            Unit::WorkingDays | Unit::CalendarDays => self.advance_days(at, count, visit),
        }
    }

    fn advance_from(
        &self,
        at: Timestamp,
        from: Timestamp,
        time: SignedDuration,
        visit: &mut dyn FnMut(VisitedDay<'_>),
    ) -> Advanced {
        let day = self.known_or_working(self.date_of(at));
        if self.date_of(from) != day.date {
            visit(VisitedDay {
                day,
                role: DayRole::Start,
            });
        }
        let advanced = self.advance_time(from, time, visit);
        Advanced {
            missing: self.not_covered(day.date).or(advanced.missing),
            ..advanced
        }
    }

    /// [`add_working_time`](Self::add_working_time), but days that are not covered count as working days.
    pub(in crate::time) fn advance_time(
        &self,
        from: Timestamp,
        time: SignedDuration,
        visit: &mut dyn FnMut(VisitedDay<'_>),
    ) -> Advanced {
        let mut left = time;
        let mut date = self.date_of(from);
        let mut missing = None;
        if !left.is_positive() {
            return Advanced::known(from);
        }
        for _ in 0..MAX_SCANNED_DAYS {
            let day = self.known_or_working(date);
            missing = missing.or(self.not_covered(date));
            let before = left;
            for (opens, closes) in self.open_times(&day) {
                let opens = opens.max(from);
                let open = between(opens, closes);
                if left <= open {
                    visit(VisitedDay {
                        day,
                        role: DayRole::Time(before),
                    });
                    let at = opens.saturating_add(left).unwrap_or(opens);
                    return Advanced { at, missing };
                }
                left = left.saturating_sub(open);
            }
            let role = match before.saturating_sub(left) {
                taken if taken.is_positive() => DayRole::Time(taken),
                _ if day.is_working() => DayRole::Over,
                _ => DayRole::Closed,
            };
            visit(VisitedDay { day, role });
            date = next(date);
        }
        Advanced {
            at: self.start_of(date).max(from),
            missing: missing.or(Some(self.beyond(date))),
        }
    }

    fn advance_days(&self, at: Timestamp, count: Count, visit: &mut dyn FnMut(VisitedDay<'_>)) -> Advanced {
        let working = count.amount.unit() == Unit::WorkingDays;
        let start = self.date_of(at);
        let mut missing = self.not_covered(start).filter(|_| working);
        let mut counted = 0;
        let mut day = self.known_or_working(start);
        let mut role = match count.counts_from {
            CountsFrom::NextDay => DayRole::Start,
            CountsFrom::SameDay if !working => DayRole::Day(1),
            CountsFrom::SameDay if !day.is_working() => DayRole::Closed,
            CountsFrom::SameDay if self.is_open_after(&day, at) => DayRole::Day(1),
            CountsFrom::SameDay => DayRole::Over,
        };
        for _ in 0..MAX_SCANNED_DAYS {
            visit(VisitedDay { day, role });
            if let DayRole::Day(number) = role {
                counted = number;
            }
            if counted == count.amount.count() {
                if count.ends == Ends::Midnight {
                    let at = self.start_of(next(day.date)).max(at);
                    return Advanced { at, missing };
                }
                let missing = missing.or(self.not_covered(day.date));
                let close = self.close_of(&day);
                let at = if close <= at { self.day_after(at) } else { close };
                return Advanced { at, missing };
            }
            day = self.known_or_working(next(day.date));
            missing = missing.or(self.not_covered(day.date).filter(|_| working));
            role = if working && !day.is_working() {
                DayRole::Closed
            } else {
                DayRole::Day(counted + 1)
            };
        }
        Advanced {
            at: self.start_of(day.date).max(at),
            missing: missing.or(Some(self.beyond(day.date))),
        }
    }

    fn beyond(&self, day: Date) -> NotCovered {
        NotCovered {
            day,
            first: self.first,
            last: self.last,
        }
    }
}
