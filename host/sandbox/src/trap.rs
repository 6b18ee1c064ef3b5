//! Traps, made readable.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use wasmtime::{Error, FrameInfo, WasmBacktrace};

use crate::host::NotInDescribe;
use crate::log::{LogLevel, LogLine};
use crate::quotas::{QuotaExceeded, Quotas};

/// A plugin crashed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Trapped {
    /// What WebAssembly calls it, such as `unreachable`.
    pub trap: String,
    /// What the scenario said of it, such as the message of a panic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The functions that were being called, innermost first.
    pub backtrace: Vec<Frame>,
}

/// One function that was being called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Frame {
    /// Its name, demangled; its number where the plugin holds no names.
    pub function: String,
    /// The source file and line, where the plugin tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl fmt::Display for Trapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the plugin crashed: {}", self.trap)?;
        if let Some(message) = &self.message {
            write!(f, ": {message}")?;
        }
        if let Some(frame) = self.backtrace.first() {
            write!(f, " (in {})", frame.function)?;
        }
        Ok(())
    }
}

impl std::error::Error for Trapped {}

/// Why a call into a plugin did not return.
pub(crate) enum Stopped {
    Quota(QuotaExceeded),
    Trapped(Box<Trapped>),
}

/// What an error of wasmtime means for a run with these quotas and this log.
pub(crate) fn stopped(error: &Error, quotas: &Quotas, logs: &[LogLine]) -> Stopped {
    if let Some(exceeded) = quota(error, quotas) {
        return Stopped::Quota(exceeded);
    }
    let trap = match (error.downcast_ref::<wasmtime::Trap>(), error.downcast_ref::<NotInDescribe>()) {
        (Some(trap), _) => trap.to_string().trim_start_matches("wasm trap: ").to_owned(),
        (_, Some(called)) => called.to_string(),
        _ => error.root_cause().to_string(),
    };
    Stopped::Trapped(Box::new(Trapped { trap, message: panic_message(logs), backtrace: backtrace(error) }))
}

fn quota(error: &Error, quotas: &Quotas) -> Option<QuotaExceeded> {
    if let Some(exceeded) = error.downcast_ref::<QuotaExceeded>() {
        return Some(*exceeded);
    }
    if error.downcast_ref::<wasmtime::Trap>() == Some(&wasmtime::Trap::OutOfFuel) {
        return Some(QuotaExceeded { quota: "fuel", limit: quotas.fuel });
    }
    // The type of this error is wasmtime's own, so only its words tell; a test holds them.
    let copied = error.root_cause().to_string().contains("fuel allocated for hostcalls has been exhausted");
    copied.then_some(QuotaExceeded { quota: "call_bytes", limit: quotas.call_bytes })
}

/// The SDKs log a panic before they trap.
fn panic_message(logs: &[LogLine]) -> Option<String> {
    let last = logs.last().filter(|line| line.level == LogLevel::Warn)?;
    last.message.starts_with("panicked at").then(|| last.message.clone())
}

/// How the names of functions begin through which a panic goes.
const PANICS: [&str; 6] =
    ["__rustc::", "std::panicking", "core::panicking", "std::sys::backtrace", "std::process", "rust_"];

fn backtrace(error: &Error) -> Vec<Frame> {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    let frames: Vec<Frame> = frames.iter().flat_map(functions).collect();
    // Where a panic was raised says something; how Rust goes on from there does not.
    let raised = frames.iter().position(|frame| !PANICS.iter().any(|it| frame.function.starts_with(it)));
    frames.into_iter().skip(raised.unwrap_or(0)).collect()
}

/// The functions of a frame: several, where the compiler has put one into another.
fn functions(frame: &FrameInfo) -> Vec<Frame> {
    let inlined = frame.symbols().iter().filter_map(|symbol| {
        let source = symbol.file().map(|file| match symbol.line() {
            Some(line) => format!("{file}:{line}"),
            None => file.to_owned(),
        });
        Some(Frame { function: demangled(symbol.name()?), source })
    });
    let inlined: Vec<Frame> = inlined.collect();
    if !inlined.is_empty() {
        return inlined;
    }
    let function = frame.func_name().map_or_else(|| format!("function {}", frame.func_index()), demangled);
    vec![Frame { function, source: None }]
}

fn demangled(name: &str) -> String {
    format!("{:#}", rustc_demangle::demangle(name))
}
