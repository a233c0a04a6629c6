//! A desk as a list of cases in plain numbers, written from the rules and independent of the crate's code.

/// In minutes: the lease of a claim, the time for a first reply, an extension, and the time in which a
/// department may return a case.
pub(crate) const LEASE: i64 = 15;
pub(crate) const REPLY: i64 = 60;
pub(crate) const EXTENSION: i64 = 30;
/// The department that the rulebook does not have.
pub(crate) const UNKNOWN_DEPARTMENT: u8 = 3;
pub(crate) const RETURN_TIME: i64 = 20;
/// The most notes, and reasons for reopening, that a case keeps.
pub(crate) const MAX_NOTES: usize = 50;
pub(crate) const MAX_REOPENED: usize = 10;
/// The most entries of the transcript that a case keeps.
pub(crate) const MAX_TRANSCRIPT: usize = 20;

use std::collections::BTreeSet;

use super::letters::{IDLE, Kind, LetterState, ModelLetter, Promised, RATING_TIME};
use super::window::Windows;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MatterState {
    Waiting,
    Claimed,
    Asked,
    Offered,
    Answered,
    Closed,
    Merged,
}

use MatterState::*;

impl Matter {
    /// Resumes the clock with the time that was left when it stopped. A late case stays equally late.
    fn resume_clock(&mut self, now: i64) {
        if let Some(reply_clock) = &mut self.reply_clock
            && let Some(since) = reply_clock.paused.take()
            && reply_clock.due > since
        {
            reply_clock.due += now - since;
        }
    }
}

/// The clock of the first reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReplyClock {
    pub(crate) due: i64,
    /// When the clock was paused.
    pub(crate) paused: Option<i64>,
    pub(crate) extended: bool,
    /// The due time whose breach was raised.
    pub(crate) raised: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Matter {
    pub(crate) id: String,
    pub(crate) arrived: i64,
    pub(crate) priority: u8,
    pub(crate) department: u8,
    pub(crate) state: MatterState,
    /// Agent, token and end of the claim.
    pub(crate) claim: Option<(u8, String, i64)>,
    pub(crate) answer: Option<String>,
    pub(crate) draft: Option<String>,
    pub(crate) talk: usize,
    pub(crate) notes: usize,
    pub(crate) offers: usize,
    pub(crate) offer: Option<(u8, i64)>,
    pub(crate) returns: usize,
    pub(crate) decided: bool,
    pub(crate) escalations: usize,
    pub(crate) merged: Vec<String>,
    /// Of each merged case: its number, its transcript's length, the number of its notes, and its draft.
    pub(crate) kept: Vec<(String, usize, usize, Option<String>)>,
    /// Whether the holder has not seen a merger.
    pub(crate) unseen: bool,
    pub(crate) goes_on_as: Option<String>,
    pub(crate) split: Vec<String>,
    pub(crate) parts: Vec<(String, Option<String>)>,
    /// The case that it was split from, and whether its answer goes there.
    pub(crate) parent: Option<(String, bool)>,
    pub(crate) ending: Option<&'static str>,
    pub(crate) reopened: usize,
    pub(crate) reply_clock: Option<ReplyClock>,
    pub(crate) promised: Option<Promised>,
    /// The recipients of the answer.
    pub(crate) citizens: Vec<u8>,
    pub(crate) letters: Vec<ModelLetter>,
    /// When the agent on whom the citizen relies counts as gone.
    pub(crate) idle: Option<i64>,
    /// When the citizen is reminded of the question, and when the wait ends.
    pub(crate) awaited_reply: Option<(Option<i64>, i64)>,
    /// Whether a question timed out.
    pub(crate) unreplied: bool,
    pub(crate) chasers: u32,
    /// The recipients whose citizens said that the matter is settled.
    pub(crate) confirmed: BTreeSet<usize>,
    /// Until when the answer can be rated.
    pub(crate) lapses: Option<i64>,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) now: i64,
    pub(crate) matters: Vec<Matter>,
    pub(crate) windows: Windows,
}

impl Model {
    pub(crate) fn find(&mut self, id: &str) -> &mut Matter {
        self.matters.iter_mut().find(|matter| matter.id == id).unwrap()
    }

