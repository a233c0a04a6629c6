//! Letters that were held back for the citizen are sent: their message has opened the channel's window again.

use super::draft::PlanInput;
use crate::case::{Author, Event, LetterStatus};
use crate::engine::situation::held_for;
use crate::store::ChangeSet;

/// Releases the held letters of all related cases: any message opens the window.
pub(super) fn release_held(input: &PlanInput<'_>, change: &mut ChangeSet) {
    for case in input.situation.related.holding() {
        let moved = change.cases.iter().find(|moved| moved.case.id == case.id);
        let case = moved.map_or(case, |moved| &moved.case);
        let events: Vec<Event> = held_for(case, input.incoming.message)
            .map(|letter| Event::LetterMoved {
                number: letter.number,
                status: LetterStatus::Waiting { from: None },
            })
            .collect();
        if !events.is_empty() {
            let case = case.clone();
            change.apply(case, events, &Author::Engine, input.now);
        }
    }
}
