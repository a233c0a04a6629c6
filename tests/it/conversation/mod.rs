//! A citizen who writes more than once: about a case, about an answer, with several cases open.

mod additions;
mod automatic_messages;
mod availability;
mod case_history;
mod chasers;
mod closers;
mod due_times;
mod follow_up;
mod menus;
mod one_person;
mod ratings;
mod repeated_messages;
mod requests_for_a_person;
mod several_cases;
mod size_of_a_case;
mod transcripts;
