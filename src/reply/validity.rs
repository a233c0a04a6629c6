//! The days on which a text of the rulebook is in force.

use jiff::civil::Date;
use serde::Serialize;

/// A period of validity. Both days belong to it, in the office's time zone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Validity {
    /// The first day; unlimited if absent.
    pub from: Option<Date>,
    /// The last day; unlimited if absent.
    pub until: Option<Date>,
}

impl Validity {
    /// Whether it holds on `day`.
    pub fn holds_on(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day <= until)
    }
}
