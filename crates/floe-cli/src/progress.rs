//! [`Progress`]: a bar on stderr while work takes long, when stderr is a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Work that takes less shows no bar.
const PATIENCE: Duration = Duration::from_secs(1);

/// How far work on so many bytes has come.
pub(crate) struct Progress {
    begun: Instant,
    total: u64,
    bar: Mutex<Option<ProgressBar>>,
}

impl Progress {
    /// Work on `total` bytes that begins now.
    pub(crate) fn of(total: u64) -> Self {
        Self { begun: Instant::now(), total, bar: Mutex::default() }
    }

    /// `done` bytes are done.
    pub(crate) fn tell(&self, done: u64) {
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        bar.get_or_insert_with(|| self.draw()).set_position(done);
    }

    /// `indicatif` draws nothing when stderr is no terminal.
    fn draw(&self) -> ProgressBar {
        let form = "{bar:40} {decimal_bytes}/{decimal_total_bytes} {eta}";
        let style =
            ProgressStyle::with_template(form).unwrap_or_else(|_| ProgressStyle::default_bar());
        ProgressBar::new(self.total).with_style(style)
    }
}

/// How far work in named steps has come.
pub(crate) struct Steps {
    begun: Instant,
    bar: Mutex<Option<ProgressBar>>,
}

impl Steps {
    /// Work that begins now.
    pub(crate) fn new() -> Self {
        Self { begun: Instant::now(), bar: Mutex::default() }
    }

    /// `name` is done, and with it this part of the whole.
    pub(crate) fn tell(&self, name: &str, part: f32) {
        if self.begun.elapsed() < PATIENCE {
            return;
        }
        let mut bar = self.bar.lock().unwrap_or_else(PoisonError::into_inner);
        let bar = bar.get_or_insert_with(|| {
            let style = ProgressStyle::with_template("{bar:40} {percent} % {msg}");
            let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
            ProgressBar::new(100).with_style(style)
        });
        bar.set_message(name.to_owned());
        bar.set_position((part * 100.0) as u64);
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        let bar = self.bar.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        let bar = self.bar.get_mut().unwrap_or_else(PoisonError::into_inner);
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
    }
}
