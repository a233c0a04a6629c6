//! The work on a message grows with its length, whatever it repeats.

use civic_reply::message::MAX_CHARS;
use civic_reply::text::count_steps;
use civic_reply::{Engine, Message};

use crate::support::shipped;

/// The steps of a message of about `chars` characters that begins with a question and repeats `unit`.
fn steps(engine: &Engine, start: &str, unit: &str, chars: usize) -> u64 {
    let times = chars / unit.chars().count();
    let text = format!("{start}{}", unit.repeat(times));
    let message = Message::text(
        "gov-wechat",
        format!("{unit}{chars}"),
        format!("{start}{chars}"),
        &text,
    );
    count_steps(|| engine.receive(message).unwrap())
}

/// Twice the characters take at most about twice the steps.
fn assert_linear(units: &[&str]) {
    let (engine, _) = shipped::engine();
    for (n, unit) in units.iter().enumerate() {
        for start in ["公积金提取", "怎么取消"] {
            let half = steps(&engine, start, unit, (MAX_CHARS - 20) / 2);
            let whole = steps(&engine, start, unit, MAX_CHARS - 20);
            assert!(
                whole * 10 <= half * 22 + 20_000,
                "{n}: {start}{unit}: {half}, then {whole}"
            );
        }
    }
}

#[test]
fn numerals_are_read_once_however_many_follow_one_another() {
    assert_linear(&["千", "万", "百万"]);
}

#[test]
fn digits_dates_and_personal_numbers_are_read_once() {
    assert_linear(&[
        "零",
        "一",
        "十",
        "1",
        "1 ",
        "1-",
        "1,",
        "13 ",
        "2025-01-",
        "一千年",
        "年",
        "3月5日",
        "周一",
        "2024年",
        "1.",
        "x1",
        "138 ",
    ]);
}

#[test]
fn words_that_are_looked_for_are_read_once_however_often_they_come() {
    assert_linear(&[
        "不",
        "没有",
        "有没有",
        "不用转人工",
        "没煤气味",
        "生活不下去",
        "还有人跳楼",
        "北京",
        "医保定点",
        "取消",
        "迁入迁出",
        "怎么退",
        "转人工",
        "投诉",
        "谢谢",
        "着火",
        "被拐弯",
        "押金不退",
        "，",
        " ",
        "\n",
        "a",
        "a ",
        "乾",
        "e\u{301}",
        "\u{1161}",
        "👍",
        "[玫瑰]",
        "/::)",
        "20261123-7KQ4-",
    ]);
}
