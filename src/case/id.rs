//! Case numbers, which citizens and agents read out.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The number of a case, for example `20261123-7KQ4-M2XP`: the day of arrival, and eight letters or digits
/// that are hard to confuse when spoken.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CaseId(Arc<str>);

impl CaseId {
    /// Wraps a number without checking it.
    pub fn new(id: impl AsRef<str>) -> Self {
        Self(Arc::from(id.as_ref()))
    }

    /// The number's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for CaseId {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl fmt::Display for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CaseId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}
