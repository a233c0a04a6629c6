//! The channel's side of a worker: starting it, handing it messages, hearing what it says, killing and pausing it.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use crate::worker::{Delivery, Said};

/// A worker's process.
pub(crate) struct Worker {
    child: Child,
    deliver: Option<Sender<Delivery>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts this program again with `arguments`; what it says goes to `hear`, and `None` when it has said its last.
    pub(crate) fn start(
        arguments: &[String],
        hear: impl Fn(Option<Said>) + Send + 'static,
    ) -> Result<Self, Box<dyn Error>> {
        let mut child = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let (mut input, output) = (
            child.stdin.take().ok_or("no input")?,
            child.stdout.take().ok_or("no output")?,
        );
        let (deliver, deliveries) = mpsc::channel::<Delivery>();
        // A paused process reads nothing: its messages wait here and not in the way of the others'.
        let writer = thread::spawn(move || {
            for delivery in deliveries {
                let Ok(mut line) = serde_json::to_string(&delivery) else {
                    break;
                };
                line.push('\n');
                if input.write_all(line.as_bytes()).is_err() {
                    break;
                }
            }
        });
        let reader = thread::spawn(move || {
            for line in BufReader::new(output).lines() {
                // The last line of a killed process may be cut off: that was not said.
                let Ok(Ok(said)) = line.map(|line| serde_json::from_str(&line)) else {
                    break;
                };
                hear(Some(said));
            }
            hear(None);
        });
        Ok(Self {
            child,
            deliver: Some(deliver),
            threads: vec![writer, reader],
        })
    }

    /// Hands over a message. One for a worker that has ended is lost, as on a real line.
    pub(crate) fn deliver(&self, delivery: Delivery) {
        if let Some(deliver) = &self.deliver {
            let _ = deliver.send(delivery);
        }
    }

    /// Kills it, with no chance to end anything, and waits for what it had said before.
    pub(crate) fn kill(mut self) -> Result<(), Box<dyn Error>> {
        self.child.kill()?;
        self.end()
    }

    /// Sends it no more messages, and waits for its end.
    #[allow(dead_code, reason = "only one of the examples ends its workers in peace")]
    pub(crate) fn finish(mut self) -> Result<(), Box<dyn Error>> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Box<dyn Error>> {
        drop(self.deliver.take());
        self.child.wait()?;
        for thread in self.threads.drain(..) {
            thread.join().map_err(|_| "a thread panicked")?;
        }
        Ok(())
    }

    /// Stops it as it stands, or lets it go on.
    #[allow(dead_code, reason = "only one of the examples pauses its workers")]
    pub(crate) fn pause(&self, paused: bool) -> Result<(), Box<dyn Error>> {
        let signal = if paused { "-STOP" } else { "-CONT" };
        let status = Command::new("kill")
            .args([signal, &self.child.id().to_string()])
            .status()?;
        if status.success() {
            Ok(())
        } else {
            Err(format!("kill {signal} failed").into())
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // After an error no worker stays behind.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Numbers that look random, the same for the same seed.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound.max(1)
    }
}
