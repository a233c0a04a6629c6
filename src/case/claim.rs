//! The claim of an agent on a case: a lease that ends by itself.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::AgentId;

/// The token of one claim. It is random, so no other claim has the same one, also after a restart.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimToken(String);

impl ClaimToken {
    /// Wraps a token made by a store or read back from it.
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The token's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ClaimToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClaimToken(..)")
    }
}

/// The claim of an agent on a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The agent.
    pub agent: AgentId,
    /// The token that the holder's commands must carry.
    pub token: ClaimToken,
    /// The end of the lease, on the store's clock. From then on another agent can claim the case.
    pub until: Timestamp,
}
