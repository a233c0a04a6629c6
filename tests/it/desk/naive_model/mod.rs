//! The desk compared with a naive model: agents, citizens, time and crashes in any order. After every step
//! each case equals the model's, and at the end replaying the journal gives the stored cases.
//!
//! `DESK_MODEL_STEPS=1000000 cargo test --release --test it naive_model` takes that many steps in all; the
//! default is 6,000.

mod letters;
mod merging;
mod model;
mod observed;
mod office;
mod pages;
mod senders;
mod sweep;
mod transfers;
mod window;
mod world;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use model::UNKNOWN_DEPARTMENT;
use world::World;

/// One step. Cases and agents are numbers, taken modulo the number that exist.
#[derive(Clone, Debug)]
pub(crate) enum DerivationStep {
    Arrive {
        citizen: u8,
        priority: u8,
        department: u8,
    },
    ClaimNext {
        agent: u8,
        first: u8,
        skilled: bool,
        capacity: Option<u8>,
    },
    Claim {
        agent: u8,
        case: u8,
    },
    Renew {
        agent: u8,
        case: u8,
    },
    Release {
        agent: u8,
        case: u8,
    },
    Draft {
        agent: u8,
        case: u8,
    },
    Answer {
        agent: u8,
        case: u8,
    },
    SeeMerger {
        agent: u8,
        case: u8,
    },
    Ask {
        agent: u8,
        case: u8,
    },
    Write {
        case: u8,
        citizen: u8,
        times: u8,
    },
    Chase {
        case: u8,
    },
    Resume {
        case: u8,
    },
    Note {
        case: u8,
        times: u8,
    },
    Extend {
        agent: u8,
        case: u8,
    },
    Promise {
        agent: u8,
        case: u8,
        minutes: u8,
    },
    Transfer {
        agent: u8,
        case: u8,
        to: u8,
    },
    Accept {
        case: u8,
    },
    Return {
        case: u8,
    },
    Decide {
        case: u8,
        to: u8,
    },
    Supervise {
        case: u8,
    },
    Merge {
        agent: u8,
        case: u8,
        into: u8,
    },
    Split {
        agent: u8,
        case: u8,
        to: u8,
    },
    CoHandle {
        agent: u8,
        case: u8,
        to: u8,
    },
    Close {
        case: u8,
        how: u8,
    },
    Confirm {
        case: u8,
        citizen: u8,
    },
    Reopen {
        case: u8,
        from_arrival: bool,
    },
    /// A reader of the case list in one of its orders reads the next page.
    Page {
        by_number: bool,
        size: u8,
    },
    /// A sender claims every due letter.
    Send,
    /// A sender reports on a letter that it holds or held.
    Settle {
        which: u8,
        how: u8,
    },
    /// An agent decides about a letter that waits for a person.
    DecideLetter {
        case: u8,
        number: u8,
        again: bool,
    },
    Pass {
        minutes: u8,
    },
    Sweep,
    Sync,
    Crash,
}

fn step() -> impl Strategy<Value = DerivationStep> {
    use DerivationStep::*;
    // The rulebook does not know the last department.
    let (agent, case, to) = (0..3_u8, any::<u8>(), 0..=UNKNOWN_DEPARTMENT);
    let held = (agent.clone(), case);
    // More than a case keeps.
    let times = prop_oneof![12 => Just(1_u8), 1 => Just(60_u8)];
    prop_oneof![
        4 => (0..4_u8, 0..3_u8, 0..UNKNOWN_DEPARTMENT)
            .prop_map(|(citizen, priority, department)| Arrive { citizen, priority, department }),
        6 => (agent.clone(), 0..3_u8, any::<bool>(), proptest::option::of(0..4_u8))
            .prop_map(|(agent, first, skilled, capacity)| ClaimNext { agent, first, skilled, capacity }),
        8 => held.clone().prop_map(|(agent, case)| Claim { agent, case }),
        2 => held.clone().prop_map(|(agent, case)| Renew { agent, case }),
        2 => held.clone().prop_map(|(agent, case)| Release { agent, case }),
        2 => held.clone().prop_map(|(agent, case)| Draft { agent, case }),
        6 => held.clone().prop_map(|(agent, case)| Answer { agent, case }),
        2 => held.clone().prop_map(|(agent, case)| SeeMerger { agent, case }),
        4 => held.clone().prop_map(|(agent, case)| Ask { agent, case }),
        4 => (case, 0..3_u8, times.clone())
            .prop_map(|(case, citizen, times)| Write { case, citizen, times }),
        4 => (case, 0..3_u8).prop_map(|(case, citizen)| Confirm { case, citizen }),
        1 => case.prop_map(|case| Chase { case }),
        1 => case.prop_map(|case| Resume { case }),
        1 => (case, times).prop_map(|(case, times)| Note { case, times }),
        3 => held.clone().prop_map(|(agent, case)| Extend { agent, case }),
        2 => (agent.clone(), case, 0..90_u8)
            .prop_map(|(agent, case, minutes)| Promise { agent, case, minutes }),
        6 => (any::<bool>(), 0..5_u8).prop_map(|(by_number, size)| Page { by_number, size }),
        5 => Just(Send),
        6 => (any::<u8>(), 0..4_u8).prop_map(|(which, how)| Settle { which, how }),
        2 => (case, 0..6_u8, any::<bool>()).prop_map(|(case, number, again)| DecideLetter { case, number, again }),
        6 => (agent.clone(), case, to.clone()).prop_map(|(agent, case, to)| Transfer { agent, case, to }),
        3 => case.prop_map(|case| Accept { case }),
        4 => case.prop_map(|case| Return { case }),
        2 => (case, to.clone()).prop_map(|(case, to)| Decide { case, to }),
        2 => case.prop_map(|case| Supervise { case }),
        3 => (agent.clone(), case, case).prop_map(|(agent, case, into)| Merge { agent, case, into }),
        2 => (agent.clone(), case, to.clone()).prop_map(|(agent, case, to)| Split { agent, case, to }),
        3 => (agent, case, to).prop_map(|(agent, case, to)| CoHandle { agent, case, to }),
        4 => (case, 0..3_u8).prop_map(|(case, how)| Close { case, how }),
        4 => (case, any::<bool>()).prop_map(|(case, from_arrival)| Reopen { case, from_arrival }),
        8 => (0..25_u8).prop_map(|minutes| Pass { minutes }),
        3 => Just(Sweep),
        2 => Just(Sync),
        1 => Just(Crash),
    ]
}

#[test]
fn the_desk_agrees_with_the_naive_model() {
    const LONGEST: usize = 120;
    let steps = std::env::var("DESK_MODEL_STEPS").ok();
    let steps = steps.map_or(6_000, |steps| steps.parse::<usize>().unwrap());
    let stories = u32::try_from(steps.div_ceil(LONGEST)).unwrap();
    let config = Config {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..Config::with_cases(stories)
    };
    // Every run has its full length, so that the number of runs gives the number of steps.
    let story = proptest::collection::vec(step(), LONGEST..=LONGEST);
    let mut runner = TestRunner::new(config);
    let outcome = runner.run(&story, |story| {
        let mut world = World::new();
        for step in &story {
            world.take(step)?;
        }
        world.replay()?;
        Ok(())
    });
    if let Err(difference) = outcome {
        panic!("{difference}");
    }
}
