//! The model's merges and splits.

use civic_reply::case::MAX_TRANSCRIPT;

use super::model::{Matter, MatterState::*, Model, UNKNOWN_DEPARTMENT};

impl Model {
    /// Reports a part's result to the department of the main case.
    pub(super) fn report_to_main_case(&mut self, id: &str, text: &str) {
        let Some((parent, true)) = self.find(id).parent.clone() else {
            return;
        };
        let whole = self.find(&parent);
        if !matches!(whole.state, Waiting | Claimed | Asked | Offered) {
            return;
        }
        let Some(part) = whole
            .parts
            .iter_mut()
            .find(|(part, result)| part == id && result.is_none())
        else {
            return;
        };
        part.1 = Some(text.to_owned());
        let words: Vec<_> = whole
            .parts
            .iter()
            .filter_map(|(_, result)| result.clone())
            .collect();
        if words.len() == whole.parts.len() && whole.draft.is_none() {
            whole.draft = Some(words.join("\n\n"));
        }
    }

    pub(crate) fn merge(&mut self, id: &str, by: u8, token_text: &str, into: &str) -> bool {
        let holds = self.holds(id, token_text);
        let one = self.find(id).clone();
        let other = self.find(into);
        let joined = |matter: &Matter| matter.parent.as_ref().is_some_and(|(_, joined)| *joined);
        let open = matches!(other.state, Waiting | Claimed | Asked | Offered);
        if !holds || id == into || joined(&one) || !one.parts.is_empty() || !open || joined(other) {
            return false;
        }
        if other.state == Asked {
            assert!(self.resume(into));
        }
        let other = self.find(into);
        other.unreplied |= one.unreplied;
        let holder = other.claim.as_ref().map(|(holder, ..)| *holder);
        other.unseen |= other.state == Claimed && holder != Some(by);
        other.kept.push((
            one.id.clone(),
            one.talk.min(MAX_TRANSCRIPT),
            one.notes,
            one.draft.clone(),
        ));
        other.kept.extend(one.kept.clone());
        other.merged.push(one.id.clone());
        other.merged.extend(one.merged.clone());
        // The earlier promise applies to both.
        let earlier = match (&one.reply_clock, &other.reply_clock) {
            (Some(theirs), Some(ours)) => ours.paused.is_none() && theirs.due < ours.due,
            (theirs, _) => theirs.is_some(),
        };
        if earlier {
            other.reply_clock = one.reply_clock;
        }
        if let Some(theirs) = one.promised
            && other.promised.is_none_or(|ours| theirs.due < ours.due)
        {
            other.promised = Some(theirs);
        }
        let known = other.citizens.len();
        let open = |matter: &Matter| -> Vec<u8> {
            let firsts = (0..matter.citizens.len()).filter(|&n| matter.first_message(n) == n);
            let open = firsts.filter(|n| !matter.confirmed.contains(n));
            open.map(|n| matter.citizens[n]).collect()
        };
        let (ours, theirs) = (open(other), open(&one));
        let citizens = other.citizens.clone();
        other.confirmed.retain(|n| !theirs.contains(&citizens[*n]));
        for n in one.confirmed {
            let citizen = one.citizens[n];
            if !ours.contains(&citizen) && !citizens.contains(&citizen) {
                other.confirmed.insert(known + n);
            }
        }
        other.citizens.extend(one.citizens);
        other.priority = other.priority.max(one.priority);
        let one = self.leave(id, Merged);
        one.goes_on_as = Some(into.to_owned());
        one.ending = Some("merged");
        (one.reply_clock, one.promised, one.idle) = (None, None, None);
        true
    }

    /// Splits a matter off; returns the new case's number.
    pub(crate) fn split_off(&mut self, id: &str, token_text: &str, to: u8, joined: bool) -> Option<String> {
        let holds = self.holds(id, token_text);
        let whole = self.find(id);
        let is_part = whole.parent.as_ref().is_some_and(|(_, joined)| *joined);
        if !holds || joined && is_part || to == UNKNOWN_DEPARTMENT {
            return None;
        }
        let number = whole.split.len() + whole.parts.len() + 1;
        let part = format!("{id}-{number}");
        if joined {
            whole.parts.push((part.clone(), None));
        } else {
            whole.split.push(part.clone());
        }
        let (arrived, priority, reply_clock) = (whole.arrived, whole.priority, whole.reply_clock);
        // The promise to the citizen stays with the main case, if the answer does.
        let promised = whole.promised.filter(|_| !joined);
        let citizen = whole.citizens[0];
        self.arrive(part.clone(), citizen, priority, to);
        let taken = self.find(&part);
        (taken.arrived, taken.reply_clock, taken.promised) = (arrived, reply_clock, promised);
        taken.parent = Some((id.to_owned(), joined));
        Some(part)
    }
}
