//! The published schemas are what the types say.

use std::path::Path;

use crate::program::Place;

#[test]
fn the_committed_schemas_are_what_the_types_say() {
    let schemas = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas");
    let ran = Place::new().run(&["schema", "--check", schemas.to_str().unwrap()]);
    assert_eq!(ran.code, Some(0), "{} (run: cargo run --release -- schema)", ran.stderr);
}

#[test]
fn what_differs_is_named_and_written_anew() {
    let place = Place::new();
    let first = place.json(&["schema"]);
    assert_eq!(
        first["written"].as_array().map(Vec::len),
        first["files"].as_u64().and_then(|files| files.try_into().ok())
    );
    assert_eq!(place.json(&["schema"])["written"], serde_json::json!([]));

    place.write("schemas/entities/patient.schema.json", "{}");
    let ran = place.run(&["schema", "--check"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("entities/patient.schema.json"), "{ran:?}");
    assert_eq!(place.json(&["schema"])["written"], serde_json::json!(["entities/patient.schema.json"]));
}

#[test]
fn every_schema_is_a_schema() {
    let place = Place::new();
    place.json(&["schema"]);
    let folders =
        ["schemas", "schemas/entities"].map(|folder| std::fs::read_dir(place.path(folder)).unwrap());
    let files: Vec<_> = folders
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .collect();
    assert!(files.len() > 20, "{files:?}");
    for file in files {
        let schema: serde_json::Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{}", file.display());
        assert_eq!(schema["$id"].as_str(), file.file_name().unwrap().to_str());
        jsonschema::draft202012::meta::validate(&schema)
            .unwrap_or_else(|reason| panic!("{}: {reason}", file.display()));
    }
}
