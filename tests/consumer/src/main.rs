//! A separate crate that embeds the library through its public interface, as in the README.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it talks to its user")]

use civic_reply::{Engine, Message, Outcome, Rulebook, SqliteStore};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(rules), Some(store)) = (arguments.next(), arguments.next()) else {
        return Err("usage: civic-reply-consumer RULES STORE MESSAGE...".into());
    };
    let rulebook = Rulebook::from_dir(rules)?;
    let store = SqliteStore::open(store)?;
    let engine = Engine::builder(rulebook, store).build()?;
    for (number, text) in arguments.enumerate() {
        let message = Message::text("gov-wechat", "citizen-42", format!("msg-{number}"), text);
        match engine.receive(message)? {
            Outcome::Replied(reply) => println!("replied: {reply}"),
            Outcome::Queued { reply, case } => {
                println!("queued: {reply} (case {} due {})", case.id(), case.due())
            }
            Outcome::Silent { reason } => println!("silent: {reason}"),
        }
    }
    Ok(())
}
