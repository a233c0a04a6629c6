//! Prints the timeline of a case from its journal.

use std::error::Error;

use civic_reply::Store;
use civic_reply::case::{AlarmKind, Author, CaseId, DeadlineStatus, Event, SupervisionLevel};
use civic_reply::text::{clean_line, redact};
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Prints the case and its records in office time; texts are cut to one line, and personal numbers are
/// redacted.
pub(crate) fn print(store: &dyn Store, id: &CaseId) -> Result<(), Box<dyn Error>> {
    let zone = TimeZone::get("Asia/Shanghai")?;
    let time = |at: Timestamp| {
        at.to_zoned_datetime(zone.clone())
            .strftime("%m-%d %H:%M")
            .to_string()
    };
    let case = store.case(id)?.ok_or("there is no such case")?;
    println!("case {id}, {} priority, now {}", case.priority.name(), case.state);
    for (_, record) in store.journal(None, usize::MAX)?.records {
        if record.case.as_ref() != Some(id) {
            continue;
        }
        let by = match &record.actor {
            Author::Engine => "engine".to_owned(),
            Author::Citizen => "citizen".to_owned(),
            Author::Agent(agent) => agent.to_string(),
            _ => "somebody".to_owned(),
        };
        println!(
            "  {}  {by:<18} {}",
            time(record.at),
            describe(&record.event, &time)
        );
    }
    Ok(())
}

fn quote(text: &str) -> String {
    clean_line(&redact(text), 40)
}

fn describe(event: &Event, time: &dyn Fn(Timestamp) -> String) -> String {
    match event {
        Event::Opened { case } => format!("opened at {}: {}", case.department, quote(&case.text)),
        Event::Claimed { .. } => "claimed".to_owned(),
        Event::Renewed { .. } => "still at work".to_owned(),
        Event::Released => "given back to the queue".to_owned(),
        Event::Answered { text, .. } => format!("answered: {}", quote(text)),
        Event::Asked { text } => format!("asked: {}", quote(text)),
        Event::AwaitsReply { awaited_reply } => {
            format!("waits for a reply until {}", time(awaited_reply.until))
        }
        Event::Resumed { silent } => match silent {
            true => "no reply came: back in the queue".to_owned(),
            false => "goes on without a reply".to_owned(),
        },
        Event::CitizenWrote { text, .. } => format!("wrote: {}", quote(text)),
        Event::DeadlineDone { clock, .. } => format!("{clock} settled"),
        Event::Raised { clock, alarm } => match alarm.kind {
            AlarmKind::Breach => format!("{clock} is overdue"),
            AlarmKind::Warning(_) => format!("{clock} comes due"),
            _ => format!("{clock} passes the calendar's last day"),
        },
        Event::DeadlineSet { deadline } => {
            let still = matches!(deadline.status, DeadlineStatus::Paused { .. });
            let due = if still {
                "stands still".to_owned()
            } else {
                format!("due {}", deadline.due)
            };
            format!("{} {due}", deadline.clock)
        }
        Event::Drafted { text } => format!("drafted: {}", quote(text)),
        Event::Noted { note } => format!("noted: {}", quote(&note.text)),
        Event::Transferred { offer } => {
            let until = time(offer.until);
            format!("offered to {} until {until}: {}", offer.to, offer.reason)
        }
        Event::Accepted {
            department, silent, ..
        } => {
            let how = if *silent { " by silence" } else { "" };
            format!("accepted by {department}{how}")
        }
        Event::Returned { returned } => format!("given back by {}: {}", returned.from, returned.text),
        Event::Decided {
            department, reason, ..
        } => format!("decided for {department}: {reason}"),
        Event::Supervised { supervision } => {
            let level = match supervision.level {
                SupervisionLevel::Remind => "reminded",
                SupervisionLevel::Urge => "urged",
                SupervisionLevel::Report => "reported upwards",
            };
            format!("{level}: {}", quote(&supervision.text))
        }
        Event::Merged { into } => format!("goes on as {into}"),
        Event::Absorbed { duplicates, .. } => format!("took in {} more", duplicates.len()),
        Event::SplitOff { part } => format!("a second matter became {part}"),
        Event::PartGiven { part, department } => format!("a part for {department}: {part}"),
        Event::PartAnswered { part, text } => format!("{part} says: {}", quote(text)),
        Event::Posted { letter, .. } => format!(
            "letter {} ({}) written: {}",
            letter.number,
            letter.kind.name(),
            quote(&letter.text)
        ),
        Event::LetterMoved { number, status } => format!("letter {number}: {}", status.in_words()),
        Event::AgentAnnounced { .. } => "told that a person is there".to_owned(),
        Event::HandedBack => "told that the person has left".to_owned(),
        Event::AskedIfSolved { until } => {
            format!("asked whether it helped, until {}", time(*until))
        }
        Event::Ended { how } => format!("ended: {}", how.name()),
        Event::Closed => "closed".to_owned(),
        Event::Reopened { reason, .. } => format!("opened again: {}", quote(reason)),
        other => format!("{other:?}"),
    }
}
