//! The model's letters and promises: messages that citizens get without writing first, and their due times.

use super::model::{Matter, Model, REPLY, Stands};
use super::window::Why;

/// In minutes: how long a citizen may rate an answer, how long before a breach a promise is postponed, and
/// after how long without a sign of work an agent counts as gone.
pub(crate) const JUDGE: i64 = 60;
pub(crate) const BEFORE: i64 = 10;
pub(crate) const IDLE: i64 = 10;
/// How long after a question a silent citizen is reminded, and how long a reply is waited for.
pub(crate) const REMIND: i64 = 60;
pub(crate) const WAIT: i64 = 120;
const URGENT_WAIT: i64 = 60;
/// How often a promise is postponed.
pub(crate) const TIMES: usize = 1;
/// How long a sender holds a letter.
pub(crate) const SENDING: i64 = 5;
/// After how many minutes an answer is late.
const LATE: i64 = 60;
const WAITS: [i64; 4] = [1, 5, 30, 120];
/// The number of escalation steps.
const RUNGS: usize = 3;
const URGENT: u8 = 2;

/// A time promised to a citizen.
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

    /// In seconds: ten minutes before it is due, or, if that is not after the promise, three quarters of
    /// the time.
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
    Reminder,
    Extension,
    Promise,
    HandBack,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Waiting { from: Option<i64> },
    Sent { proof: String, until: i64, window: i64 },
    Arrived,
    Unknown { proof: String, window: i64 },
    Held(Why),
    Dead,
    LetGo,
}

/// A letter: its recipient among those who get the answer, its kind, when it was written, how often it was
/// claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LetterConfig {
    pub(crate) to: usize,
    pub(crate) kind: Kind,
    pub(crate) posted: i64,
    pub(crate) given: u32,
    pub(crate) way: Way,
}

/// A sender's report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verdict {
    Arrived,
    Failed,
    CommandError,
    Unknown,
}

impl Matter {
    pub(crate) fn is_joined(&self) -> bool {
        self.parent.as_ref().is_some_and(|(_, joined)| *joined)
    }

    /// To each citizen once, even if they wrote several times.
    pub(crate) fn post(&mut self, kind: Kind, now: i64) {
        if self.is_joined() {
            return;
        }
        for (to, citizen) in self.citizens.iter().enumerate() {
            if !self.citizens[..to].contains(citizen) {
                self.letters.push(LetterConfig {
                    to,
                    kind,
                    posted: now,
                    given: 0,
                    way: Way::Waiting { from: None },
                });
            }
        }
    }

    /// To each citizen with a delivered question.
    pub(crate) fn remind(&mut self, now: i64) {
        let before = self.letters.len();
        self.post(Kind::Reminder, now);
        for letter in self.letters.split_off(before) {
            let mut asked = self.letters[..before].iter().rev();
            let asked = asked.find(|other| other.kind == Kind::Question && other.to == letter.to);
            if asked.is_some_and(|asked| matches!(asked.way, Way::Arrived | Way::LetGo)) {
                self.letters.push(letter);
            }
        }
    }

    /// The reply has arrived or timed out: no reminder is sent any more.
    pub(crate) fn waited(&mut self) {
        self.awaited_reply = None;
        self.let_go(&[Kind::Reminder]);
    }

    /// Withdraws letters of these kinds, unless a sender holds them.
    pub(crate) fn let_go(&mut self, kinds: &[Kind]) {
        for letter in self
            .letters
            .iter_mut()
            .filter(|letter| kinds.contains(&letter.kind))
        {
            if !matches!(letter.way, Way::Sent { .. } | Way::Arrived) {
                letter.way = Way::LetGo;
            }
        }
    }

    /// Starts the wait for a reply.
    pub(crate) fn wait(&mut self, now: i64) {
        self.awaited_reply = Some(match self.priority {
            URGENT => (None, now + URGENT_WAIT),
            _ => (Some(now + REMIND), now + WAIT),
        });
    }

    /// Whether a failed letter is not retried.
    fn is_moot(&self, kind: Kind) -> bool {
        match kind {
            Kind::Reminder => self.stands != Stands::Asked,
            Kind::Question => {
                matches!(self.stands, Stands::Answered | Stands::Closed | Stands::Merged)
            }
            _ => false,
        }
    }

    pub(crate) fn promise(&mut self, now: i64, due: i64, by_engine: bool) -> bool {
        let promised = Promised::new(now, due, by_engine);
        if promised.is_some() {
            self.promised = promised;
        }
        promised.is_some()
    }

    /// Back in the queue: the due time is promised, or, if it has passed, the due time of a new case.
    pub(crate) fn promise_again(&mut self, now: i64) {
        if self.priority == URGENT || self.is_joined() || self.promised.is_some() {
            return;
        }
        let due = self.owed.filter(|owed| owed.still.is_none() && owed.due > now);
        self.promise(now, due.map_or(now + REPLY, |owed| owed.due), true);
    }

    /// The agent on whom the citizen relied has left.
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

    /// The sweep's effect on the promise: whether it broke, was postponed, was given up.
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

