//! A citizen who writes more than once: about a case, about an answer, with several cases open.

mod follow_up;
mod several_cases;
