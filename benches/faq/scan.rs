//! The scan of the FAQ stage both ways: reading tantivy's postings, as the stage does, and reading
//! postings that are decoded into memory.

use std::collections::HashMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use civic_reply::text::{TokenKind, Tokens, fold};
use rustc_hash::{FxBuildHasher, FxHashSet};
use tantivy::directory::{Directory, RamDirectory};
use tantivy::index::InvertedIndexReader;
use tantivy::postings::{BlockSegmentPostings, TermInfo};
use tantivy::{Index, SegmentReader};

const KINDS: usize = TokenKind::ALL.len();

/// The two ways. A child process loads the postings one way and prints the time and the memory.
pub(crate) const WAYS: [&str; 2] = ["decoded into memory", "read from tantivy's postings"];
const WAY: &str = "CIVIC_REPLY_BENCH_WAY";

/// Postings, stored one way or the other.
pub(crate) trait Postings {
    fn id(&self, kind: usize, token: &str) -> Option<u32>;
    fn each(&self, term: u32, scratch: &mut BlockSegmentPostings, add: impl FnMut(&[u32]));
}

/// Postings in the stage's files, opened by tantivy.
pub(crate) struct Read {
    readers: [Arc<InvertedIndexReader>; KINDS],
    /// The number of each kind's first term.
    firsts: [u32; KINDS],
    lists: Vec<TermInfo>,
    count: usize,
}

impl Read {
    pub(crate) fn open(folder: &Path, fingerprint: &str) -> Self {
        let directory = RamDirectory::create();
        let manifest = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap());
        let manifest = manifest
            .into_iter()
            .find(|name| name.starts_with(fingerprint))
            .unwrap();
        let manifest = fs::read(folder.join(manifest)).unwrap();
        let meta: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
        let segment = meta["segments"][0]["segment_id"]
            .as_str()
            .unwrap()
            .replace('-', "");
        for file in fs::read_dir(folder).unwrap() {
            let path = file.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            if name.starts_with(&segment) {
                directory
                    .atomic_write(name.as_ref(), &fs::read(&path).unwrap())
                    .unwrap();
            }
        }
        directory.atomic_write("meta.json".as_ref(), &manifest).unwrap();
        let index = Index::open(directory).unwrap();
        let reader = SegmentReader::open(&index.searchable_segments().unwrap()[0]).unwrap();
        let mut lists = Vec::new();
        let mut firsts = [0; KINDS];
        let readers = std::array::from_fn(|kind| {
            firsts[kind] = lists.len() as u32;
            let field = index
                .schema()
                .get_field(["unit", "pair", "word", "gram"][kind])
                .unwrap();
            let reader = reader.inverted_index(field).unwrap();
            let mut terms = reader.terms().stream().unwrap();
            while let Some((_, info)) = terms.next() {
                lists.push(info.clone());
            }
            drop(terms);
            reader
        });
        Self {
            readers,
            firsts,
            lists,
            count: reader.max_doc() as usize,
        }
    }

    fn kind(&self, term: u32) -> usize {
        self.firsts.iter().rposition(|&first| first <= term).unwrap()
    }
}

impl Postings for Read {
    fn id(&self, kind: usize, token: &str) -> Option<u32> {
        let number = self.readers[kind].terms().term_ord(token).unwrap()?;
        Some(self.firsts[kind] + number as u32)
    }

    fn each(&self, term: u32, blocks: &mut BlockSegmentPostings, mut add: impl FnMut(&[u32])) {
        let reader = &self.readers[self.kind(term)];
        let list = &self.lists[term as usize];
        reader.reset_block_postings_from_terminfo(list, blocks).unwrap();
        while !blocks.docs().is_empty() {
            add(blocks.docs());
            blocks.advance();
        }
    }
}

/// The same postings in hash maps and one array.
pub(crate) struct Decoded {
    ids: [HashMap<Box<str>, u32, FxBuildHasher>; KINDS],
    ends: Vec<usize>,
    phrasings: Vec<u32>,
}

impl Decoded {
    pub(crate) fn of(read: &Read) -> Self {
        let mut decoded = Self {
            ids: Default::default(),
            ends: Vec::with_capacity(read.lists.len()),
            phrasings: Vec::new(),
        };
        let mut blocks = BlockSegmentPostings::empty();
        for kind in 0..KINDS {
            let mut terms = read.readers[kind].terms().stream().unwrap();
            while let Some((token, _)) = terms.next() {
                let id = decoded.ends.len() as u32;
                let token = std::str::from_utf8(token).unwrap();
                decoded.ids[kind].insert(token.into(), id);
                read.each(id, &mut blocks, |documents| decoded.phrasings.extend(documents));
                decoded.ends.push(decoded.phrasings.len());
            }
        }
        decoded
    }
}

impl Postings for Decoded {
    fn id(&self, kind: usize, token: &str) -> Option<u32> {
        self.ids[kind].get(token).copied()
    }

    fn each(&self, term: u32, _: &mut BlockSegmentPostings, mut add: impl FnMut(&[u32])) {
        let term = term as usize;
        let start = term.checked_sub(1).map_or(0, |before| self.ends[before]);
        add(&self.phrasings[start..self.ends[term]]);
    }
}

/// Data that both ways share: the weight of each term, and the size of each phrasing in both views.
pub(crate) struct Corpus {
    weights: Vec<f32>,
    unknown: f32,
    /// The number of the first term of the second view.
    second: u32,
    sizes: Vec<[Size; 2]>,
}

/// The sum of a text's weights in one view, and the inverse of the length of their vector.
#[derive(Clone, Copy, Default)]
struct Size {
    sum: f32,
    inverse_norm: f32,
}

/// Buffers of a scan.
pub(crate) struct Scratch {
    shared: [Vec<[f32; 2]>; 2],
    blocks: BlockSegmentPostings,
}

