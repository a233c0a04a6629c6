//! Requests to hurry with an open case.

use civic_reply::case::State;
use civic_reply::reply::FollowUpKind;

use crate::support::conversation::text;
use crate::support::talk::Talk;

const MATTER: &str = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管";

const CHASERS: [&str; 24] = [
    "催一下",
    "请尽快处理",
    "怎么还没人联系我",
    "什么时候能处理",
    "请问处理得怎么样了",
    "还要等多久啊",
    "已经好几天了，怎么还没处理",
    "麻烦快点",
    "能不能快一点",
    "抓紧落实一下",
    "都过去三天了",
    "一直没人管",
    "尽快给我答复！！",
    "迟迟不解决",
    "你好，我的问题还没解决吗",
    "请领导催办",
    "这件事拖了好久了",
    "我等了很久了",
    "赶紧处理一下吧，谢谢",
    "等了两个星期了",
    "为什么一直没消息",
    "上次反映的问题还没有人来处理",
    "能否加快办理",
    MATTER,
];

#[test]
fn chasers_belong_to_the_case_days_later() {
    let mut talk = Talk::new();
    let opened = talk.another().say(MATTER);
    let case = talk.case(&opened);
    for (before, chaser) in (0..).zip(CHASERS) {
        talk.later(60 * 25);
        let told = text(&talk.say(chaser));
        assert_eq!(talk.kind(), Some(FollowUpKind::Chased), "{chaser}");
        assert!(
            told.contains(case.id.as_str()) && told.contains("正在等待办理"),
            "{told}"
        );
        let now = talk.engine.desk().case(&case.id).unwrap();
        assert_eq!(now.handling.contact.chasers, before + 1, "{chaser}");
        assert_eq!(now.handling.contact.chased_at, Some(talk.clock_now()));
        assert_eq!(now.deadlines, case.deadlines, "no clock moves");
    }
    assert_eq!(talk.cases().len(), 1);
}

#[test]
fn a_chaser_is_no_reply_to_a_question_and_is_counted_beside_an_agent() {
    let mut talk = Talk::new();
    let opened = talk.another().say(MATTER);
    let case = talk.case(&opened);
    talk.write(&case, "请问是几号楼?", true);
    talk.later(60);
    assert!(text(&talk.say("催一下")).contains("正在等待您补充情况"));
    let waits = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(
        (waits.state, waits.handling.contact.chasers),
        (State::AwaitingCitizen, 1)
    );
    talk.say("3号楼");
    talk.engine.desk().claim(&case.id, "agent-1").unwrap().unwrap();
    talk.say("快点处理");
    assert_eq!(talk.kind(), Some(FollowUpKind::Held));
    let held = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!((held.state, held.handling.contact.chasers), (State::Claimed, 2));
}

#[test]
fn nobody_hurries_an_answered_case_and_an_answer_ends_the_count() {
    let mut talk = Talk::new();
    let opened = talk.another().say(MATTER);
    let case = talk.case(&opened);
    talk.later(60);
    talk.say("催一下");
    talk.write(&case, "已经派人去修了。", false);
    let answered = talk.engine.desk().case(&case.id).unwrap();
    assert_eq!(answered.handling.contact.chasers, 0);
    assert!(text(&talk.say("催一下")).contains("已经答复"));
    assert_eq!(talk.kind(), Some(FollowUpKind::Progress));
}

#[test]
fn without_an_open_case_and_with_a_matter_in_it_the_words_are_a_matter() {
    let mut talk = Talk::new();
    talk.another().say("请尽快处理");
    assert_eq!((talk.kind(), talk.cases().len()), (None, 1));
    for matter in [
        "怎么还没人来修3号楼的路灯",
        "护照什么时候能办好",
        "请尽快处理我家楼下的噪音",
        "公积金多久到账",
    ] {
        talk.another().say(MATTER);
        talk.later(60 * 25);
        talk.say(matter);
        assert_ne!(talk.kind(), Some(FollowUpKind::Chased), "{matter}");
    }
}
