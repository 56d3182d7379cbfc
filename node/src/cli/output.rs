//! The one place that writes to a terminal: answers on standard output, everything else on standard error.

use crate::api::Failure;
use clap::builder::styling::{AnsiColor, Color, Style};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::time::Duration;

/// What takes no longer needs no bar.
const PATIENCE: Duration = Duration::from_millis(500);

/// How a command answers: as people read it, or as one JSON value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Output {
    json: bool,
    answers: Paint,
    errors: Paint,
    answers_watched: bool,
    errors_watched: bool,
}

impl Output {
    /// Colours where a terminal shows them and `NO_COLOR` (no-color.org) does not forbid them.
    pub(super) fn new(json: bool) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let plain = set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let paint = |terminal: bool| Paint { on: terminal && !plain };
        let (answers_watched, errors_watched) = (io::stdout().is_terminal(), io::stderr().is_terminal());
        Self { json, answers: paint(!json && answers_watched), errors: paint(errors_watched), answers_watched, errors_watched }
    }

    /// Whether answers are JSON.
    pub(super) fn is_json(&self) -> bool {
        self.json
    }

    /// Whether answers go to a terminal.
    pub(super) fn is_watched(&self) -> bool {
        self.answers_watched
    }

    /// Whether standard error shows colours.
    pub(super) fn paints_errors(&self) -> bool {
        self.errors.on
    }

    /// Answers: the value with `--json`, else the text.
    pub(super) fn answer<T: Serialize>(&self, value: &T, text: impl FnOnce(Paint) -> String) -> Result<(), Failure> {
        if self.is_json() { self.value(value) } else { self.text(&text(self.answers)) }
    }

    /// Writes one JSON value on a line of its own.
    pub(super) fn value<T: Serialize>(&self, value: &T) -> Result<(), Failure> {
        let mut line = serde_json::to_vec(value).map_err(|error| Failure::new("output", format!("the answer is no JSON: {error}"), "report this as a bug"))?;
        line.push(b'\n');
        write_out(&line)
    }

    /// Writes a text that ends its last line; an empty one writes nothing.
    pub(super) fn text(&self, text: &str) -> Result<(), Failure> {
        match text {
            "" => Ok(()),
            text if text.ends_with('\n') => write_out(text.as_bytes()),
            text => write_out(format!("{text}\n").as_bytes()),
        }
    }

    /// Says something to whoever watches, beside the answer; nothing with `--json`.
    pub(super) fn note(&self, text: impl Display) {
        if !self.json {
            write_error(&format!("{text}\n"));
        }
    }

    /// Says what was wrong and what to do.
    pub(super) fn failure(&self, failure: &Failure) {
        if self.json {
            return write_error(&format!("{}\n", serde_json::to_string(failure).unwrap_or_default()));
        }
        let mut text = format!("{} {}\n", self.errors.red("error:"), failure.error);
        if !failure.hint.is_empty() {
            text += &format!("{} {}\n", self.errors.cyan("hint:"), failure.hint);
        }
        write_error(&text);
    }

    /// A bar that shows how far something has come, to somebody who watches, where it takes a while.
    pub(super) fn progress(&self, what: &str) -> Progress {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()).with_message(what.to_owned());
        Progress { bar: bar.with_style(style("{msg} [{bar:30}] {human_pos}/{human_len} {eta}")), watched: self.errors_watched }
    }

    /// Shows that something is under way of which nobody knows how long it takes.
    pub(super) fn waiting(&self, what: &str) -> Progress {
        let progress = self.progress(what);
        if self.errors_watched {
            progress.bar.set_style(style("{spinner} {msg}"));
            progress.bar.set_draw_target(ProgressDrawTarget::stderr());
            progress.bar.enable_steady_tick(Duration::from_millis(120));
        }
        progress
    }
}

/// A progress bar that leaves nothing behind.
pub(super) struct Progress {
    bar: ProgressBar,
    watched: bool,
}

impl Progress {
    /// So many of so many are done.
    pub(super) fn show(&self, done: u64, total: u64) {
        self.bar.set_length(total);
        self.bar.set_position(done);
        if self.watched && self.bar.is_hidden() && self.bar.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> ")
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(super) struct Paint {
    on: bool,
}

impl Paint {
    /// Without colours.
    pub(super) const NONE: Self = Self { on: false };

    fn style(self, style: Style, text: impl Display) -> String {
        let text = text.to_string();
        if self.on && !text.is_empty() { format!("{style}{text}{style:#}") } else { text }
    }

    fn coloured(self, colour: AnsiColor, text: impl Display) -> String {
        self.style(Style::new().fg_color(Some(Color::Ansi(colour))), text)
    }

    /// What matters most.
    pub(super) fn bold(self, text: impl Display) -> String {
        self.style(Style::new().bold(), text)
    }

    /// What may be overlooked.
    pub(super) fn dim(self, text: impl Display) -> String {
        self.style(Style::new().dimmed(), text)
    }

    /// Well; added.
    pub(super) fn green(self, text: impl Display) -> String {
        self.coloured(AnsiColor::Green, text)
    }

    /// To be looked at.
    pub(super) fn yellow(self, text: impl Display) -> String {
        self.coloured(AnsiColor::Yellow, text)
    }

    /// Wrong; taken away.
    pub(super) fn red(self, text: impl Display) -> String {
        self.coloured(AnsiColor::Red, text)
    }

    /// To be typed or copied: ids, commands.
    pub(super) fn cyan(self, text: impl Display) -> String {
        self.coloured(AnsiColor::Cyan, text)
    }

    /// Words that changed within a line.
    pub(super) fn inverse(self, text: impl Display) -> String {
        self.style(Style::new().invert(), text)
    }
}

/// A reader that went away (`folkmoot feed | head`) had enough; that is no failure.
fn write_out(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = BufWriter::new(io::stdout().lock());
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new("output", format!("the answer cannot be written: {error}"), "check where standard output goes"))
        }
        _ => Ok(()),
    }
}

/// Where nobody can be told, nothing is left to do about it.
fn write_error(text: &str) {
    let _ = io::stderr().lock().write_all(text.as_bytes());
}
