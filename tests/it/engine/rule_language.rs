//! The rule language, from the citizen's side: nearness, hours, conversation conditions, cards, menus,
//! forms, forwarding.

use civic_reply::message::MessageKey;
use civic_reply::reply::{DecidedBy, Handled, Reason};
use civic_reply::{Engine, ManualClock, MemoryStore, Message, Outcome, Reply};

use crate::support::small_rulebook;

const RULES: &str = r#"
[[form]]
id = "booking"
name = "窗口预约"
text = "请填写预约表，{不是槽位}。"
url = "https://city.example/booking"

[[department]]
id = "housing"
name = "房管局"

[[theme]]
id = "renting"
name = "租房"
department = "housing"

[[account]]
id = "housing-wechat"
name = "房管服务号"
department = "housing"

[[faq]]
id = "card-new"
theme = "household"
question = "居住证怎么办理?"
phrasings = ["办居住证要什么材料", "居住证在哪里办"]
answer = "到派出所办理居住证。"

[[faq]]
id = "card-lost"
theme = "household"
question = "居住证丢了怎么补办?"
phrasings = ["补办居住证", "居住证遗失了怎么办"]
answer = "到原派出所补办居住证。"

[[rule]]
id = "deposit"
theme = "renting"
when = { near = { one = ["押金"], other = ["不退", "不还"], within = 4 } }
escalate = { note = "押金纠纷" }
examples = ["房东押金就是不退"]
counterexamples = ["押金要交几个月,东西坏了不退钱吗"]

[[rule]]
id = "progress"
theme = "household"
when = { regex = "我叫(?P<name>.{2,9}),单号(?P<number>[a-z0-9-]+)(?P<kind>加急)?(?P<备注>急用)?" }
reply = { text = "{name}，您的{number}正在办理。{kind}{备注}" }
examples = ["我叫王小明，单号AB-12"]

[[rule]]
id = "night"
theme = "household"
priority = 5
when = { any = ["有人在吗"], hours = "outside" }
reply = { text = "现在是下班时间。" }
examples = ["有人在吗"]

[[rule]]
id = "day"
theme = "household"
when = { any = ["有人在吗"] }
reply = { text = "在的，请讲。" }
examples = ["有人在吗"]

[[rule]]
id = "noon"
theme = "household"
priority = 9
when = { any = ["有人在吗"], hours = ["12:00-13:30"] }
reply = { text = "正在午休。" }
examples = ["有人在吗"]

[[rule]]
id = "welcome"
theme = "household"
priority = 1
when = { exact = ["你好"], talk = { first_today = true } }
reply = { text = "欢迎，{sender_name}！", cards = [{ title = "办事指南", description = "常办事项", url = "https://city.example/guide", picture = "https://city.example/guide.png" }], service = { title = "城市服务", app = "wx-city", page = "pages/home" } }
examples = ["你好"]

[[rule]]
id = "again"
theme = "household"
when = { exact = ["你好"] }
reply = { text = "又见面了。" }
examples = ["你好"]

[[rule]]
id = "card"
theme = "household"
when = { exact = ["居住证"] }
reply = { text = "您想了解哪一项?", menu = ["card-new", "card-lost"] }
examples = ["居住证"]

[[rule]]
id = "book"
theme = "household"
when = { any = ["预约"] }
form = "booking"
examples = ["我想预约"]

[[rule]]
id = "landlord"
theme = "household"
when = { any = ["房东"] }
forward = { theme = "renting" }
examples = ["房东的事情归谁管"]
counterexamples = ["我想预约"]

[[rule]]
id = "house"
theme = "household"
when = { any = ["房管"] }
forward = { account = "housing-wechat" }
examples = ["找房管"]
"#;

struct Conversation {
    engine: Engine,
    clock: ManualClock,
    sent: usize,
}

impl Conversation {
    fn new(now: &str) -> Self {
        Self::by(RULES, now)
    }

