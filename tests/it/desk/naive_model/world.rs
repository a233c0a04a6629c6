//! The desk and the model side by side: both take each step, and then every case is compared.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use civic_reply::case::{Author, Case, CaseId, ClaimToken, ClockKind, Ending, Event, Priority, ReturnReason};
use civic_reply::desk::{ClaimedLetter, DEFAULT_LEASE, Desk, DeskError, Matter, MoreTime};
use civic_reply::message::{AgentId, CitizenId, Conversation, DepartmentId};
use civic_reply::store::contract::sample;
use civic_reply::store::{CaseFilter, ChangeSet, ClaimOrder, ClaimQuery};
use civic_reply::time::deadline;
use civic_reply::workflow::promise;
use civic_reply::workflow::{Command, DeskConfig};
use civic_reply::{ManualClock, MemoryStore, Store};
use proptest::prelude::*;

use super::DerivationStep;
use super::model::{EXTENSION, LEASE, Model, REPLY};
use super::observed::{as_matter, report, sorted};
use super::office::{config, minutes};
use super::pages::Reader;

fn agent(agent: u8) -> AgentId {
    AgentId::new(format!("agent-{agent}"))
}

pub(crate) fn department(department: u8) -> DepartmentId {
    DepartmentId::new(format!("department-{department}"))
}

const HOW: [(Ending, &str); 3] = [
    (Ending::Solved, "solved"),
    (Ending::Lapsed, "lapsed"),
    (Ending::Done, "done"),
];

pub(crate) struct World {
    clock: ManualClock,
    store: Arc<MemoryStore>,
    pub(super) desk: Desk,
    config: Arc<DeskConfig>,
    pub(super) model: Model,
    synced: Model,
    /// The claims that agents remember, held or expired: a crash does not make them forget.
    tokens: HashMap<(u8, String), ClaimToken>,
    arrived: usize,
    /// The letters that senders hold or held: a crash does not make them forget.
    pub(super) sent: Vec<ClaimedLetter>,
    /// A reader of the case list for each order: a crash does not make them forget.
    pub(super) readers: [Reader; 2],
}

impl World {
    pub(crate) fn new() -> Self {
        assert_eq!(DEFAULT_LEASE.as_secs(), LEASE.unsigned_abs() * 60);
        let clock = ManualClock::new(sample::START);
        let store = Arc::new(MemoryStore::with_clock(Arc::new(clock.clone())));
        let config = Arc::new(config());
        let given = Arc::clone(&config);
        let desk = Desk::new(
            Arc::<MemoryStore>::clone(&store),
            Arc::new(clock.clone()),
            move || Arc::clone(&given),
        );
        Self {
            clock,
            store,
            desk,
            config,
            model: Model::default(),
            synced: Model::default(),
            tokens: HashMap::new(),
            arrived: 0,
            sent: Vec::new(),
            readers: <[Reader; 2]>::default(),
        }
    }

    /// Takes one step with both, and compares their results and every case.
    pub(crate) fn take(&mut self, step: &DerivationStep) -> Result<(), TestCaseError> {
        self.both(step)?;
        for known in &self.model.matters {
            let case = self.store.case(&CaseId::new(&known.id)).unwrap().unwrap();
            prop_assert_eq!(&as_matter(&case, known), known, "after {:?} of {:?}", step, case);
        }
        Ok(())
    }

    fn both(&mut self, step: &DerivationStep) -> Result<(), TestCaseError> {
        use DerivationStep::*;
        match *step {
            Arrive {
                citizen,
                priority,
                department,
            } => self.arrive(citizen, priority, department),
            ClaimNext {
                agent,
                first,
                skilled,
                capacity,
            } => {
                return self.claim_next(agent, first, skilled, capacity);
            }
            Pass { minutes } => {
                self.model.now += i64::from(minutes);
                self.clock.set(sample::at(self.model.now));
            }
            Sweep => {
                let sweep = self.desk.sweep(sample::at(self.model.now)).unwrap();
                prop_assert!(sweep.failed.is_empty() && sweep.ended.is_none());
                prop_assert_eq!(sorted(report(&sweep)), sorted(self.model.sweep()));
            }
            Page { by_number, size } => return self.read_page(by_number, size),
            Send => return self.send(),
            Settle { which, how } => return self.settle(which, how),
            DecideLetter { case, number, again } => return self.decide_letter(case, number, again),
            Sync => {
                self.store.sync();
                self.synced = self.model.clone();
            }
            Crash => {
                self.store.crash();
                let now = self.model.now;
                self.model = self.synced.clone();
                self.model.now = now;
                self.replay()?;
            }
            _ => return self.command(step),
        }
        Ok(())
    }

