//! What a desk is, as a list of cases in plain numbers: written by the rules' words, not by the crate's code.

/// How many minutes a claim lasts, a first reply may take, an extension gives, and a department has to give a case back.
pub(crate) const LEASE: i64 = 15;
pub(crate) const REPLY: i64 = 60;
pub(crate) const MORE: i64 = 30;
pub(crate) const GIVE_BACK: i64 = 20;

use super::post::{IDLE, JUDGE, Kind, Post, Promised};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stands {
    Waiting,
    Claimed,
    Asked,
    Offered,
    Answered,
    Closed,
    Merged,
}

use Stands::*;

/// A promise to reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Owed {
    pub(crate) due: i64,
    /// Since when the clock stands still.
    pub(crate) still: Option<i64>,
    pub(crate) extended: bool,
    /// For which due time a breach was raised.
    pub(crate) raised: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matter {
    pub(crate) id: String,
    pub(crate) arrived: i64,
    pub(crate) priority: u8,
    pub(crate) department: u8,
    pub(crate) stands: Stands,
    /// Agent, proof and end of the claim.
    pub(crate) claim: Option<(u8, String, i64)>,
    pub(crate) answer: Option<String>,
    pub(crate) draft: Option<String>,
    pub(crate) talk: usize,
    pub(crate) notes: usize,
    pub(crate) offers: usize,
    pub(crate) offer: Option<(u8, i64)>,
    pub(crate) returns: usize,
    pub(crate) decided: bool,
    pub(crate) rungs: usize,
    pub(crate) merged: Vec<String>,
    pub(crate) goes_on_as: Option<String>,
    pub(crate) split: Vec<String>,
    pub(crate) parts: Vec<(String, Option<String>)>,
    /// The case it comes from, and whether its answer goes there.
    pub(crate) parent: Option<(String, bool)>,
    pub(crate) ending: Option<&'static str>,
    pub(crate) reopened: usize,
    pub(crate) owed: Option<Owed>,
    pub(crate) promised: Option<Promised>,
    /// Who gets the answer.
    pub(crate) citizens: Vec<u8>,
    pub(crate) letters: Vec<Post>,
    /// From when on the agent whom the citizen believes to be there is taken to have left.
    pub(crate) idle: Option<i64>,
    /// Until when the answer can be judged.
    pub(crate) lapses: Option<i64>,
}

/// What a sweep says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    /// The cases with a breach.
    pub(crate) breached: Vec<String>,
    /// Those whose promise broke, those with a new one, and those that got none.
    pub(crate) broken: Vec<String>,
    pub(crate) postponed: Vec<String>,
    pub(crate) overdue: Vec<String>,
    /// Those that a department has by silence.
    pub(crate) accepted: Vec<String>,
    /// Those whose agent has left, and those whose answer nobody judged.
    pub(crate) left: Vec<String>,
    pub(crate) lapsed: Vec<String>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) now: i64,
    pub(crate) matters: Vec<Matter>,
}

impl Model {
    pub(crate) fn find(&mut self, id: &str) -> &mut Matter {
        self.matters.iter_mut().find(|matter| matter.id == id).unwrap()
    }

    pub(crate) fn arrive(&mut self, id: String, citizen: u8, priority: u8, department: u8) {
        let owed = Owed {
            due: self.now + REPLY,
            still: None,
            extended: false,
            raised: None,
        };
        self.matters.push(Matter {
            id,
            arrived: self.now,
            priority,
            department,
            stands: Waiting,
            claim: None,
            answer: None,
            draft: None,
            talk: 0,
            notes: 0,
            offers: 0,
            offer: None,
            returns: 0,
            decided: false,
            rungs: 0,
            merged: Vec::new(),
            goes_on_as: None,
            split: Vec::new(),
            parts: Vec::new(),
            parent: None,
            ending: None,
            reopened: 0,
            owed: Some(owed),
            promised: None,
            citizens: vec![citizen],
            letters: Vec::new(),
            idle: None,
            lapses: None,
        });
        let now = self.now;
        let arrived = self.matters.last_mut().unwrap();
        arrived.promise_again(now);
    }

