//! What a scenario says of itself, written into its component, so that it can be read without running it.

use wasm_encoder::{ComponentSection, CustomSection};

/// The name of the custom section. It holds the manifest as JSON.
pub const MANIFEST: &str = "insula:manifest";

/// A component with its manifest: what it says of itself, as JSON. A host refuses a component whose manifest says
/// something else.
pub fn with_manifest(component: &[u8], manifest: &[u8]) -> Vec<u8> {
    let mut with = component.to_vec();
    CustomSection { name: MANIFEST.into(), data: manifest.into() }.append_to_component(&mut with);
    with
}

#[cfg(test)]
mod tests {
    use wasmparser::{Parser, Payload};

    use super::*;

    #[test]
    fn the_manifest_is_a_section_of_a_component_that_is_still_sound() {
        let component = wasm_encoder::Component::new().finish();
        let with = with_manifest(&component, b"{}");
        assert!(with.starts_with(&component));
        let sections: Vec<_> = Parser::new(0).parse_all(&with).map(Result::unwrap).collect();
        let named = sections.iter().any(|section| {
            matches!(section, Payload::CustomSection(custom) if custom.name() == MANIFEST && custom.data() == b"{}")
        });
        assert!(named, "{sections:?}");
    }
}
