//! Working time: the shipped calendar of mainland China, and any calendar against a count of minutes.

mod china;
mod minute_model;
mod notices;
