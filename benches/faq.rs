//! Compares the FAQ stage, which reads tantivy's postings, with a scan of postings that are decoded
//! into memory, with tantivy's own searches, with a BM25 loop and with SQLite's full-text search.
//!
//! All search the same phrasings for the same messages, and all except SQLite use the same tokens. The
//! answers of every peer are checked before it is timed. The two slowest peers get every tenth message,
//! and the stage beside them the same ones.
//!
//! The stage would decode the postings at load if that made it at least twice as fast at 10,000 and at
//! 100,000 phrasings.

#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench prints, and fails by panicking"
)]

mod common;
#[path = "faq/scan.rs"]
mod scan;

use std::collections::{BTreeSet, HashMap};
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use civic_reply::faq::{Entry, FaqIndex, FaqOptions};
use civic_reply::text::{TokenKind, Tokens, fold};
use tantivy::collector::{Count, TopDocs};
use tantivy::query::{BooleanQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::{Index, Searcher, TantivyDocument, Term};

/// A build without optimization only checks the answers.
const SIZES: &[usize] = if cfg!(debug_assertions) {
    &[1_000]
} else {
    &[10_000, 100_000]
};
const MESSAGES: usize = 200;

/// The length of a short message in characters, as of a question that is typed into a phone.
const SHORT: usize = 20;

/// Distinct short phrasings, made from clauses of the texts, and from pairs of clauses if there are too
/// few.
fn phrasings(texts: &[String], count: usize) -> Vec<String> {
    let clauses: Vec<&str> = texts
        .iter()
        .flat_map(|text| text.split(['，', '。', '？', '！', '\n', ',', '?', '；', '、']))
        .map(str::trim)
        .filter(|clause| {
            (6..=24).contains(&clause.chars().count()) && !Tokens::of(fold(clause).as_str()).is_empty()
        })
        .collect::<BTreeSet<_>>()
        .into_iter()
        .collect();
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    let singles = clauses.iter().map(|clause| (*clause).to_owned());
    let pairs = (1..).flat_map(|step| {
        let clauses = &clauses;
        (0..clauses.len())
            .map(move |n| format!("{}{}", clauses[n], clauses[(n * 7 + step * 13) % clauses.len()]))
    });
    for phrasing in singles.chain(pairs) {
        if out.len() == count {
            break;
        }
        if seen.insert(fold(&phrasing).bare()) {
            out.push(phrasing);
        }
    }
    out
}

/// The distinct tokens of a message, each with its kind.
fn tokens(text: &str) -> Vec<(TokenKind, String)> {
    let tokens = Tokens::of(fold(text).as_str());
    let mut tokens: Vec<(TokenKind, &str)> = tokens.iter().collect();
    tokens.sort_unstable();
    tokens.dedup();
    tokens
        .into_iter()
        .map(|(kind, token)| (kind, token.to_owned()))
        .collect()
}

struct Tantivy {
    searcher: Searcher,
    fields: HashMap<TokenKind, Field>,
    id: Field,
}

impl Tantivy {
    fn build(phrasings: &[String]) -> Self {
        let mut schema = Schema::builder();
        let id = schema.add_text_field("id", STRING | STORED);
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_index_option(IndexRecordOption::WithFreqs);
        let options = TextOptions::default().set_indexing_options(indexing);
        let fields: HashMap<_, _> = TokenKind::ALL
            .map(|kind| (kind, schema.add_text_field(&format!("{kind:?}"), options.clone())))
            .into();
        let index = Index::create_in_ram(schema.build());
        let mut writer = index
            .writer_with_num_threads::<TantivyDocument>(1, 256 << 20)
            .unwrap();
        for (n, phrasing) in phrasings.iter().enumerate() {
            let mut document = TantivyDocument::new();
            document.add_text(id, n.to_string());
            for (kind, token) in tokens(phrasing) {
                document.add_text(fields[&kind], token);
            }
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        let searcher = index.reader().unwrap().searcher();
        Self { searcher, fields, id }
    }

    fn query(&self, message: &str) -> BooleanQuery {
        let clauses = tokens(message)
            .into_iter()
            .map(|(kind, token)| {
                let term = Term::from_field_text(self.fields[&kind], &token);
                let query: Box<dyn Query> = Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs));
                (Occur::Should, query)
            })
            .collect();
        BooleanQuery::new(clauses)
    }

    fn ids(&self, found: Vec<(f32, tantivy::DocAddress)>) -> Vec<usize> {
        found
            .into_iter()
            .map(|(_, address)| {
                let document: TantivyDocument = self.searcher.doc(address).unwrap();
                document
                    .get_first(self.id)
                    .unwrap()
                    .as_str()
                    .unwrap()
                    .parse()
                    .unwrap()
            })
            .collect()
    }

    fn best(&self, message: &str) -> Vec<usize> {
        let top = TopDocs::with_limit(10).order_by_score();
        self.ids(self.searcher.search(&self.query(message), &top).unwrap())
    }

    fn best_of_all(&self, message: &str) -> Vec<usize> {
        let top = TopDocs::with_limit(10).order_by_score();
        self.ids(
            self.searcher
                .search(&self.query(message), &(top, Count))
                .unwrap()
                .0,
        )
    }
}