    pub(crate) fn arrive(&mut self, id: String, citizen: u8, priority: u8, department: u8) {
        let reply_clock = ReplyClock {
            due: self.now + REPLY,
            paused: None,
            extended: false,
            raised: None,
        };
        self.matters.push(Matter {
            id,
            arrived: self.now,
            priority,
            department,
            state: Waiting,
            claim: None,
            answer: None,
            draft: None,
            talk: 0,
            notes: 0,
            offers: 0,
            offer: None,
            returns: 0,
            decided: false,
            escalations: 0,
            merged: Vec::new(),
            kept: Vec::new(),
            confirmed: BTreeSet::new(),
            unseen: false,
            goes_on_as: None,
            split: Vec::new(),
            parts: Vec::new(),
            parent: None,
            ending: None,
            reopened: 0,
            reply_clock: Some(reply_clock),
            promised: None,
            citizens: vec![citizen],
            letters: Vec::new(),
            idle: None,
            awaited_reply: None,
            unreplied: false,
            chasers: 0,
            lapses: None,
        });
        let now = self.now;
        let arrived = self.matters.last_mut().unwrap();
        arrived.promise_again(now);
    }

    fn is_free(&self, matter: &Matter) -> bool {
        let ended = matter.claim.as_ref().is_some_and(|(_, _, end)| *end <= self.now);
        matter.state == Waiting || matter.state == Claimed && ended
    }

    /// The case that an agent is given next.
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
            let due = matter.reply_clock.unwrap().due;
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

    pub(crate) fn claim(&mut self, id: &str, agent: u8, token_text: String) {
        let end = self.now + LEASE;
        let matter = self.find(id);
        matter.state = Claimed;
        matter.unseen = false;
        matter.claim = Some((agent, token_text, end));
        matter.idle = matter.idle.map(|idle| idle.max(end));
    }

    /// Whether this token holds the case.
    pub(super) fn holds(&mut self, id: &str, token_text: &str) -> bool {
        let matter = self.find(id);
        matter.state == Claimed
            && matter
                .claim
                .as_ref()
                .is_some_and(|(_, known, _)| known == token_text)
    }

    pub(crate) fn renew(&mut self, id: &str, token_text: &str) -> bool {
        let end = self.now + LEASE;
        let holds = self.holds(id, token_text);
        if holds && let Some(claim) = &mut self.find(id).claim {
            claim.2 = end;
        }
        holds
    }

    pub(super) fn leave(&mut self, id: &str, state: MatterState) -> &mut Matter {
        let matter = self.find(id);
        matter.state = state;
        matter.claim = None;
        matter
    }

    pub(crate) fn release(&mut self, id: &str, token_text: &str) -> bool {
        let holds = self.holds(id, token_text);
        if holds {
            let now = self.now;
            self.leave(id, Waiting).hand_back(now);
        }
        holds
    }

    pub(crate) fn draft(&mut self, id: &str, token_text: &str, text: &str) -> bool {
        let holds = self.holds(id, token_text);
        if holds {
            let now = self.now;
            let matter = self.find(id);
            matter.draft = Some(text.to_owned());
            matter.record_work(now);
        }
        holds
    }

    pub(crate) fn answer(&mut self, id: &str, token_text: &str, text: &str) -> bool {
        let open = self.find(id).parts.iter().any(|(_, said)| said.is_none());
        let unseen = self.find(id).unseen;
        if !self.holds(id, token_text) || open || unseen {
            return false;
        }
        let now = self.now;
        let matter = self.leave(id, Answered);
        matter.answer = Some(text.to_owned());
        matter.draft = None;
        matter.unreplied = false;
        matter.chasers = 0;
        matter.withdraw(&[Kind::Question, Kind::Reminder]);
        (matter.reply_clock, matter.promised, matter.idle) = (None, None, None);
        matter.write_letters(Kind::Answer, now);
        matter.lapses = Some(now + RATING_TIME);
        if matter.is_joined() {
            matter.lapses = None;
            matter.state = Closed;
            matter.ending = Some("done");
            self.report_to_main_case(id, text);
        }
        true
    }

    pub(crate) fn see_merger(&mut self, id: &str, token_text: &str) -> bool {
        let holds = self.holds(id, token_text);
        if holds {
            self.find(id).unseen = false;
        }
        holds
    }

    pub(crate) fn ask(&mut self, id: &str, token_text: &str) -> bool {
        let now = self.now;
        let holds = self.holds(id, token_text) && !self.find(id).is_joined() && !self.find(id).unseen;
        if holds {
            let matter = self.leave(id, Asked);
            matter.talk += 1;
            matter.idle = None;
            matter.promised = matter.promised.filter(|promised| !promised.by_engine);
            matter.write_letters(Kind::Question, now);
            matter.unreplied = false;
            matter.wait(now);
            if let Some(reply_clock) = &mut matter.reply_clock {
                reply_clock.paused = Some(now);
            }
        }
        holds
    }

    pub(crate) fn chase(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let open = !matches!(matter.state, Answered | Closed | Merged);
        matter.chasers += u32::from(open);
        open
    }

