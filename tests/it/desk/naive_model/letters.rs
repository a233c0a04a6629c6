//! The model's letters and promises: messages that citizens get without writing first, and their due times.

use super::model::{Matter, MatterState, Model, REPLY};
use super::window::HoldReason;

/// In minutes: how long a citizen may rate an answer, how long before a breach a promise is postponed, and
/// after how long without a sign of work an agent counts as gone.
pub(crate) const RATING_TIME: i64 = 60;
pub(crate) const NOTICE: i64 = 10;
pub(crate) const IDLE: i64 = 10;
/// How long after a question a silent citizen is reminded, and how long a reply is waited for.
pub(crate) const REMIND_AFTER: i64 = 60;
pub(crate) const WAIT: i64 = 120;
const URGENT_WAIT: i64 = 60;
/// How often a promise is postponed.
pub(crate) const POSTPONEMENTS: usize = 1;
/// How long a sender holds a letter.
pub(crate) const SEND_LEASE: i64 = 5;
/// After how many minutes an answer is late.
const LATE_ANSWER: i64 = 60;
const RETRY_DELAYS: [i64; 4] = [1, 5, 30, 120];
/// The number of escalation steps.
const ESCALATIONS: usize = 3;
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
        match self.due - NOTICE > self.told {
            true => (self.due - NOTICE) * 60,
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
pub(crate) enum LetterState {
    Waiting {
        from: Option<i64>,
    },
    Sent {
        token_text: String,
        until: i64,
        window: i64,
    },
    Arrived,
    Unknown {
        token_text: String,
        window: i64,
    },
    Held(HoldReason),
    Dead,
    Withdrawn,
}

/// A letter: its recipient among those who get the answer, its kind, when it was written, how often it was
/// claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelLetter {
    pub(crate) to: usize,
    pub(crate) kind: Kind,
    pub(crate) posted: i64,
    pub(crate) given: u32,
    pub(crate) state: LetterState,
}

/// A sender's report.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SenderReport {
    Arrived,
    Failed,
    CommandError,
    Unknown,
}

impl Matter {
    pub(crate) fn is_joined(&self) -> bool {
        self.parent.as_ref().is_some_and(|(_, joined)| *joined)
    }

    /// The first message of the citizen who wrote this one.
    pub(crate) fn first_message(&self, message: usize) -> usize {
        let own = self.citizens.get(message);
        let first = self.citizens.iter().position(|citizen| Some(citizen) == own);
        first.unwrap_or(message)
    }

    /// To each citizen once, even if they wrote several times.
    pub(crate) fn write_letters(&mut self, kind: Kind, now: i64) {
        if self.is_joined() {
            return;
        }
        for (to, citizen) in self.citizens.iter().enumerate() {
            if !self.citizens[..to].contains(citizen) && !self.confirmed.contains(&to) {
                self.letters.push(ModelLetter {
                    to,
                    kind,
                    posted: now,
                    given: 0,
                    state: LetterState::Waiting { from: None },
                });
            }
        }
    }

    /// To each citizen with a delivered question.
    pub(crate) fn remind(&mut self, now: i64) {
        let before = self.letters.len();
        self.write_letters(Kind::Reminder, now);
        for letter in self.letters.split_off(before) {
            let mut asked = self.letters[..before].iter().rev();
            let asked = asked.find(|other| other.kind == Kind::Question && other.to == letter.to);
            if asked.is_some_and(|asked| matches!(asked.state, LetterState::Arrived | LetterState::Withdrawn))
            {
                self.letters.push(letter);
            }
        }
    }

    /// The reply has arrived or timed out: no reminder is sent any more.
    pub(crate) fn waited(&mut self) {
        self.awaited_reply = None;
        self.withdraw(&[Kind::Reminder]);
    }

    /// Withdraws letters of these kinds, unless a sender holds them.
    pub(crate) fn withdraw(&mut self, kinds: &[Kind]) {
        for letter in self
            .letters
            .iter_mut()
            .filter(|letter| kinds.contains(&letter.kind))
        {
            if !matches!(letter.state, LetterState::Sent { .. } | LetterState::Arrived) {
                letter.state = LetterState::Withdrawn;
            }
        }
    }

    /// Starts the wait for a reply.
    pub(crate) fn wait(&mut self, now: i64) {
        self.awaited_reply = Some(match self.priority {
            URGENT => (None, now + URGENT_WAIT),
            _ => (Some(now + REMIND_AFTER), now + WAIT),
        });
    }