/// BM25 with the usual constants, over postings in memory.
struct Plain {
    postings: HashMap<(TokenKind, String), Vec<u32>>,
    lengths: Vec<f32>,
    mean: f32,
}

impl Plain {
    fn build(phrasings: &[String]) -> Self {
        let mut postings: HashMap<_, Vec<u32>> = HashMap::new();
        let mut lengths = Vec::new();
        for (n, phrasing) in phrasings.iter().enumerate() {
            let tokens = tokens(phrasing);
            lengths.push(tokens.len() as f32);
            for token in tokens {
                postings.entry(token).or_default().push(n as u32);
            }
        }
        let mean = lengths.iter().sum::<f32>() / lengths.len() as f32;
        Self {
            postings,
            lengths,
            mean,
        }
    }

    fn best(&self, message: &str) -> Vec<usize> {
        let mut scores = vec![0.0_f32; self.lengths.len()];
        let count = self.lengths.len() as f32;
        for token in tokens(message) {
            if let Some(postings) = self.postings.get(&token) {
                let holding = postings.len() as f32;
                let weight = (1.0 + (count - holding + 0.5) / (holding + 0.5)).ln();
                for &n in postings {
                    let length = 1.2 * (0.25 + 0.75 * self.lengths[n as usize] / self.mean);
                    scores[n as usize] += weight * 2.2 / (1.0 + length);
                }
            }
        }
        let mut best: Vec<usize> = (0..scores.len()).collect();
        let order = |a: &usize, b: &usize| scores[*b].total_cmp(&scores[*a]);
        if best.len() > 10 {
            best.select_nth_unstable_by(10, order);
            best.truncate(10);
        }
        best.sort_by(order);
        best
    }
}

/// SQLite's FTS5 with its trigram tokenizer.
struct Fts5 {
    database: rusqlite::Connection,
}

impl Fts5 {
    fn build(phrasings: &[String]) -> Self {
        let database = rusqlite::Connection::open_in_memory().unwrap();
        database
            .execute_batch("create virtual table faq using fts5(text, tokenize = 'trigram'); begin")
            .unwrap();
        for (n, phrasing) in phrasings.iter().enumerate() {
            database
                .execute(
                    "insert into faq(rowid, text) values (?, ?)",
                    (n as i64, fold(phrasing).bare()),
                )
                .unwrap();
        }
        database.execute_batch("commit").unwrap();
        Self { database }
    }

    fn best(&self, message: &str) -> Vec<usize> {
        let chars: Vec<char> = fold(message).bare().chars().collect();
        let grams: BTreeSet<String> = chars
            .windows(3)
            .map(|gram| format!("\"{}\"", String::from_iter(gram)))
            .collect();
        let query = grams.into_iter().collect::<Vec<_>>().join(" OR ");
        let mut statement = self
            .database
            .prepare_cached("select rowid from faq where faq match ? order by rank limit 10")
            .unwrap();
        let rows = statement.query_map([query], |row| row.get::<_, i64>(0)).unwrap();
        rows.map(|row| row.unwrap() as usize).collect()
    }
}

fn own(faq: &FaqIndex, message: &str) -> Vec<usize> {
    faq.search(&fold(message), &|_| true, 10)
        .unwrap()
        .into_iter()
        .map(|found| found.entry)
        .collect()
}

/// Returns the numbers of the ten best phrasings for a message.
type Search<'s> = &'s dyn Fn(&str) -> Vec<usize>;

/// The number of rounds, by the number of phrasings.
fn rounds(size: usize) -> usize {
    if size < 100_000 { 5 } else { 2 }
}

/// The slow peers get one of this many messages.
const EVERY: usize = 10;

fn main() {
    if scan::was_child() {
        return;
    }
    println!(
        "The FAQ stage, which reads tantivy's postings, beside postings decoded into memory, tantivy's searches, a \
         BM25 loop and SQLite FTS5"
    );
    let texts = common::messages();
    let step = (texts.len() / MESSAGES).max(1);
    let messages: Vec<&str> = texts
        .iter()
        .step_by(step)
        .take(MESSAGES)
        .map(String::as_str)
        .collect();
    for &size in SIZES {
        let phrasings = phrasings(&texts, size);
        assert_eq!(phrasings.len(), size);
        let entries: Vec<Entry> = phrasings
            .iter()
            .enumerate()
            .map(|(n, phrasing)| Entry {
                id: format!("{n:06}").as_str().into(),
                phrasings: vec![phrasing.clone()],
                answer: None,
            })
            .collect();
        let folder = tempfile::tempdir().unwrap();
        let faq = load(size, &entries, folder.path());
        both_ways(size, &faq, folder.path(), &messages);
        peers(size, &faq, &phrasings, &messages);
    }
}

