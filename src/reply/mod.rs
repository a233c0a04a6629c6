//! Vocabulary: what goes back to the citizen, what the host is told, and why.

mod handled;
mod outcome;
mod reason;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use handled::{Action, By, Handled};
pub use outcome::{CaseSummary, Outcome, SilentReason};
pub use reason::{Beaten, Candidate, Hit, Reason, Span};

/// What the citizen reads: text that is ready to send, and the links that go with it.
///
/// [`Display`](fmt::Display) prints the text with each link on a line of its own, which is what a channel without
/// cards sends. Control and direction characters of a citizen's own words have been removed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
}

/// A link that a channel may show as a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The words shown.
    pub title: String,
    /// The address, `https` only.
    pub url: String,
}

impl Reply {
    /// A reply of plain text.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            links: Vec::new(),
        }
    }

    /// The same reply with links.
    #[must_use]
    pub fn with_links(mut self, links: Vec<Link>) -> Self {
        self.links = links;
        self
    }

    /// The text without the links.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The links, in the order the operator wrote them.
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for link in &self.links {
            write!(f, "\n{} {}", link.title, link.url)?;
        }
        Ok(())
    }
}
