//! The channel's side of a worker process: start, deliver, receive its events, kill, pause.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Sender};
use std::thread::{self, JoinHandle};

use crate::worker::{Delivery, WorkerEvent};

/// A worker process.
pub(crate) struct Worker {
    child: Child,
    deliver: Option<Sender<Delivery>>,
    threads: Vec<JoinHandle<()>>,
}

impl Worker {
    /// Starts this program again with `arguments`. Its events go to `on_event`, followed by `None` when its
    /// output ends.
    pub(crate) fn start(
        arguments: &[String],
        on_event: impl Fn(Option<WorkerEvent>) + Send + 'static,
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
        // A paused process reads nothing: its messages wait here and don't block those for others.
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
                // The last line of a killed process may be incomplete: it does not count.
                let Ok(Ok(event)) = line.map(|line| serde_json::from_str(&line)) else {
                    break;
                };
                on_event(Some(event));
            }
            on_event(None);
        });
        Ok(Self {
            child,
            deliver: Some(deliver),
            threads: vec![writer, reader],
        })
    }

    /// Delivers a message. One for a worker that has ended is lost.
    pub(crate) fn deliver(&self, delivery: Delivery) {
        if let Some(deliver) = &self.deliver {
            let _ = deliver.send(delivery);
        }
    }

    /// Kills it without a shutdown, and waits for its remaining events.
    pub(crate) fn kill(mut self) -> Result<(), Box<dyn Error>> {
        self.child.kill()?;
        self.end()
    }

    /// Closes its input and waits for its end.
    #[allow(
        dead_code,
        reason = "only one of the examples ends its workers without a kill"
    )]
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

    /// Pauses or resumes it.
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
        // No worker outlives a failed run.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
