//! The folder of the FAQ: its files, incremental indexing, repair, pruning, and concurrent processes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use civic_reply::faq::{Candidate, Entry, FaqIndex, FaqOptions};
use civic_reply::text::fold;
use tantivy::directory::{Directory, RamDirectory};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, Index, TERMINATED, Term};

const QUESTIONS: [&str; 12] = [
    "身份证丢了怎么补办",
    "公积金怎么提取",
    "新生儿怎么上户口",
    "how do I pay a parking ticket",
    "居住证到期怎么续签",
    "医保卡余额怎么查",
    "老旧小区加装电梯怎么申请",
    "驾驶证换领要什么材料",
    "离婚登记怎么预约",
    "退休金何时发放",
    "路灯不亮找谁修",
    "廉租房申请条件",
];

/// A bank with one phrasing an entry. `changed` lists entries with other phrasings, by number and
/// version.
fn bank(entries: usize, changed: &[(usize, u32)]) -> Vec<Entry> {
    (0..entries)
        .map(|n| {
            let question = QUESTIONS[n % QUESTIONS.len()];
            let change = changed.iter().find(|(entry, _)| *entry == n);
            let text = match change {
                Some((_, version)) => format!("{question}第{n}号窗口改版{version}"),
                None => format!("{question}第{n}号窗口"),
            };
            entry(&format!("entry-{n}"), &[&text])
        })
        .collect()
}

fn entry(id: &str, phrasings: &[&str]) -> Entry {
    Entry {
        id: id.into(),
        phrasings: phrasings.iter().map(|&phrasing| phrasing.to_owned()).collect(),
        answer: Some(format!("请到{id}办理。")),
    }
}

/// A bank with enough phrasings for a classifier.
fn taught() -> Vec<Entry> {
    vec![
        entry(
            "lost",
            &["身份证丢了怎么补办", "补办身份证要什么材料", "身份证遗失去哪补"],
        ),
        entry("fund", &["公积金怎么提取", "租房提取公积金", "公积金能取出来吗"]),
        entry(
            "household",
            &["新生儿怎么上户口", "孩子出生登记户口", "给宝宝上户口要什么"],
        ),
    ]
}

fn inside(folder: &Path) -> FaqOptions {
    let mut options = FaqOptions::default();
    options.cache_dir = Some(folder.to_owned());
    options
}

fn build(bank: &[Entry], folder: &Path) -> FaqIndex {
    FaqIndex::build(bank, &[], &inside(folder)).unwrap()
}

/// The candidates for each question, and for some texts that no entry answers.
fn answers(faq: &FaqIndex) -> Vec<Vec<Candidate>> {
    let questions = QUESTIONS.iter().copied();
    let questions = questions.chain(["第7号窗口在哪", "今天天气真好", "改版2", "lost card"]);
    questions
        .map(|question| faq.search(&fold(question), &|_| true, 10).unwrap())
        .collect()
}

/// Asserts that the index answers like one that was built without a folder.
fn assert_right(faq: &FaqIndex, bank: &[Entry]) {
    let anew = FaqIndex::build(bank, &[], &FaqOptions::default()).unwrap();
    assert_eq!(answers(faq), answers(&anew));
    assert_eq!(faq.fingerprint(), anew.fingerprint());
}

/// The files of the folder with their bytes, except for the lock.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(Result::unwrap);
    files
        .map(|file| {
            (
                file.file_name().into_string().unwrap(),
                fs::read(file.path()).unwrap(),
            )
        })
        .filter(|(name, _)| name != "lock")
        .collect()
}

/// The manifests of one bank, or of all.
fn manifests(folder: &Path, fingerprint: Option<&str>) -> Vec<serde_json::Value> {
    files(folder)
        .into_iter()
        .filter(|(name, _)| name.ends_with(".json") && name.starts_with(fingerprint.unwrap_or_default()))
        .map(|(_, bytes)| serde_json::from_slice(&bytes).unwrap())
        .collect()
}

