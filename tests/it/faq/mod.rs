//! The FAQ: searching it, and learning from its phrasings.

mod learning;
mod search;
