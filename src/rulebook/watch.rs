//! Watches a rulebook's folder, so that saved changes come into force without a restart.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use notify::event::{AccessKind, AccessMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

use super::diagnostic::RulebookErrors;
use super::shapes::Rulebook;
use crate::message::RulebookVersion;

/// The folder is loaded once nothing has changed for this long: editors and deployments write several files.
const QUIET_PERIOD: Duration = Duration::from_millis(300);

/// The folder is loaded after this long even if it still changes.
const MAX_DELAY: Duration = Duration::from_secs(5);

/// How often the folder itself is checked: a replaced or relinked folder sends no events.
const POLL_INTERVAL: Duration = Duration::from_secs(2);

/// Watches a rulebook's folder on a thread of its own until it is dropped.
///
/// After a change it waits until the folder has been quiet for 0.3 s, at most 5 s, then loads it and calls
/// back: with the rulebook if its version changed, or with the errors. It calls back once for each new
/// outcome, not for each event, and never with an empty rulebook: a vanished folder is an error. The rulebook
/// in force stays in force until the callback replaces it, so on an error the callback only has to report it.
///
/// ```no_run
/// use civic_reply::rulebook::{Rulebook, Watch};
///
/// let rulebook = Rulebook::from_dir("rules")?;
/// let watch = Watch::start("rules", &rulebook.version, |changed| match changed {
///     Ok(rulebook) => println!("now {}", rulebook.version),
///     Err(errors) => eprintln!("{errors}"),
/// })?;
/// # drop(watch);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Watch {
    stop: Sender<Signal>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Signal {
    Changed,
    Stop,
}

impl Watch {
    /// Starts watching `folder`. `loaded` is the version in force.
    ///
    /// Changes since that version was loaded are called back first.
    ///
    /// # Errors
    ///
    /// The folder can't be watched: it is missing, or the system has no watches left.
    pub fn start(
        folder: impl AsRef<Path>,
        loaded: &RulebookVersion,
        on_change: impl FnMut(Result<Rulebook, RulebookErrors>) + Send + 'static,
    ) -> io::Result<Self> {
        let (stop, signals) = channel();
        let events = stop.clone();
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            if event.as_ref().map_or(true, is_relevant) {
                // There is no receiver once the watch was dropped.
                let _ = events.send(Signal::Changed);
            }
        })
        .map_err(io::Error::other)?;
        let folder = folder.as_ref().to_owned();
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .map_err(io::Error::other)?;
        let mut watching = Watching {
            real: folder.canonicalize().ok(),
            folder,
            watcher,
            watched: true,
            last: LastOutcome::Loaded(loaded.clone()),
            on_change,
        };
        let thread = thread::Builder::new()
            .name("rulebook-watch".to_owned())
            .spawn(move || watching.run(&signals))?;
        Ok(Self {
            stop,
            thread: Some(thread),
        })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.stop.send(Signal::Stop);
        // A callback that drops its own watch can't wait for itself.
        if let Some(thread) = self
            .thread
            .take()
            .filter(|thread| thread.thread().id() != thread::current().id())
        {
            let _ = thread.join();
        }
    }
}

/// Whether an event may have changed the content. Loading itself opens and reads the files.
fn is_relevant(event: &Event) -> bool {
    match event.kind {
        EventKind::Access(kind) => kind == AccessKind::Close(AccessMode::Write),
        _ => true,
    }
}

/// The last outcome that was called back.
enum LastOutcome {
    Loaded(RulebookVersion),
    Refused(String),
}

struct Watching<F> {
    folder: PathBuf,
    /// The folder without links, while it is there.
    real: Option<PathBuf>,
    watcher: RecommendedWatcher,
    /// Whether the system watches the folder that is there now.
    watched: bool,
    last: LastOutcome,
    on_change: F,
}

impl<F: FnMut(Result<Rulebook, RulebookErrors>)> Watching<F> {
    fn run(&mut self, signals: &Receiver<Signal>) {
        let mut changed = true;
        loop {
            if changed {
                if !wait_until_quiet(signals) {
                    return;
                }
                self.load();
            }
            changed = match signals.recv_timeout(POLL_INTERVAL) {
                Ok(Signal::Changed) => true,
                Err(RecvTimeoutError::Timeout) => self.is_another_folder(),
                Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return,
            };
        }
    }

    fn is_another_folder(&self) -> bool {
        let real = self.folder.canonicalize().ok();
        real != self.real || (real.is_some() && !self.watched)
    }

    fn load(&mut self) {
        // Watched again before it is read, so that later changes are seen, and new folders below it too.
        let _ = self.watcher.unwatch(&self.folder);
        self.real = self.folder.canonicalize().ok();
        self.watched = self.watcher.watch(&self.folder, RecursiveMode::Recursive).is_ok();
        let outcome = Rulebook::from_dir(&self.folder);
        let now = match &outcome {
            Ok(rulebook) => LastOutcome::Loaded(rulebook.version.clone()),
            Err(errors) => LastOutcome::Refused(errors.to_string()),
        };
        let is_known = match (&self.last, &now) {
            (LastOutcome::Loaded(before), LastOutcome::Loaded(now)) => before == now,
            (LastOutcome::Refused(before), LastOutcome::Refused(now)) => before == now,
            _ => false,
        };
        self.last = now;
        if !is_known {
            (self.on_change)(outcome);
        }
    }
}

/// Waits until nothing has changed for a while; `false` where the watch has ended meanwhile.
fn wait_until_quiet(signals: &Receiver<Signal>) -> bool {
    let start = Instant::now();
    while start.elapsed() < MAX_DELAY {
        match signals.recv_timeout(QUIET_PERIOD) {
            Ok(Signal::Changed) => {}
            Err(RecvTimeoutError::Timeout) => return true,
            Ok(Signal::Stop) | Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}