    pub(crate) fn write(&mut self, id: &str, citizen: usize) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let unknown = citizen > 0 && (matter.is_joined() || matter.citizens.len() <= citizen);
        if matches!(matter.state, Closed | Merged) || unknown {
            return false;
        }
        let first = matter.first_message(citizen);
        matter.confirmed.remove(&first);
        matter.talk += 1;
        let others = matter.awaited_reply.is_some() && !matter.merged.is_empty();
        matter.waited();
        for letter in &mut matter.letters {
            if let LetterState::Held(_) = letter.state {
                letter.state = LetterState::Waiting { from: None };
            }
        }
        if matter.state == Claimed && matter.idle.is_none() && !matter.is_joined() {
            matter.idle = Some(now + IDLE);
        }
        let late = std::mem::replace(&mut matter.unreplied, others) && matter.state != Claimed;
        let replied = matter.state == Asked;
        if replied {
            matter.state = Waiting;
        }
        matter.resume_clock(now);
        if replied || late {
            matter.promise_again(now);
        }
        true
    }

    /// Stops waiting for the reply.
    pub(crate) fn resume(&mut self, id: &str) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let may = matter.state == Asked;
        if may {
            matter.state = Waiting;
            matter.waited();
            matter.unreplied = true;
            matter.resume_clock(now);
        }
        may
    }

    pub(crate) fn note(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let may = !matches!(matter.state, Closed | Merged);
        matter.notes = (matter.notes + usize::from(may)).min(MAX_NOTES);
        may
    }

    pub(crate) fn extend(&mut self, id: &str, token_text: &str) -> bool {
        let now = self.now;
        if !self.holds(id, token_text) {
            return false;
        }
        let matter = self.find(id);
        let due = match &mut matter.reply_clock {
            Some(reply_clock) if !reply_clock.extended && reply_clock.due > now => {
                reply_clock.due += EXTENSION;
                reply_clock.extended = true;
                reply_clock.due
            }
            _ => return false,
        };
        if matter.promised.is_some() && !matter.is_joined() {
            matter.promise(now, due, true);
        }
        matter.write_letters(Kind::Extension, now);
        matter.record_work(now);
        true
    }

    /// An agent promises the citizen a time.
    pub(crate) fn promise(&mut self, id: &str, token_text: &str, due: i64) -> bool {
        let now = self.now;
        let may = self.holds(id, token_text) && self.find(id).promise(now, due, false);
        if may {
            self.find(id).record_work(now);
        }
        may
    }

    pub(crate) fn supervise(&mut self, id: &str) -> bool {
        let matter = self.find(id);
        let may = matches!(matter.state, Waiting | Claimed | Asked | Offered) && matter.escalations < 3;
        matter.escalations += usize::from(may);
        may
    }

    pub(crate) fn close(&mut self, id: &str, how: &'static str) -> bool {
        let matter = self.find(id);
        if !matches!(matter.state, Asked | Answered) {
            return false;
        }
        matter.state = Closed;
        matter.ending = Some(how);
        matter.waited();
        matter.withdraw(&[Kind::Question]);
        matter.unreplied = false;
        (matter.reply_clock, matter.promised, matter.lapses) = (None, None, None);
        let words = matter.answer.clone().unwrap_or_else(|| format!("({how})"));
        self.report_to_main_case(id, &words);
        true
    }

    /// The case closes when each citizen has confirmed.
    pub(crate) fn confirm(&mut self, id: &str, citizen: usize) -> bool {
        let matter = self.find(id);
        if matter.state != Answered || matter.is_joined() || matter.citizens.len() <= citizen {
            return false;
        }
        let first = matter.first_message(citizen);
        matter.confirmed.insert(first);
        if (0..matter.citizens.len()).all(|one| matter.confirmed.contains(&matter.first_message(one))) {
            assert!(self.close(id, "solved"));
        }
        true
    }

    /// The clock was kept. A new one counts from the arrival as long as that leaves time.
    pub(crate) fn reopen(&mut self, id: &str, from_arrival: bool) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let joined = matter.parent.as_ref().is_some_and(|(_, joined)| *joined);
        if !matches!(matter.state, Answered | Closed) || joined {
            return false;
        }
        matter.state = Waiting;
        matter.ending = None;
        matter.confirmed.clear();
        matter.reopened = (matter.reopened + 1).min(MAX_REOPENED);
        matter.talk += usize::from(matter.answer.take().is_some());
        let from = match from_arrival && matter.arrived + REPLY > now {
            true => matter.arrived,
            false => now,
        };
        matter.reply_clock = Some(ReplyClock {
            due: REPLY + from,
            paused: None,
            extended: false,
            raised: None,
        });
        (matter.promised, matter.lapses) = (None, None);
        matter.promise_again(now);
        true
    }
}
