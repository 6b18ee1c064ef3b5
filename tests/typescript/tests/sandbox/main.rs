//! Scenarios in TypeScript, built as `insula build` builds them, in a real sandbox and under the domain's rules.

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says so when it fails")]

mod examples;
mod mistakes;
mod misuse;
mod support;
