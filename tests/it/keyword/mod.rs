//! The keyword matcher against a naive evaluator.

mod against_naive;
mod naive;
