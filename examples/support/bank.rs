//! Banks and queries in files, one JSON object per line.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use civic_reply::faq::Entry;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// A line of a bank.
#[derive(Deserialize)]
struct BankLine {
    id: String,
    questions: Vec<String>,
    answer: Option<String>,
}

/// A labelled query: a message and the entries that answer it; none when it needs a person.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Query {
    /// The message.
    pub(crate) text: String,
    /// The ids of the entries that answer it.
    pub(crate) answers: Vec<String>,
    /// The split that it belongs to.
    pub(crate) split: Option<String>,
}

/// Reads a bank.
pub(crate) fn read_bank(path: &Path) -> Result<Vec<Entry>, Box<dyn Error>> {
    Ok(read_lines::<BankLine>(path)?
        .into_iter()
        .map(|line| Entry {
            id: line.id.as_str().into(),
            phrasings: line.questions,
            answer: line.answer,
        })
        .collect())
}

/// Reads the queries of one split, or all.
pub(crate) fn read_queries(path: &Path, split: Option<&str>) -> Result<Vec<Query>, Box<dyn Error>> {
    let mut queries = read_lines::<Query>(path)?;
    if let Some(split) = split {
        queries.retain(|query| query.split.as_deref() == Some(split));
    }
    Ok(queries)
}

/// Reads a file with one JSON value per line.
pub(crate) fn read_lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, Box<dyn Error>> {
    let file = File::open(path).map_err(|error| format!("`{}`: {error}", path.display()))?;
    let mut lines = Vec::new();
    for (n, line) in BufReader::new(file).lines().enumerate() {
        let line = line?;
        if !line.trim().is_empty() {
            let value = serde_json::from_str(&line)
                .map_err(|error| format!("`{}`, line {}: {error}", path.display(), n + 1))?;
            lines.push(value);
        }
    }
    Ok(lines)
}
