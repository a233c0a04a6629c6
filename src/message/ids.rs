//! Identifiers: short strings with a type each, so that they cannot be confused.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The longest identifier that the crate accepts, in bytes: 256.
///
/// WeChat's identifiers have at most 64 bytes; the rest is room for a channel's prefix.
pub const MAX_ID_BYTES: usize = 256;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Wraps `id` unchanged. Limits are checked when a message or a rulebook is read.
            pub fn new(id: impl AsRef<str>) -> Self {
                Self(Arc::from(id.as_ref()))
            }

            /// The identifier's text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(id: &str) -> Self {
                Self::new(id)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

id!(
    /// A government account that citizens write to.
    AccountId
);
id!(
    /// A citizen as one account's channel names them (WeChat: the OpenID).
    CitizenId
);
id!(
    /// A service theme of the rulebook, for example `household`.
    ThemeId
);
id!(
    /// A department of the rulebook, for example `police`.
    DepartmentId
);
id!(
    /// A keyword rule of the rulebook.
    RuleId
);
id!(
    /// A FAQ entry of the rulebook.
    EntryId
);
id!(
    /// A canned reply of the rulebook.
    CannedReplyId
);
id!(
    /// A form of the rulebook.
    FormId
);
id!(
    /// A deadline policy of the rulebook.
    PolicyId
);
id!(
    /// An agent: a clerk at the desk.
    AgentId
);
id!(
    /// The content hash of a rulebook: 64 hexadecimal digits.
    RulebookVersion
);
