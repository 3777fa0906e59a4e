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
pub(super) struct Busy(Option<Waiting>);

#[derive(Debug)]
struct Waiting {
    done: Sender<()>,
    /// Ends when whatever takes a while does, and says whether it drew anything.
    thread: JoinHandle<bool>,
}

impl Busy {
    /// `seen`: whether somebody looks at standard error.
    pub(super) fn with(what: &'static str, seen: bool) -> Self {
        // A machine that cannot start a thread has no time for progress either.
        Self(if seen { Waiting::start(what, PATIENCE) } else { None })
    }
}

impl Waiting {
    fn start(what: &'static str, patience: Duration) -> Option<Self> {
        let (done, wait) = mpsc::channel();
        let waiting = move || {
            if wait.recv_timeout(patience) != Err(RecvTimeoutError::Timeout) {
                return false;
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
            true
        };
        thread::Builder::new().spawn(waiting).ok().map(|thread| Self { done, thread })
    }

    fn end(self) -> bool {
        drop(self.done);
        // It only draws; what went wrong with that is no matter.
        self.thread.join().unwrap_or(false)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        if let Some(waiting) = self.0.take() {
            waiting.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_waits_for_progress() {
        assert!(Busy::with("reading", false).0.is_none());
        // It ends long before its patience does, which here has no end, and has drawn nothing.
        assert!(!Waiting::start("reading", Duration::MAX).unwrap().end());
    }
}
