//! The model's transfers: offers, returns, and the deciding department.

use super::model::{MatterState::*, Model, RETURN_TIME, UNKNOWN_DEPARTMENT};

impl Model {
    pub(crate) fn transfer(&mut self, id: &str, token_text: &str, to: u8) -> bool {
        let until = self.now + RETURN_TIME;
        let holds = self.holds(id, token_text);
        let matter = self.find(id);
        if !holds
            || matter.decided
            || matter.offers >= 3
            || matter.department == to
            || to == UNKNOWN_DEPARTMENT
        {
            return false;
        }
        let now = self.now;
        let matter = self.leave(id, Offered);
        matter.hand_back(now);
        matter.offers += 1;
        matter.offer = Some((to, until));
        true
    }

    pub(crate) fn accept(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let Some((to, _)) = matter.offer.filter(|_| matter.state == Offered) else {
            return false;
        };
        matter.department = to;
        matter.offer = None;
        matter.state = Waiting;
        true
    }

    pub(crate) fn give_back(&mut self, id: &str) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let in_time = matter.offer.is_some_and(|(_, until)| now < until);
        if matter.state != Offered || !in_time {
            return false;
        }
        matter.offer = None;
        matter.returns += 1;
        matter.state = Waiting;
        true
    }

    pub(crate) fn decide(&mut self, id: &str, to: u8) -> bool {
        let matter = self.find(id);
        if !matches!(matter.state, Waiting | Claimed | Offered)
            || matter.offers < 3
            || to == UNKNOWN_DEPARTMENT
        {
            return false;
        }
        let now = self.now;
        let matter = self.leave(id, Waiting);
        matter.hand_back(now);
        matter.offer = None;
        matter.decided = true;
        matter.department = to;
        true
    }
}