/// The name of a bank's segment, and its number of documents.
fn segment(folder: &Path, faq: &FaqIndex) -> (String, u64) {
    let manifests = manifests(folder, Some(faq.fingerprint()));
    assert_eq!(manifests.len(), 1);
    let segments = manifests[0]["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 1);
    let id = segments[0]["segment_id"].as_str().unwrap().replace('-', "");
    (id, segments[0]["max_doc"].as_u64().unwrap())
}

#[test]
fn the_folder_is_an_index_that_tantivy_opens() {
    let folder = tempfile::tempdir().unwrap();
    let faq = build(&bank(12, &[]), folder.path());
    let directory = RamDirectory::create();
    for (name, bytes) in files(folder.path()) {
        let name = match name.starts_with(faq.fingerprint()) {
            true => "meta.json",
            false => &name,
        };
        directory.atomic_write(name.as_ref(), &bytes).unwrap();
    }
    let index = Index::open(directory).unwrap();
    assert!(index.validate_checksum().unwrap().is_empty());
    let searcher = index.reader().unwrap().searcher();
    assert_eq!(searcher.num_docs(), 12);
    let term = Term::from_field_text(index.schema().get_field("word").unwrap(), "身份证");
    let inverted = searcher.segment_reader(0).inverted_index(term.field()).unwrap();
    let mut postings = inverted
        .read_postings(&term, IndexRecordOption::Basic)
        .unwrap()
        .unwrap();
    assert_eq!(postings.doc(), 0);
    assert_eq!(postings.advance(), TERMINATED);
}

#[test]
fn a_reload_indexes_only_the_entries_that_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (first, log) = logged(|| build(&bank(40, &[]), folder.path()));
    assert_eq!(log.indexed, Some(40));
    let before = segment(folder.path(), &first);
    assert_eq!(before.1, 40);

    let mut changed = bank(40, &[(3, 1), (17, 1)]);
    changed.remove(30);
    changed.push(entry("new", &["养老金资格认证怎么办", "怎么做养老金认证"]));
    let (second, log) = logged(|| build(&changed, folder.path()));
    assert_eq!(log.indexed, Some(3));
    let after = segment(folder.path(), &second);
    assert_eq!(after.1, 41, "nothing of the former entries is left");
    assert_right(&second, &changed);
    // The former bank still has its own segment.
    let (third, log) = logged(|| build(&bank(40, &[]), folder.path()));
    assert_eq!((log.indexed, log.warnings), (None, 0));
    assert_eq!(segment(folder.path(), &third), before);
}

#[test]
fn without_a_folder_a_reload_indexes_only_the_entries_that_changed() {
    let none = FaqOptions::default();
    let (mut faq, log) = logged(|| FaqIndex::build(&bank(40, &[]), &[], &none).unwrap());
    assert_eq!(log.indexed, Some(40));
    for version in 0..3 {
        let bank = bank(40, &[(version as usize, version)]);
        let (next, log) = logged(|| faq.rebuild(&bank, &[], &none).unwrap());
        // From the second version on, the entry that was changed before is back in its first form, too.
        assert_eq!(log.indexed, Some(if version == 0 { 1 } else { 2 }));
        assert_right(&next, &bank);
        faq = next;
    }
}

#[test]
fn entries_in_another_order_or_with_other_answers_are_not_indexed_again() {
    let folder = tempfile::tempdir().unwrap();
    let first = build(&bank(40, &[]), folder.path());
    let mut other = bank(40, &[]);
    other.reverse();
    other[5].answer = Some("请到居住证窗口。".to_owned());
    let (second, log) = logged(|| build(&other, folder.path()));
    assert_eq!(log.indexed, Some(0));
    assert_ne!(first.fingerprint(), second.fingerprint());
    assert_eq!(segment(folder.path(), &second), segment(folder.path(), &first));
    assert_right(&second, &other);
}

#[test]
fn synonyms_index_only_the_entries_that_hold_them() {
    let folder = tempfile::tempdir().unwrap();
    let bank = bank(12, &[]);
    build(&bank, folder.path());
    let synonyms = [vec!["住房公积金".to_owned(), "公积金".to_owned()]];
    let options = inside(folder.path());
    let (second, log) = logged(|| FaqIndex::build(&bank, &synonyms, &options).unwrap());
    assert_eq!(log.indexed, Some(1));
    let anew = FaqIndex::build(&bank, &synonyms, &FaqOptions::default()).unwrap();
    assert_eq!(answers(&second), answers(&anew));
}

#[test]
fn entries_are_gathered_from_several_banks() {
    let folder = tempfile::tempdir().unwrap();
    let all = bank(40, &[]);
    build(&all[..20], folder.path());
    build(&all[15..30], folder.path());
    let (faq, log) = logged(|| build(&all, folder.path()));
    assert_eq!(log.indexed, Some(10));
    assert_right(&faq, &all);
}

