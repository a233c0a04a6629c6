//! Messages from a JSONL file, for the examples that read logs.

use std::collections::HashMap;
use std::error::Error;
use std::fs;
use std::path::Path;

use civic_reply::Message;
use civic_reply::message::MessageKey;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use serde::Deserialize;
use serde_json::Value;

/// The zone of times without one: the files come from Chinese offices.
const ZONE: &str = "Asia/Shanghai";

/// One message of the file.
pub(crate) struct Line {
    /// The id in the file; without one, the line number.
    pub(crate) id: Value,
    /// The message.
    pub(crate) message: Message,
}

#[derive(Deserialize)]
struct Row {
    text: String,
    id: Option<Value>,
    time: Option<String>,
    account: Option<String>,
    sender: Option<String>,
}

/// Reads every line. Messages without an account get `account`. An unreadable line is an error of its own
/// and does not stop the others.
pub(crate) fn read(path: &Path, account: &str) -> Result<Vec<Result<Line, String>>, Box<dyn Error>> {
    let bytes = fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let zone = TimeZone::get(ZONE)?;
    let mut seen: HashMap<MessageKey, Vec<(String, Option<Timestamp>)>> = HashMap::new();
    let lines = bytes
        .split(|&byte| byte == b'\n')
        .enumerate()
        .filter(|(_, line)| !line.iter().all(u8::is_ascii_whitespace))
        .map(|(place, line)| {
            let number = place + 1;
            message(number, line, account, &zone, &mut seen)
                .map_err(|error| format!("line {number}: {error}"))
        });
    Ok(lines.collect())
}

fn message(
    number: usize,
    line: &[u8],
    account: &str,
    zone: &TimeZone,
    seen: &mut HashMap<MessageKey, Vec<(String, Option<Timestamp>)>>,
) -> Result<Line, String> {
    let row: Row = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let id = row.id.unwrap_or_else(|| Value::from(number));
    let id_text = id.as_str().map_or_else(|| id.to_string(), ToOwned::to_owned);
    let at = row.time.as_deref().map(|time| instant(time, zone)).transpose()?;
    let account = row.account.unwrap_or_else(|| account.to_owned());
    let sender = row.sender.unwrap_or_else(|| format!("citizen-{id_text}"));

    // Different messages may share an id in the file; the same message twice is a redelivery.
    let key = Message::text(&account, &sender, id_text.as_str(), "")
        .key()
        .clone();
    let earlier = seen.entry(key).or_default();
    let this = (row.text.clone(), at);
    let place = earlier
        .iter()
        .position(|other| *other == this)
        .unwrap_or_else(|| {
            earlier.push(this);
            earlier.len() - 1
        });
    let id_text = if place == 0 {
        id_text
    } else {
        format!("{id_text}#{}", place + 1)
    };

    let mut message = Message::text(account, sender, id_text, row.text);
    if let Some(at) = at {
        message = message.with_written_at(at);
    }
    Ok(Line { id, message })
}

/// `2019/2/28 11:25:05`, or any form of ISO 8601.
fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let text = text.trim();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let civil = DateTime::strptime("%Y/%m/%d %H:%M:%S", text)
        .or_else(|_| DateTime::strptime("%Y/%m/%d %H:%M", text))
        .or_else(|_| text.parse::<DateTime>())
        .map_err(|_| {
            format!("`{text}` is no time; write it like 2019/2/28 11:25:05 or 2019-02-28T11:25:05")
        })?;
    let zoned: Result<ZonedDateTime, _> = civil.to_zoned_datetime(zone.clone());
    Ok(zoned.map_err(|error| error.to_string())?.timestamp())
}