impl Default for Scratch {
    fn default() -> Self {
        Self {
            shared: Default::default(),
            blocks: BlockSegmentPostings::empty(),
        }
    }
}

impl Corpus {
    pub(crate) fn of(read: &Read) -> Self {
        let weight = |holding: f64| {
            (1.0 + (read.count as f64 - holding + 0.5) / (holding + 0.5))
                .ln()
                .sqrt() as f32
        };
        let weights: Vec<f32> = read
            .lists
            .iter()
            .map(|list| weight(f64::from(list.doc_freq)))
            .collect();
        let second = read.firsts[2];
        let mut totals = vec![[[0.0_f32; 2]; 2]; read.count];
        let mut blocks = BlockSegmentPostings::empty();
        for (term, &weight) in weights.iter().enumerate() {
            let view = usize::from(term as u32 >= second);
            read.each(term as u32, &mut blocks, |documents| {
                for &document in documents {
                    let [sum, square] = &mut totals[document as usize][view];
                    *sum += weight;
                    *square += weight * weight;
                }
            });
        }
        let sizes = totals
            .into_iter()
            .map(|views| views.map(|[sum, square]| Size::of(sum, square)));
        Self {
            unknown: weight(0.0),
            weights,
            second,
            sizes: sizes.collect(),
        }
    }

    /// Finds the first phrasing with the highest similarity to the message, and that similarity.
    pub(crate) fn scan(
        &self,
        postings: &impl Postings,
        message: &str,
        scratch: &mut Scratch,
    ) -> (usize, f32) {
        let tokens = Tokens::of(fold(message).as_str());
        let (mut terms, mut strangers, mut seen) = (Vec::new(), [0; 2], FxHashSet::default());
        for (n, kind) in TokenKind::ALL.into_iter().enumerate() {
            seen.clear();
            for token in tokens.of_kind(kind).filter(|token| seen.insert(*token)) {
                match postings.id(n, token) {
                    Some(id) => terms.push(id),
                    None => strangers[n / 2] += 1,
                }
            }
        }
        terms.sort_unstable();
        for shared in &mut scratch.shared {
            shared.clear();
            shared.resize(self.sizes.len(), [0.0; 2]);
        }
        let mut totals = [[0.0_f32; 2]; 2];
        for term in terms {
            let view = usize::from(term >= self.second);
            let weight = self.weights[term as usize];
            let square = weight * weight;
            totals[view][0] += weight;
            totals[view][1] += square;
            let shared = &mut scratch.shared[view];
            postings.each(term, &mut scratch.blocks, |documents| {
                for &document in documents {
                    if let Some([sum, squares]) = shared.get_mut(document as usize) {
                        *sum += weight;
                        *squares += square;
                    }
                }
            });
        }
        for (total, count) in totals.iter_mut().zip(strangers) {
            total[0] += count as f32 * self.unknown;
            total[1] += count as f32 * self.unknown * self.unknown;
        }
        let own = totals.map(|[sum, square]| Size::of(sum, square));
        let [first, second] = &scratch.shared;
        let mut best = (0, 0.0);
        for (n, ((first, second), sizes)) in first.iter().zip(second).zip(&self.sizes).enumerate() {
            if first[0] + second[0] > 0.0 {
                let likeness =
                    1.1 * likeness(first, &sizes[0], &own[0]) + 0.9 * likeness(second, &sizes[1], &own[1]);
                let similarity = (likeness / 3.0).min(1.0);
                if similarity > best.1 {
                    best = (n, similarity);
                }
            }
        }
        best
    }
}

impl Size {
    fn of(sum: f32, square: f32) -> Self {
        Self {
            sum,
            inverse_norm: if square > 0.0 { 1.0 / square.sqrt() } else { 0.0 },
        }
    }
}

fn likeness([sum, squares]: &[f32; 2], a: &Size, b: &Size) -> f32 {
    let cosine = squares * a.inverse_norm * b.inverse_norm;
    cosine / 2.0 + 2.0 * sum / (a.sum + b.sum).max(f32::MIN_POSITIVE)
}

/// Loads the postings one way, if this process was started for that.
pub(crate) fn was_child() -> bool {
    let Ok(way) = std::env::var(WAY) else {
        return false;
    };
    let mut arguments = std::env::args().skip(1);
    let (folder, fingerprint) = (arguments.next().unwrap(), arguments.next().unwrap());
    let before = resident();
    let start = Instant::now();
    let read = Read::open(Path::new(&folder), &fingerprint);
    let kept: Box<dyn std::any::Any> = if way == WAYS[0] {
        Box::new(Decoded::of(&read))
    } else {
        Box::new(())
    };
    let read = (way != WAYS[0]).then_some(read);
    let time = start.elapsed().as_secs_f64() * 1e3;
    let memory = before
        .zip(resident())
        .map(|(before, after)| after.saturating_sub(before) as f64);
    match memory {
        Some(bytes) => println!("{time:>10.0} ms {:>7.1} MiB", bytes / f64::from(1 << 20)),
        None => println!("{time:>10.0} ms, memory unknown here"),
    }
    drop((kept, read));
    true
}

/// Loads the postings one way in a child process, and returns its output.
pub(crate) fn in_child(way: &str, folder: &Path, fingerprint: &str) -> String {
    let output = Command::new(std::env::current_exe().unwrap())
        .env(WAY, way)
        .arg(folder)
        .arg(fingerprint)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The resident memory of this process in bytes; `None` if the system does not report it.
fn resident() -> Option<usize> {
    let statm = fs::read_to_string("/proc/self/statm").ok()?;
    let pages: usize = statm.split(' ').nth(1)?.parse().ok()?;
    Some(pages * 4096)
}
