//! The actor: the person behind a command.

use crate::message::{AgentId, DepartmentId};

/// The person behind a command.
///
/// An agent's id converts into an actor with the role [`Role::Agent`] and without departments, so calls take
/// `&agent` too. Roles are recorded here and not enforced yet: the host checks permissions.
///
/// ```
/// use civic_reply::desk::{Actor, Role};
///
/// let actor = Actor::new("clerk-7").with_departments(["housing"]);
/// assert_eq!(actor.role, Role::Agent);
/// assert_eq!(Actor::from("clerk-7").id, actor.id);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Actor {
    /// The agent's id, as the journal records it.
    pub id: AgentId,
    /// The agent's role.
    pub role: Role,
    /// The departments for which the agent works; empty for all.
    /// [`Desk::claim_next`](super::Desk::claim_next) gives cases of these departments only, unless the query
    /// names departments itself.
    pub departments: Vec<DepartmentId>,
}

/// The role of an actor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Works on cases.
    #[default]
    Agent,
    /// Supervises departments, and decides about cases that were offered too often.
    Supervisor,
    /// Administers the service.
    Administrator,
}

impl Actor {
    /// An agent for all departments.
    pub fn new(id: impl Into<AgentId>) -> Self {
        Self {
            id: id.into(),
            role: Role::default(),
            departments: Vec::new(),
        }
    }

    /// The same actor with another role.
    #[must_use]
    pub fn with_role(self, role: Role) -> Self {
        Self { role, ..self }
    }

    /// The same actor, for these departments only.
    #[must_use]
    pub fn with_departments<D: Into<DepartmentId>>(self, departments: impl IntoIterator<Item = D>) -> Self {
        let departments = departments.into_iter().map(Into::into).collect();
        Self { departments, ..self }
    }
}

impl From<AgentId> for Actor {
    fn from(id: AgentId) -> Self {
        Self::new(id)
    }
}

impl From<&AgentId> for Actor {
    fn from(id: &AgentId) -> Self {
        Self::new(id.clone())
    }
}

impl From<&str> for Actor {
    fn from(id: &str) -> Self {
        Self::new(id)
    }
}

impl From<&Actor> for Actor {
    fn from(actor: &Actor) -> Self {
        actor.clone()
    }
}
