//! The model's letters and promises: what citizens are told without a message of theirs, and by when.

use super::model::{Matter, Model, REPLY, Stands};

/// In minutes: how long a citizen may judge an answer, how long before a promise breaks they hear of it, and how long an agent whom
/// they believe to be there may show no sign of work.
pub(crate) const JUDGE: i64 = 60;
pub(crate) const BEFORE: i64 = 10;
pub(crate) const IDLE: i64 = 10;
/// How often a promise is put off.
pub(crate) const TIMES: usize = 1;
/// How long a sender has a letter, and how long after each failure it waits.
pub(crate) const SENDING: i64 = 5;
const WAITS: [i64; 4] = [1, 5, 30, 120];
/// The rungs of the ladder.
const RUNGS: usize = 3;
const URGENT: u8 = 2;

/// A time that a citizen was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Promised {
    pub(crate) due: i64,
    pub(crate) told: i64,
    pub(crate) by_engine: bool,
    pub(crate) warned: bool,
    pub(crate) broken: bool,
}

impl Promised {
    fn new(told: i64, due: i64, by_engine: bool) -> Option<Self> {
        let (warned, broken) = (false, false);
        (due > told).then_some(Self {
            due,
            told,
            by_engine,
            warned,
            broken,
        })
    }

    /// In seconds: ten minutes before, or where that is not after it was told, when three quarters of the time have passed.
    fn warns(&self) -> i64 {
        match self.due - BEFORE > self.told {
            true => (self.due - BEFORE) * 60,
            false => self.due * 60 - (self.due - self.told) * 15,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Answer,
    Question,
    Extension,
    Promise,
    HandBack,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Waiting { from: Option<i64> },
    Sent { proof: String, until: i64 },
    Arrived,
    Unknown { proof: String },
    Dead,
    LetGo,
}

/// A letter: whom it is for among those who get the answer, what it is, when it was written, how often it was given away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Post {
    pub(crate) to: usize,
    pub(crate) kind: Kind,
    pub(crate) posted: i64,
    pub(crate) given: u32,
    pub(crate) way: Way,
}

/// What a sender says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Arrived,
    Failed,
    Refused,
    Unknown,
}

impl Matter {
    pub(crate) fn is_joined(&self) -> bool {
        self.parent.as_ref().is_some_and(|(_, joined)| *joined)
    }

    /// To each citizen once, however often they wrote.
    pub(crate) fn post(&mut self, kind: Kind, now: i64) {
        if self.is_joined() {
            return;
        }
        for (to, citizen) in self.citizens.iter().enumerate() {
            if !self.citizens[..to].contains(citizen) {
                self.letters.push(Post {
                    to,
                    kind,
                    posted: now,
                    given: 0,
                    way: Way::Waiting { from: None },
                });
            }
        }
    }

    pub(crate) fn promise(&mut self, now: i64, due: i64, by_engine: bool) -> bool {
        let promised = Promised::new(now, due, by_engine);
        if promised.is_some() {
            self.promised = promised;
        }
        promised.is_some()
    }

    /// Back in the queue: what is owed is promised, or if that has passed, what a new case would be owed.
    pub(crate) fn promise_again(&mut self, now: i64) {
        if self.priority == URGENT || self.is_joined() || self.promised.is_some() {
            return;
        }
        let due = self.owed.filter(|owed| owed.still.is_none() && owed.due > now);
        self.promise(now, due.map_or(now + REPLY, |owed| owed.due), true);
    }

    /// Whoever the citizen believed to be there has left.
    pub(crate) fn hand_back(&mut self, now: i64) -> bool {
        let was = self.idle.take().is_some();
        if was {
            self.post(Kind::HandBack, now);
        }
        was
    }

    pub(crate) fn at_work(&mut self, now: i64) {
        if self.idle.is_some() {
            self.idle = Some(now + IDLE);
        }
    }

    fn put_off(&self) -> usize {
        let told = self.letters.iter().filter(|letter| letter.kind == Kind::Promise);
        let mut told: Vec<_> = told.map(|letter| letter.posted).collect();
        told.dedup();
        told.len()
    }

    /// What a sweep does about the promise: whether it broke, whether it was put off, whether it was given up.
    pub(crate) fn watch(&mut self, now: i64) -> (bool, bool, bool) {
        let Some(promised) = &mut self.promised else {
            return (false, false, false);
        };
        let warn = !promised.warned && promised.warns() <= now * 60;
        let broke = !promised.broken && promised.due <= now;
        promised.warned |= warn;
        promised.broken |= broke;
        if !warn {
            return (broke, false, false);
        }
        let later = self.put_off() < TIMES;
        if later {
            self.promise(now, now + REPLY, true);
        } else if self.rungs < RUNGS {
            self.rungs += 1;
        }
        self.post(Kind::Promise, now);
        (broke, later, !later)
    }

