//! Time limits: the amount of time that a policy gives, and the way in which it is counted.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::ClockKind;
use crate::catalogue::text;

/// The maximum of an [`Amount`] in days: ten years and leap days.
pub const MAX_DAYS: u32 = 3_660;

/// The unit of an amount of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Minutes, day and night.
    Minutes,
    /// Hours, day and night.
    Hours,
    /// Minutes while the office is open.
    WorkingMinutes,
    /// Hours while the office is open.
    WorkingHours,
    /// Days on which the office opens.
    WorkingDays,
    /// Calendar days.
    CalendarDays,
}

impl Unit {
    /// Whether only the time while the office is open counts.
    pub fn is_working(self) -> bool {
        matches!(
            self,
            Self::WorkingMinutes | Self::WorkingHours | Self::WorkingDays
        )
    }

    /// Whether whole days are counted.
    pub fn is_days(self) -> bool {
        matches!(self, Self::WorkingDays | Self::CalendarDays)
    }

    fn limit(self) -> u32 {
        match self {
            Self::Minutes | Self::WorkingMinutes => MAX_DAYS * 24 * 60,
            Self::Hours | Self::WorkingHours => MAX_DAYS * 24,
            Self::WorkingDays | Self::CalendarDays => MAX_DAYS,
        }
    }

    /// `count` of it in words.
    fn amount(self, count: u32) -> String {
        match self {
            Self::Minutes => text!("amount-minutes", count = count),
            Self::Hours => text!("amount-hours", count = count),
            Self::WorkingMinutes => text!("amount-working-minutes", count = count),
            Self::WorkingHours => text!("amount-working-hours", count = count),
            Self::WorkingDays => text!("amount-working-days", count = count),
            Self::CalendarDays => text!("amount-calendar-days", count = count),
        }
    }
}

/// An amount of time: at least 1 unit, and at most [`MAX_DAYS`] days in hours, minutes or days.
///
/// ```
/// use civic_reply::case::{Amount, Unit};
///
/// assert_eq!(Amount::new(5, Unit::WorkingDays)?.to_string(), "5 working days");
/// assert!(Amount::new(0, Unit::WorkingDays).is_err());
/// # Ok::<(), civic_reply::case::AmountError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "RawAmount", into = "RawAmount")]
pub struct Amount {
    count: u32,
    unit: Unit,
}

impl Amount {
    /// An amount of `count` times `unit`.
    ///
    /// # Errors
    ///
    /// The count is 0 or more than [`MAX_DAYS`] days.
    pub fn new(count: u32, unit: Unit) -> Result<Self, AmountError> {
        if count == 0 || count > unit.limit() {
            return Err(AmountError {
                amount: unit.amount(count),
                limit: unit.limit(),
            });
        }
        Ok(Self { count, unit })
    }

    /// One working day.
    pub const fn one_working_day() -> Self {
        Self {
            count: 1,
            unit: Unit::WorkingDays,
        }
    }

    /// Half an hour, day and night.
    pub const fn half_an_hour() -> Self {
        Self {
            count: 30,
            unit: Unit::Minutes,
        }
    }

    /// The number of units.
    pub fn count(self) -> u32 {
        self.count
    }

    /// The unit.
    pub fn unit(self) -> Unit {
        self.unit
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.unit.amount(self.count))
    }
}

/// An amount that no rule can mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AmountError {
    amount: String,
    limit: u32,
}

impl fmt::Display for AmountError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (amount, limit) = (&self.amount, self.limit);
        f.write_str(&text!("amount-out-of-range", amount = amount, limit = limit))
    }
}

impl std::error::Error for AmountError {}

#[derive(Serialize, Deserialize)]
struct RawAmount {
    amount: u32,
    unit: Unit,
}

impl TryFrom<RawAmount> for Amount {
    type Error = AmountError;

    fn try_from(raw: RawAmount) -> Result<Self, AmountError> {
        Self::new(raw.amount, raw.unit)
    }
}

impl From<Amount> for RawAmount {
    fn from(amount: Amount) -> Self {
        Self {
            amount: amount.count,
            unit: amount.unit,
        }
    }
}

/// The event that starts a clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Starts {
    /// The citizen's message arrived.
    #[default]
    Received,
    /// A department accepted the case.
    Accepted,
    /// The citizen was answered.
    Answered,
    /// The citizen's last message arrived; every new message restarts the clock.
    LastMessage,
    /// The citizen was promised a time.
    Told,
}

/// Whether the day on which a clock starts counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CountsFrom {
    /// It counts. In working days it counts only if the office is open, or opens again, after the start.
    SameDay,
    /// Counting begins with the next calendar day.
    #[default]
    NextDay,
}

/// The time of day at which an amount in days ends. Amounts in hours and minutes end to the minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ends {
    /// At close of business; at 24:00 on a day on which the office is closed.
    #[default]
    Close,
    /// At 24:00.
    Midnight,
}

/// The time of a warning before a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warn {
    /// An amount of time before the due time. In working days: 1 working day before a due time at close of
    /// business is the close of the working day before.
    Before(Amount),
    /// The percentage of the clock's time that is used up, 1 to 99. Other values never warn.
    Share(u8),
}

/// The time limit that a policy gives to one clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeLimit {
    /// The clock.
    pub clock: ClockKind,
    /// The amount of time.
    pub amount: Amount,
    /// The event that starts the clock.
    #[serde(default)]
    pub starts: Starts,
    /// Whether the first day counts.
    #[serde(default)]
    pub counts_from: CountsFrom,
    /// The end of the last day.
    #[serde(default)]
    pub ends: Ends,
    /// The warnings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warn: Vec<Warn>,
}

impl TimeLimit {
    /// `amount` for `clock`, counted from the day after the message arrived, until close of business, without
    /// warnings.
    pub fn new(clock: ClockKind, amount: Amount) -> Self {
        Self {
            clock,
            amount,
            starts: Starts::default(),
            counts_from: CountsFrom::default(),
            ends: Ends::default(),
            warn: Vec::new(),
        }
    }
}

impl fmt::Display for TimeLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let counted = match self.counts_from {
            CountsFrom::SameDay => text!("counted-from-same-day"),
            CountsFrom::NextDay => text!("counted-from-next-day"),
        };
        let (amount, clock) = (self.amount, self.clock);
        f.write_str(&match self.ends {
            _ if !amount.unit().is_days() => {
                text!("time-limit", amount = amount, clock = clock, counted = counted)
            }
            Ends::Close => text!(
                "time-limit-close",
                amount = amount,
                clock = clock,
                counted = counted
            ),
            Ends::Midnight => {
                text!(
                    "time-limit-midnight",
                    amount = amount,
                    clock = clock,
                    counted = counted
                )
            }
        })
    }
}