    fn is_free(&self, matter: &Matter) -> bool {
        let ended = matter.claim.as_ref().is_some_and(|(_, _, end)| *end <= self.now);
        matter.stands == Waiting || matter.stands == Claimed && ended
    }

    /// Which case an agent is given next.
    pub(crate) fn next(
        &self,
        agent: u8,
        first: u8,
        only: Option<u8>,
        capacity: Option<u8>,
    ) -> Option<String> {
        let holds = self.matters.iter().filter(|matter| {
            let claim = matter.claim.as_ref();
            claim.is_some_and(|(by, _, end)| *by == agent && *end > self.now)
        });
        if capacity.is_some_and(|most| holds.count() >= usize::from(most)) {
            return None;
        }
        let mut free: Vec<&Matter> = self.matters.iter().collect();
        free.retain(|matter| self.is_free(matter) && only.is_none_or(|only| matter.department == only));
        free.sort_by_key(|matter| {
            let due = matter.owed.unwrap().due;
            let due = matter.promised.map_or(due, |promised| promised.due.min(due));
            let order = match first {
                0 => (-i64::from(matter.priority), due),
                1 => (due, 0),
                _ => (matter.arrived, 0),
            };
            (matter.priority != 2, order, matter.id.clone())
        });
        free.first().map(|matter| matter.id.clone())
    }

    pub(crate) fn may_claim(&mut self, id: &str) -> bool {
        let matter = self.find(id).clone();
        self.is_free(&matter)
    }

    pub(crate) fn claim(&mut self, id: &str, agent: u8, proof: String) {
        let end = self.now + LEASE;
        let matter = self.find(id);
        matter.stands = Claimed;
        matter.claim = Some((agent, proof, end));
        matter.idle = matter.idle.map(|idle| idle.max(end));
    }

    /// Whether this proof holds the case.
    fn holds(&mut self, id: &str, proof: &str) -> bool {
        let matter = self.find(id);
        matter.stands == Claimed && matter.claim.as_ref().is_some_and(|(_, known, _)| known == proof)
    }

    pub(crate) fn renew(&mut self, id: &str, proof: &str) -> bool {
        let end = self.now + LEASE;
        let holds = self.holds(id, proof);
        if holds && let Some(claim) = &mut self.find(id).claim {
            claim.2 = end;
        }
        holds
    }

    fn leave(&mut self, id: &str, stands: Stands) -> &mut Matter {
        let matter = self.find(id);
        matter.stands = stands;
        matter.claim = None;
        matter
    }

    pub(crate) fn release(&mut self, id: &str, proof: &str) -> bool {
        let holds = self.holds(id, proof);
        if holds {
            let now = self.now;
            self.leave(id, Waiting).hand_back(now);
        }
        holds
    }

    pub(crate) fn draft(&mut self, id: &str, proof: &str, text: &str) -> bool {
        let holds = self.holds(id, proof);
        if holds {
            let now = self.now;
            let matter = self.find(id);
            matter.draft = Some(text.to_owned());
            matter.at_work(now);
        }
        holds
    }

    pub(crate) fn answer(&mut self, id: &str, proof: &str, text: &str) -> bool {
        let open = self.find(id).parts.iter().any(|(_, said)| said.is_none());
        if !self.holds(id, proof) || open {
            return false;
        }
        let now = self.now;
        let matter = self.leave(id, Answered);
        matter.answer = Some(text.to_owned());
        matter.draft = None;
        (matter.owed, matter.promised, matter.idle) = (None, None, None);
        matter.post(Kind::Answer, now);
        matter.lapses = Some(now + JUDGE);
        if matter.is_joined() {
            matter.lapses = None;
            matter.stands = Closed;
            matter.ending = Some("done");
            self.tell_parent(id, text);
        }
        true
    }

    /// The office that has the whole case learns what a part came to.
    fn tell_parent(&mut self, id: &str, text: &str) {
        let Some((parent, true)) = self.find(id).parent.clone() else {
            return;
        };
        let whole = self.find(&parent);
        if !matches!(whole.stands, Waiting | Claimed | Asked | Offered) {
            return;
        }
        let Some(part) = whole
            .parts
            .iter_mut()
            .find(|(part, said)| part == id && said.is_none())
        else {
            return;
        };
        part.1 = Some(text.to_owned());
        let words: Vec<_> = whole.parts.iter().filter_map(|(_, said)| said.clone()).collect();
        if words.len() == whole.parts.len() && whole.draft.is_none() {
            whole.draft = Some(words.join("\n\n"));
        }
    }