    fn by(rules: &str, now: &str) -> Self {
        let rulebook = small_rulebook::with("rules.toml", rules).unwrap_or_else(|found| panic!("{found}"));
        let clock = ManualClock::new(now.parse().unwrap());
        // The rulebook's own examples are checked too, at any time of day.
        let engine = Engine::builder(rulebook, MemoryStore::new())
            .clock(clock.clone())
            .build();
        let engine = engine.unwrap_or_else(|error| panic!("{error}"));
        Self {
            engine,
            clock,
            sent: 0,
        }
    }

    fn say(&mut self, text: &str) -> Handled {
        self.sent += 1;
        let id = self.sent.to_string();
        let message = Message::text("gov-wechat", "ann", &id, text).with_sender_name("王小明{case}");
        self.engine.receive(message).unwrap();
        let key = MessageKey::new("gov-wechat".into(), "ann".into(), id);
        self.engine.handled(&key).unwrap().unwrap()
    }

    fn reply(&mut self, text: &str) -> Reply {
        match self.say(text).outcome {
            Outcome::Replied(reply) => reply,
            other => panic!("{text}: {other:?}"),
        }
    }
}

#[test]
fn near_requires_two_words_close_together() {
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    for text in ["退租了押金一直不退", "不还我的押金"] {
        let handled = conversation.say(text);
        assert_eq!(
            handled.by,
            DecidedBy::Rule("deposit".into()),
            "{text}: {:?}",
            handled.reasons
        );
        let Reason::RuleFired { hits, .. } = &handled.reasons[0] else {
            panic!("{:?}", handled.reasons)
        };
        let words: Vec<_> = hits.iter().map(|hit| hit.keyword.as_str()).collect();
        assert!(words.contains(&"押金") && words.len() == 2, "{words:?}");
    }
    assert_ne!(
        conversation.say("押金要交多少钱,家具坏了能不能不退").by,
        DecidedBy::Rule("deposit".into())
    );
    let explained = conversation.engine.explain(&Message::text(
        "gov-wechat",
        "x",
        "1",
        "押金要交多少钱,家具坏了能不能不退",
    ));
    let explained = explained.unwrap().to_string();
    assert!(
        explained.contains("within 4 characters of `不退`, `不还`"),
        "{explained}"
    );
}

#[test]
fn office_hours_follow_the_calendar_and_a_daily_span_applies_to_every_day() {
    for (now, answer) in [
        ("2026-11-23T10:00+08:00", "在的"),
        ("2026-11-23T12:10+08:00", "正在午休"),
        ("2026-11-23T20:00+08:00", "现在是下班时间"),
        ("2026-11-22T10:00+08:00", "现在是下班时间"),
        ("2026-11-22T12:10+08:00", "正在午休"),
        // Past the calendar, it is unknown whether the office is open.
        ("2027-03-01T10:00+08:00", "在的"),
    ] {
        let reply = Conversation::new(now).reply("有人在吗");
        assert!(reply.text().starts_with(answer), "{now}: {reply}");
    }
}

#[test]
fn the_first_message_of_a_day_is_recognised_and_the_citizens_name_is_literal() {
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    let welcome = conversation.reply("你好");
    assert!(welcome.text().starts_with("欢迎，王小明{case}！"), "{welcome}");
    assert_eq!(welcome.cards()[0].title, "办事指南");
    assert_eq!(
        welcome.cards()[0].picture.as_deref(),
        Some("https://city.example/guide.png")
    );
    assert_eq!(welcome.service().unwrap().page, "pages/home");
    assert!(
        welcome
            .to_string()
            .ends_with("办事指南 https://city.example/guide"),
        "{welcome}"
    );
    assert!(conversation.reply("你好").text().starts_with("又见面了"));
    conversation.clock.set("2026-11-24T00:01+08:00".parse().unwrap());
    assert!(conversation.reply("你好").text().starts_with("欢迎"));
}

#[test]
fn a_captured_text_is_shown_as_the_citizen_wrote_it() {
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    let reply = conversation.reply("我叫陳 {due}\u{202e}麗，單號AB-12");
    assert!(
        reply.text().starts_with("陳 {due}麗，您的AB-12正在办理。"),
        "{reply}"
    );
    assert!(
        conversation
            .reply("我叫王小明，单号ab-12急用")
            .text()
            .contains("正在办理。急用"),
        "a capture may have a Chinese name"
    );
    assert!(
        !reply.text().contains("{kind}"),
        "an unused capture is empty: {reply}"
    );
}

