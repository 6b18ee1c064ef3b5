//! How a host's sandboxes are set up.

use std::path::PathBuf;
use std::time::Duration;

use crate::quotas::Quotas;

/// How a host's sandboxes are set up.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Sandboxes at once, 1 at least. Further runs wait.
    pub slots: u32,
    /// Whether memory for all sandboxes is reserved beforehand. It makes a run cheaper and the start dearer, so it
    /// is for servers.
    pub pooling: bool,
    /// Where compiled plugins are kept from one start to the next. The folder must be the host's alone.
    pub cache: Option<PathBuf>,
    /// Whether plugins will come again with little changed, as while somebody writes them. What was compiled of one is then
    /// kept, in memory and in `cache`, and makes compiling the next four times as fast.
    pub rebuilds: bool,
    /// What a run may use where its scenario has no quotas of its own.
    pub quotas: Quotas,
    /// How long a run waits for a sandbox.
    pub wait: Duration,
    /// Bytes of the largest plugin that is loaded.
    pub plugin_bytes: u64,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            // A pool of 256 costs 1.1 ms to make (limits.md), and no machine runs as many at once.
            slots: 256,
            pooling: true,
            cache: None,
            rebuilds: false,
            quotas: Quotas::default(),
            // A seed takes milliseconds; whoever waited this long is better told to come again.
            wait: Duration::from_secs(10),
            // A Python plugin has 18 MiB, the largest kind that is known (guests.md).
            plugin_bytes: 64 << 20,
        }
    }
}