    pub(crate) fn ask(&mut self, id: &str, proof: &str) -> bool {
        let now = self.now;
        let holds = self.holds(id, proof);
        if holds {
            let matter = self.leave(id, Asked);
            matter.talk += 1;
            matter.idle = None;
            matter.promised = matter.promised.filter(|promised| !promised.by_engine);
            matter.post(Kind::Question, now);
            if let Some(owed) = &mut matter.owed {
                owed.still = Some(now);
            }
        }
        holds
    }

    pub(crate) fn write(&mut self, id: &str) -> bool {
        let now = self.now;
        let matter = self.find(id);
        if matches!(matter.stands, Closed | Merged) {
            return false;
        }
        matter.talk += 1;
        if matter.stands == Claimed && matter.idle.is_none() && !matter.is_joined() {
            matter.idle = Some(now + IDLE);
        }
        let replied = matter.stands == Asked;
        if replied {
            matter.stands = Waiting;
        }
        if let Some(owed) = &mut matter.owed
            && let Some(since) = owed.still.take()
        {
            // What was left of it when it was stopped is left of it now. What was late already stays as late as it was.
            if owed.due > since {
                owed.due += now - since;
            }
        }
        if replied {
            matter.promise_again(now);
        }
        true
    }

    pub(crate) fn note(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let may = !matches!(matter.stands, Closed | Merged);
        matter.notes += usize::from(may);
        may
    }

    pub(crate) fn extend(&mut self, id: &str, proof: &str) -> bool {
        let now = self.now;
        if !self.holds(id, proof) {
            return false;
        }
        let matter = self.find(id);
        let due = match &mut matter.owed {
            Some(owed) if !owed.extended && owed.due > now => {
                owed.due += MORE;
                owed.extended = true;
                owed.due
            }
            _ => return false,
        };
        if matter.promised.is_some() && !matter.is_joined() {
            matter.promise(now, due, true);
        }
        matter.post(Kind::Extension, now);
        matter.at_work(now);
        true
    }

    /// An agent tells the citizen a time.
    pub(crate) fn promise(&mut self, id: &str, proof: &str, due: i64) -> bool {
        let now = self.now;
        let may = self.holds(id, proof) && self.find(id).promise(now, due, false);
        if may {
            self.find(id).at_work(now);
        }
        may
    }

    pub(crate) fn transfer(&mut self, id: &str, proof: &str, to: u8) -> bool {
        let until = self.now + GIVE_BACK;
        let holds = self.holds(id, proof);
        let matter = self.find(id);
        if !holds || matter.decided || matter.offers >= 3 || matter.department == to {
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
        let Some((to, _)) = matter.offer.filter(|_| matter.stands == Offered) else {
            return false;
        };
        matter.department = to;
        matter.offer = None;
        matter.stands = Waiting;
        true
    }

    pub(crate) fn give_back(&mut self, id: &str) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let in_time = matter.offer.is_some_and(|(_, until)| now < until);
        if matter.stands != Offered || !in_time {
            return false;
        }
        matter.offer = None;
        matter.returns += 1;
        matter.stands = Waiting;
        true
    }

