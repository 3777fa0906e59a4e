//! Progress: on a terminal, and only of what takes its time.

use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// What is over before that is not worth a word.
const PATIENCE: Duration = Duration::from_millis(500);

/// How often the sign turns.
const TICK: Duration = Duration::from_millis(100);

/// Something that may take a while; the line is gone when this is dropped, before anything else is written.
#[derive(Debug)]
pub(super) struct Busy(Option<(Sender<()>, JoinHandle<()>)>);

impl Busy {
    /// `seen`: whether somebody looks at standard error.
    pub(super) fn with(what: &'static str, seen: bool) -> Self {
        if !seen {
            return Self(None);
        }
        let (done, wait) = mpsc::channel();
        let waiting = move || {
            if wait.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} ({elapsed})") {
                bar.set_style(style);
            }
            bar.set_message(what);
            bar.enable_steady_tick(TICK);
            // Whoever drops the other end is done.
            let _ = wait.recv();
            bar.finish_and_clear();
        };
        // A machine that cannot start a thread has no time for progress either.
        Self(thread::Builder::new().spawn(waiting).ok().map(|thread| (done, thread)))
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some((done, thread)) = self.0.take() {
            drop(done);
            // It only draws; what went wrong with that is no matter.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_progress() {
        let start = std::time::Instant::now();
        drop(Busy::with("reading", false));
        drop(Busy::with("reading", true));
        assert!(start.elapsed() < PATIENCE);
    }
}