#[test]
fn choosing_from_a_rules_menu_is_no_miss() {
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    let menu = conversation.reply("居住证");
    assert!(
        menu.text()
            .contains("1. 居住证怎么办理?\n2. 居住证丢了怎么补办?\n3. 以上都不是"),
        "{menu}"
    );
    let chosen = conversation.say("2");
    assert_eq!(chosen.by, DecidedBy::Menu("card-lost".into()));
    conversation.say("居住证");
    let person = conversation.say("3");
    assert!(matches!(person.outcome, Outcome::Queued { .. }));
    assert!(person.reasons.iter().any(Reason::is_none_of_these));
    let stored = conversation
        .engine
        .store()
        .conversation(&"gov-wechat".into(), &"ann".into())
        .unwrap();
    assert_eq!(stored.misses, 0);
}

#[test]
fn a_rules_menu_offers_and_answers_nothing_expired() {
    let rules = RULES.replace(
        "id = \"card-lost\"\n",
        "id = \"card-lost\"\nvalid = { until = 2026-11-23 }\n",
    );
    let mut conversation = Conversation::by(&rules, "2026-11-23T23:50+08:00");
    assert!(conversation.reply("居住证").text().contains("2. 居住证丢了"));
    conversation.clock.set("2026-11-24T00:05+08:00".parse().unwrap());
    let chosen = conversation.say("2");
    assert!(matches!(chosen.outcome, Outcome::Queued { .. }), "{chosen:?}");
    let menu = conversation.reply("居住证");
    assert!(
        menu.text().contains("1. 居住证怎么办理?\n2. 以上都不是"),
        "{menu}"
    );
}

#[test]
fn a_rules_menu_offers_and_answers_no_entry_of_another_account() {
    let elsewhere = "id = \"card-lost\"\naccounts = [\"housing-wechat\"]\n";
    let rules = RULES.replace("id = \"card-lost\"\n", elsewhere);
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    assert!(conversation.reply("居住证").text().contains("2. 居住证丢了"));
    // The menu is open when the entry moves to the other account.
    conversation
        .engine
        .reload(small_rulebook::with("rules.toml", &rules).unwrap())
        .unwrap();
    let chosen = conversation.say("2");
    assert!(matches!(chosen.outcome, Outcome::Queued { .. }), "{chosen:?}");
    let menu = conversation.reply("居住证");
    assert!(
        menu.text().contains("1. 居住证怎么办理?\n2. 以上都不是"),
        "{menu}"
    );
}

#[test]
fn a_form_is_sent_as_a_link_with_its_own_text() {
    let reply = Conversation::new("2026-11-23T10:00+08:00").reply("我要预约窗口");
    assert!(reply.text().starts_with("请填写预约表，{不是槽位}。"), "{reply}");
    let form = reply.form().unwrap();
    assert_eq!(
        (form.form.as_str(), form.url.as_str()),
        ("booking", "https://city.example/booking")
    );
    assert!(
        reply
            .to_string()
            .ends_with("窗口预约 https://city.example/booking")
    );
}

#[test]
fn forwarding_sends_the_message_to_another_theme_or_account() {
    let mut conversation = Conversation::new("2026-11-23T10:00+08:00");
    for (text, theme, reason) in [
        (
            "房东总是涨价",
            Some("renting"),
            Reason::ForwardedToTheme {
                theme: "renting".into(),
            },
        ),
        (
            "我找房管",
            None,
            Reason::ForwardedToAccount {
                account: "housing-wechat".into(),
            },
        ),
    ] {
        let handled = conversation.say(text);
        let Outcome::Queued { case, .. } = &handled.outcome else {
            panic!("{handled:?}")
        };
        assert_eq!(case.department.as_str(), "housing", "{text}");
        assert_eq!(case.theme.as_ref().map(|theme| theme.as_str()), theme, "{text}");
        assert!(handled.reasons.contains(&reason), "{:?}", handled.reasons);
    }
}
