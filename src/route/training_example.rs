//! What a router learns from.

use crate::message::DepartmentId;

/// A text whose department is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingExample {
    /// The text. Where it has several lines and the first is short, that one counts as its title.
    pub text: String,
    /// The department that it belongs to.
    pub department: DepartmentId,
    /// Lessons of one group say the same in other words, such as the phrasings of one FAQ entry: how sure the router may be
    /// is measured on groups that it has not seen.
    pub group: Option<String>,
}

impl TrainingExample {
    /// A lesson that stands alone, such as a closed case: what the citizen wrote, and the department that answered it.
    pub fn new(text: impl Into<String>, department: DepartmentId) -> Self {
        Self {
            text: text.into(),
            department,
            group: None,
        }
    }

    /// The same lesson as one of a group.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}
