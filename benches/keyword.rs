//! The keyword stage beside a `str::contains` loop, plain `aho-corasick`, and daachorse.
//!
//! `cargo bench --bench keyword`. All must find the same rules by the same keywords in the same order
//! before they are timed. The peers search the folded text only: they don't map positions back to the
//! original, and know neither specificity nor words for a person.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench prints its figures, and panics when an answer is wrong"
)]
#![allow(clippy::indexing_slicing, reason = "a bench panics when an answer is wrong")]

mod common;
#[path = "common/keywords.rs"]
mod keywords;

use std::hint::black_box;
use std::time::Instant;

use aho_corasick::AhoCorasick;
use civic_reply::keyword::{KeywordIndex, MatchContext};
use civic_reply::message::{AccountId, MAX_CHARS};
use civic_reply::rulebook::{Location, PersonWords, Rule, RuleOutcome, Validity, When};
use civic_reply::text::{Folded, fold};
use criterion::{Criterion, criterion_group, criterion_main};
use daachorse::CharwiseDoubleArrayAhoCorasick;
use jiff::civil::{Date, date};

const TODAY: Date = date(2026, 11, 23);
const MESSAGES: usize = 500;
const MESSAGE_CHARS: usize = 100;
/// Keywords per rule: three or four in `any`, one in `none`, and in every fifth rule one in `all`.
const KEYWORDS_PER_RULE: usize = 5;

fn rules(keywords: &[String]) -> Vec<Rule> {
    let rule = |(n, words): (usize, &[String])| Rule {
        id: format!("rule-{n}").as_str().into(),
        theme: "theme".into(),
        accounts: Vec::new(),
        priority: 0,
        valid: Validity::default(),
        when: When {
            any: words[..if n % 5 == 0 { 3 } else { 4 }].to_vec(),
            // Every fifth rule wants two words.
            all: if n % 5 == 0 {
                vec![words[3..4].to_vec()]
            } else {
                Vec::new()
            },
            none: words[4..].to_vec(),
            ..When::default()
        },
        outcome: RuleOutcome::reply(format!("answer {n}")),
        source: None,
        checked: None,
        examples: Vec::new(),
        counterexamples: Vec::new(),
        location: Location::default(),
    };
    keywords
        .chunks_exact(KEYWORDS_PER_RULE)
        .enumerate()
        .map(rule)
        .collect()
}

/// The rules that fire, each with its keywords in the order of the text.
type Answer = Vec<(usize, Vec<String>)>;

/// A rulebook for the peers: the keywords, and for each the rules that use it.
struct Peer {
    patterns: Vec<String>,
    uses: Vec<Vec<(usize, u8)>>,
    rules: Vec<Rule>,
}

const ANY: u8 = 0;
const ALL: u8 = 1;
const NONE: u8 = 2;

impl Peer {
    fn new(rules: &[Rule]) -> Self {
        let mut peer = Self {
            patterns: Vec::new(),
            uses: Vec::new(),
            rules: rules.to_vec(),
        };
        for (n, rule) in rules.iter().enumerate() {
            let parts = [(ANY, &rule.when.any), (NONE, &rule.when.none)];
            let groups = rule.when.all.iter().map(|group| (ALL, group));
            for (slot, words) in parts.into_iter().chain(groups) {
                for word in words {
                    peer.patterns.push(word.clone());
                    peer.uses.push(vec![(n, slot)]);
                }
            }
        }
        peer
    }

