//! Golden conversations: messages to the shipped rulebook with the expected outcome and reasons, as data in
//! `tests/golden/`.

use std::path::Path;

use civic_reply::reply::{DecidedBy, Handled, Outcome};
use civic_reply::{Engine, ManualClock, Message};
use serde::Deserialize;

use crate::support::shipped::{self, at, engine};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "talk")]
    conversations: Vec<Conversation>,
}

/// Messages of one citizen to one account, one after the other.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Conversation {
    name: String,
    #[serde(default = "monday")]
    at: String,
    #[serde(default = "account")]
    account: String,
    message: Vec<Golden>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    text: String,
    /// Minutes after the start of the conversation.
    #[serde(default)]
    after: i64,
    /// `answer`, `clarify`, `escalate`, `follow_up` or `silent`.
    action: String,
    /// `rule ID`, `faq ID`, `menu ID`, `emergency`, `hand-off`, `talk` or `nobody`.
    by: String,
    /// The kinds of the reasons, in order.
    reasons: Vec<String>,
    department: Option<String>,
    priority: Option<String>,
    due: Option<String>,
    /// Texts that the reply must contain.
    #[serde(default)]
    reply: Vec<String>,
}

fn monday() -> String {
    shipped::MONDAY.to_owned()
}

fn account() -> String {
    "gov-wechat".to_owned()
}

fn by(handled: &Handled) -> String {
    match &handled.by {
        DecidedBy::Emergency => "emergency".to_owned(),
        DecidedBy::HandOff => "hand-off".to_owned(),
        DecidedBy::Rule(rule) => format!("rule {rule}"),
        DecidedBy::Faq(entry) => format!("faq {entry}"),
        DecidedBy::Menu(entry) => format!("menu {entry}"),
        DecidedBy::Talk => "talk".to_owned(),
        _ => "nobody".to_owned(),
    }
}

/// The name under which a value is stored.
fn name(value: &impl serde::Serialize, tag: Option<&str>) -> String {
    let value = serde_json::to_value(value).unwrap();
    tag.map_or(&value, |tag| value.get(tag).unwrap())
        .as_str()
        .unwrap()
        .to_owned()
}

fn run(engine: &Engine, clock: &ManualClock, conversation: &Conversation, problems: &mut Vec<String>) {
    let start = at(&conversation.at);
    for (number, golden) in conversation.message.iter().enumerate() {
        clock.set(start + jiff::SignedDuration::from_mins(golden.after));
        let message = Message::text(
            &conversation.account,
            &conversation.name,
            number.to_string(),
            &golden.text,
        );
        let key = message.key().clone();
        let outcome = engine.receive(message).unwrap();
        let handled = engine.handled(&key).unwrap().unwrap();
        assert_eq!(handled.outcome, outcome, "the stored outcome is the returned one");

        let mut differ = |what: &str, expected: &str, found: &str| {
            if expected != found {
                let reasons: Vec<String> = handled.reasons.iter().map(ToString::to_string).collect();
                problems.push(format!(
                    "{}: `{}`: {what}\n  expected {expected}\n  found    {found}\n  why: {}",
                    conversation.name,
                    golden.text,
                    reasons.join("\n       ")
                ));
            }
        };
        differ("action", &golden.action, &name(&handled.action, None));
        differ("by", &golden.by, &by(&handled));
        let reasons: Vec<String> = handled
            .reasons
            .iter()
            .map(|reason| name(reason, Some("reason")))
            .collect();
        differ("reasons", &golden.reasons.join(", "), &reasons.join(", "));
        if let Outcome::Queued { case, .. } = &outcome {
            let check = [
                ("department", &golden.department, case.department.to_string()),
                ("priority", &golden.priority, case.priority.name().to_owned()),
                ("due", &golden.due, case.due.to_string()),
            ];
            for (what, expected, found) in check {
                if let Some(expected) = expected {
                    differ(what, expected, &found);
                }
            }
        }
        let reply = outcome.reply().map_or_else(String::new, ToString::to_string);
        for words in &golden.reply {
            if !reply.contains(words.as_str()) {
                differ("reply", words, &reply);
            }
        }
    }
}

#[test]
fn every_golden_conversation_has_the_recorded_outcome() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let (engine, clock) = engine();
    let mut conversations = 0;
    let mut problems = Vec::new();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        conversations += file.conversations.len();
        file.conversations
            .iter()
            .for_each(|conversation| run(&engine, &clock, conversation, &mut problems));
    }
    assert!(conversations >= 20, "the golden files were found");
    assert!(
        problems.is_empty(),
        "{} differences\n\n{}",
        problems.len(),
        problems.join("\n\n")
    );
}
