//! The component that carries out declarative scenarios.
//!
//! The compiler puts a document into it, as JSON, and so makes a plugin of it without compiling anything. Before it
//! has its document it is no plugin: it fails when it is loaded.

use insula::{Error, Manifest, Result};
use insula_declarative::Document;
use serde_json::Value;

/// The scenario that the document describes.
pub struct Scenario;

fn document() -> Result<Document> {
    // By way of a `Value`, so that the types are read from one kind of source and the component stays small.
    let json: Value = serde_json::from_slice(insula::document())?;
    Document::read(json).map_err(|error| Error::failed(format!("the document: {error}")))
}

impl insula::Scenario for Scenario {
    #[expect(clippy::expect_used, reason = "a plugin cannot say in another way that it has no manifest")]
    fn manifest() -> Manifest {
        document().expect("a component without a document is no plugin").manifest()
    }

    fn base_params(params: &str) -> Result<String> {
        let params = serde_json::from_str(params)?;
        Ok(insula_declarative::base_params(&document()?, params)?.to_string())
    }

    fn run(params: &str) -> Result<String> {
        let document = document()?;
        let params = serde_json::from_str(params)?;
        Ok(insula_declarative::run(&document, params, insula::island())?.to_string())
    }
}

#[cfg(target_arch = "wasm32")]
#[allow(unsafe_code, reason = "wit-bindgen writes the passage between guest and host")]
const _: () = {
    insula::contract::export!(Scenario with_types_in insula::contract);
};