#[test]
fn no_file_is_ever_changed() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for version in 0..6 {
        build(&bank(20, &[(version as usize, version)]), folder.path());
        for (name, bytes) in files(folder.path()) {
            let first = seen.entry(name.clone()).or_insert_with(|| bytes.clone());
            assert!(*first == bytes, "{name} has changed");
        }
    }
}

#[test]
fn a_former_bank_is_found_again_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    for bank in [bank(20, &[]), taught()] {
        let first = build(&bank, folder.path());
        let mut other = bank.clone();
        other[0].phrasings[0].push('呢');
        build(&other, folder.path());
        let before = files(folder.path());
        let again = build(&bank, folder.path());
        assert_eq!(files(folder.path()), before);
        assert_eq!(answers(&again), answers(&first));
        assert_right(&again, &bank);
    }
}

#[test]
fn the_same_bank_gives_the_same_files_in_any_folder() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        build(&taught(), folder.path());
        build(&bank(30, &[]), folder.path());
    }
    assert_eq!(files(one.path()), files(other.path()));
}

#[test]
fn many_reloads_leave_the_answers_right() {
    let folder = tempfile::tempdir().unwrap();
    for version in 0..24 {
        let changed: Vec<(usize, u32)> = (0..=version).map(|n| ((n * 5) as usize % 30, n)).collect();
        let bank = bank(30, &changed);
        let faq = build(&bank, folder.path());
        assert_eq!(segment(folder.path(), &faq).1, 30);
        assert_right(&faq, &bank);
    }
}

#[test]
fn a_smaller_bank_takes_its_entries_from_a_larger_one() {
    let folder = tempfile::tempdir().unwrap();
    build(&bank(40, &[]), folder.path());
    let small = bank(5, &[]);
    let (faq, log) = logged(|| build(&small, folder.path()));
    assert_eq!(log.indexed, Some(0));
    assert_eq!(segment(folder.path(), &faq).1, 5);
    assert_right(&faq, &small);
    let (none, log) = logged(|| build(&[], folder.path()));
    assert_eq!((log.indexed, log.warnings), (Some(0), 0));
    assert!(none.is_empty());
    let (none, log) = logged(|| build(&[], folder.path()));
    assert_eq!((log.indexed, log.warnings), (None, 0));
    assert!(none.is_empty());
}

#[cfg(unix)]
#[test]
fn files_and_folder_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("kept/faq");
    build(&taught(), &folder);
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    let check = || {
        let mut checked = 0;
        for file in fs::read_dir(&folder).unwrap() {
            let path = file.unwrap().path();
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            checked += 1;
        }
        assert!(checked > 6);
        assert_eq!(mode(&folder), 0o700);
    };
    check();
    // Backups that are restored by hand often lose their permissions.
    for name in files(&folder).into_keys() {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(0o644)).unwrap();
    }
    build(&taught(), &folder);
    check();
}

#[test]
fn any_damage_to_any_file_is_repaired() {
    let folder = tempfile::tempdir().unwrap();
    let bank = taught();
    let expected = answers(&build(&bank, folder.path()));
    let sound = files(folder.path());
    assert!(sound.len() > 6);
    for (name, bytes) in &sound {
        let path = folder.path().join(name);
        let middle = bytes.len() / 2;
        let damages = [
            Some(Vec::new()),
            Some(bytes[..bytes.len() - 1].to_vec()),
            Some(bytes[..middle].to_vec()),
            Some([&bytes[..middle], &[bytes[middle] ^ 1], &bytes[middle + 1..]].concat()),
            Some([&bytes[..], &[0]].concat()),
            None,
        ];
        for damage in damages {
            match &damage {
                Some(bytes) => fs::write(&path, bytes).unwrap(),
                None => fs::remove_file(&path).unwrap(),
            }
            let (faq, log) = logged(|| build(&bank, folder.path()));
            assert_eq!(answers(&faq), expected, "{name}");
            assert_eq!(files(folder.path()), sound, "{name}");
            // Without its manifest, a bank is not known.
            let silent = name.ends_with(".json") && damage.is_none();
            assert_eq!(log.warnings > 0, !silent, "{name}: {damage:?}");
        }
    }
}

