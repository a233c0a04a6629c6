//! The people of the day: agents at their desks, citizens at home, and whoever watches the clocks. What they do is drawn from a
//! seed; what becomes of it is the desk's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::error::Error;

use civic_reply::case::{
    Actor, AlarmKind, Case, CaseId, ClaimToken, ClockKind, Deadline, DeadlineStatus, Ending, ReturnReason,
    State,
};
use civic_reply::desk::{Desk, DeskError, Matter, MoreTime, Transfer};
use civic_reply::message::{AgentId, DepartmentId};
use civic_reply::store::{CaseFilter, ClaimOrder, ClaimQuery};
use jiff::{SignedDuration, Timestamp};

/// Numbers that look random and are the same for a seed on every machine (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }

    fn hours(&mut self, from: i64, to: i64) -> SignedDuration {
        let span = usize::try_from(to - from).unwrap_or(0);
        SignedDuration::from_hours(from + i64::try_from(self.below(span)).unwrap_or(0))
    }
}

struct Agent {
    id: AgentId,
    department: DepartmentId,
    first: ClaimOrder,
    holds: Option<(CaseId, ClaimToken)>,
}

/// What a citizen will do, and when.
enum Next {
    AnswersBack,
    Rates(Ending),
    IsNotSatisfied,
    SaysNothing,
}

/// How long somebody is silent at least.
const SILENCE: SignedDuration = SignedDuration::from_hours(3 * 24);

pub(crate) struct People {
    desk: Desk,
    dice: Dice,
    agents: Vec<Agent>,
    departments: Vec<DepartmentId>,
    /// By the version at which the case was seen: whoever is asked again thinks again.
    plans: HashMap<(CaseId, u64), (Timestamp, Next)>,
    /// What was done, and how often.
    pub(crate) done: BTreeMap<&'static str, usize>,
    /// The breaches of a promise to answer that were raised.
    pub(crate) broken: usize,
    /// The open cases that at some hour of the day nobody had, and those of which nothing was to happen by any time.
    pub(crate) without_owner: BTreeSet<CaseId>,
    pub(crate) without_deadline: BTreeSet<CaseId>,
}

