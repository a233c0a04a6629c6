//! An FAQ with several phrasings per entry: what it learns, and the cache of what was learnt.

use std::fs;
use std::path::{Path, PathBuf};

use civic_reply::faq::{Candidate, Entry, FaqIndex, FaqOptions};
use civic_reply::text::fold;

fn bank() -> Vec<Entry> {
    let entry = |id: &str, phrasings: [&str; 5]| Entry {
        id: id.into(),
        phrasings: phrasings.map(str::to_owned).into(),
        answer: None,
    };
    vec![
        entry(
            "lost",
            [
                "身份证丢了怎么补办",
                "补办身份证要什么材料",
                "身份证遗失去哪补",
                "我的身份证不见了",
                "身份证掉了能补吗",
            ],
        ),
        entry(
            "expired",
            [
                "身份证到期怎么换",
                "换领身份证要什么材料",
                "身份证过期了",
                "身份证快到期去哪换",
                "过期身份证能用吗",
            ],
        ),
        entry(
            "fund",
            [
                "公积金怎么提取",
                "租房提取公积金",
                "公积金能取出来吗",
                "离职后公积金怎么取",
                "买房取公积金",
            ],
        ),
        entry(
            "household",
            [
                "新生儿怎么上户口",
                "孩子出生登记户口",
                "给宝宝上户口要什么",
                "小孩落户去哪办",
                "出生入户材料",
            ],
        ),
    ]
}

fn build(options: &FaqOptions) -> FaqIndex {
    FaqIndex::build(&bank(), &[], options).unwrap()
}

fn cached(folder: &Path) -> FaqOptions {
    let mut options = FaqOptions::default();
    options.cache_dir = Some(folder.to_owned());
    options
}

/// The files in the folder with this extension.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_some_and(|own| own == extension))
        .collect()
}

fn ask(faq: &FaqIndex, message: &str) -> Vec<Candidate> {
    faq.search(&fold(message), &|_| true, 10).unwrap()
}

#[test]
fn phrasings_together_teach_the_words_that_separate_entries() {
    let faq = build(&FaqOptions::default());
    for (message, id) in [
        ("身份证不见了要补一张", "lost"),
        ("身份证到期了要换一张", "expired"),
        ("租房能取公积金吗", "fund"),
        ("二胎宝宝落户口", "household"),
    ] {
        let found = ask(&faq, message);
        assert_eq!(found[0].id.as_str(), id, "{message}: {found:?}");
        let class = found[0].measures.class.unwrap();
        assert!(class.lead > 0.0, "{message}: {class:?}");
    }
}

#[test]
fn a_message_that_fits_no_entry_is_not_answered() {
    let faq = build(&FaqOptions::default());
    for message in [
        "今天天气真好",
        "我想投诉小区噪音",
        "身份",
        "what time is it",
        "怎么办",
    ] {
        let confidence = ask(&faq, message).first().map_or(0.0, |found| found.confidence);
        assert!(confidence < 0.8, "{message}: {confidence}");
    }
}

#[test]
fn learning_is_deterministic() {
    let (first, second) = (build(&FaqOptions::default()), build(&FaqOptions::default()));
    for message in ["身份证到期", "身份证", "公积金户口"] {
        assert_eq!(ask(&first, message), ask(&second, message));
    }
}

#[test]
fn results_are_bit_for_bit_equal_on_every_thread() {
    let indexes: Vec<FaqIndex> = std::thread::scope(|scope| {
        let builds: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| build(&FaqOptions::default())))
            .collect();
        builds.into_iter().map(|build| build.join().unwrap()).collect()
    });
    let alone = build(&FaqOptions::default());
    for faq in &indexes {
        assert_eq!(faq.fingerprint(), alone.fingerprint());
        for message in ["身份证到期", "公积金户口", "二胎宝宝落户口", "补办"] {
            let bits = |faq: &FaqIndex| -> Vec<(String, u64)> {
                let found = ask(faq, message).into_iter();
                found
                    .map(|one| (one.id.to_string(), one.confidence.to_bits()))
                    .collect()
            };
            assert!(!bits(faq).is_empty(), "{message}");
            assert_eq!(bits(faq), bits(&alone), "{message}");
        }
    }
}

