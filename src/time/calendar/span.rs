//! A stretch of a day in which the office is open.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The minutes of a civil day.
const DAY: u16 = 24 * 60;

/// A stretch of one day in which the office is open, in minutes of its wall clock: from the start, up to and
/// without the end.
///
/// Written as `09:00-12:00`; `24:00` is a legal end.
///
/// ```
/// use civic_reply::time::DaySpan;
///
/// let morning: DaySpan = "09:00-12:00".parse()?;
/// assert_eq!(morning.minutes(), 180);
/// assert!("22:00-02:00".parse::<DaySpan>().is_err());
/// # Ok::<(), civic_reply::time::DaySpanError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DaySpan {
    start: u16,
    end: u16,
}

impl DaySpan {
    /// The span between two minutes of the day, counted from midnight; the end is at most 1,440.
    ///
    /// # Errors
    ///
    /// [`DaySpanError`] if the end is not after the start, or a minute is past the end of the day.
    pub fn new(start: u16, end: u16) -> Result<Self, DaySpanError> {
        let text = || format!("{}-{}", Clock(start), Clock(end));
        if start > DAY || end > DAY {
            return Err(DaySpanError::Malformed(text()));
        }
        match start.cmp(&end) {
            std::cmp::Ordering::Less => Ok(Self { start, end }),
            std::cmp::Ordering::Equal => Err(DaySpanError::Empty(text())),
            std::cmp::Ordering::Greater => Err(DaySpanError::CrossesMidnight {
                span: text(),
                today: format!("{}-24:00", Clock(start)),
                tomorrow: format!("00:00-{}", Clock(end)),
            }),
        }
    }

    /// The first minute, counted from midnight.
    pub fn start(self) -> u16 {
        self.start
    }

    /// The minute at which the office is closed again, at most 1,440.
    pub fn end(self) -> u16 {
        self.end
    }

    /// How long it is on a day without a change of the clocks.
    pub fn minutes(self) -> u16 {
        self.end - self.start
    }
}

impl fmt::Display for DaySpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", Clock(self.start), Clock(self.end))
    }
}

impl FromStr for DaySpan {
    type Err = DaySpanError;

    fn from_str(text: &str) -> Result<Self, DaySpanError> {
        let malformed = || DaySpanError::Malformed(text.to_owned());
        let (start, end) = text.split_once('-').ok_or_else(malformed)?;
        let start = minute(start).ok_or_else(malformed)?;
        let end = minute(end).ok_or_else(malformed)?;
        Self::new(start, end)
    }
}

/// The minute of the day that `HH:MM` names; `24:00` is the last one that there is.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |part: &str| {
        let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse::<u16>().ok()).flatten()
    };
    let (hour, minute) = (number(hour)?, number(minute)?);
    let total = hour * 60 + minute;
    (minute < 60 && total <= DAY).then_some(total)
}

struct Clock(u16);

impl fmt::Display for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

/// Why a stretch of opening hours can't be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DaySpanError {
    /// Not two times of day.
    #[error("`{0}` is not a span of a day: write it as `09:00-12:00`")]
    Malformed(String),
    /// It ends where it starts.
    #[error("`{0}` is empty: a span ends after it starts")]
    Empty(String),
    /// It ends before it starts.
    #[error("`{span}` crosses midnight: write `{today}` on this day and `{tomorrow}` on the next one")]
    CrossesMidnight {
        /// As written.
        span: String,
        /// The part of this day.
        today: String,
        /// The part of the next day.
        tomorrow: String,
    },
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{DaySpan, DaySpanError};

    #[test]
    fn midnight_is_an_end_but_nothing_lies_behind_it() {
        let evening: DaySpan = "18:00-24:00".parse().unwrap();
        assert_eq!(
            (evening.start(), evening.end(), evening.minutes()),
            (1080, 1440, 360)
        );
        assert_eq!(evening.to_string(), "18:00-24:00");
        let day: DaySpan = "00:00-24:00".parse().unwrap();
        assert_eq!(day.minutes(), 1440);
        for text in [
            "18:00-24:01",
            "24:00-25:00",
            "09:60-12:00",
            "9:00-12:00",
            "09:00",
            "-",
            "+9:00-12:00",
            "０９:00-12:00",
            "",
        ] {
            let error = text.parse::<DaySpan>().unwrap_err();
            assert_eq!(error, DaySpanError::Malformed(text.to_owned()), "{text}");
        }
        assert!(DaySpan::new(1441, 1442).is_err());
        assert!(DaySpan::new(0, 1441).is_err());
        assert!(DaySpan::new(1500, 1).is_err());
    }

    #[test]
    fn a_span_across_midnight_is_refused_with_its_two_halves() {
        let error = "22:00-02:00".parse::<DaySpan>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "`22:00-02:00` crosses midnight: write `22:00-24:00` on this day and \
             `00:00-02:00` on the next one"
        );
        assert_eq!(
            "09:00-09:00".parse::<DaySpan>().unwrap_err().to_string(),
            "`09:00-09:00` is empty: a span ends after it starts"
        );
    }
}
