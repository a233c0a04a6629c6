//! Vocabulary: replies to citizens, outcomes for the host, and their reasons.

mod canned_reply;
mod display;
mod feedback;
mod handled;
mod letter_config;
mod outcome;
mod reason;
mod validity;
mod why_not;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::message::FormId;

pub(crate) use canned_reply::CASE_SLOTS;
pub use canned_reply::CannedReply;
pub use feedback::{Feedback, Judgement};
pub use handled::{Action, DecidedBy, Handled};
pub use letter_config::{LetterConfig, LetterTemplates};
pub use outcome::{CaseSummary, Outcome, SilentReason};
pub use reason::{Beaten, FollowUpKind, Hit, Reason, ScoredEntry, Span};
pub use validity::Validity;
pub use why_not::WhyNot;

/// A reply that is ready to send: a text with links, cards and a form.
///
/// [`Display`](fmt::Display) prints the text with each link, card and form on a line of its own, for channels
/// without cards. The page of a service is left out: it has no address outside its channel. Control and
/// direction characters of the citizen's own words are removed.
///
/// ```
/// use civic_reply::Reply;
/// use civic_reply::reply::Link;
///
/// let link = Link { title: "预约".to_owned(), url: "https://example.org/book".to_owned() };
/// let reply = Reply::new("请先预约。").with_links(vec![link]);
/// assert_eq!(reply.to_string(), "请先预约。\n预约 https://example.org/book");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    text: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<Link>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cards: Vec<Card>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<ServiceCard>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    form: Option<FormLink>,
}

/// A card with a picture, as a channel's news messages show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// The headline.
    pub title: String,
    /// The line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where it leads, `https` only.
    pub url: String,
    /// The picture's address, `https` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
}

/// The page of a service inside the channel, such as a mini program's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceCard {
    /// The words shown.
    pub title: String,
    /// The program, as the channel names it.
    pub app: String,
    /// The page within it.
    pub page: String,
}

/// A form that the citizen is asked to fill in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormLink {
    /// The form.
    pub form: FormId,
    /// Its name.
    pub name: String,
    /// Where it is filled in, `https` only.
    pub url: String,
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
            cards: Vec::new(),
            service: None,
            form: None,
        }
    }

    /// The same reply with links.
    #[must_use]
    pub fn with_links(mut self, links: Vec<Link>) -> Self {
        self.links = links;
        self
    }

    /// The same reply with cards.
    #[must_use]
    pub fn with_cards(mut self, cards: Vec<Card>) -> Self {
        self.cards = cards;
        self
    }

    /// The same reply with the page of a service.
    #[must_use]
    pub fn with_service(mut self, service: Option<ServiceCard>) -> Self {
        self.service = service;
        self
    }

    /// The same reply with a form.
    #[must_use]
    pub fn with_form(mut self, form: FormLink) -> Self {
        self.form = Some(form);
        self
    }

    /// The same reply with a paragraph before its text.
    #[must_use]
    pub(crate) fn preceded_by(mut self, text: &str) -> Self {
        self.text = format!("{}\n{}", text.trim_end(), self.text);
        self
    }

    /// The same reply with a paragraph after its text.
    #[must_use]
    pub(crate) fn followed_by(mut self, text: &str) -> Self {
        self.text = format!("{}\n{}", self.text, text.trim_end());
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

    /// The cards, in the order the operator wrote them.
    pub fn cards(&self) -> &[Card] {
        &self.cards
    }

    /// The page of a service, where there is one.
    pub fn service(&self) -> Option<&ServiceCard> {
        self.service.as_ref()
    }

    /// The form, where there is one.
    pub fn form(&self) -> Option<&FormLink> {
        self.form.as_ref()
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        for link in &self.links {
            write!(f, "\n{} {}", link.title, link.url)?;
        }
        for card in &self.cards {
            write!(f, "\n{} {}", card.title, card.url)?;
        }
        if let Some(form) = &self.form {
            write!(f, "\n{} {}", form.name, form.url)?;
        }
        Ok(())
    }
}