impl People {
    pub(crate) fn new(desk: Desk, departments: Vec<DepartmentId>, each: usize, dice: Dice) -> Self {
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
            dice,
            departments,
            plans: HashMap::new(),
            done: BTreeMap::new(),
            broken: 0,
            without_owner: BTreeSet::new(),
            without_deadline: BTreeSet::new(),
        }
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    fn all(&self, states: &[State], offered_to: Option<&DepartmentId>) -> Result<Vec<Case>, DeskError> {
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

    /// The watch over the clocks; a supervisor hears of what comes near.
    pub(crate) fn watch(&mut self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let sweep = self.desk.sweep(now)?;
        if let Some((case, error)) = sweep.failed.into_iter().next() {
            return Err(format!("the sweep failed at {case}: {error}").into());
        }
        let mut broken = BTreeSet::new();
        for crossing in &sweep.crossings {
            match (crossing.alarm.kind, crossing.clock) {
                (AlarmKind::Breach, ClockKind::FirstReply | ClockKind::Promise | ClockKind::Resolution) => {
                    // The time that was told and the one that is owed are often the same.
                    broken.insert((crossing.case.clone(), crossing.alarm.threshold));
                }
                (AlarmKind::Warning(_), _) => {
                    let sent = self
                        .desk
                        .supervise(&crossing.case, &"chief".into(), "It is due soon.");
                    self.tally("supervised", sent)?;
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

    /// Looks for open cases without an owner (the agent who holds it, or a department that there is) and without anything that is owed,
    /// or is to be raised, by some time.
    pub(crate) fn look_for_forgotten(&mut self) -> Result<(), Box<dyn Error>> {
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

    /// What citizens do at home, day and night.
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
                    self.tally("answered_back", wrote)?;
                }
                Some((_, Next::Rates(how))) => {
                    let closed = self.desk.close_as(&case.id, &Actor::Citizen, how);
                    self.tally(how.name(), closed)?;
                }
                Some((_, Next::IsNotSatisfied)) => {
                    let again = self
                        .desk
                        .reopen(&case.id, &Actor::Citizen, "It is not solved.", now);
                    self.tally("reopenings", again)?;
                }
                // The sweep closes it, or puts it back into the queue.
                Some((_, Next::SaysNothing)) | None => {}
            }
        }
        Ok(())
    }

    fn plan(&mut self, state: State, now: Timestamp) -> (Timestamp, Next) {
        let asked = state == State::AwaitingCitizen;
        match self.dice.below(100) {
            0..75 if asked => (now + self.dice.hours(1, 30), Next::AnswersBack),
            _ if asked => (now + SILENCE, Next::SaysNothing),
            0..55 => (now + self.dice.hours(1, 48), Next::Rates(Ending::Solved)),
            55..67 => (now + self.dice.hours(1, 48), Next::IsNotSatisfied),
            _ => (now + SILENCE * 2, Next::SaysNothing),
        }
    }

    /// One action of each agent.
    pub(crate) fn agents(&mut self, now: Timestamp) -> Result<(), Box<dyn Error>> {
        for place in 0..self.agents.len() {
            self.offers(place)?;
            self.act(place, now)?;
        }
        Ok(())
    }

    /// What a department says about cases that it is offered: some at once, some never.
    fn offers(&mut self, place: usize) -> Result<(), Box<dyn Error>> {
        let Some(agent) = self.agents.get(place) else {
            return Ok(());
        };
        let (id, department) = (agent.id.clone(), agent.department.clone());
        for case in self.all(&[State::Offered], Some(&department))? {
            // Asked of each agent every ten minutes: about a third of the offers pass in silence.
            match self.dice.below(1_000) {
                0..8 => {
                    let accepted = self.desk.accept(&case.id, &id);
                    self.tally("accepted", accepted)?;
                }
                8..13 => {
                    let words = "The place is not in our area.";
                    let returned = self
                        .desk
                        .return_case(&case.id, &id, ReturnReason::OutsideTheArea, words);
                    self.tally("returns", returned)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn act(&mut self, place: usize, now: Timestamp) -> Result<(), Box<dyn Error>> {
        let Some(agent) = self.agents.get_mut(place) else {
            return Ok(());
        };
        let id = agent.id.clone();
        let Some((case, token)) = agent.holds.take() else {
            let pick = ClaimQuery {
                departments: vec![agent.department.clone()],
                first: agent.first,
                capacity: Some(1),
                ..ClaimQuery::default()
            };
            let given = self.desk.claim_next(pick, &id)?;
            agent.holds = given.and_then(|case| Some((case.id, case.claim?.token)));
            return Ok(());
        };
        let keeps = self.work(&id, &case, &token, now)?;
        if keeps && let Some(agent) = self.agents.get_mut(place) {
            agent.holds = Some((case, token));
        }
        Ok(())
    }

    /// One action on a case; whether the agent goes on with it.
    fn work(
        &mut self,
        id: &AgentId,
        case: &CaseId,
        token: &ClaimToken,
        now: Timestamp,
    ) -> Result<bool, Box<dyn Error>> {
        let desk = self.desk.clone();
        if desk.renew(case, token).is_err() {
            self.count("leases_lost");
            return Ok(false);
        }
        let held = desk.case(case)?;
        if held.handling.dispatches >= 3 && held.handling.owner.is_none() {
            let reason = "It was sent around three times.";
            let decided = desk.decide(case, &"chief".into(), &held.department, None, reason);
            self.tally("decided", decided)?;
            return Ok(false);
        }
        Ok(match self.dice.below(100) {
            0..45 => {
                let joined = held.handling.draft.filter(|_| !held.handling.parts.is_empty());
                let text = joined.unwrap_or_else(|| "The office has looked into it.".to_owned());
                !self.tally("answers", desk.answer(case, id, token, text))?
            }
            45..53 => !self.tally("questions", desk.ask(case, id, token, "Which house is it?"))?,
            53..66 => {
                let to = self.other(&held.department);
                let offer = Transfer {
                    to,
                    theme: None,
                    reason: "It belongs to your field.".to_owned(),
                    complex: false,
                };
                !self.tally("transfers", desk.transfer(case, id, token, offer))?
            }
            66..70 => {
                self.extend(&held, id, token)?;
                true
            }
            70..74 => match self.twin(&held)? {
                Some(twin) => !self.tally("mergers", desk.merge(case, id, token, &twin))?,
                None => true,
            },
            74..76 => {
                let matter = self.matter(&held);
                self.tally("split_off", desk.split(case, id, token, &matter))?;
                true
            }
            76..79 => {
                let matter = self.matter(&held);
                self.tally("parts", desk.co_handle(case, id, token, &matter))?;
                true
            }
            79..88 => {
                self.tally("drafts", desk.draft(case, id, token, "A first attempt."))?;
                true
            }
            88..96 => {
                self.tally("notes", desk.note(case, id, format!("Called at {now}.")))?;
                true
            }
            _ => !self.tally("released", desk.release(case, id, token))?,
        })
    }

    fn extend(&mut self, held: &Case, id: &AgentId, token: &ClaimToken) -> Result<(), Box<dyn Error>> {
        let mut open = held.deadlines.iter().filter(|deadline| deadline.status.is_open());
        let long = open.find(|deadline| deadline.clock == ClockKind::Resolution);
        let clock = long.map_or(ClockKind::FirstReply, |deadline| deadline.clock);
        let more = MoreTime {
            clock,
            amount: civic_reply::case::Amount::one_working_day(),
            reason: "Somebody has to go there.".to_owned(),
            approver: "chief".into(),
        };
        self.tally("extensions", self.desk.extend(&held.id, id, token, more))?;
        Ok(())
    }

    /// Another open case that has the same first words, wherever it has them.
    fn twin(&self, held: &Case) -> Result<Option<CaseId>, DeskError> {
        let head: String = held.text.chars().take(3).collect();
        let filter = CaseFilter {
            text: Some(head),
            states: vec![State::Waiting],
            ..CaseFilter::default()
        };
        let found = self.desk.cases(&filter)?.cases.into_iter();
        let mut other = found.filter(|case| case.id != held.id && !case.is_joined_part());
        Ok(other.next().map(|case| case.id))
    }

    fn matter(&mut self, held: &Case) -> Matter {
        Matter {
            text: held.text.lines().last().unwrap_or("the rest").to_owned(),
            department: self.other(&held.department),
            theme: None,
        }
    }

    fn other(&mut self, than: &DepartmentId) -> DepartmentId {
        let others: Vec<_> = self.departments.iter().filter(|one| *one != than).collect();
        let drawn = self.dice.below(others.len());
        others
            .get(drawn)
            .map_or_else(|| than.clone(), |other| (*other).clone())
    }

    /// Counts what the desk let somebody do; what it refused is counted too, and anything else ends the day.
    fn tally(&mut self, what: &'static str, result: Result<Case, DeskError>) -> Result<bool, Box<dyn Error>> {
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
