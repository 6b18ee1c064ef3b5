//! What stands in a plugin about it, to be read without running it.

use insula_domain::Manifest;
use serde_json::Value;
use wasmparser::{Parser, Payload};

use crate::check::{self, Checked};
use crate::error::LoadError;

/// The custom section of a component that holds its manifest as JSON. `insula build` writes it.
const SECTION: &str = "insula:manifest";

/// What is known of a plugin that was not run.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The version of the contract for which it was made.
    pub contract: String,
    /// The interfaces that it imports, with their versions.
    pub imports: Vec<String>,
    /// What it says of itself, where that stands in it. Whether it is true shows when it is loaded.
    pub manifest: Option<Value>,
}

/// Looks into a plugin without running any of it.
///
/// # Errors
/// When it does not keep the contract.
pub fn inspect(wasm: &[u8]) -> Result<Inspected, LoadError> {
    let Checked { release, imports } = check::check(wasm)?;
    Ok(Inspected { contract: release.version.to_owned(), imports, manifest: read(wasm)? })
}

/// The manifest that stands in a component, where one does.
fn read(wasm: &[u8]) -> Result<Option<Value>, LoadError> {
    let damaged = |reason: String| LoadError::Damaged { reason };
    let (mut depth, mut found) = (0_usize, None);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload.map_err(|reason| damaged(reason.to_string()))? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::CustomSection(section) if depth == 0 && section.name() == SECTION => {
                if found.is_some() {
                    return Err(damaged(format!("it has two sections {SECTION}")));
                }
                found = Some(
                    serde_json::from_slice(section.data())
                        .map_err(|reason| damaged(format!("its section {SECTION} is not JSON: {reason}")))?,
                );
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Refuses a plugin in which something else stands than what it says when it is asked.
pub(crate) fn compare(wasm: &[u8], said: &Manifest) -> Result<(), LoadError> {
    let Some(written) = read(wasm)? else { return Ok(()) };
    let said =
        serde_json::to_value(said).map_err(|reason| LoadError::Damaged { reason: reason.to_string() })?;
    if written == said {
        return Ok(());
    }
    let fields = said.as_object().into_iter().chain(written.as_object()).flat_map(|object| object.keys());
    let mut differing = fields.filter(|field| written.get(field) != said.get(field));
    Err(LoadError::OtherManifest { field: differing.next().map_or("whole", String::as_str).to_owned() })
}