    pub(crate) fn decide(&mut self, id: &str, to: u8) -> bool {
        let matter = self.find(id);
        if !matches!(matter.stands, Waiting | Claimed | Offered) || matter.offers < 3 {
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

    pub(crate) fn supervise(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let may = matches!(matter.stands, Waiting | Claimed | Asked | Offered) && matter.rungs < 3;
        matter.rungs += usize::from(may);
        may
    }

    pub(crate) fn merge(&mut self, id: &str, proof: &str, into: &str) -> bool {
        let holds = self.holds(id, proof);
        let one = self.find(id).clone();
        let other = self.find(into);
        let joined = |matter: &Matter| matter.parent.as_ref().is_some_and(|(_, joined)| *joined);
        let open = matches!(other.stands, Waiting | Claimed | Asked | Offered);
        if !holds || id == into || joined(&one) || !one.parts.is_empty() || !open || joined(other) {
            return false;
        }
        other.merged.push(one.id.clone());
        other.merged.extend(one.merged);
        // What was promised earlier to either is promised to both.
        let earlier = match (&one.owed, &other.owed) {
            (Some(theirs), Some(ours)) => ours.still.is_none() && theirs.due < ours.due,
            (theirs, _) => theirs.is_some(),
        };
        if earlier {
            other.owed = one.owed;
        }
        if let Some(theirs) = one.promised
            && other.promised.is_none_or(|ours| theirs.due < ours.due)
        {
            other.promised = Some(theirs);
        }
        other.citizens.extend(one.citizens);
        let one = self.leave(id, Merged);
        one.goes_on_as = Some(into.to_owned());
        one.ending = Some("merged");
        (one.owed, one.promised, one.idle) = (None, None, None);
        true
    }

    /// Takes a matter out; gives the new case's number.
    pub(crate) fn take_out(&mut self, id: &str, proof: &str, to: u8, joined: bool) -> Option<String> {
        let holds = self.holds(id, proof);
        let whole = self.find(id);
        let is_part = whole.parent.as_ref().is_some_and(|(_, joined)| *joined);
        if !holds || joined && is_part {
            return None;
        }
        let number = whole.split.len() + whole.parts.len() + 1;
        let part = format!("{id}-{number}");
        if joined {
            whole.parts.push((part.clone(), None));
        } else {
            whole.split.push(part.clone());
        }
        let (arrived, priority, owed) = (whole.arrived, whole.priority, whole.owed);
        // What was promised to the citizen stays with the whole, if its answer does.
        let promised = whole.promised.filter(|_| !joined);
        let citizen = whole.citizens[0];
        self.arrive(part.clone(), citizen, priority, to);
        let taken = self.find(&part);
        (taken.arrived, taken.owed, taken.promised) = (arrived, owed, promised);
        taken.parent = Some((id.to_owned(), joined));
        Some(part)
    }

    pub(crate) fn close(&mut self, id: &str, how: &'static str) -> bool {
        let matter = self.find(id);
        if !matches!(matter.stands, Asked | Answered) {
            return false;
        }
        matter.stands = Closed;
        matter.ending = Some(how);
        (matter.owed, matter.promised, matter.lapses) = (None, None, None);
        let words = matter.answer.clone().unwrap_or_else(|| format!("({how})"));
        self.tell_parent(id, &words);
        true
    }

    pub(crate) fn reopen(&mut self, id: &str, from_arrival: bool) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let joined = matter.parent.as_ref().is_some_and(|(_, joined)| *joined);
        if !matches!(matter.stands, Answered | Closed) || joined {
            return false;
        }
        matter.stands = Waiting;
        matter.ending = None;
        matter.reopened += 1;
        matter.talk += usize::from(matter.answer.take().is_some());
        matter.owed = Some(Owed {
            due: REPLY + if from_arrival { matter.arrived } else { now },
            still: None,
            extended: false,
            raised: None,
        });
        (matter.promised, matter.lapses) = (None, None);
        matter.promise_again(now);
        true
    }

    pub(crate) fn sweep(&mut self) -> Said {
        let now = self.now;
        let mut said = Said::default();
        for matter in &mut self.matters {
            if let Some(owed) = &mut matter.owed
                && owed.still.is_none()
                && owed.due <= now
                && owed.raised != Some(owed.due)
            {
                owed.raised = Some(owed.due);
                said.breached.push(matter.id.clone());
            }
            let (broke, later, given_up) = matter.watch(now);
            said.broken.extend(broke.then(|| matter.id.clone()));
            said.postponed.extend(later.then(|| matter.id.clone()));
            said.overdue.extend(given_up.then(|| matter.id.clone()));
        }
        for id in self
            .matters
            .iter()
            .map(|matter| matter.id.clone())
            .collect::<Vec<_>>()
        {
            let matter = self.find(&id);
            if matter.stands == Offered && matter.offer.is_some_and(|(_, until)| until <= now) {
                self.accept(&id);
                said.accepted.push(id);
            }
        }
        (said.left, said.lapsed) = self.leave_and_lapse();
        said
    }
}
