//! The people of the simulated day: citizens, the supervisor's sweep, and the state shared with agents.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;

use civic_reply::case::{
    AlarmKind, Author, Case, CaseId, ClockKind, Deadline, DeadlineStatus, Ending, State,
};
use civic_reply::desk::{Desk, DeskError};
use civic_reply::message::{AgentId, DepartmentId};
use civic_reply::store::{CaseFilter, ClaimOrder};
use jiff::{SignedDuration, Timestamp};

use crate::agents::Agent;
use crate::random::Random;

/// The next action of a citizen.
enum Next {
    AnswersBack,
    Rates(Ending),
    IsNotSatisfied,
    SaysNothing,
}

/// The shortest silence of a citizen.
const SILENCE: SignedDuration = SignedDuration::from_hours(3 * 24);

pub(crate) struct People {
    pub(crate) desk: Desk,
    pub(crate) random: Random,
    pub(crate) agents: Vec<Agent>,
    pub(crate) departments: Vec<DepartmentId>,
    /// By case and version: a citizen who is asked again decides again.
    plans: HashMap<(CaseId, u64), (Timestamp, Next)>,
    /// The number of each action.
    pub(crate) done: BTreeMap<&'static str, usize>,
    /// The breached promises to answer.
    pub(crate) broken: usize,
    /// Open cases that had no owner at some hour, and those that had neither a deadline nor an alarm.
    pub(crate) without_owner: BTreeSet<CaseId>,
    pub(crate) without_deadline: BTreeSet<CaseId>,
}

impl People {
    pub(crate) fn new(desk: Desk, departments: Vec<DepartmentId>, each: usize, random: Random) -> Self {
        let orders = [ClaimOrder::Urgent, ClaimOrder::Due, ClaimOrder::Oldest];
        let staffed = departments.iter().flat_map(|department| {
            let many = if department.as_str() == "service-centre" {
                4 * each
            } else {
                each
            };
            (0..many).map(move |n| (department.clone(), n))
        });
        let agents = staffed.map(|(department, n)| Agent {
            id: AgentId::new(format!("{department}-{n}")),
            department,
            first: orders.get(n % 3).copied().unwrap_or_default(),
            holds: None,
        });
        Self {
            agents: agents.collect(),
            desk,
            random,
            departments,
            plans: HashMap::new(),
            done: BTreeMap::new(),
            broken: 0,
            without_owner: BTreeSet::new(),
            without_deadline: BTreeSet::new(),
        }
    }

    pub(crate) fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    pub(crate) fn all(
        &self,
        states: &[State],
        offered_to: Option<&DepartmentId>,
    ) -> Result<Vec<Case>, DeskError> {
        let filter = CaseFilter {
            states: states.to_vec(),
            offered_to: offered_to.cloned(),
            limit: Some(usize::MAX),
            ..CaseFilter::default()
        };
        Ok(self.desk.cases(&filter)?.cases)
    }

    /// Whether every case has ended.
    pub(crate) fn nothing_is_open(&self) -> Result<bool, DeskError> {
        let counts = self.desk.counts()?;
        Ok(counts.iter().all(|count| count.state.is_over()))
    }

    /// Runs the sweep, counts breaches, and supervises cases that are due soon.
    pub(crate) fn watch(&mut self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let sweep = self.desk.sweep(now)?;
        if let Some((case, error)) = sweep.failed.into_iter().next() {
            return Err(format!("the sweep failed at {case}: {error}").into());
        }
        let mut broken = BTreeSet::new();
        for crossing in &sweep.crossings {
            match (crossing.alarm.kind, crossing.clock) {
                (AlarmKind::Breach, ClockKind::FirstReply | ClockKind::Promise | ClockKind::Resolution) => {
                    // Several clocks of a case often have the same due time.
                    broken.insert((crossing.case.clone(), crossing.alarm.threshold));
                }
                (AlarmKind::Warning(_), _) => {
                    let sent = self.desk.supervise(&crossing.case, "chief", "It is due soon.");
                    self.count_result("supervised", sent)?;
                }
                _ => {}
            }
        }
        self.broken += broken.len();
        for (what, times) in [
            ("accepted_by_silence", sweep.accepted.len()),
            ("lapsed", sweep.lapsed.len()),
            ("unread", sweep.unread.len()),
            ("reminded", sweep.reminded.len()),
            ("resumed", sweep.resumed.len()),
            ("postponed", sweep.postponed.len()),
            ("overdue", sweep.overdue.len()),
            ("handed_back", sweep.handed_back.len()),
        ] {
            *self.done.entry(what).or_default() += times;
        }
        Ok(())
    }