#[test]
fn the_cached_form_gives_the_same_results() {
    let folder = tempfile::tempdir().unwrap();
    let learnt = build(&cached(folder.path()));
    let written = || -> Vec<_> {
        let kept = ["term", "idx", "model"].map(|extension| files(folder.path(), extension));
        assert!(kept.iter().all(|files| files.len() == 1), "{kept:?}");
        let times = kept
            .iter()
            .flatten()
            .map(|file| fs::metadata(file).unwrap().modified().unwrap());
        times.collect()
    };
    let before = written();
    let kept = build(&cached(folder.path()));
    assert_eq!(written(), before);
    assert_eq!(
        ask(&kept, "身份证过期了怎么换"),
        ask(&learnt, "身份证过期了怎么换")
    );
}

#[test]
fn a_damaged_cache_file_is_learnt_again_and_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let learnt = build(&cached(folder.path()));
    let file = files(folder.path(), "model").remove(0);
    let whole = fs::read(&file).unwrap();
    for damage in [
        whole[..whole.len() / 2].to_vec(),
        Vec::new(),
        [&whole[..40], &[1], &whole[41..]].concat(),
    ] {
        fs::write(&file, &damage).unwrap();
        let again = build(&cached(folder.path()));
        assert_eq!(
            ask(&again, "身份证过期了怎么换"),
            ask(&learnt, "身份证过期了怎么换")
        );
        assert_eq!(fs::read(&file).unwrap(), whole);
    }
}

#[test]
fn each_bank_has_its_own_cache_file() {
    let folder = tempfile::tempdir().unwrap();
    build(&cached(folder.path()));
    let mut other = bank();
    other[0].phrasings.push("丢了身份证".to_owned());
    FaqIndex::build(&other, &[], &cached(folder.path())).unwrap();
    FaqIndex::build(
        &bank(),
        &[vec!["公积金".into(), "住房公积金".into()]],
        &cached(folder.path()),
    )
    .unwrap();
    assert_eq!(files(folder.path(), "json").len(), 3);
}

#[test]
fn a_cache_file_of_another_bank_is_not_trusted() {
    let folder = tempfile::tempdir().unwrap();
    build(&cached(folder.path()));
    let first = files(folder.path(), "json").remove(0);
    let mut other = bank();
    other.reverse();
    let learnt = FaqIndex::build(&other, &[], &FaqOptions::default()).unwrap();
    FaqIndex::build(&other, &[], &cached(folder.path())).unwrap();
    let kept = files(folder.path(), "json");
    let second = kept.into_iter().find(|file| *file != first).unwrap();
    // The name consists of the bank's fingerprint and a hash of the content.
    let (_, hash) = first
        .file_name()
        .unwrap()
        .to_str()
        .unwrap()
        .split_once('-')
        .unwrap();
    let renamed = folder.path().join(format!("{}-{hash}", learnt.fingerprint()));
    for place in [&second, &renamed] {
        fs::copy(&first, place).unwrap();
        let again = FaqIndex::build(&other, &[], &cached(folder.path())).unwrap();
        for message in other.iter().flat_map(|entry| &entry.phrasings) {
            let best = |faq: &FaqIndex| faq.search(&fold(message), &|_| true, 3).unwrap();
            assert_eq!(best(&again), best(&learnt));
        }
        fs::remove_file(place).unwrap();
    }
}

#[test]
fn a_cache_folder_that_cannot_be_written_changes_no_result() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let faq = build(&cached(&file));
    assert_eq!(ask(&faq, "公积金怎么提取")[0].id.as_str(), "fund");
}
