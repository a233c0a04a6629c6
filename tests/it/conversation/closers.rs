//! Thanks and other words that end a conversation.

use civic_reply::reply::FollowUpKind;
use civic_reply::{Case, Outcome};

use crate::support::talk::Talk;

const CLOSERS: [&str; 32] = [
    "好的，谢谢您！",
    "ok",
    "OK，知道了",
    "谢谢[玫瑰]",
    "不用了，谢谢",
    "👍",
    "👍🏻",
    "好的👌",
    "收到，辛苦了",
    "谢谢！🙏",
    "嗯嗯，好的",
    "非常感谢您的回复",
    "好的谢谢领导",
    "明白了，感谢",
    "谢谢/::)",
    "太感谢了！！！",
    "[强][强]",
    "好的好的",
    "没事了谢谢",
    "thanks a lot",
    "行，谢谢哈",
    "感谢耐心解答🌹",
    "好嘞",
    "那好吧",
    "知道了，麻烦您了",
    "好，多谢啦",
    "谢谢谢谢谢谢",
    "哦哦，明白了",
    "[抱拳]多谢",
    "收到/:ok",
    "辛苦工作人员了",
    "再见，祝您工作愉快",
];

#[test]
fn closers_open_nothing() {
    let mut talk = Talk::new();
    for closer in CLOSERS {
        talk.another().say(closer);
        assert_eq!(talk.kind(), Some(FollowUpKind::Thanks), "{closer}");
        assert_eq!(talk.cases(), [] as [Case; 0], "{closer}");
    }
    for declined in [
        "不用转人工了",
        "不需要人工客服了，谢谢",
        "先不转人工",
        "好的，不用转人工了，谢谢",
    ] {
        talk.another().say(declined);
        assert_eq!(talk.kind(), Some(FollowUpKind::Thanks), "{declined}");
        assert_eq!(talk.cases(), [] as [Case; 0], "{declined}");
    }
    for asked in ["人工，不用谢", "不要机器人，转人工", "不用了，还是转人工吧"] {
        talk.another().say(asked);
        assert_eq!(talk.cases().len(), 1, "{asked}");
    }
    // Nor do they reopen an answered case.
    let opened = talk
        .another()
        .say("我们小区电梯坏了三天,老人下不了楼,物业推诿没人管");
    talk.write(&talk.case(&opened), "已经派人去修了。", false);
    for closer in CLOSERS {
        talk.say(closer);
        talk.later(15);
    }
    let cases = talk.cases();
    assert_eq!(cases.len(), 1);
    assert_eq!(cases[0].state.name(), "answered");
}

#[test]
fn a_closer_with_a_matter_in_it_is_a_matter() {
    let mut talk = Talk::new();
    for matter in [
        "谢谢，另外想问社保卡丢了怎么办",
        "谢谢，但是还没有人来修",
        "不用谢，赶紧派人来",
        "收到了罚单怎么申诉",
        "好的，那护照呢",
        "感谢个屁",
        "请回复，谢谢",
        "没有答复，谢谢",
        "明白了，那需要多少钱",
        "😡",
        "👎",
        "👍😡",
        "谢谢😭",
        "好的人没来",
    ] {
        talk.another().say(matter);
        assert_ne!(talk.kind(), Some(FollowUpKind::Thanks), "{matter}");
    }
}

#[test]
fn thanks_beside_a_rating_do_not_hide_it() {
    let mut talk = Talk::new();
    for (words, kind) in [
        ("没解决，谢谢", FollowUpKind::Refused),
        ("好的没解决", FollowUpKind::Refused),
        ("解决了，谢谢！", FollowUpKind::Confirmed),
        ("谢谢，已解决[玫瑰]", FollowUpKind::Confirmed),
    ] {
        talk.another().say_all(&["新生儿怎么上户口", words]);
        assert_eq!(talk.kind(), Some(kind), "{words}");
    }
}

#[test]
fn an_emoji_can_be_a_listed_word() {
    let shipped = crate::support::shipped::rules();
    let folder = tempfile::tempdir().unwrap();
    crate::support::shipped::copy_folder(&shipped, folder.path());
    let path = folder.path().join("follow_up.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let text = text.replace("unsolved = [", "unsolved = [\"👎\", ");
    std::fs::write(&path, text).unwrap();
    let rulebook = civic_reply::Rulebook::from_dir(folder.path()).unwrap();
    let engine = crate::support::shipped::on(civic_reply::MemoryStore::new());
    let engine = engine.build().unwrap();
    engine.reload(rulebook).unwrap();
    let say = |id: &str, text: &str| {
        engine
            .receive(civic_reply::Message::text("gov-wechat", "citizen", id, text))
            .unwrap()
    };
    assert!(matches!(say("1", "新生儿怎么上户口"), Outcome::Replied(_)));
    let Outcome::Queued { case, .. } = say("2", "👎") else {
        panic!("a refusal opens a case")
    };
    let case = engine.desk().case(case.id()).unwrap();
    assert_eq!(case.text, "新生儿怎么上户口");
}