    /// The place of the first letter that something is to be done about: of those to one citizen only the first that is not done with.
    fn ripe(&self, now: i64) -> Option<usize> {
        let pending = |letter: &Post| matches!(letter.way, Way::Waiting { .. } | Way::Sent { .. });
        let first = |place: usize| {
            let letter = &self.letters[place];
            let before = &self.letters[..place];
            pending(letter) && !before.iter().any(|other| pending(other) && other.to == letter.to)
        };
        (0..self.letters.len()).find(|&place| {
            first(place)
                && match &self.letters[place].way {
                    Way::Waiting { from } => from.is_none_or(|from| from <= now),
                    Way::Sent { until, .. } => *until <= now,
                    _ => false,
                }
        })
    }
}

impl Model {
    /// Gives every letter away whose time has come: each case's number and the letter's. Who has one too long has left it in the dark.
    pub(crate) fn send(&mut self) -> Vec<(String, usize)> {
        let (now, mut given) = (self.now, Vec::new());
        for matter in &mut self.matters {
            while let Some(place) = matter.ripe(now) {
                let letter = &mut matter.letters[place];
                letter.way = match std::mem::replace(&mut letter.way, Way::LetGo) {
                    Way::Sent { proof, .. } => Way::Unknown { proof },
                    _ => {
                        letter.given += 1;
                        given.push((matter.id.clone(), place + 1));
                        Way::Sent {
                            proof: String::new(),
                            until: now + SENDING,
                        }
                    }
                };
            }
        }
        given.sort();
        given
    }

    pub(crate) fn know(&mut self, id: &str, number: usize, token: String) {
        if let Way::Sent { proof, .. } = &mut self.find(id).letters[number - 1].way {
            *proof = token;
        }
    }

    /// What a sender says, who is heard as long as nobody has decided about the letter.
    pub(crate) fn settle(&mut self, id: &str, number: usize, token: &str, said: Verdict) -> bool {
        let now = self.now;
        let Some(letter) = self.find(id).letters.get_mut(number - 1) else {
            return false;
        };
        let known = match &letter.way {
            Way::Sent { proof, .. } | Way::Unknown { proof } => proof == token,
            _ => false,
        };
        if known {
            let wait = WAITS.get((letter.given as usize).saturating_sub(1));
            letter.way = match (said, wait) {
                (Verdict::Arrived, _) => Way::Arrived,
                (Verdict::Unknown, _) => Way::Unknown {
                    proof: token.to_owned(),
                },
                (Verdict::Failed, Some(wait)) => Way::Waiting {
                    from: Some(now + wait),
                },
                (Verdict::Failed, None) | (Verdict::Refused, _) => Way::Dead,
            };
        }
        known
    }

    /// An agent deals with a letter that waits for a person.
    pub(crate) fn deal(&mut self, id: &str, number: usize, again: bool) -> bool {
        let Some(letter) = self.find(id).letters.get_mut(number - 1) else {
            return false;
        };
        let stuck = matches!(letter.way, Way::Dead | Way::Unknown { .. });
        if stuck {
            letter.way = match again {
                true => Way::Waiting { from: None },
                false => Way::LetGo,
            };
        }
        stuck
    }

    /// Every open case with an agent gone, and every answer that nobody judged in time.
    pub(crate) fn leave_and_lapse(&mut self) -> (Vec<String>, Vec<String>) {
        let (now, mut left, mut lapsed) = (self.now, Vec::new(), Vec::new());
        let ids: Vec<String> = self.matters.iter().map(|matter| matter.id.clone()).collect();
        for id in ids {
            let matter = self.find(&id);
            let end = matter.claim.as_ref().map(|(_, _, end)| *end);
            if let (Stands::Claimed, Some(end)) = (matter.stands, end) {
                let idle = matter.idle.is_some_and(|idle| idle <= now);
                if end > now && idle {
                    (matter.stands, matter.claim) = (Stands::Waiting, None);
                }
                if (end <= now || idle) && matter.hand_back(now) {
                    left.push(id.clone());
                }
            }
            let over = self.find(&id).lapses.is_some_and(|until| until <= now);
            if over && self.find(&id).stands == Stands::Answered {
                assert!(self.close(&id, "lapsed"));
                lapsed.push(id);
            }
        }
        (left, lapsed)
    }
}
