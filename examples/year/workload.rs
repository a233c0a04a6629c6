//! Arrival times and answer latencies, from files or from built-in distributions.

use std::error::Error;
use std::fs;
use std::path::Path;

use jiff::civil::DateTime;
use serde::Deserialize;

use crate::model::History;
use crate::random::Random;

const DAY: usize = 24 * 60;

/// The samples of arrivals and latencies.
pub(crate) struct Workload {
    /// Minutes of the year.
    arrivals: Vec<usize>,
    /// Minutes from arrival to answer.
    latencies: Vec<usize>,
}

#[derive(Deserialize)]
struct ArrivalRow {
    time: String,
}

#[derive(Deserialize)]
struct ReplyRow {
    asked_at: String,
    replied_at: String,
}

/// The latest reply to a question, in minutes: the desk resumes a case after a week of silence.
const REPLIES: usize = 6 * DAY;

impl Workload {
    pub(crate) fn new(messages: Option<&Path>, replies: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let arrivals = match messages {
            Some(path) => read(path, |row: &ArrivalRow| Some(minute_of_year(civil(&row.time)?)))?,
            None => default_arrivals(),
        };
        let latencies = match replies {
            Some(path) => read(path, |row: &ReplyRow| {
                let took = civil(&row.asked_at)?.duration_until(civil(&row.replied_at)?);
                usize::try_from(took.as_mins())
                    .ok()
                    .filter(|minutes| *minutes > 0)
            })?,
            None => default_latencies(),
        };
        if arrivals.is_empty() || latencies.is_empty() {
            return Err("no line of the file has a time that can be read".into());
        }
        Ok(Self { arrivals, latencies })
    }

    /// Draws one case. A third is answered fifty times faster, so that deadlines are kept as well as
    /// missed; in one of eight the citizen is asked a question.
    pub(crate) fn history(&self, random: &mut Random) -> History {
        let mut draw = |from: &[usize]| from.get(random.below(from.len())).copied().unwrap_or(0);
        let (arrived, mut took) = (draw(&self.arrivals), draw(&self.latencies).min(120 * DAY));
        if random.below(3) == 0 {
            took /= 50;
        }
        let took = took.max(2);
        let asked = (random.below(8) == 0 && took > 10).then(|| {
            let (stop, go) = (
                took * (1 + random.below(4)) / 10,
                took * (5 + random.below(4)) / 10,
            );
            (arrived + stop, arrived + go.min(stop + REPLIES))
        });
        History {
            arrived,
            asked,
            answered: arrived + took,
        }
    }
}

fn read<R: for<'a> Deserialize<'a>>(
    path: &Path,
    minutes: impl Fn(&R) -> Option<usize>,
) -> Result<Vec<usize>, Box<dyn Error>> {
    let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let rows = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    Ok(rows.filter_map(|row| minutes(&row)).collect())
}

/// Parses `2019/2/28 11:25:05`, or the same with hyphens.
fn civil(text: &str) -> Option<DateTime> {
    let text = text.replace('-', "/");
    DateTime::strptime("%Y/%m/%d %H:%M:%S", &text)
        .or_else(|_| DateTime::strptime("%Y/%m/%d %H:%M", &text))
        .ok()
}

fn minute_of_year(at: DateTime) -> usize {
    let day = usize::try_from(at.date().day_of_year()).unwrap_or(1).min(365) - 1;
    let of_day = usize::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute())).unwrap_or(0);
    day * DAY + of_day
}

/// Arrivals on every day of the year: most by day, some in the evening, a few at night.
fn default_arrivals() -> Vec<usize> {
    let hours = [9, 10, 10, 11, 14, 15, 15, 16, 17, 19, 20, 21, 23, 2, 7, 12];
    let days = (0..365).flat_map(|day| hours.iter().map(move |hour| (day, *hour)));
    days.enumerate()
        .map(|(n, (day, hour))| day * DAY + hour * 60 + n * 7 % 60)
        .collect()
}

/// Latencies of a city's office in 2019 and 2020: a quarter within 5 days, half within 11, six in ten
/// within 15.
fn default_latencies() -> Vec<usize> {
    let quantiles = [(0, 1), (26, 120), (50, 269), (62, 360), (90, 960), (100, 2_160)];
    let pairs = quantiles.iter().zip(quantiles.iter().skip(1));
    let minutes = pairs.flat_map(|((from, low), (to, high))| {
        (*from..*to).map(move |percent| (low * 60) + (high - low) * 60 * (percent - from) / (to - from))
    });
    minutes.collect()
}