    /// The positions of the next letters: for each citizen, only the first letter that is not done.
    fn next(&self) -> impl Iterator<Item = usize> {
        let pending = |letter: &LetterConfig| matches!(letter.way, Way::Waiting { .. } | Way::Sent { .. });
        (0..self.letters.len()).filter(move |&place| {
            let letter = &self.letters[place];
            let before = &self.letters[..place];
            pending(letter) && !before.iter().any(|other| pending(other) && other.to == letter.to)
        })
    }

    /// When the letter at this position needs attention; letters that can go at once come first.
    fn due(&self, place: usize) -> i64 {
        match &self.letters[place].way {
            Way::Waiting { from } => from.unwrap_or(i64::MIN),
            Way::Sent { until, .. } => *until,
            _ => i64::MAX,
        }
    }

    /// Whether an answer was not delivered, and no agent has dealt with that.
    pub(crate) fn is_unread(&self) -> bool {
        let over = |letter: &LetterConfig| matches!(letter.way, Way::Arrived | Way::LetGo);
        let answers = self.letters.iter().filter(|letter| letter.kind == Kind::Answer);
        let last = answers.clone().map(|letter| letter.posted).max();
        answers
            .filter(|letter| Some(letter.posted) == last)
            .any(|letter| !over(letter))
    }
}

impl Model {
    /// Hands out each due letter that the channel accepts: the numbers of its case and letter. A letter
    /// held too long may have been delivered.
    pub(crate) fn send(&mut self) -> Vec<(String, usize)> {
        let (now, mut given) = (self.now, Vec::new());
        let Self { matters, windows, .. } = self;
        let mut order: Vec<(i64, &mut Matter)> = matters
            .iter_mut()
            .filter_map(|matter| Some((matter.next().map(|place| matter.due(place)).min()?, matter)))
            .collect();
        order.retain(|(due, _)| *due <= now);
        order.sort_by(|(one, left), (other, right)| (one, &left.id).cmp(&(other, &right.id)));
        for (_, matter) in order {
            loop {
                let ripe = matter.next().find(|&place| matter.due(place) <= now);
                let Some(place) = ripe else { break };
                let citizen = matter.citizens[matter.letters[place].to];
                let letter = &mut matter.letters[place];
                letter.way = match std::mem::replace(&mut letter.way, Way::LetGo) {
                    Way::Sent { proof, window, .. } => Way::Unknown { proof, window },
                    _ => match windows.count(citizen, letter.kind, now) {
                        Err(why) => Way::Held(why),
                        Ok(window) => {
                            letter.given += 1;
                            given.push((matter.id.clone(), place + 1));
                            Way::Sent {
                                proof: String::new(),
                                until: now + SENDING,
                                window,
                            }
                        }
                    },
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

    /// Records a sender's report, unless an agent has already decided about the letter.
    pub(crate) fn settle(&mut self, id: &str, number: usize, token: &str, said: Verdict) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let kind = matter.letters.get(number - 1).map(|letter| letter.kind);
        let moot = kind.is_some_and(|kind| matter.is_moot(kind));
        let Some(letter) = matter.letters.get_mut(number - 1) else {
            return false;
        };
        let window = match &letter.way {
            Way::Sent { proof, window, .. } | Way::Unknown { proof, window } if proof == token => *window,
            _ => return false,
        };
        let wait = WAITS.get((letter.given as usize).saturating_sub(1));
        letter.way = match (said, wait) {
            (Verdict::Arrived, _) => Way::Arrived,
            (Verdict::Unknown, _) => Way::Unknown {
                proof: token.to_owned(),
                window,
            },
            (Verdict::Failed | Verdict::CommandError, _) if moot => Way::LetGo,
            (Verdict::Failed, Some(wait)) => Way::Waiting {
                from: Some(now + wait),
            },
            (Verdict::Failed, None) | (Verdict::CommandError, _) => Way::Dead,
        };
        let late = letter.posted + LATE <= now;
        let asked = kind == Some(Kind::Question);
        let citizen = matter.citizens[letter.to];
        if matches!(said, Verdict::Arrived) && late {
            let answered = kind == Some(Kind::Answer) && matter.stands == Stands::Answered;
            if answered {
                matter.lapses = matter.lapses.and(Some(now + JUDGE));
            }
            if asked && matter.awaited_reply.is_some() {
                matter.wait(now);
            }
        }
        if matches!(said, Verdict::Failed | Verdict::CommandError) {
            self.windows.give_back(citizen, window);
        }
        true
    }

    /// An agent decides about a letter that waits for a person.
    pub(crate) fn deal(&mut self, id: &str, number: usize, again: bool) -> bool {
        let Some(letter) = self.find(id).letters.get_mut(number - 1) else {
            return false;
        };
        let stuck = matches!(letter.way, Way::Dead | Way::Unknown { .. } | Way::Held(_));
        if stuck {
            letter.way = match again {
                true => Way::Waiting { from: None },
                false => Way::LetGo,
            };
        }
        stuck
    }
}
