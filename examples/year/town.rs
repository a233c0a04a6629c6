//! When citizens write and how long agents take: from real files where they are given, else from a made-up town.

use std::error::Error;
use std::fs;
use std::path::Path;

use jiff::civil::DateTime;
use serde::Deserialize;

use crate::model::Fate;

const DAY: usize = 24 * 60;

/// Numbers that look random and are the same for a seed on every machine (splitmix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((x ^ (x >> 31)) % bound.max(1) as u64).unwrap_or(0)
    }
}

/// What arrivals and latencies are drawn from.
pub(crate) struct Town {
    /// Minutes of a year in which messages came in.
    arrivals: Vec<usize>,
    /// Minutes that answers took.
    latencies: Vec<usize>,
}

#[derive(Deserialize)]
struct Asked {
    time: String,
}

#[derive(Deserialize)]
struct Replied {
    asked_at: String,
    replied_at: String,
}

/// Everybody who is asked replies before the desk goes on without them, which is after a week.
const REPLIES: usize = 6 * DAY;

impl Town {
    pub(crate) fn new(messages: Option<&Path>, replies: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let arrivals = match messages {
            Some(path) => read(path, |row: &Asked| Some(minute_of_year(civil(&row.time)?)))?,
            None => made_up_arrivals(),
        };
        let latencies = match replies {
            Some(path) => read(path, |row: &Replied| {
                let took = civil(&row.asked_at)?.duration_until(civil(&row.replied_at)?);
                usize::try_from(took.as_mins())
                    .ok()
                    .filter(|minutes| *minutes > 0)
            })?,
            None => made_up_latencies(),
        };
        if arrivals.is_empty() || latencies.is_empty() {
            return Err("no line of the file has a time that can be read".into());
        }
        Ok(Self { arrivals, latencies })
    }

    /// One case: every third is answered fifty times faster than the office did, so that kept deadlines occur beside missed
    /// ones; in every eighth the citizen is asked for something in between.
    pub(crate) fn fate(&self, dice: &mut Dice) -> Fate {
        let mut draw = |from: &[usize]| from.get(dice.below(from.len())).copied().unwrap_or(0);
        let (arrived, mut took) = (draw(&self.arrivals), draw(&self.latencies).min(120 * DAY));
        if dice.below(3) == 0 {
            took /= 50;
        }
        let took = took.max(2);
        let asked = (dice.below(8) == 0 && took > 10).then(|| {
            let (stop, go) = (took * (1 + dice.below(4)) / 10, took * (5 + dice.below(4)) / 10);
            (arrived + stop, arrived + go.min(stop + REPLIES))
        });
        Fate {
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

/// `2019/2/28 11:25:05`, or the same with hyphens.
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

/// Every day of the year: most messages by day, some in the evening, a few at night.
fn made_up_arrivals() -> Vec<usize> {
    let hours = [9, 10, 10, 11, 14, 15, 15, 16, 17, 19, 20, 21, 23, 2, 7, 12];
    let days = (0..365).flat_map(|day| hours.iter().map(move |hour| (day, *hour)));
    days.enumerate()
        .map(|(n, (day, hour))| day * DAY + hour * 60 + n * 7 % 60)
        .collect()
}

/// Half within 11 days, a quarter within 5, six in ten within 15, as a city's office took in 2019 and 2020.
fn made_up_latencies() -> Vec<usize> {
    let quantiles = [(0, 1), (26, 120), (50, 269), (62, 360), (90, 960), (100, 2_160)];
    let pairs = quantiles.iter().zip(quantiles.iter().skip(1));
    let minutes = pairs.flat_map(|((from, low), (to, high))| {
        (*from..*to).map(move |percent| (low * 60) + (high - low) * 60 * (percent - from) / (to - from))
    });
    minutes.collect()
}
