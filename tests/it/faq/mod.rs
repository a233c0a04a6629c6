//! The FAQ: searching it, and learning from its phrasings.

mod folder;
mod learning;
mod search;