#[test]
fn a_strange_folder_is_used_and_what_is_strange_in_it_stays() {
    let folder = tempfile::tempdir().unwrap();
    let bank = taught();
    let fingerprint = FaqIndex::build(&bank, &[], &FaqOptions::default())
        .unwrap()
        .fingerprint()
        .to_owned();
    let strange = [
        ("meta.json", "{}".to_owned()),
        ("readme.txt", "a host's own".to_owned()),
        ("desk.tmp", "a host's own".to_owned()),
        ("0123.term", "another's".to_owned()),
    ];
    for (name, content) in &strange {
        fs::write(folder.path().join(name), content).unwrap();
    }
    fs::create_dir(folder.path().join("ab".repeat(16) + ".idx")).unwrap();
    let claimed = format!("{fingerprint}-{}.json", "0".repeat(32));
    fs::write(folder.path().join(&claimed), "{\"segments\": 7}").unwrap();
    let (faq, log) = logged(|| build(&bank, folder.path()));
    assert!(log.warnings > 0);
    assert_right(&faq, &bank);
    for (name, content) in &strange {
        assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), *content);
    }
    assert!(
        !folder.path().join(&claimed).exists(),
        "a damaged manifest is removed"
    );
}

#[test]
fn a_missing_folder_is_made_and_one_that_cannot_be_made_is_done_without() {
    let outside = tempfile::tempdir().unwrap();
    let (faq, log) = logged(|| build(&taught(), &outside.path().join("a/b")));
    assert!(log.warnings > 0);
    assert_right(&faq, &taught());
    let file = outside.path().join("file");
    fs::write(&file, "").unwrap();
    let (faq, log) = logged(|| build(&taught(), &file));
    assert!(log.warnings > 0);
    assert_right(&faq, &taught());
}

#[test]
fn what_an_interrupted_write_left_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    build(&bank(10, &[]), folder.path());
    let sound = files(folder.path());
    let left = [
        format!("{}.tmp", uuid::Uuid::new_v4()),
        format!("{}.term", "5a".repeat(16)),
        format!("{}.model", "5a".repeat(32)),
        // The cache of an earlier version.
        format!("faq-{}.bin", "5a".repeat(32)),
    ];
    for name in &left {
        fs::write(folder.path().join(name), "half").unwrap();
    }
    build(&bank(10, &[(0, 1)]), folder.path());
    let now = files(folder.path());
    assert!(
        left.iter().all(|name| !now.contains_key(name)),
        "{:?}",
        now.keys()
    );
    assert!(sound.iter().all(|(name, bytes)| now.get(name) == Some(bytes)));
}

#[test]
fn pruning_keeps_banks_in_use_and_the_last_ones_used() {
    let folder = tempfile::tempdir().unwrap();
    let in_use = bank(10, &[(0, 100)]);
    let held = build(&in_use, folder.path());
    let unused = bank(10, &[(1, 100)]);
    let dropped = build(&unused, folder.path()).fingerprint().to_owned();
    for version in 0..12 {
        // The times of use must differ in the file system's resolution.
        std::thread::sleep(Duration::from_millis(5));
        build(&bank(10, &[(2, version)]), folder.path());
    }
    assert_eq!(manifests(folder.path(), Some(&dropped)).len(), 0);
    assert_eq!(
        manifests(folder.path(), None).len(),
        9,
        "eight, and the one in use"
    );
    let before = files(folder.path());
    let again = build(&in_use, folder.path());
    assert_eq!(
        files(folder.path()),
        before,
        "nothing of the bank in use was missing"
    );
    assert_eq!(answers(&again), answers(&held));
    drop((held, again));
    for version in 12..24 {
        std::thread::sleep(Duration::from_millis(5));
        build(&bank(10, &[(2, version)]), folder.path());
    }
    assert_eq!(manifests(folder.path(), None).len(), 8);
    assert_all_needed(folder.path());
}

/// Asserts that the folder has all files that a manifest names, and no others.
fn assert_all_needed(folder: &Path) {
    let mut named = BTreeSet::new();
    for manifest in manifests(folder, None) {
        for segment in manifest["segments"].as_array().unwrap() {
            named.insert(segment["segment_id"].as_str().unwrap().replace('-', ""));
        }
        let payload: serde_json::Value = serde_json::from_str(manifest["payload"].as_str().unwrap()).unwrap();
        named.insert(payload["model"].as_str().unwrap().to_owned());
    }
    let present: BTreeSet<String> = files(folder)
        .into_keys()
        .filter(|name| !name.ends_with(".json"))
        .map(|name| name.split('.').next().unwrap().to_owned())
        .collect();
    assert_eq!(present, named);
}

