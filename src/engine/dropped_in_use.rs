//! What a new rulebook drops although open cases have it.

use std::fmt;

use crate::catalogue::text;

/// Something that a new rulebook drops and open cases have.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct DroppedInUse {
    /// Its kind.
    pub kind: DroppedKind,
    /// Its id.
    pub id: String,
    /// The number of open cases that have it.
    pub cases: usize,
}

/// The kind of something that a rulebook drops.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DroppedKind {
    /// A department. Cases that are offered to it count too.
    Department,
    /// A theme.
    Theme,
    /// An account.
    Account,
    /// A deadline policy.
    Policy,
}

impl fmt::Display for DroppedInUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, cases) = (&self.id, self.cases);
        f.write_str(&match self.kind {
            DroppedKind::Department => text!("dropped-department", id = id, cases = cases),
            DroppedKind::Theme => text!("dropped-theme", id = id, cases = cases),
            DroppedKind::Account => text!("dropped-account", id = id, cases = cases),
            DroppedKind::Policy => text!("dropped-policy", id = id, cases = cases),
        })
    }
}
