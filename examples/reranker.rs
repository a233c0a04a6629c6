//! Plugs the host's own model into the FAQ.
//!
//! `cargo run --release --example reranker -- "公积金怎么提取" "公积金贷款利率是多少"` prints the candidates of each message
//! with and without the model. The model here is the share of a phrasing's character pairs that the message
//! contains; any function from two texts to a number can replace it.

#![allow(clippy::print_stdout, reason = "a command prints its result")]

use std::collections::HashSet;
use std::error::Error;

use civic_reply::faq::{Ranked, Reranker};
use civic_reply::{Engine, MemoryStore, Message, Rulebook};

/// A model: any function from a message and a phrasing to the probability that they ask the same.
struct Model<F> {
    name: &'static str,
    ask: F,
}

impl<F: Fn(&str, &str) -> f64 + Send + Sync> Reranker for Model<F> {
    fn name(&self) -> &str {
        self.name
    }

    fn scores(&self, message: &str, candidates: &[Ranked<'_>]) -> Result<Vec<f64>, String> {
        let scores = candidates.iter().map(|one| (self.ask)(message, one.phrasing));
        Ok(scores.collect())
    }
}

/// The share of the phrasing's pairs of neighbouring characters that the message contains.
fn shared_pairs(message: &str, phrasing: &str) -> f64 {
    fn pairs(text: &str) -> HashSet<(char, char)> {
        let letters: Vec<char> = text.chars().filter(|c| c.is_alphanumeric()).collect();
        letters
            .iter()
            .copied()
            .zip(letters.iter().copied().skip(1))
            .collect()
    }
    let (message, phrasing) = (pairs(message), pairs(phrasing));
    match phrasing.len() {
        0 => 0.0,
        all => phrasing.intersection(&message).count() as f64 / all as f64,
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut messages: Vec<String> = std::env::args().skip(1).collect();
    if messages.is_empty() {
        messages = ["新生儿怎么上户口", "我家小孩刚出生要去哪里上户口呢"]
            .map(str::to_owned)
            .into();
    }
    let rulebook = Rulebook::from_dir("rules")?;
    let plain = Engine::builder(rulebook.clone(), MemoryStore::new())
        .check_examples(false)
        .build()?;
    let with_model = Engine::builder(rulebook, MemoryStore::new())
        .check_examples(false)
        .reranker(Model {
            name: "shared-pairs 1",
            ask: shared_pairs,
        })
        .build()?;
    for (n, text) in messages.iter().enumerate() {
        println!("{text}");
        for (engine, name) in [(&plain, "without"), (&with_model, "with")] {
            let message = Message::text("gov-wechat", format!("citizen-{n}"), n.to_string(), text);
            let explained = engine.explain(&message)?;
            let candidates: Vec<String> = explained
                .faq
                .iter()
                .map(|found| format!("{} {:.2}", found.entry, found.confidence))
                .collect();
            println!(
                "  {name:8}{:?} by {:?}: {}",
                explained.action,
                explained.by,
                candidates.join(", ")
            );
        }
    }
    Ok(())
}
