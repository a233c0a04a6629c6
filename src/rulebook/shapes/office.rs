//! The office: its accounts, departments and service themes.

use serde::Serialize;

use crate::message::{AccountId, DepartmentId, FormId, PolicyId, Sending, ThemeId};

/// The office that the rulebook belongs to (`[office]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Office {
    /// Its name, as citizens know it.
    pub name: String,
    /// The desk that takes what no theme claims.
    pub department: DepartmentId,
    /// The policy of cases whose theme names none.
    pub policy: PolicyId,
    /// The policy of urgent cases.
    pub urgent_policy: PolicyId,
}

/// A government account (`[[account]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// Its id, as the host names it in messages.
    pub id: AccountId,
    /// Its name, as citizens see it.
    pub name: String,
    /// The desk that takes what no theme claims; without it, the office's.
    pub department: Option<DepartmentId>,
    /// What its channel lets it send by itself (`[account.sending]`); without it, anything at any time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sending: Option<Sending>,
}

/// A department (`[[department]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Department {
    /// Its id.
    pub id: DepartmentId,
    /// Its name, as citizens see it.
    pub name: String,
    /// How many cases it answers on a working day. Where it says so, a citizen is promised a later time than is owed when the queue is
    /// too long for that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answers_a_day: Option<u32>,
}

/// A service theme (`[[theme]]`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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
pub struct Form {
    /// Its id.
    pub id: FormId,
    /// Its name, as citizens see it.
    pub name: String,
    /// What the citizen is told along with it.
    pub text: String,
    /// Where it is filled in, `https` only.
    pub url: String,
}
