//! Training examples of the router.

use crate::message::DepartmentId;

/// A text with its known department.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingExample {
    /// The text. If it has several lines and the first is at most 60 characters long, that line counts as a
    /// title.
    pub text: String,
    /// The right department.
    pub department: DepartmentId,
    /// The group of examples with the same meaning, such as the phrasings of one FAQ entry. Calibration never
    /// trains on one example of a group and tests on another.
    pub group: Option<String>,
}

impl TrainingExample {
    /// An example without a group, such as the citizen's text of a closed case and the department that
    /// answered it.
    pub fn new(text: impl Into<String>, department: DepartmentId) -> Self {
        Self {
            text: text.into(),
            department,
            group: None,
        }
    }

    /// Puts the example into a group.
    #[must_use]
    pub fn in_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }
}