    fn arrive(&mut self, citizen: u8, priority: u8, to: u8) {
        let id = format!("C-{:03}", self.arrived);
        self.arrived += 1;
        let priorities = [Priority::Normal, Priority::High, Priority::Urgent];
        let mut case = sample::case(&id, "", priorities[usize::from(priority)], 0);
        case.key = sample::key(CitizenId::new(format!("citizen-{citizen}")).as_str(), &id);
        case.arrived = sample::at(self.model.now);
        case.department = department(to);
        case.theme = None;
        let policy = self.config.policies.values().next().unwrap();
        let reply_clock = deadline(&self.config.calendar, policy, ClockKind::FirstReply, case.arrived);
        case.deadlines = reply_clock.into_iter().collect();
        // An urgent case gets no promise.
        if case.priority != Priority::Urgent {
            let until = sample::at(self.model.now + REPLY);
            let promised = promise(&case, &self.config, until, case.arrived);
            case.deadlines.extend(promised);
        }
        self.store.commit(sample::queueing(&case)).unwrap();
        self.writes(citizen);
        self.model.arrive(id, citizen, priority, to);
    }

    /// Handles any message of the citizen.
    fn writes(&mut self, citizen: u8) {
        let key = sample::key(&format!("citizen-{citizen}"), "");
        let before = self.store.conversation(key.account(), key.sender()).unwrap();
        let conversation = Conversation {
            last_at: Some(sample::at(self.model.now)),
            ..before
        };
        let change = ChangeSet {
            conversation: Some(conversation),
            ..ChangeSet::default()
        };
        self.store.commit(change).unwrap();
        self.model.windows.wrote(citizen, self.model.now);
    }

    fn claim_next(
        &mut self,
        by: u8,
        first: u8,
        skilled: bool,
        capacity: Option<u8>,
    ) -> Result<(), TestCaseError> {
        let pick = ClaimQuery {
            departments: skilled.then(|| department(by)).into_iter().collect(),
            first: [ClaimOrder::Urgent, ClaimOrder::Due, ClaimOrder::Oldest][usize::from(first)],
            capacity: capacity.map(usize::from),
            among: CaseFilter::default(),
            themes: Vec::new(),
        };
        let given = self.desk.claim_next(&pick, agent(by)).unwrap();
        let wanted = self.model.next(by, first, skilled.then_some(by), capacity);
        prop_assert_eq!(given.as_ref().map(|case| case.id.to_string()), wanted);
        if let Some(case) = given {
            self.remember(by, &case);
        }
        Ok(())
    }

    fn remember(&mut self, by: u8, case: &Case) {
        let token = case.claim.clone().unwrap().token;
        self.model.claim(case.id.as_str(), by, token.as_str().to_owned());
        self.tokens.insert((by, case.id.to_string()), token);
    }

    /// The case with this number, if it exists.
    pub(super) fn named(&self, case: u8) -> Option<String> {
        let count = self.model.matters.len();
        (count > 0).then(|| self.model.matters[usize::from(case) % count].id.clone())
    }

