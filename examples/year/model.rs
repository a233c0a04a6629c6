//! The expected alarms, by counting minutes: independent of the crate's own deadline arithmetic.

use civic_reply::case::{AlarmKind, ClockKind};
use civic_reply::time::Calendar;
use jiff::{SignedDuration, Timestamp};

/// Minutes of a day.
const DAY: usize = 24 * 60;

/// The channel's window for replies after a message, in minutes.
const WINDOW: usize = 48 * 60;

/// The remaining working time at each warning of the policy: half of the last day, and two hours.
const WARNINGS: [Left; 2] = [Left::Share(50), Left::Minutes(120)];

enum Left {
    Share(usize),
    Minutes(usize),
}

/// The office's minutes since a midnight, open or closed.
pub(crate) struct Minutes {
    start: Timestamp,
    open: Vec<bool>,
}

/// The history of one case, in minutes.
#[derive(Clone, Copy)]
pub(crate) struct History {
    pub(crate) arrived: usize,
    /// The minutes of a question to the citizen and of the reply.
    pub(crate) asked: Option<(usize, usize)>,
    pub(crate) answered: usize,
}

/// An alarm: its clock and kind, the minute of the crossing, and the first minute to raise it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Expected {
    pub(crate) clock: ClockKind,
    pub(crate) kind: AlarmKind,
    pub(crate) crosses: usize,
    pub(crate) sounds: usize,
}

impl Minutes {
    /// The minutes of `days` days from `start`, a midnight of the office.
    pub(crate) fn new(calendar: &Calendar, start: Timestamp, days: usize) -> Self {
        let open = |minute| calendar.is_open(instant(start, minute)).unwrap_or(false);
        Self {
            start,
            open: (0..days * DAY).map(open).collect(),
        }
    }

    pub(crate) fn at(&self, minute: usize) -> Timestamp {
        instant(self.start, minute)
    }

    pub(crate) fn of(&self, at: Timestamp) -> usize {
        usize::try_from(self.start.duration_until(at).as_mins()).unwrap_or(0)
    }

    fn is_open(&self, minute: usize) -> bool {
        self.open.get(minute).copied().unwrap_or(false)
    }

    /// The alarms of a case before the question to the citizen, and after the reply.
    pub(crate) fn alarms(&self, history: &History) -> (Vec<Expected>, Vec<Expected>) {
        let before = self.plan(history.arrived, history.arrived, None);
        let after = history
            .asked
            .map(|pause| self.plan(history.arrived, pause.1, Some(pause)));
        (before, after.unwrap_or_default())
    }

    fn plan(&self, arrived: usize, written: usize, pause: Option<(usize, usize)>) -> Vec<Expected> {
        let from = (arrived / DAY + 1) * DAY;
        let mut day = from;
        while !(day..day + DAY).any(|minute| self.is_open(minute)) {
            day += DAY;
        }
        let counted = (day..day + DAY).filter(|minute| self.is_open(*minute)).count();
        let close = (day..day + DAY)
            .rev()
            .find(|minute| self.is_open(*minute))
            .unwrap_or(day)
            + 1;
        // A pause after the due time does not move it.
        let pause = pause.filter(|(stop, _)| *stop < close);
        let counts = |minute: usize| {
            let stands = pause.is_some_and(|(stop, go)| (stop..go).contains(&minute));
            self.is_open(minute) && !stands
        };
        let mut due = from;
        let mut used = 0;
        while used < counted {
            used += usize::from(counts(due));
            due += 1;
        }
        let due = due.max(close);
        let mut alarms = vec![
            self.alarm(ClockKind::FirstReply, AlarmKind::Breach, due),
            self.alarm(ClockKind::Delivery, AlarmKind::Breach, written + WINDOW),
        ];
        for (place, left) in (0..).zip(WARNINGS) {
            let wanted = match left {
                Left::Share(percent) => counted * (100 - percent) / 100,
                Left::Minutes(minutes) => minutes,
            };
            let mut minute = due;
            let mut left = 0;
            while left < wanted {
                minute -= 1;
                left += usize::from(counts(minute));
            }
            alarms.push(self.alarm(ClockKind::FirstReply, AlarmKind::Warning(place), minute));
        }
        alarms
    }

    /// Outside office hours an alarm waits for the next opening; the closing minute counts as open.
    fn alarm(&self, clock: ClockKind, kind: AlarmKind, crosses: usize) -> Expected {
        let mut sounds = crosses;
        let closing = self.is_open(crosses - 1);
        while !closing && !self.is_open(sounds) {
            sounds += 1;
        }
        Expected {
            clock,
            kind,
            crosses,
            sounds,
        }
    }
}

fn instant(start: Timestamp, minute: usize) -> Timestamp {
    let minutes = i64::try_from(minute).unwrap_or(i64::MAX);
    start
        .saturating_add(SignedDuration::from_mins(minutes))
        .unwrap_or(start)
}

/// The alarms of a case that a sweep must raise, with the minute of that sweep. `sweeps` has the minute of
/// each sweep and the minute on the caller's clock.
pub(crate) fn raised(
    minutes: &Minutes,
    history: &History,
    sweeps: &[(usize, usize)],
) -> Vec<(Expected, usize)> {
    let (before, after) = minutes.alarms(history);
    let (stop, go) = history.asked.unwrap_or((history.answered, history.answered));
    let mut raised: Vec<(Expected, usize)> = Vec::new();
    let mut check = |alarms: &[Expected], from: usize, until: usize| {
        for alarm in alarms {
            // The channel's window is not paused by a question.
            let until = if alarm.clock == ClockKind::Delivery && until == stop {
                go
            } else {
                until
            };
            let same = |old: &(Expected, usize)| {
                let warned = matches!(alarm.kind, AlarmKind::Warning(_));
                old.0.clock == alarm.clock
                    && old.0.kind == alarm.kind
                    && (warned || old.0.crosses >= alarm.crosses)
            };
            if raised.iter().any(same) {
                continue;
            }
            let start = sweeps.partition_point(|(at, _)| *at < from.max(alarm.sounds));
            let open = sweeps.iter().skip(start).take_while(|(at, _)| *at < until);
            let mut due = open.filter(|(_, now)| *now >= alarm.sounds);
            if let Some((at, _)) = due.next() {
                raised.push((*alarm, *at));
            }
        }
    };
    check(&before, history.arrived, stop);
    if history.asked.is_some() {
        check(&after, go, history.answered);
    }
    raised
}