    /// Whether a failed letter is not retried.
    fn is_moot(&self, kind: Kind) -> bool {
        match kind {
            Kind::Reminder => self.state != MatterState::Asked,
            Kind::Question => {
                matches!(
                    self.state,
                    MatterState::Answered | MatterState::Closed | MatterState::Merged
                )
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
        let due = self
            .reply_clock
            .filter(|reply_clock| reply_clock.paused.is_none() && reply_clock.due > now);
        self.promise(now, due.map_or(now + REPLY, |reply_clock| reply_clock.due), true);
    }

    /// The agent on whom the citizen relied has left.
    pub(crate) fn hand_back(&mut self, now: i64) -> bool {
        let was = self.idle.take().is_some();
        if was {
            self.write_letters(Kind::HandBack, now);
        }
        was
    }

    pub(crate) fn record_work(&mut self, now: i64) {
        if self.idle.is_some() {
            self.idle = Some(now + IDLE);
        }
    }

    fn postponements(&self) -> usize {
        let told = self.letters.iter().filter(|letter| letter.kind == Kind::Promise);
        let mut told: Vec<_> = told.map(|letter| letter.posted).collect();
        told.dedup();
        told.len()
    }

    /// The sweep's effect on the promise: whether it broke, was postponed, was given up.
    pub(crate) fn sweep_promise(&mut self, now: i64) -> (bool, bool, bool) {
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
        let later = self.postponements() < POSTPONEMENTS;
        if later {
            self.promise(now, now + REPLY, true);
        } else if self.escalations < ESCALATIONS {
            self.escalations += 1;
        }
        self.write_letters(Kind::Promise, now);
        (broke, later, !later)
    }

    /// The positions of the next letters: for each citizen, only the first letter that is not done.
    fn next(&self) -> impl Iterator<Item = usize> {
        let pending = |letter: &ModelLetter| {
            matches!(
                letter.state,
                LetterState::Waiting { .. } | LetterState::Sent { .. }
            )
        };
        (0..self.letters.len()).filter(move |&place| {
            let letter = &self.letters[place];
            let before = &self.letters[..place];
            pending(letter) && !before.iter().any(|other| pending(other) && other.to == letter.to)
        })
    }

    /// When the letter at this position needs attention; letters that can go at once come first.
    fn due(&self, place: usize) -> i64 {
        match &self.letters[place].state {
            LetterState::Waiting { from } => from.unwrap_or(i64::MIN),
            LetterState::Sent { until, .. } => *until,
            _ => i64::MAX,
        }
    }

    /// Whether an answer was not delivered, and no agent has dealt with that.
    pub(crate) fn is_unread(&self) -> bool {
        let over =
            |letter: &ModelLetter| matches!(letter.state, LetterState::Arrived | LetterState::Withdrawn);
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
                letter.state = match std::mem::replace(&mut letter.state, LetterState::Withdrawn) {
                    LetterState::Sent {
                        token_text, window, ..
                    } => LetterState::Unknown { token_text, window },
                    _ => match windows.count(citizen, letter.kind, now) {
                        Err(why) => LetterState::Held(why),
                        Ok(window) => {
                            letter.given += 1;
                            given.push((matter.id.clone(), place + 1));
                            LetterState::Sent {
                                token_text: String::new(),
                                until: now + SEND_LEASE,
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

    pub(crate) fn set_token(&mut self, id: &str, number: usize, token: String) {
        if let LetterState::Sent { token_text, .. } = &mut self.find(id).letters[number - 1].state {
            *token_text = token;
        }
    }

    /// Records a sender's report, unless an agent has already decided about the letter.
    pub(crate) fn settle(&mut self, id: &str, number: usize, token: &str, said: SenderReport) -> bool {
        let now = self.now;
        let matter = self.find(id);
        let kind = matter.letters.get(number - 1).map(|letter| letter.kind);
        let moot = kind.is_some_and(|kind| matter.is_moot(kind));
        let Some(letter) = matter.letters.get_mut(number - 1) else {
            return false;
        };
        let window = match &letter.state {
            LetterState::Sent {
                token_text, window, ..
            }
            | LetterState::Unknown { token_text, window }
                if token_text == token =>
            {
                *window
            }
            _ => return false,
        };
        let wait = RETRY_DELAYS.get((letter.given as usize).saturating_sub(1));
        letter.state = match (said, wait) {
            (SenderReport::Arrived, _) => LetterState::Arrived,
            (SenderReport::Unknown, _) => LetterState::Unknown {
                token_text: token.to_owned(),
                window,
            },
            (SenderReport::Failed | SenderReport::CommandError, _) if moot => LetterState::Withdrawn,
            (SenderReport::Failed, Some(wait)) => LetterState::Waiting {
                from: Some(now + wait),
            },
            (SenderReport::Failed, None) | (SenderReport::CommandError, _) => LetterState::Dead,
        };
        let late = letter.posted + LATE_ANSWER <= now;
        let asked = kind == Some(Kind::Question);
        let citizen = matter.citizens[letter.to];
        if matches!(said, SenderReport::Arrived) && late {
            let answered = kind == Some(Kind::Answer) && matter.state == MatterState::Answered;
            if answered {
                matter.lapses = matter.lapses.and(Some(now + RATING_TIME));
            }
            if asked && matter.awaited_reply.is_some() {
                matter.wait(now);
            }
        }
        if matches!(said, SenderReport::Failed | SenderReport::CommandError) {
            self.windows.give_back(citizen, window);
        }
        true
    }

    /// An agent decides about a letter that waits for a person.
    pub(crate) fn decide_letter(&mut self, id: &str, number: usize, again: bool) -> bool {
        let Some(letter) = self.find(id).letters.get_mut(number - 1) else {
            return false;
        };
        let stuck = matches!(
            letter.state,
            LetterState::Dead | LetterState::Unknown { .. } | LetterState::Held(_)
        );
        if stuck {
            letter.state = match again {
                true => LetterState::Waiting { from: None },
                false => LetterState::Withdrawn,
            };
        }
        stuck
    }
}
