//! `insula schema`: the published JSON Schemas, from the types that the host itself uses.

use insula_domain::{EntitySchemas, Kind, Manifest};
use insula_engine::{Answer, Plan, PlanRequest, SeedRequest, Settings};
use insula_server::Problem;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::args::SchemaArgs;
use crate::failure::Failure;
use crate::generated;
use crate::output::Output;

pub fn run(args: &SchemaArgs, output: Output) -> Result<(), Failure> {
    let documents = documents();
    let names = generated::write(&args.dir, &documents, args.check, "insula schema")?;
    let answer = json!({ "directory": args.dir, "files": documents.len(), "written": names });
    output.answer(&answer, |page| {
        let (all, written) = (documents.len(), names.len());
        page.line(format_args!("{all} schemas in {}, {written} of them written.", args.dir.display()));
    })
}

/// Every published schema: its path, and its text to the letter.
fn documents() -> Vec<(String, String)> {
    let entities =
        Kind::ALL.map(|kind| (format!("entities/{}", kind.singular()), EntitySchemas::published(kind)));
    let others = [
        ("scenario", insula_compiler::schema()),
        ("seed-request", request::<SeedRequest>()),
        ("seed-answer", answer::<Answer>()),
        ("plan-request", request::<PlanRequest>()),
        ("plan-answer", answer::<Plan>()),
        ("scenario-manifest", answer::<Manifest>()),
        ("problem", answer::<Problem>()),
        ("configuration", request::<Settings>()),
    ];
    let others = others.into_iter().map(|(name, schema)| (name.to_owned(), schema));
    entities.into_iter().chain(others).map(|(name, schema)| document(&name, schema)).collect()
}

/// What is sent to a host: what may be left out is not required.
fn request<T: JsonSchema>() -> Value {
    SchemaGenerator::new(SchemaSettings::draft2020_12()).into_root_schema_for::<T>().to_value()
}

/// What a host sends: what it always sends is required.
pub fn answer<T: JsonSchema>() -> Value {
    SchemaGenerator::new(SchemaSettings::draft2020_12().for_serialize())
        .into_root_schema_for::<T>()
        .to_value()
}

/// The id is the file's own name, so that a reference to it works from the file's directory and from any server.
fn document(name: &str, schema: Value) -> (String, String) {
    let path = format!("{name}.schema.json");
    let id = path.rsplit('/').next().unwrap_or(&path);
    let mut whole = Map::new();
    if let Value::Object(mut schema) = schema {
        schema.insert("$id".to_owned(), id.into());
        let first = ["$schema", "$id", "title", "description"].map(|name| schema.remove_entry(name));
        whole.extend(first.into_iter().flatten());
        whole.extend(schema);
    }
    let text = format!("{:#}\n", Value::Object(whole));
    (path, text)
}