    fn command(&mut self, step: &DerivationStep) -> Result<(), TestCaseError> {
        use DerivationStep::*;
        let (by, number) = match *step {
            Claim { agent, case }
            | Renew { agent, case }
            | Release { agent, case }
            | Draft { agent, case }
            | Answer { agent, case }
            | SeeMerger { agent, case }
            | Ask { agent, case }
            | Extend { agent, case }
            | Promise { agent, case, .. }
            | Transfer { agent, case, .. }
            | Merge { agent, case, .. }
            | Split { agent, case, .. }
            | CoHandle { agent, case, .. } => (agent, case),
            Write { case, .. }
            | Confirm { case, .. }
            | Chase { case }
            | Resume { case }
            | Note { case, .. }
            | Accept { case }
            | Return { case }
            | Decide { case, .. }
            | Supervise { case }
            | Close { case, .. }
            | Reopen { case, .. } => (0, case),
            _ => unreachable!("{step:?} concerns no case"),
        };
        let Some(name) = self.named(number) else {
            return Ok(());
        };
        if let Write { citizen, .. } = step
            && let Some(&citizen) = self.model.find(&name).citizens.get(usize::from(*citizen))
        {
            self.writes(citizen);
        }
        let (id, who) = (CaseId::new(&name), agent(by));
        let token = self.tokens.get(&(by, name.clone())).cloned();
        let token = token.unwrap_or_else(|| ClaimToken::new("guessed"));
        let token_text = token.as_str().to_owned();
        let now = sample::at(self.model.now);
        let (desk, model) = (self.desk.clone(), &mut self.model);
        let done = |result: Result<Case, DeskError>| match result {
            Ok(_) => true,
            Err(DeskError::Refused(_)) => false,
            Err(error) => panic!("{step:?}: {error}"),
        };
        let (did, should) = match *step {
            Claim { .. } => {
                let given = desk.claim(&id, &who).unwrap();
                let should = model.may_claim(&name);
                if let Some(case) = &given {
                    self.remember(by, case);
                }
                (given.is_some(), should)
            }
            Renew { .. } => {
                let renewed = desk.claimed(&id, &who, &token).and_then(|case| case.renew());
                (renewed.is_ok(), model.renew(&name, &token_text))
            }
            Release { .. } => (
                done(desk.claimed(&id, &who, &token).and_then(|case| case.release())),
                model.release(&name, &token_text),
            ),
            Draft { .. } => {
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.draft("perhaps")),
                );
                (did, model.draft(&name, &token_text, "perhaps"))
            }
            Answer { .. } => {
                let text = format!("{name} by {by}");
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.answer(&text)),
                );
                (did, model.answer(&name, &token_text, &text))
            }
            SeeMerger { .. } => (
                done(desk.claimed(&id, &who, &token).and_then(|case| case.see_merger())),
                model.see_merger(&name, &token_text),
            ),
            Ask { .. } => {
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.ask("which house?")),
                );
                (did, model.ask(&name, &token_text))
            }
            Write { citizen, times, .. } => {
                let citizen = usize::from(citizen);
                (
                    (0..times).all(|_| done(desk.write_from(&id, citizen, "number 3", now))),
                    (0..times).all(|_| model.write(&name, citizen)),
                )
            }
            Chase { .. } => (done(desk.chase(&id, now)), model.chase(&name)),
            Resume { .. } => (done(desk.resume(&id, &who)), model.resume(&name)),
            Note { times, .. } => (
                (0..times).all(|_| done(desk.note(&id, &who, "called twice"))),
                (0..times).all(|_| model.note(&name)),
            ),
            Extend { .. } => {
                let more = MoreTime {
                    clock: ClockKind::FirstReply,
                    amount: minutes(EXTENSION),
                    reason: "a visit".to_owned(),
                    approver: "chief".into(),
                };
                (
                    done(desk.claimed(&id, &who, &token).and_then(|case| case.extend(more))),
                    model.extend(&name, &token_text),
                )
            }
            Promise { minutes, .. } => {
                let until = model.now + i64::from(minutes);
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.promise(sample::at(until))),
                );
                (did, model.promise(&name, &token_text, until))
            }
            Transfer { to, .. } => {
                let offer = civic_reply::desk::Transfer {
                    to: department(to),
                    theme: None,
                    reason: "theirs".to_owned(),
                    complex: false,
                };
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.transfer(offer)),
                );
                (did, model.transfer(&name, &token_text, to))
            }
            Accept { .. } => (done(desk.accept(&id, &who)), model.accept(&name)),
            Return { .. } => {
                let did = done(desk.return_case(&id, &who, ReturnReason::NotOurs, "not ours"));
                (did, model.give_back(&name))
            }
            Decide { to, .. } => {
                let command = Command::Decide {
                    owner: "chief".into(),
                    department: department(to),
                    theme: None,
                    reason: "nobody else is left".to_owned(),
                };
                let actor = Author::Agent("chief".into());
                (done(desk.command(&id, &actor, &command)), model.decide(&name, to))
            }
            Supervise { .. } => (
                done(desk.supervise(&id, "chief", "please")),
                model.supervise(&name),
            ),
            Merge { into, .. } => {
                let other = model.matters[usize::from(into) % model.matters.len()].id.clone();
                let did = done(
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.merge_into(&CaseId::new(&other))),
                );
                (did, model.merge(&name, by, &token_text, &other))
            }
            Split { to, .. } | CoHandle { to, .. } => {
                let joined = matches!(step, CoHandle { .. });
                let matter = Matter {
                    text: "a second matter".to_owned(),
                    department: department(to),
                    theme: None,
                };
                let result = if joined {
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.co_handle(&matter))
                } else {
                    desk.claimed(&id, &who, &token)
                        .and_then(|case| case.split(&matter))
                };
                let part = result.as_ref().ok().map(|part| part.id.to_string());
                let did = done(result);
                let wanted = model.split_off(&name, &token_text, to, joined);
                prop_assert_eq!(part, wanted.clone());
                (did, wanted.is_some())
            }
            Close { how, .. } => {
                let (ending, how) = HOW[usize::from(how)];
                (
                    done(desk.close_as(&id, &Author::Citizen, ending)),
                    model.close(&name, how),
                )
            }
            Confirm { citizen, .. } => {
                let citizen = usize::from(citizen);
                (done(desk.confirm(&id, &[citizen])), model.confirm(&name, citizen))
            }
            Reopen { from_arrival, .. } => {
                let arrived = sample::at(model.find(&name).arrived);
                let since = if from_arrival { arrived } else { now };
                let did = done(desk.reopen(&id, &Author::Citizen, "still dark", since));
                (did, model.reopen(&name, from_arrival))
            }
            _ => unreachable!("{step:?} concerns no case"),
        };
        prop_assert_eq!(did, should, "{:?} of `{}`", step, name);
        Ok(())
    }

    /// Replaying the journal gives exactly the stored cases; each move of a case is one record.
    pub(crate) fn replay(&self) -> Result<(), TestCaseError> {
        let mut cases: BTreeMap<CaseId, Case> = BTreeMap::new();
        for (_, record) in self.store.journal(None, usize::MAX).unwrap().records {
            let Some(id) = record.case else { continue };
            let case = match (cases.remove(&id), &record.event) {
                (None, Event::Opened { case }) => (**case).clone(),
                (case, event) => Case::apply(case.unwrap(), event),
            };
            cases.insert(id, case);
        }
        prop_assert_eq!(cases.len(), self.model.matters.len());
        for (id, rebuilt) in cases {
            prop_assert_eq!(Some(rebuilt), self.store.case(&id).unwrap());
        }
        Ok(())
    }
}
