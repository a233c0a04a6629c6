//! A case with several citizens: each judges the answer, is written to, and is erased alone.

use civic_reply::case::{Case, Ending, Event, LetterKind, State, TranscriptEntry};
use civic_reply::desk::{ClaimedCase, DEFAULT_LEASE, DeskError, Settlement};
use civic_reply::reply::FollowUpKind;
use civic_reply::workflow::CommandError;

use crate::support::talk::Talk;

const LIFTS: [&str; 3] = [
    "我们小区3栋电梯坏了三天,物业推诿没人管,老人下不了楼,请尽快处理",
    "三栋的电梯一直不修,没人管,我妈妈腿脚不好只能爬楼,请你们来看看",
    "电梯坏了没人管,3栋的,孕妇爬不动楼,请快点派人来修理",
];

/// Citizens 1 to `citizens`, whose cases are merged into that of citizen 1, which an agent has answered.
fn answered(citizens: usize) -> (Talk, Case) {
    let mut talk = Talk::new();
    let cases: Vec<Case> = (0..citizens)
        .map(|n| {
            let opened = talk.another().say(LIFTS[n]);
            talk.case(&opened)
        })
        .collect();
    for other in &cases[1..] {
        claimed(&talk, other).merge_into(&cases[0].id).unwrap();
    }
    answer(&talk, &cases[0], "电梯已修好");
    talk.later(60);
    let case = talk.engine.desk().case(&cases[0].id).unwrap();
    (talk, case)
}

fn claimed(talk: &Talk, case: &Case) -> ClaimedCase {
    talk.engine.desk().claim(&case.id, "eve").unwrap().unwrap()
}

fn deliver(talk: &Talk) {
    let outbox = talk.engine.desk().outbox();
    // The letters behind the first one of a citizen wait for it.
    loop {
        let letters = outbox.claim(100, DEFAULT_LEASE).unwrap();
        for letter in &letters {
            outbox.settle(letter, Settlement::Delivered).unwrap();
        }
        // The channel's window is over by the store's own clock.
        let held = outbox.stuck(100).unwrap();
        for letter in &held {
            outbox.dismiss(&letter.case, letter.letter.number, "eve").unwrap();
        }
        if letters.is_empty() && held.is_empty() {
            break;
        }
    }
}

fn answer(talk: &Talk, case: &Case, text: &str) {
    claimed(talk, case).answer(text).unwrap();
    deliver(talk);
}

/// The citizens, from 0, who got a letter with this text.
fn readers(case: &Case, text: &str) -> Vec<usize> {
    let letters = case.handling.contact.letters.iter();
    let with = letters.filter(|letter| letter.text.contains(text));
    with.map(|letter| letter.to).collect()
}

