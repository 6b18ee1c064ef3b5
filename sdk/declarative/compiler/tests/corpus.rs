//! What an editor says of a file by the schema, and what the compiler says of it, agree.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says so when it fails")]

use std::fmt::Write as _;
use std::path::Path;

use insula_compiler::{CompileError, Scenario, json, schema};

/// The files of a folder, by name.
fn files(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus").join(folder);
    let mut files: Vec<_> = folder
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().replace(".scenario.yaml", "");
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn fits(text: &str) -> bool {
    json(text).is_ok_and(|json| jsonschema::draft202012::new(&schema()).unwrap().is_valid(&json))
}

/// What the compiler says of files that it must refuse: a line for each mistake.
fn refusals(folder: &str) -> String {
    let mut said = String::new();
    for (name, text) in files(folder) {
        let Err(CompileError::Mistakes(mistakes)) = Scenario::read(&text) else {
            panic!("{folder}/{name} must be refused");
        };
        for mistake in mistakes {
            writeln!(said, "{name}:{}:{}: {}", mistake.line, mistake.column, mistake.message).unwrap();
        }
    }
    said
}

#[test]
fn right_files_are_right_for_both() {
    for (name, text) in files("right") {
        Scenario::read(&text).unwrap_or_else(|error| panic!("{name}: {error:?}"));
        assert!(fits(&text), "the schema refuses {name}");
    }
}

#[test]
fn files_of_a_wrong_form_are_wrong_for_both() {
    for (name, text) in files("wrong") {
        assert!(!fits(&text), "the schema takes {name}");
    }
    insta::assert_snapshot!(refusals("wrong"));
}

#[test]
fn what_only_carrying_it_out_shows_is_told_at_build_all_the_same() {
    insta::assert_snapshot!(refusals("meaning"));
}

/// What is small in the file and large in memory, or deeper than a stack.
#[test]
fn files_that_are_too_large_are_refused_before_they_are_read() {
    let head = "name: a\nversion: 1.0.0\ntitle: A.\n";
    let laughs = (1..9).fold("  a0: &a0 [ha]\n".to_owned(), |lines, n| {
        let before = format!("*a{}, ", n - 1).repeat(9);
        format!("{lines}  a{n}: &a{n} [{before}]\n")
    });
    let echo = format!("outputs:\n  a: &a {}\n  b: [{}]\n", "x".repeat(10_000), "*a, ".repeat(10_000));
    for (text, line, said) in [
        (format!("{head}description: {}\n", "x".repeat(2 << 20)), 1, "at most 1 MiB"),
        (format!("{head}outputs:\n{laughs}"), 11, "at most 1 MiB"),
        (format!("{head}{echo}"), 6, "at most 1 MiB"),
        (format!("{head}outputs:\n  a: {}\n", "[".repeat(200)), 5, "at most 100"),
        (
            format!(
                "{head}outputs:\n{}",
                (1..500).fold(String::new(), |text, n| format!("{text}{:n$}a:\n", ""))
            ),
            104,
            "at most 100",
        ),
    ] {
        let Err(CompileError::Mistakes(mistakes)) = Scenario::read(&text) else {
            panic!("it must be refused: {said}");
        };
        let [mistake] = mistakes.as_slice() else { panic!("{mistakes:?}") };
        assert!(mistake.message.contains(said), "{mistake:?}");
        assert_eq!(mistake.line, line, "{mistake:?}");
    }
}

#[test]
fn every_key_is_explained_and_shown() {
    fn walk(json: &serde_json::Value, path: &str, bare: &mut Vec<String>) {
        let Some(object) = json.as_object() else {
            return json.as_array().into_iter().flatten().for_each(|json| walk(json, path, bare));
        };
        for (name, property) in object.get("properties").and_then(|it| it.as_object()).into_iter().flatten() {
            let (path, has) = (format!("{path}/{name}"), |key| property.get(key).is_some());
            if !has("description") || !(has("examples") || has("$ref") || has("enum")) {
                bare.push(path);
            }
        }
        object.iter().for_each(|(name, json)| walk(json, &format!("{path}/{name}"), bare));
    }
    let mut bare = Vec::new();
    walk(&schema(), "", &mut bare);
    assert!(bare.is_empty(), "{bare:#?}");
}