    /// The rules that hold, given the first position of each keyword found.
    fn evaluate(&self, found: &[(usize, usize)]) -> Answer {
        let mut touched: Vec<(usize, u8, usize, usize)> = found
            .iter()
            .flat_map(|&(pattern, at)| {
                self.uses[pattern]
                    .iter()
                    .map(move |&(rule, slot)| (rule, slot, at, pattern))
            })
            .collect();
        touched.sort_unstable();
        touched
            .chunk_by(|one, other| one.0 == other.0)
            .filter(|uses| {
                let rule = &self.rules[uses[0].0];
                let has = |wanted| uses.iter().any(|&(_, slot, ..)| slot == wanted);
                rule.valid.holds_on(TODAY)
                    && rule.accounts.is_empty()
                    && has(ANY)
                    && (rule.when.all.is_empty() || has(ALL))
                    && !has(NONE)
            })
            .map(|uses| {
                let mut hits: Vec<(usize, usize)> =
                    uses.iter().map(|&(_, _, at, pattern)| (at, pattern)).collect();
                hits.sort_by_key(|&(at, pattern)| (at, self.patterns[pattern].len()));
                (
                    uses[0].0,
                    hits.iter()
                        .map(|&(_, pattern)| self.patterns[pattern].clone())
                        .collect(),
                )
            })
            .collect()
    }

    fn contains(&self, text: &str) -> Answer {
        let found: Vec<(usize, usize)> = self
            .patterns
            .iter()
            .enumerate()
            .filter(|(_, pattern)| text.contains(pattern.as_str()))
            .map(|(n, pattern)| (n, text.find(pattern.as_str()).unwrap_or(0)))
            .collect();
        self.evaluate(&found)
    }

    fn first(&self, hits: impl Iterator<Item = (usize, usize)>) -> Answer {
        let mut found: Vec<(usize, usize)> = hits.collect();
        found.sort_unstable();
        found.dedup_by_key(|&mut (pattern, _)| pattern);
        self.evaluate(&found)
    }

    fn aho_corasick(&self, automaton: &AhoCorasick, text: &str) -> Answer {
        self.first(
            automaton
                .find_overlapping_iter(text)
                .map(|hit| (hit.pattern().as_usize(), hit.start())),
        )
    }

    fn daachorse(&self, automaton: &CharwiseDoubleArrayAhoCorasick<u32>, text: &str) -> Answer {
        self.first(
            automaton
                .find_overlapping_iter(text)
                .map(|hit| (hit.value() as usize, hit.start())),
        )
    }
}

fn ours(index: &KeywordIndex, rules: &[Rule], folded: &Folded<'_>, context: MatchContext<'_>) -> Answer {
    index
        .matches(folded, rules, context)
        .fired
        .into_iter()
        .map(|fired| {
            (
                fired.rule,
                fired.hits.into_iter().map(|hit| hit.keyword).collect(),
            )
        })
        .collect()
}

/// The resident memory of the process in MiB; `None` where the system has no such figure.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<usize>().ok()? / 1024)
}

