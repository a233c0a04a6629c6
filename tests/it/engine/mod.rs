//! The engine as a host calls it: receiving, explaining, routing, reloading and learning from feedback.

mod bad_inputs;
mod dropped_departments;
mod duplicates;
mod explain;
mod feedback;
mod linear_work;
mod promised_times;
mod reload;
mod routing;
mod rule_language;
