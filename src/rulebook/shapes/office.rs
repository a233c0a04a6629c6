//! The office: its accounts, departments and service themes.

use serde::Serialize;

use crate::message::{AccountId, DepartmentId, FormId, PolicyId, Sending, ThemeId};

/// The office that the rulebook belongs to (`[office]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Office {
    /// Its name, as citizens know it.
    pub name: String,
    /// The department for messages without a theme.
    pub department: DepartmentId,
    /// The policy of cases without a theme, or with a theme that names no policy.
    pub policy: PolicyId,
    /// The policy of urgent cases.
    pub urgent_policy: PolicyId,
}

/// A government account (`[[account]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// Its id, as the host names it in messages.
    pub id: AccountId,
    /// Its name, as citizens see it.
    pub name: String,
    /// The department for messages without a theme; by default the office's.
    pub department: Option<DepartmentId>,
    /// The channel's limits on sending without a message of the citizen (`[account.sending]`); by default
    /// none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
}

/// A department (`[[department]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its name, as citizens see it.
    pub name: String,
    /// The number of cases that it answers on a working day. If given, a citizen is promised a later time
    /// than the deadline when the queue is too long for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_a_day: Option<u32>,
}

/// A service theme (`[[theme]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Theme {
    /// Its id.
    pub id: ThemeId,
    /// Its name, as citizens see it.
    pub name: String,
    /// The department that leads.
    pub department: DepartmentId,
    /// Departments that may help.
    pub co_handlers: Vec<DepartmentId>,
    /// The deadline policy of its cases; without it, the office's.
    pub policy: Option<PolicyId>,
}

/// A form that citizens fill in (`[[form]]`): a booking, an application, a survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// Its name, as citizens see it.
    pub name: String,
    /// The text that goes with it.
    pub text: String,
    /// Where it is filled in, `https` only.
    pub url: String,
}