fn matching(c: &mut Criterion) {
    println!("keyword: rules by their keywords, beside str::contains, plain aho-corasick and daachorse");
    let all = common::messages();
    let (written, asked) = all.split_at(all.len() / 2);
    let account = AccountId::new("gov");
    let context = MatchContext::new(&account, TODAY);
    let texts: Vec<String> = asked
        .iter()
        .map(|text| text.chars().take(MESSAGE_CHARS).collect::<String>())
        .filter(|text| fold(text).chars() >= MESSAGE_CHARS * 9 / 10)
        .take(MESSAGES)
        .collect();
    let folded: Vec<Folded<'_>> = texts.iter().map(|text| fold(text)).collect();
    // In random order; the small rulebooks are parts of the large ones.
    let pool = keywords::pieces(written, 130_000);
    println!("{} messages, {} keywords", folded.len(), pool.len());

    let mut sets = Vec::new();
    // The small rulebook and 99,000 keywords that no message contains: the cost of their presence alone.
    let asked: String = folded
        .iter()
        .map(|text| text.as_str())
        .collect::<Vec<_>>()
        .join("\n");
    let (few, more) = pool.split_at(1_000);
    let quiet = more.iter().filter(|word| !asked.contains(word.as_str()));
    let quiet: Vec<String> = few.iter().chain(quiet).take(100_000).cloned().collect();
    let cuts = [&pool[..1_000], &pool[..10_000], &pool[..100_000], &quiet];
    for keywords in cuts {
        let rules = rules(keywords);
        let before = resident();
        let start = Instant::now();
        let index = KeywordIndex::build(&rules, &PersonWords::default(), &[], MAX_CHARS).unwrap();
        let built = start.elapsed();
        let grown = resident()
            .zip(before)
            .map(|(after, before)| after.saturating_sub(before));
        let peer = Peer::new(&rules);
        let plain = AhoCorasick::new(&peer.patterns).unwrap();
        let charwise = CharwiseDoubleArrayAhoCorasick::<u32>::new(&peer.patterns).unwrap();
        let (mut fired, mut hits) = (0, 0);
        for message in &folded {
            let answer = ours(&index, &rules, message, context);
            assert_eq!(peer.contains(message.as_str()), answer, "{}", message.as_str());
            assert_eq!(peer.aho_corasick(&plain, message.as_str()), answer);
            assert_eq!(peer.daachorse(&charwise, message.as_str()), answer);
            fired += answer.len();
            hits += plain.find_overlapping_iter(message.as_str()).count();
        }
        println!(
            "{} rules, {} keywords: built in {built:.2?}, {} MiB more resident; \
             {:.1} hits, {:.1} rules a message",
            rules.len(),
            index.keywords(),
            grown.map_or("?".to_owned(), |grown| grown.to_string()),
            hits as f64 / folded.len() as f64,
            fired as f64 / folded.len() as f64,
        );
        sets.push((rules, index, peer, plain, charwise));
    }

    let mut group = c.benchmark_group("keyword");
    group.sample_size(10);
    for (rules, index, peer, plain, charwise) in &sets[..3] {
        let count = peer.rules.len() * KEYWORDS_PER_RULE;
        let each = |run: &dyn Fn(&Folded<'_>) -> usize| {
            folded.iter().map(|text| run(black_box(text))).sum::<usize>()
        };
        let by_index = |text: &Folded<'_>| ours(index, rules, text, context).len();
        let by_plain = |text: &Folded<'_>| peer.aho_corasick(plain, text.as_str()).len();
        let by_charwise = |text: &Folded<'_>| peer.daachorse(charwise, text.as_str()).len();
        let by_contains = |text: &Folded<'_>| peer.contains(text.as_str()).len();
        group.bench_function(format!("{count}/index"), |b| b.iter(|| each(&by_index)));
        group.bench_function(format!("{count}/aho-corasick"), |b| b.iter(|| each(&by_plain)));
        group.bench_function(format!("{count}/daachorse charwise"), |b| {
            b.iter(|| each(&by_charwise))
        });
        if count == 1_000 {
            group.bench_function(format!("{count}/contains"), |b| b.iter(|| each(&by_contains)));
        }
        let rounds = if count == 1_000 { 20 } else { 5 };
        common::compare(
            &format!("{count} keywords: time per message, and its ratio to the index"),
            folded.len(),
            rounds,
            &mut [
                ("index", &mut || _ = black_box(each(&by_index))),
                ("aho-corasick, rule evaluation", &mut || {
                    _ = black_box(each(&by_plain))
                }),
                ("daachorse charwise, rule evaluation", &mut || {
                    _ = black_box(each(&by_charwise))
                }),
                ("str::contains loop, rule evaluation", &mut || {
                    _ = black_box(each(&by_contains))
                }),
            ],
        );
    }
    group.finish();

    let stage = |n: usize| {
        let (rules, index, ..) = &sets[n];
        let fired = folded
            .iter()
            .map(|text| ours(index, rules, black_box(text), context).len());
        _ = black_box(fired.sum::<usize>());
    };
    common::compare(
        "index by number of keywords: time per message, and its ratio to 1,000",
        folded.len(),
        100,
        &mut [
            ("1,000", &mut || stage(0)),
            ("10,000", &mut || stage(1)),
            ("100,000", &mut || stage(2)),
            ("100,000, those added match no message", &mut || stage(3)),
        ],
    );
}

criterion_group! {
    name = benches;
    config = common::criterion();
    targets = matching
}
criterion_main!(benches);
