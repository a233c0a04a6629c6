//! The store contract detects faults: each faulty store breaks the promises that its fault touches, and
//! every check is broken by at least one of them.

mod faults;
mod faulty;

use std::collections::BTreeSet;

use civic_reply::store::contract::{self};

use faults::{FAULTS, Fault};
use faulty::Faulty;

#[test]
fn the_contract_finds_each_fault_and_each_check_finds_one() {
    let mut blind: BTreeSet<_> = contract::checks().map(|check| check.name).collect();
    for (fault, promises) in FAULTS {
        let Err(violations) = contract::run_all(&|| Faulty::subject(*fault)) else {
            panic!("the contract does not detect {fault:?}");
        };
        let broken: BTreeSet<_> = violations.0.iter().map(|violation| violation.check).collect();
        for promise in *promises {
            assert!(
                broken.contains(promise),
                "{fault:?} breaks `{promise}`, the contract finds {broken:?}"
            );
            blind.remove(promise);
        }
    }
    assert!(blind.is_empty(), "no fault breaks these checks: {blind:?}");
}

#[test]
fn a_violation_names_the_promise_and_the_observed_behaviour() {
    let violations = contract::run_all(&|| Faulty::subject(Fault::SweepsTooMuch)).unwrap_err();
    let text = violations.to_string();
    assert_eq!(
        text,
        "the store breaks 2 promises\n\
         `due_is_what_is_owed_before`: `due` gives the cases with an open deadline before the instant, the earliest first, but \
         before minute 10 there is [\"B\"], not []\n\
         `nothing_done_or_closed_is_due`: a case that is closed or has no open deadline is not due, but [\"answered-and-owing\", \
         \"waits\"] are due, not [\"answered-and-owing\", \"waits\", \"closed\"]"
    );
}
