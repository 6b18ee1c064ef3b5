//! Makes a plugin of a declarative scenario: reads its YAML or JSON, checks it, tries its examples, and puts it into
//! the interpreter. That takes milliseconds, and no compiler.
//!
//! ```
//! let text = "name: waiting_room\nversion: 1.0.0\ntitle: A waiting room.\nclinics: [{ name: Northside Clinic }]\n";
//! let scenario = insula_compiler::Scenario::read(text)?;
//! assert_eq!(scenario.document().name, "waiting_room");
//! let plugin: Vec<u8> = scenario.compile()?;
//! # Ok::<(), insula_compiler::CompileError>(())
//! ```
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bounds;
mod check;
mod error;
mod params;
mod source;
mod splice;

use insula_declarative::Document;
use serde_json::Value;

pub use check::schema;
pub use error::{CompileError, Mistake, Span};
use source::Source;

/// The interpreter, before it has a document.
static INTERPRETER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/interpreter.wasm"));

/// What YAML says, as JSON.
///
/// # Errors
/// When it is no YAML, or says what JSON cannot.
pub fn json(text: &str) -> Result<Value, CompileError> {
    Source::read(text).map(|source| source.json)
}

/// A declarative scenario that was read and is sound.
#[derive(Debug)]
pub struct Scenario {
    source: Source,
    document: Document,
}

impl Scenario {
    /// Reads YAML, or JSON, which is YAML too; checks it, and tries its examples.
    ///
    /// # Errors
    /// [`CompileError::Mistakes`] with the places of all that is wrong.
    pub fn read(text: &str) -> Result<Self, CompileError> {
        let source = Source::read(text)?;
        let document = check::document(&source)?;
        params::check(&source, &document)?;
        check::examples(&source, &document)?;
        Ok(Self { source, document })
    }

    /// What it says.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The same as JSON.
    pub fn json(&self) -> &Value {
        &self.source.json
    }

    /// Where in the text the value of a JSON Pointer stands, or else what it is in.
    pub fn span(&self, pointer: &str) -> Span {
        self.source.span(pointer)
    }

    /// The plugin: a component like any other.
    ///
    /// # Errors
    /// When the interpreter cannot take the document, which is a fault of this program.
    pub fn compile(&self) -> Result<Vec<u8>, CompileError> {
        let module = splice::splice(INTERPRETER, self.source.json.to_string().as_bytes())?;
        let component = insula_build::component(&self.document.name, &module)?;
        let manifest = self.document.manifest_json().to_string();
        Ok(insula_build::with_manifest(&component, manifest.as_bytes()))
    }
}
