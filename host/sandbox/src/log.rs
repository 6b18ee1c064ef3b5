//! The log of a run: what a scenario says while it builds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::quotas::QuotaExceeded;

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum LogLevel {
    /// For the author of the scenario.
    Debug,
    /// For its caller.
    Info,
    /// Something is not as it should be.
    Warn,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LogLine {
    /// How much it matters.
    pub level: LogLevel,
    /// What the scenario said. An ellipsis ends it where it was cut.
    pub message: String,
}

/// The lines so far.
pub(crate) struct Log {
    max_lines: u64,
    max_line_bytes: u64,
    lines: Vec<LogLine>,
}

impl Log {
    pub(crate) fn new(max_lines: u64, max_line_bytes: u64) -> Self {
        Self { max_lines, max_line_bytes, lines: Vec::new() }
    }

    pub(crate) fn write(&mut self, level: LogLevel, message: &str) -> Result<(), QuotaExceeded> {
        if self.lines.len() as u64 >= self.max_lines {
            return Err(QuotaExceeded { quota: "log_lines", limit: self.max_lines });
        }
        let max = usize::try_from(self.max_line_bytes).unwrap_or(usize::MAX);
        let message = if message.len() <= max {
            message.to_owned()
        } else {
            format!("{}…", &message[..message.floor_char_boundary(max)])
        };
        self.lines.push(LogLine { level, message });
        Ok(())
    }

    pub(crate) fn take(&mut self) -> Vec<LogLine> {
        std::mem::take(&mut self.lines)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_letters_and_too_many_lines_are_refused() {
        let mut log = Log::new(1, 3);
        log.write(LogLevel::Info, "aüü").unwrap();
        assert_eq!(
            log.write(LogLevel::Info, "b").unwrap_err(),
            QuotaExceeded { quota: "log_lines", limit: 1 }
        );
        assert_eq!(log.take(), [LogLine { level: LogLevel::Info, message: "aü…".to_owned() }]);
    }
}
