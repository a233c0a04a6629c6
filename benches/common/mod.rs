//! Shared by the benches: citizens' messages, and a comparison of candidates in one run.

use std::path::PathBuf;
use std::time::{Duration, Instant};

/// Messages of citizens, with a printed line that names their source.
pub(crate) fn messages() -> Vec<String> {
    let (source, texts) = texts();
    println!("{} messages: {source}", texts.len());
    texts
}

/// Messages of citizens and where they come from: `citizen_messages/messages.jsonl` in the folder that
/// `CIVIC_REPLY_DATA` names, by default `../shared/data`. Without that file they are made from words.
pub(crate) fn texts() -> (String, Vec<String>) {
    let folder = std::env::var_os("CIVIC_REPLY_DATA").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data")),
        PathBuf::from,
    );
    let file = folder.join("citizen_messages/messages.jsonl");
    let Ok(lines) = std::fs::read_to_string(&file) else {
        return (format!("made, as there is no {}", file.display()), made());
    };
    let texts: Vec<String> = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|message| message["text"].as_str().unwrap().to_owned())
        .collect();
    (file.display().to_string(), texts)
}

fn made() -> Vec<String> {
    const WORDS: [&str; 40] = [
        "我家楼下",
        "公积金",
        "怎么提取",
        "，",
        "。",
        "小区物业",
        "居住证",
        "办理",
        "请问",
        "A市B区",
        "乾隆大道",
        "没有人管",
        "幼儿园",
        "入学",
        "身份证",
        "补办",
        "新生儿",
        "医保",
        "报销",
        "2019年8月",
        "！",
        " ",
        "瞭解",
        "噪音扰民",
        "廉租房",
        "申请条件",
        "退休金",
        "何时发放",
        "学位",
        "路灯不亮",
        "公交改线",
        "暂住",
        "驾驶证",
        "换领",
        "离婚登记",
        "预约",
        "水费",
        "电表",
        "老旧小区",
        "加装电梯",
    ];
    let mut dice = Dice(7);
    (0..2_000)
        .map(|_| (0..80).map(|_| WORDS[dice.below(WORDS.len())]).collect())
        .collect()
}

/// Pseudo-random numbers, the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Criterion with short runs: all benches together are to take a few minutes. `-- --measurement-time 5`
/// asks for longer ones.
#[allow(dead_code, reason = "some benches don't use Criterion")]
pub(crate) fn criterion() -> criterion::Criterion {
    criterion::Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(1))
}

/// Runs the candidates alternately, `rounds` times, and prints the best time of each and its ratio to the
/// first one's.
///
/// Other work on the machine slows all candidates alike when they alternate, and the best time least. An
/// untimed run precedes each timed one, so that no candidate pays for the cache contents that another left
/// behind.
pub(crate) fn compare(title: &str, units: usize, rounds: usize, candidates: &mut [(&str, &mut dyn FnMut())]) {
    let mut best = vec![Duration::MAX; candidates.len()];
    for _ in 0..rounds {
        for ((_, run), best) in candidates.iter_mut().zip(&mut best) {
            run();
            let start = Instant::now();
            run();
            *best = start.elapsed().min(*best);
        }
    }
    println!("{title}");
    for ((name, _), time) in candidates.iter().zip(&best) {
        let each = time.as_secs_f64() * 1e9 / units as f64;
        println!(
            "  {name:<44} {each:>10.2} ns  {:>7.2}",
            time.as_secs_f64() / best[0].as_secs_f64()
        );
    }
}
