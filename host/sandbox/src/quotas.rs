//! Quotas: how much one run may use.

use std::time::Duration;

use insula_domain::DraftLimits;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How much one run may use. The defaults hold for the whole host; a scenario may have its own by [`QuotaOverrides`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quotas {
    /// Units of Wasm work, about one for each instruction: the same limit on every machine.
    pub fuel: u64,
    /// Time from the first instruction, that of other runs on the same worker included.
    pub wall: Duration,
    /// Bytes of linear memory.
    pub memory: u64,
    /// Calls of the host.
    pub host_calls: u64,
    /// Bytes that one call may hand to the host.
    pub call_bytes: u64,
    /// Bytes of the params.
    pub params_bytes: u64,
    /// Bytes of the outputs.
    pub output_bytes: u64,
    /// Lines in the log.
    pub log_lines: u64,
    /// Bytes of a line in the log; what is longer is cut.
    pub log_line_bytes: u64,
    /// What the draft may hold.
    pub draft: DraftLimits,
}

impl Default for Quotas {
    fn default() -> Self {
        Self {
            // About five seconds of Rust; 100,000 appointments take a hundredth of it, and an interpreted scripting
            // language about a hundred times as much as Rust.
            fuel: 10_000_000_000,
            // A test that waits for its island longer than this has failed anyway.
            wall: Duration::from_secs(10),
            // Room for the engines of scripting languages, which take 10 to 40 MiB.
            memory: 128 << 20,
            // A call each for 100,000 patients, with a name and a birthday drawn one by one.
            host_calls: 500_000,
            // 100,000 appointments in one list are about 15 MiB.
            call_bytes: 32 << 20,
            // Longer params are data, which belongs into the plugin.
            params_bytes: 1 << 20,
            // The outputs go into every answer.
            output_bytes: 1 << 20,
            // As do the log's lines.
            log_lines: 1000,
            log_line_bytes: 4 << 10,
            draft: DraftLimits::default(),
        }
    }
}

/// Quotas that differ from the host's. What is left out stays as the host has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct QuotaOverrides {
    /// Units of Wasm work, about one for each instruction.
    pub fuel: Option<u64>,
    /// Milliseconds from the first instruction.
    pub wall_ms: Option<u64>,
    /// Bytes of linear memory.
    pub memory_bytes: Option<u64>,
    /// Calls of the host.
    pub host_calls: Option<u64>,
    /// Bytes that one call may hand to the host.
    pub call_bytes: Option<u64>,
    /// Bytes of the params.
    pub params_bytes: Option<u64>,
    /// Bytes of the outputs.
    pub output_bytes: Option<u64>,
    /// Lines in the log.
    pub log_lines: Option<u64>,
    /// Bytes of a line in the log; what is longer is cut.
    pub log_line_bytes: Option<u64>,
    /// Entities in the island.
    pub entities: Option<u64>,
    /// Rows in the island's tables.
    pub rows: Option<u64>,
    /// Bytes of the island's values.
    pub bytes: Option<u64>,
}

impl QuotaOverrides {
    /// These where they say something, `host` elsewhere.
    pub fn apply(&self, host: Quotas) -> Quotas {
        Quotas {
            fuel: self.fuel.unwrap_or(host.fuel),
            wall: self.wall_ms.map_or(host.wall, Duration::from_millis),
            memory: self.memory_bytes.unwrap_or(host.memory),
            host_calls: self.host_calls.unwrap_or(host.host_calls),
            call_bytes: self.call_bytes.unwrap_or(host.call_bytes),
            params_bytes: self.params_bytes.unwrap_or(host.params_bytes),
            output_bytes: self.output_bytes.unwrap_or(host.output_bytes),
            log_lines: self.log_lines.unwrap_or(host.log_lines),
            log_line_bytes: self.log_line_bytes.unwrap_or(host.log_line_bytes),
            draft: DraftLimits {
                entities: self.entities.unwrap_or(host.draft.entities),
                rows: self.rows.unwrap_or(host.draft.rows),
                bytes: self.bytes.unwrap_or(host.draft.bytes),
            },
        }
    }
}

/// A run wanted more than one of its quotas allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the run needs more than its quota `{quota}` of {limit}; build less in one run, or raise the quota")]
pub struct QuotaExceeded {
    /// Which: a field of [`QuotaOverrides`].
    pub quota: &'static str,
    /// How much it allows.
    pub limit: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_override_changes_what_it_names_and_nothing_else() {
        let overrides: QuotaOverrides = serde_json::from_str(r#"{"wall_ms": 50, "rows": 7}"#).unwrap();
        let host = Quotas::default();
        let draft = DraftLimits { rows: 7, ..host.draft };
        assert_eq!(overrides.apply(host), Quotas { wall: Duration::from_millis(50), draft, ..host });
    }

    #[test]
    fn a_quota_that_does_not_exist_is_an_error() {
        assert!(serde_json::from_str::<QuotaOverrides>(r#"{"fuell": 1}"#).is_err());
    }
}
