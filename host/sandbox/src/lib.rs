//! Runs scenarios.
//!
//! A [`Plugin`] is a WebAssembly component that keeps the contract in `sdk/wit`. Each run gets a fresh instance of it
//! with [`Quotas`], sees nothing of the world but what the contract offers, and fills a draft. Only a scenario that
//! says it is content gets its draft back out; whatever else happens, nothing was built.
//!
//! ```no_run
//! # use insula_domain::{Draft, Setup};
//! # async fn example(wasm: &[u8], setup: std::sync::Arc<Setup>) -> Result<(), Box<dyn std::error::Error>> {
//! use insula_sandbox::{Run, Sandbox, SandboxConfig};
//!
//! let sandbox = Sandbox::new(SandboxConfig::default())?;
//! let plugin = sandbox.load(wasm).await?;
//! let quotas = sandbox.quotas();
//! let run = Run { params: "{}", seed: 42, clock: jiff::Timestamp::now(), quotas, journal: false };
//! let built = sandbox.run(&plugin, run, Draft::new(setup, quotas.draft)).await?;
//! println!("{} users", built.draft.entities().users.len());
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cache;
mod check;
mod config;
mod contract;
mod engine;
mod error;
mod functions;
mod host;
mod journal;
mod load;
mod log;
mod manifest;
mod person;
mod plugin;
mod quotas;
mod random;
mod run;
mod sandbox;
mod snapshot;
mod ticker;
mod trap;

pub use config::SandboxConfig;
pub use error::{LoadError, SandboxError, SnapshotError};
pub use journal::{HostCall, HostOutcome, Journal};
pub use log::{LogLevel, LogLine};
pub use manifest::{Inspected, inspect};
pub use plugin::Plugin;
pub use quotas::{QuotaExceeded, QuotaOverrides, Quotas};
pub use random::extension_seed;
pub use run::{Built, Returned, Run, RunCost, RunError, RunErrorKind};
pub use sandbox::Sandbox;
pub use trap::{Frame, Trapped};