fn refused(result: Result<Case, DeskError>) -> CommandError {
    match result {
        Err(DeskError::Refused(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_case_closes_as_solved_only_when_each_citizen_has_said_so() {
    let (mut talk, case) = answered(3);
    for (citizen, state) in [(2, State::Answered), (1, State::Answered), (3, State::Closed)] {
        talk.citizen_number(citizen).say("已解决");
        assert_eq!(talk.kind(), Some(FollowUpKind::Solved), "citizen {citizen}");
        let now = talk.engine.desk().case(&case.id).unwrap();
        assert_eq!(now.state, state, "after citizen {citizen}");
    }
    let closed = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(closed.handling.ending, Some(Ending::Solved));
    assert_eq!(closed.handling.contact.confirmed, [0, 1, 2]);
}

#[test]
fn a_citizen_who_says_so_twice_counts_once() {
    let (mut talk, case) = answered(2);
    for _ in 0..2 {
        talk.citizen_number(1).say("已解决");
        talk.later(5);
        assert_eq!(talk.engine.desk().case(&case.id).unwrap().state, State::Answered);
    }
}

#[test]
fn a_reopened_case_is_answered_to_those_alone_for_whom_it_goes_on() {
    let (mut talk, case) = answered(3);
    talk.citizen_number(1).say("已解决");
    talk.citizen_number(2).say("没解决");
    let reopened = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(reopened.state, State::Waiting);
    answer(&talk, &case, "已更换主板");
    let again = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(
        readers(&again, "已更换主板"),
        [1, 2],
        "citizen 1 has had it settled"
    );
    talk.later(60);
    talk.citizen_number(2).say("已解决");
    talk.citizen_number(3).say("已解决");
    assert_eq!(talk.engine.desk().case(&case.id).unwrap().state, State::Closed);

    // Days later, one of them finds it broken again.
    talk.later(3 * 24 * 60);
    talk.citizen_number(3).say("没解决");
    answer(&talk, &case, "再次维修");
    let third = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(readers(&third, "再次维修"), [2]);
}

#[test]
fn a_citizen_who_writes_again_is_written_to_again() {
    let (mut talk, case) = answered(2);
    talk.citizen_number(1).say("已解决");
    talk.citizen_number(2).say("没解决");
    talk.later(5);
    talk.citizen_number(1).say(&format!("{} 今天又停了", case.id));
    assert_eq!(talk.kind(), Some(FollowUpKind::Added));
    answer(&talk, &case, "已更换主板");
    let again = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(readers(&again, "已更换主板"), [0, 1]);
}

#[test]
fn an_office_that_reopens_writes_to_everyone() {
    let (mut talk, case) = answered(2);
    talk.citizen_number(1).say("已解决");
    let desk = talk.engine.desk();
    let author = civic_reply::case::Author::Agent("eve".into());
    desk.reopen(&case.id, &author, "the wrong lift", talk.clock_now())
        .unwrap();
    answer(&talk, &case, "已更换主板");
    assert_eq!(readers(&desk.case(&case.id).unwrap(), "已更换主板"), [0, 1]);
}

#[test]
fn a_merger_keeps_what_was_settled_and_opens_what_is_new() {
    let (mut talk, case) = answered(2);
    talk.citizen_number(2).say("已解决");
    talk.citizen_number(1).say("没解决");
    talk.later(90);
    // The third citizen's case takes the first one in, with both of its citizens.
    let opened = talk.citizen_number(3).say(LIFTS[2]);
    let third = talk.case(&opened);
    let whole = claimed(&talk, &case).merge_into(&third.id).unwrap();
    let senders: Vec<_> = whole
        .recipients()
        .iter()
        .map(|key| key.sender().as_str())
        .collect();
    assert_eq!(senders, ["citizen-3", "citizen-1", "citizen-2"]);
    assert_eq!(whole.handling.contact.confirmed, [2]);
    answer(&talk, &whole, "已更换主板");
    let done = talk.engine.desk().case(&whole.id).unwrap();
    assert_eq!(readers(&done, "已更换主板"), [0, 1]);
}

#[test]
fn the_silence_of_one_is_no_judgement_of_all() {
    let (mut talk, case) = answered(2);
    talk.citizen_number(1).say("已解决");
    talk.later(60 * 24 * 60);
    talk.engine.desk().sweep(talk.clock_now()).unwrap();
    let lapsed = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(
        (lapsed.state, lapsed.handling.ending),
        (State::Closed, Some(Ending::Lapsed))
    );
    assert_eq!(lapsed.handling.contact.confirmed, [0]);
}

#[test]
fn a_question_too_waits_until_its_author_has_seen_a_merger() {
    let mut talk = Talk::new();
    let opened = talk.another().say(LIFTS[0]);
    let ours = talk.case(&opened);
    let opened = talk.another().say(LIFTS[1]);
    let theirs = talk.case(&opened);
    let holder = claimed(&talk, &ours);
    let desk = talk.engine.desk();
    desk.claim(&theirs.id, "max")
        .unwrap()
        .unwrap()
        .merge_into(&ours.id)
        .unwrap();
    let early = refused(holder.ask("请问几号楼?"));
    assert_eq!(early, CommandError::UnseenMerger(theirs.id.clone()));
    holder.see_merger().unwrap();
    let asked = holder.ask("请问几号楼?").unwrap();
    let letters = asked.handling.contact.letters.iter();
    assert_eq!(
        letters
            .filter(|letter| letter.kind == LetterKind::Question)
            .count(),
        2
    );
}

#[test]
fn the_desk_names_the_citizen_who_wrote_or_confirmed() {
    let (talk, case) = answered(2);
    let desk = talk.engine.desk();
    assert_eq!(
        refused(desk.confirm(&case.id, &[2])),
        CommandError::NoRecipient(2)
    );
    let one = desk.confirm(&case.id, &[1]).unwrap();
    assert_eq!(
        (one.state, one.handling.contact.confirmed.as_slice()),
        (State::Answered, &[1][..])
    );
    let wrote = desk.write_from(&case.id, 1, "又坏了", talk.clock_now()).unwrap();
    assert!(wrote.handling.contact.confirmed.is_empty());
    assert!(matches!(
        wrote.transcript.last(),
        Some(TranscriptEntry::ByCitizen { from: 1, .. })
    ));
    let unknown = desk.write_from(&case.id, 7, "又坏了", talk.clock_now());
    assert_eq!(refused(unknown), CommandError::NoRecipient(7));
    let both = desk.confirm(&case.id, &[0, 1]).unwrap();
    assert_eq!(
        (both.state, both.handling.ending),
        (State::Closed, Some(Ending::Solved))
    );
}

#[test]
fn what_a_merged_citizen_wrote_after_the_merger_is_erased_with_them_alone() {
    let mut talk = Talk::new();
    let opened = talk.another().say(LIFTS[0]);
    let ours = talk.case(&opened);
    let opened = talk.another().say(LIFTS[1]);
    let theirs = talk.case(&opened);
    claimed(&talk, &theirs).merge_into(&ours.id).unwrap();
    talk.citizen_number(2).say("我家住十二楼");
    assert_eq!(talk.kind(), Some(FollowUpKind::Added));
    talk.citizen_number(1).say("补充一下,东门那部");
    answer(&talk, &ours, "电梯已修好");
    talk.later(60);
    let desk = talk.engine.desk();
    desk.close(&ours.id, "eve").unwrap();

    let erased = talk.engine.store().erase(&"citizen-2".into()).unwrap();
    assert_eq!(erased.cases, [theirs.id]);
    let whole = serde_json::to_string(&desk.case(&ours.id).unwrap()).unwrap();
    assert!(!whole.contains("十二楼") && whole.contains("东门"), "{whole}");
    let journal = talk.engine.store().journal(None, 10_000).unwrap();
    let texts: Vec<String> = journal
        .records
        .iter()
        .map(|(_, record)| serde_json::to_string(record).unwrap())
        .collect();
    assert!(texts.iter().all(|record| !record.contains("十二楼")));
    assert!(texts.iter().any(|record| record.contains("东门")));
    let writes = journal.records.iter().filter(|(_, record)| {
        matches!(&record.event, Event::CitizenWrote { from: 1, text, .. } if text == civic_reply::case::ERASED)
    });
    assert_eq!(writes.count(), 1);
}
