//! What stands in a plugin about it, to be read without running it.

use insula_domain::Manifest;
use serde_json::Value;
use wasm_encoder::Encode;
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

/// A component without its manifest, where that is its last section, as `insula build` has it: what is compiled. So a plugin is
/// compiled once, though it is loaded before it has a manifest and after.
pub(crate) fn code(wasm: &[u8]) -> &[u8] {
    let (mut depth, mut manifest) = (0_usize, None);
    for payload in Parser::new(0).parse_all(wasm) {
        match payload {
            Ok(Payload::ModuleSection { .. } | Payload::ComponentSection { .. }) => depth += 1,
            Ok(Payload::End(_)) => depth = depth.saturating_sub(1),
            Ok(Payload::CustomSection(section)) if depth == 0 && section.name() == SECTION => {
                manifest = Some(section.range()).filter(|range| range.end == wasm.len() as u64);
            }
            Ok(_) => {}
            // Whoever checks it says what is wrong.
            Err(_) => return wasm,
        }
    }
    manifest.and_then(|range| before(wasm, usize::try_from(range.start).ok()?)).unwrap_or(wasm)
}

/// What stands before the custom section whose contents begin here and are the rest: its number is 0, and its length follows.
fn before(wasm: &[u8], start: usize) -> Option<&[u8]> {
    let mut head = vec![0];
    (wasm.len() - start).encode(&mut head);
    wasm[..start].strip_suffix(&head[..])
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

#[cfg(test)]
mod tests {
    use super::*;

    /// An empty component.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn with(component: &[u8], name: &str, data: &[u8]) -> Vec<u8> {
        let length = 1 + name.len() + data.len();
        let mut head = vec![0];
        let mut rest = length;
        while rest >= 0x80 {
            head.push(u8::try_from(rest % 0x80).unwrap() + 0x80);
            rest /= 0x80;
        }
        head.push(u8::try_from(rest).unwrap());
        let name_length = [u8::try_from(name.len()).unwrap()];
        [component, &head, &name_length, name.as_bytes(), data].concat()
    }

    #[test]
    fn what_is_compiled_is_the_same_with_and_without_a_manifest() {
        for data in [&b"{}"[..], &[b' '; 111], &[b' '; 112], &[b' '; 70_000]] {
            assert_eq!(code(&with(COMPONENT, SECTION, data)), COMPONENT);
        }
        let other = with(COMPONENT, "other", b"{}");
        assert_eq!(code(&with(&other, SECTION, b"{}")), other);
        let behind = with(&with(COMPONENT, SECTION, b"{}"), "other", b"{}");
        for whole in [COMPONENT, &other, &behind, b"\0asm", &behind[..behind.len() - 1]] {
            assert_eq!(code(whole), whole);
        }
    }
}
