//! Mergers: what the surviving case keeps, who must have seen it, and who wrote what.

use civic_reply::case::{Case, TranscriptEntry};
use civic_reply::desk::{ClaimedCase, DeskError};
use civic_reply::store::CaseFilter;
use civic_reply::workflow::CommandError;

use crate::support::talk::Talk;

const LIFT: &str = "我们小区3栋电梯坏了三天,物业推诿没人管,老人下不了楼,请尽快处理";
const SAME_LIFT: &str = "三栋的电梯一直不修,没人管,我妈妈腿脚不好只能爬楼,请你们来看看";

/// Two citizens with a case each about the same lift.
fn two_cases() -> (Talk, Case, Case) {
    let mut talk = Talk::new();
    let opened = talk.another().say(LIFT);
    let ours = talk.case(&opened);
    let opened = talk.another().say(SAME_LIFT);
    let theirs = talk.case(&opened);
    assert_ne!(ours.id, theirs.id);
    (talk, ours, theirs)
}

fn claimed(talk: &Talk, case: &Case, agent: &str) -> ClaimedCase {
    talk.engine.desk().claim(&case.id, agent).unwrap().unwrap()
}

fn refused(result: Result<Case, DeskError>) -> CommandError {
    match result {
        Err(DeskError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_merged_case_keeps_its_words_notes_and_draft_with_its_citizen() {
    let (talk, ours, theirs) = two_cases();
    let desk = talk.engine.desk();
    desk.write(&theirs.id, "电梯编号是B7", talk.clock_now()).unwrap();
    let held = claimed(&talk, &theirs, "agent-2");
    held.note("called the property manager").unwrap();
    held.draft("A technician comes").unwrap();
    let whole = held.merge_into(&ours.id).unwrap();
    let [merged] = whole.handling.relations.merged.as_slice() else {
        panic!("{whole:?}");
    };
    let content = merged.content.as_ref().unwrap();
    assert_eq!((&merged.key, &content.text), (&theirs.key, &theirs.text));
    assert!(matches!(
        content.transcript.as_slice(),
        [TranscriptEntry::ByCitizen { text, .. }] if text == "电梯编号是B7"
    ));
    assert_eq!(content.notes[0].text, "called the property manager");
    assert_eq!(content.draft.as_deref(), Some("A technician comes"));
    assert_eq!(
        whole.handling.internal.draft, None,
        "the holder's own draft is another one"
    );

    let found = desk.cases(&CaseFilter {
        text: Some("编号是b7".to_owned()),
        account: Some(ours.key.account().clone()),
        citizen: Some(ours.key.sender().clone()),
        ..CaseFilter::default()
    });
    assert_eq!(
        found.unwrap().total,
        1,
        "the words are found in the surviving case"
    );

    // What a merged case had taken in goes with it.
    let mut talk = talk;
    let opened = talk
        .another()
        .say("电梯坏了没人管,3栋的,孕妇爬不动楼,请快点派人来修理");
    let third = talk.case(&opened);
    let merged = claimed(&talk, &whole, "agent-1").merge_into(&third.id).unwrap();
    let content = merged.handling.relations.merged.iter().map(|one| &one.content);
    let texts: Vec<_> = content.map(|content| &content.as_ref().unwrap().text).collect();
    assert_eq!(texts, [&ours.text, &theirs.text]);
}

#[test]
fn a_holder_answers_only_after_seeing_the_merger() {
    let (talk, ours, theirs) = two_cases();
    let holder = claimed(&talk, &ours, "agent-1");
    claimed(&talk, &theirs, "agent-2").merge_into(&ours.id).unwrap();
    let early = refused(holder.answer("it is repaired"));
    assert_eq!(early, CommandError::UnseenMerger(theirs.id.clone()));
    assert!(early.to_string().contains(theirs.id.as_str()), "{early}");
    // A stateless host has not shown the merger to the agent either.
    let desk = talk.engine.desk();
    let again = desk.claimed(&ours.id, "agent-1", holder.token()).unwrap();
    assert_eq!(refused(again.answer("it is repaired")), early);
    holder.draft("it is repaired").unwrap();
    assert_eq!(refused(holder.answer("it is repaired")), early);

    again.see_merger().unwrap();
    let answered = holder.answer("it is repaired").unwrap();
    assert_eq!(answered.handling.contact.letters.len(), 2);
}

#[test]
fn who_makes_the_merger_or_claims_after_it_has_seen_it() {
    let (talk, ours, theirs) = two_cases();
    let holder = claimed(&talk, &ours, "agent-1");
    claimed(&talk, &theirs, "agent-1").merge_into(&ours.id).unwrap();
    holder.answer("it is repaired").unwrap();

    let (talk, ours, theirs) = two_cases();
    claimed(&talk, &theirs, "agent-2").merge_into(&ours.id).unwrap();
    claimed(&talk, &ours, "agent-1").answer("it is repaired").unwrap();

    let (talk, ours, theirs) = two_cases();
    let holder = claimed(&talk, &ours, "agent-1");
    claimed(&talk, &theirs, "agent-2").merge_into(&ours.id).unwrap();
    holder.release().unwrap();
    claimed(&talk, &ours, "agent-3").answer("it is repaired").unwrap();
}

#[test]
fn a_later_addition_says_which_citizen_wrote_it() {
    let (mut talk, ours, theirs) = two_cases();
    let holder = claimed(&talk, &ours, "agent-1");
    claimed(&talk, &theirs, "agent-2").merge_into(&ours.id).unwrap();
    talk.say("我妈妈住十二楼");
    let whole = talk.engine.desk().case(&holder.id).unwrap();
    let [TranscriptEntry::ByCitizen { text, from, .. }] = whole.transcript.as_slice() else {
        panic!("{:?}", whole.transcript);
    };
    assert_eq!(text, "我妈妈住十二楼");
    assert_eq!(whole.recipients()[*from], &theirs.key);
}