#[test]
fn threads_that_build_and_prune_at_once_get_the_right_answers() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4_u32 {
            let folder = folder.path();
            scope.spawn(move || {
                for version in 0..8 {
                    let bank = bank(12, &[(thread as usize, version), (5, version % 3)]);
                    let faq = build(&bank, folder);
                    assert_right(&faq, &bank);
                    let again = build(&bank, folder);
                    assert_eq!(answers(&again), answers(&faq));
                }
            });
        }
    });
    build(&bank(12, &[]), folder.path());
    assert_all_needed(folder.path());
}

/// The folder in which a child process works, and the child's number.
const FOLDER: &str = "CIVIC_REPLY_TEST_FAQ_FOLDER";
const CHILD: &str = "CIVIC_REPLY_TEST_FAQ_CHILD";

/// Builds several banks in the folder of the parent test. Without a parent, it uses a folder of its
/// own.
#[test]
fn work_in_the_child() {
    let own = tempfile::tempdir().unwrap();
    let folder = std::env::var_os(FOLDER).map_or(own.path().to_owned(), PathBuf::from);
    let child = std::env::var(CHILD).map_or(0, |child| child.parse().unwrap());
    for version in 0..10 {
        let bank = bank(12, &[(child, version), (6, version % 4)]);
        let faq = build(&bank, &folder);
        assert_right(&faq, &bank);
        let (again, log) = logged(|| build(&bank, &folder));
        assert_eq!(log.warnings, 0, "a bank in use is neither pruned nor damaged");
        assert_eq!(answers(&again), answers(&faq));
    }
}

fn spawn_child(folder: &Path, number: usize) -> Child {
    let module = module_path!()
        .split_once("::")
        .map(|(_, rest)| format!("{rest}::"));
    let name = format!("{}work_in_the_child", module.unwrap_or_default());
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", &name, "--test-threads=1"])
        .env(FOLDER, folder)
        .env(CHILD, number.to_string())
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()
        .unwrap()
}

#[test]
fn processes_that_build_and_prune_at_once_get_the_right_answers() {
    let folder = tempfile::tempdir().unwrap();
    let children: Vec<Child> = (0..3).map(|n| spawn_child(folder.path(), n)).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    build(&bank(12, &[]), folder.path());
    assert_all_needed(folder.path());
}

#[test]
fn a_killed_process_leaves_a_folder_that_serves() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..6 {
        let mut child = spawn_child(folder.path(), round);
        std::thread::sleep(Duration::from_millis(150 + 130 * round as u64));
        child.kill().unwrap();
        child.wait().unwrap();
        let bank = bank(12, &[(round, 0), (6, 0)]);
        assert_right(&build(&bank, folder.path()), &bank);
        assert_all_needed_or_kept(folder.path());
    }
}

/// Asserts that the segments of all manifests exist. A killed process may leave other files.
fn assert_all_needed_or_kept(folder: &Path) {
    let present: BTreeSet<String> = files(folder)
        .into_keys()
        .map(|name| name.split('.').next().unwrap().to_owned())
        .collect();
    for manifest in manifests(folder, None) {
        for segment in manifest["segments"].as_array().unwrap() {
            let id = segment["segment_id"].as_str().unwrap().replace('-', "");
            assert!(present.contains(&id), "{id}");
        }
    }
}

/// The log of a build.
#[derive(Clone, Copy, Default)]
struct Log {
    warnings: usize,
    /// The number of entries that were indexed; `None` if the bank was loaded.
    indexed: Option<u64>,
}

/// The result of `work`, and its log on this thread.
fn logged<T>(work: impl FnOnce() -> T) -> (T, Log) {
    let listener = Listener::default();
    let log = Arc::clone(&listener.0);
    let result = tracing::subscriber::with_default(listener, work);
    let log = *log.lock().unwrap();
    (result, log)
}

/// Collects the events of this crate.
#[derive(Default)]
struct Listener(Arc<Mutex<Log>>);

impl tracing::Subscriber for Listener {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target().starts_with("civic_reply")
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut log = self.0.lock().unwrap();
        if *event.metadata().level() == tracing::Level::WARN {
            log.warnings += 1;
        }
        event.record(&mut *log);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

impl tracing::field::Visit for Log {
    fn record_u64(&mut self, field: &tracing::field::Field, value: u64) {
        if field.name() == "indexed" {
            self.indexed = Some(value);
        }
    }

    fn record_debug(&mut self, _: &tracing::field::Field, _: &dyn std::fmt::Debug) {}
}
