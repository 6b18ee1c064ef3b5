//! What goes to the terminal, and what goes to programs.
//!
//! Standard output carries answers alone: JSON with `--json`; else tables for people on a terminal, and
//! tab-separated lines where the output is piped. Everything else goes to standard error.

use std::fmt::Write as _;
use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::Value;

use crate::failure::{Exit, Failure};

/// How long a task may take before it shows that it is going on.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where answers and failures go.
#[derive(Clone, Copy, Debug)]
pub struct Output {
    json: bool,
    terminal: bool,
}

impl Output {
    /// Output of this process.
    pub fn new(json: bool) -> Self {
        Self { json, terminal: io::stdout().is_terminal() }
    }

    /// Prints an answer: as it is for programs, as `page` shows it for people.
    pub fn answer(self, answer: &Value, page: impl FnOnce(&mut Page)) -> Result<(), Failure> {
        if self.json {
            return self.print(&format!("{answer:#}\n"));
        }
        let mut people = Page { text: String::new(), terminal: self.terminal };
        page(&mut people);
        self.print(&people.text)
    }

    /// Prints a text as it is. A reader that has gone, such as `head`, is no failure.
    pub fn print(self, text: &str) -> Result<(), Failure> {
        let mut stdout = anstream::stdout().lock();
        match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
            Err(reason) if reason.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::because(Exit::Failed, "cannot write to standard output", &reason))
            }
            _ => Ok(()),
        }
    }

    /// Prints a failure to standard error.
    pub fn failure(self, failure: &Failure) {
        let text = if self.json { format!("{}\n", failure.to_json()) } else { failure.to_text() };
        anstream::eprint!("{text}");
    }

    /// Says something to people, beside the answer.
    pub fn note(self, text: &str) {
        if !self.json {
            anstream::eprintln!("{text}");
        }
    }

    /// Shows on a terminal that something goes on, once it has taken a while. Ends when it is dropped.
    pub fn progress(self, what: &'static str) -> Progress {
        if self.json || !io::stderr().is_terminal() {
            return Progress { bar: ProgressBar::hidden(), _ticker: None };
        }
        let bar = ProgressBar::new_spinner().with_message(what).with_style(ProgressStyle::default_spinner());
        let (stop, stopped) = std::sync::mpsc::channel::<()>();
        let later = bar.clone();
        std::thread::spawn(move || {
            // Nothing is ever sent: the wait ends early only when the task is done.
            if stopped.recv_timeout(PATIENCE) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                later.enable_steady_tick(Duration::from_millis(100));
            }
        });
        Progress { bar, _ticker: Some(stop) }
    }
}

/// Something that goes on.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    _ticker: Option<std::sync::mpsc::Sender<()>>,
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

/// An answer for people.
#[derive(Debug)]
pub struct Page {
    text: String,
    terminal: bool,
}

impl Page {
    /// A page, not yet written on; for a terminal or a pipe.
    #[cfg(test)]
    pub fn blank(terminal: bool) -> Self {
        Self { text: String::new(), terminal }
    }

    /// What it says.
    #[cfg(test)]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// A line.
    pub fn line(&mut self, text: impl std::fmt::Display) {
        // Writing to a String cannot fail.
        writeln!(self.text, "{text}").unwrap_or_default();
    }

    /// A line that stands out.
    pub fn heading(&mut self, text: impl std::fmt::Display) {
        let bold = Style::new().bold();
        self.line(format_args!("{bold}{text}{bold:#}"));
    }

    /// Names and values, one pair a line.
    pub fn fields(&mut self, fields: &[(&str, String)]) {
        let width = fields.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
        let dim = Style::new().dimmed();
        for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
            self.line(format_args!("  {dim}{name:width$}{dim:#}  {value}"));
        }
    }

    /// Rows under headings.
    pub fn table(&mut self, headings: &[&str], rows: Vec<Vec<String>>) {
        if !self.terminal {
            self.line(headings.join("\t"));
            for row in rows {
                self.line(row.join("\t").replace('\n', " "));
            }
            return;
        }
        let mut table = Table::new();
        table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_header(headings.to_vec());
        table.add_rows(rows);
        self.line(table);
    }
}

/// A value as people read it.
pub fn plain(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}