    /// Records open cases without an owner (an agent or an existing department) or without a deadline and
    /// an alarm.
    pub(crate) fn check_owners_and_deadlines(&mut self) -> Result<(), Box<dyn Error>> {
        let open: Vec<State> = State::ALL.into_iter().filter(|state| !state.is_over()).collect();
        for case in self.all(&open, None)? {
            if case.claim.is_none() && !self.departments.contains(&case.department) {
                self.without_owner.insert(case.id.clone());
            }
            let owes = |deadline: &Deadline| !matches!(deadline.status, DeadlineStatus::Done { .. });
            if case.next_alarm().is_none() && !case.deadlines.iter().any(owes) {
                self.without_deadline.insert(case.id.clone());
            }
        }
        Ok(())
    }

    /// Lets citizens reply, rate, reopen, or stay silent.
    pub(crate) fn citizens(&mut self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        for case in self.all(&[State::AwaitingCitizen, State::Answered], None)? {
            let key = (case.id.clone(), case.version);
            if !self.plans.contains_key(&key) {
                let plan = self.plan(case.state, now);
                self.plans.insert(key, plan);
                continue;
            }
            if self.plans.get(&key).is_none_or(|(at, _)| *at > now) {
                continue;
            }
            match self.plans.remove(&key) {
                Some((_, Next::AnswersBack)) => {
                    let wrote = self.desk.write(&case.id, "The house is number 3.", now);
                    self.count_result("answered_back", wrote)?;
                }
                Some((_, Next::Rates(how))) => {
                    let closed = self.desk.close_as(&case.id, &Author::Citizen, how);
                    self.count_result(how.name(), closed)?;
                }
                Some((_, Next::IsNotSatisfied)) => {
                    let again = self
                        .desk
                        .reopen(&case.id, &Author::Citizen, "It is not solved.", now);
                    self.count_result("reopenings", again)?;
                }
                // The sweep closes it, or puts it back into the queue.
                Some((_, Next::SaysNothing)) | None => {}
            }
        }
        Ok(())
    }

    fn hours(&mut self, from: i64, to: i64) -> SignedDuration {
        let span = usize::try_from(to - from).unwrap_or(0);
        SignedDuration::from_hours(from + i64::try_from(self.random.below(span)).unwrap_or(0))
    }

    fn plan(&mut self, state: State, now: Timestamp) -> (Timestamp, Next) {
        let asked = state == State::AwaitingCitizen;
        match self.random.below(100) {
            0..75 if asked => (now + self.hours(1, 30), Next::AnswersBack),
            _ if asked => (now + SILENCE, Next::SaysNothing),
            0..55 => (now + self.hours(1, 48), Next::Rates(Ending::Solved)),
            55..67 => (now + self.hours(1, 48), Next::IsNotSatisfied),
            _ => (now + SILENCE * 2, Next::SaysNothing),
        }
    }

    /// Counts an accepted or refused action and returns whether it was accepted. Other errors end the run.
    pub(crate) fn count_result(
        &mut self,
        what: &'static str,
        result: Result<Case, DeskError>,
    ) -> Result<bool, Box<dyn Error>> {
        match result {
            Ok(_) => {
                self.count(what);
                Ok(true)
            }
            Err(DeskError::Refused(_)) => {
                self.count("refused");
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }
}
