//! What a document must be before a plugin is made of it.
//!
//! The types read it and say best what is wrong; the published schema says the rest (patterns, lengths, ranges), so
//! that no file is right here and wrong in an editor.

use std::sync::LazyLock;

use insula::Island;
use insula_declarative::{Document, check_expressions, place_of};
use jsonschema::Validator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value};

use crate::error::{CompileError, Mistake};
use crate::source::{Source, step};

/// The JSON Schema of the format: `schemas/scenario.schema.json`.
pub fn schema() -> Value {
    SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Document>().to_value()
}

static VALIDATOR: LazyLock<Result<Validator, String>> =
    LazyLock::new(|| jsonschema::draft202012::new(&schema()).map_err(|error| error.to_string()));

/// Reads the document.
pub(crate) fn document(source: &Source) -> Result<Document, CompileError> {
    if !source.json.is_object() {
        let message = "a scenario is a mapping of keys to values, such as `name: waiting_room`";
        return Err(CompileError::Mistakes(vec![source.mistake(source.span(""), message)]));
    }
    let document = serde_path_to_error::deserialize::<_, Document>(&source.json)
        .map_err(|error| CompileError::Mistakes(vec![misread(source, &error)]))?;
    let mut mistakes: Vec<Mistake> = check_expressions(&source.json)
        .into_iter()
        .map(|fault| source.mistake(source.span(&fault.pointer), fault.message))
        .collect();
    let validator =
        VALIDATOR.as_ref().map_err(|reason| CompileError::Interpreter { reason: reason.clone() })?;
    mistakes.extend(
        validator
            .iter_errors(&source.json)
            .map(|error| source.mistake(source.span(error.instance_path().as_str()), error.to_string())),
    );
    if mistakes.is_empty() { Ok(document) } else { Err(CompileError::Mistakes(mistakes)) }
}

/// What the types say, at the place that they mean.
fn misread(source: &Source, error: &serde_path_to_error::Error<serde_json::Error>) -> Mistake {
    use serde_path_to_error::Segment::{Map, Seq};
    let pointer = error.path().iter().fold(String::new(), |pointer, segment| match segment {
        Seq { index } => format!("{pointer}/{index}"),
        Map { key } => format!("{pointer}/{}", step(key)),
        _ => pointer,
    });
    let message = in_yamls_words(error.inner().to_string());
    // An unknown key is a mistake of the key, and a missing one of what it is missing in.
    let span = match message.starts_with("unknown key").then(|| source.key_span(&pointer)).flatten() {
        Some(key) => key,
        None => source.span(&pointer),
    };
    source.mistake(span, message)
}

/// What serde says in words of Rust and of JSON.
fn in_yamls_words(message: String) -> String {
    let words = [
        ("u32", "a whole number from 0 on"),
        ("f64", "a number"),
        ("expected a sequence", "expected a list"),
        ("type: sequence", "type: list"),
        ("expected a map", "expected a mapping"),
        ("type: map", "type: mapping"),
        ("unknown variant", "unknown word"),
        ("unknown field", "unknown key"),
        ("missing field", "missing key"),
    ];
    words.iter().fold(message, |message, (from, to)| message.replacen(from, to, 1))
}

/// Runs the examples without a host, which finds names that nothing has and days that are none. Whether the domain
/// allows what is built is the host's to say; and what adds to what is there before needs a host.
pub(crate) fn examples(source: &Source, document: &Document) -> Result<(), CompileError> {
    if document.adds() {
        return Ok(());
    }
    for example in document.manifest().examples {
        let params: Map<String, Value> = serde_json::from_str(&example.params).unwrap_or_default();
        let run = |island: &'static mut Island| insula_declarative::run(document, params, island);
        if let Err(error) = insula::testing::run(run) {
            let said = error.to_string();
            let (message, pointer) = place_of(&said).unwrap_or((&said, ""));
            let mut mistake = source.mistake(source.span(pointer), message);
            mistake.help = Some(format!("this is the example {:?}", example.title));
            return Err(CompileError::Mistakes(vec![mistake]));
        }
    }
    Ok(())
}
