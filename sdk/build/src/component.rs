//! Wraps a core module into a component.

use wit_component::ComponentEncoder;

use crate::BuildError;

/// The contract's interface that every scenario exports, in any version.
const EXPORT: &str = "insula:scenario/plugin@";

/// The component that holds the core module of a scenario. The package's name stands in its errors.
///
/// # Errors
/// When the module exports no scenario, or imports what no scenario may.
pub fn encode(package: &str, module: &[u8]) -> Result<Vec<u8>, BuildError> {
    let refused = |reason: String| BuildError::Component { package: package.to_owned(), reason };
    if !exports_scenario(module).map_err(|error| refused(error.to_string()))? {
        return Err(BuildError::NoScenario { package: package.to_owned() });
    }
    let mut encoder = ComponentEncoder::default();
    let component = encoder.validate(true).module(module).and_then(|encoder| encoder.encode());
    component.map_err(|error| refused(format!("{error:#}")))
}

fn exports_scenario(module: &[u8]) -> Result<bool, wasmparser::BinaryReaderError> {
    for payload in wasmparser::Parser::new(0).parse_all(module) {
        if let wasmparser::Payload::ExportSection(exports) = payload? {
            for export in exports {
                if export?.name.starts_with(EXPORT) {
                    return Ok(true);
                }
            }
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_without_a_scenario_is_told_what_to_write() {
        let empty_module = b"\0asm\x01\0\0\0";
        let error = encode("mine", empty_module).unwrap_err();
        assert!(error.to_string().contains("#[insula::scenario"), "{error}");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let error = encode("mine", b"not wasm").unwrap_err();
        assert!(matches!(error, BuildError::Component { .. }), "{error}");
    }
}