/// Builds the index in the folder and loads it, and prints the time of each. Also prints the time and
/// the memory of the postings both ways.
fn load(size: usize, entries: &[Entry], folder: &Path) -> FaqIndex {
    let mut options = FaqOptions::default();
    options.cache_dir = Some(folder.to_owned());
    let timed = |title: &str, entries: &[Entry]| {
        let start = Instant::now();
        let faq = FaqIndex::build(entries, &[], &options).unwrap();
        println!("  {title:<44} {:>10.0} ms", start.elapsed().as_secs_f64() * 1e3);
        faq
    };
    println!("{size} phrasings: a load");
    timed("indexed and learnt", entries);
    let faq = timed("from the folder", entries);
    let mut changed = entries.to_vec();
    changed[0].phrasings[0].push('改');
    timed("one entry changed, and learnt", &changed);
    println!("{size} phrasings: the postings, each way in a process of its own");
    for way in scan::WAYS {
        println!("  {way:<44} {}", scan::in_child(way, folder, faq.fingerprint()));
    }
    faq
}

/// Compares the scan both ways, on full messages and on their first characters.
fn both_ways(size: usize, faq: &FaqIndex, folder: &Path, messages: &[&str]) {
    let read = scan::Read::open(folder, faq.fingerprint());
    let decoded = scan::Decoded::of(&read);
    let corpus = scan::Corpus::of(&read);
    let short: Vec<String> = messages
        .iter()
        .map(|text| text.chars().take(SHORT).collect())
        .collect();
    let short: Vec<&str> = short.iter().map(String::as_str).collect();
    for (kind, messages) in [("a message", messages), ("its first 20 characters", &short)] {
        let mut scratch = scan::Scratch::default();
        for message in messages {
            let (best, similarity) = corpus.scan(&read, message, &mut scratch);
            assert_eq!((best, similarity), corpus.scan(&decoded, message, &mut scratch));
            let found = faq.search(&fold(message), &|_| true, 30).unwrap();
            let stage = found
                .iter()
                .map(|found| found.measures.similarity)
                .fold(0.0, f64::max);
            assert!(
                (stage - f64::from(similarity)).abs() < 1e-6,
                "{stage} {similarity}: {message}"
            );
        }
        let (mut one, mut other) = (scan::Scratch::default(), scan::Scratch::default());
        common::compare(
            &format!("{size} phrasings: {kind}, and how many times the scan decoded into memory"),
            messages.len(),
            rounds(size),
            &mut [
                ("its scan, decoded into memory", &mut || {
                    for message in messages {
                        black_box(corpus.scan(&decoded, message, &mut one));
                    }
                }),
                ("its scan, from tantivy's postings", &mut || {
                    for message in messages {
                        black_box(corpus.scan(&read, message, &mut other));
                    }
                }),
                ("the whole stage, from tantivy's postings", &mut || {
                    for message in messages {
                        black_box(own(faq, message));
                    }
                }),
            ],
        );
    }
}

/// Compares the stage with other searches.
fn peers(size: usize, faq: &FaqIndex, phrasings: &[String], messages: &[&str]) {
    let (tantivy, plain, fts5) = (
        Tantivy::build(phrasings),
        Plain::build(phrasings),
        Fts5::build(phrasings),
    );
    let stage: Search<'_> = &|message| own(faq, message);
    let default: Search<'_> = &|message| tantivy.best(message);
    let exhaustive: Search<'_> = &|message| tantivy.best_of_all(message);
    let bm25: Search<'_> = &|message| plain.best(message);
    let fts5: Search<'_> = &|message| fts5.best(message);
    for (name, best) in [
        ("the stage", stage),
        ("tantivy by default", default),
        ("tantivy collecting all", exhaustive),
        ("the BM25 loop", bm25),
        ("FTS5", fts5),
    ] {
        for n in (0..size).step_by(size / 50) {
            let phrasing = &phrasings[n];
            assert!(best(phrasing).contains(&n), "{name} does not find `{phrasing}`");
        }
    }
    let search = |best: Search<'_>, messages: &[&str]| {
        for message in messages {
            black_box(best(message));
        }
    };
    common::compare(
        &format!("{size} phrasings: a message, and how many times the stage"),
        messages.len(),
        rounds(size),
        &mut [
            ("the whole stage", &mut || search(stage, messages)),
            ("tantivy, (TopDocs, Count)", &mut || search(exhaustive, messages)),
            ("BM25 loop in memory", &mut || search(bm25, messages)),
        ],
    );
    let few: Vec<&str> = messages.iter().copied().step_by(EVERY).collect();
    common::compare(
        &format!("{size} phrasings: a message of every tenth, and how many times the stage"),
        few.len(),
        1,
        &mut [
            ("the whole stage", &mut || search(stage, &few)),
            ("tantivy, BooleanQuery and TopDocs(10)", &mut || {
                search(default, &few)
            }),
            ("SQLite FTS5, trigrams", &mut || search(fts5, &few)),
        ],
    );
}
