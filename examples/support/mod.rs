//! Shared by the examples `evaluate` and `fit`.

pub(crate) mod bank;
pub(crate) mod figures;
pub(crate) mod logistic;
pub(crate) mod memory;
pub(crate) mod pack;
pub(crate) mod plots;
pub(crate) mod routing;
pub(crate) mod splits;
