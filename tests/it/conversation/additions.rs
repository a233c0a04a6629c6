//! What comes soon after a message about an open case.

use civic_reply::Outcome;
use civic_reply::reply::{Action, FollowUpKind};

use crate::support::conversation::text;
use crate::support::talk::Talk;

const MATTER: &str = "我们小区电梯坏了三天,老人下不了楼,物业推诿没人管";

#[test]
fn additions_of_substance_belong_to_the_case() {
    let mut talk = Talk::new();
    for addition in [
        "物业不管",
        "孩子要中考",
        "就在3号楼2单元",
        "噪音特别大",
        "已经报过警了",
        "老人有心脏病",
        "影响上班",
        "房东也不处理",
        "我有录音",
        "他们还骂人",
        "居住证也过期了",
        "已经三个月了",
        "找过社区",
        "周末也不停",
        "业主委员会不同意",
        "存折也弄丢了",
        "退休金发得少",
        "孕妇也住这栋楼",
    ] {
        let opened = talk.another().say(MATTER);
        let case = talk.case(&opened);
        talk.later(17);
        talk.say(addition);
        assert_eq!(talk.kind(), Some(FollowUpKind::Added), "{addition}");
        let case = talk.engine.desk().case(&case.id).unwrap();
        assert_eq!(case.transcript.len(), 1, "{addition}");
    }
}

#[test]
fn a_sure_question_is_answered_and_the_answer_says_that_the_case_goes_on() {
    let mut talk = Talk::new();
    for question in [
        "身份证丢了怎么补办",
        "社保卡密码忘记了怎么办",
        "新生儿怎么上户口",
        "你好，护照怎么办理？",
    ] {
        let opened = talk.another().say(MATTER);
        let case = talk.case(&opened);
        talk.later(10);
        let replied = talk.say(question);
        assert!(matches!(replied, Outcome::Replied(_)), "{question}");
        assert_eq!(talk.handled().action, Action::Answer, "{question}");
        let note = format!("受理编号:{})仍由", case.id);
        assert!(text(&replied).contains(&note), "{question}: {}", text(&replied));
    }
}

#[test]
fn no_menu_comes_near_a_case_and_one_comes_later() {
    let mut talk = Talk::new();
    talk.another().say(MATTER);
    talk.later(10);
    talk.say("居住证");
    assert_eq!(talk.kind(), Some(FollowUpKind::Added));
    talk.later(31);
    let replied = talk.say("居住证");
    assert_eq!(talk.handled().action, Action::Clarify);
    assert!(!text(&replied).contains("继续办理"));
}
