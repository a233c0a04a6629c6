//! The rulebook in `rules/`: its size, its own examples, golden conversations, and what always reaches a
//! person.

mod always_a_person;
mod danger;
mod golden;
mod listed_words;
mod negated_words;
mod pack;
