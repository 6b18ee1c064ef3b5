//! Packages that cannot be built, and what their authors are told. The tools' words go straight to standard error, so
//! the SDK's builder is called by itself here.

use std::process::{Command, Output};

use insula_sandbox::SnapshotError;

use crate::support::{self, Host, Package};

const IMPORT: &str = "import { scenario } from \"@insula/sdk\";\n";

/// A package with one scenario.
fn package(folder: &str, scenario: &str) -> Package {
    support::install();
    let package = Package::new(folder);
    package.write("mine.scenario.ts", scenario);
    package
}

/// What the builder of the SDK makes of a package with one scenario.
fn built(package: &Package) -> Output {
    let builder = package.folder().join("node_modules/@insula/sdk/build.mjs");
    let mut node = Command::new("node");
    node.current_dir(package.folder()).arg(builder).arg("mine.scenario.ts").output().unwrap()
}

/// What the builder says of a scenario of which no script can be made.
fn said(folder: &str, scenario: &str) -> String {
    let output = built(&package(folder, scenario));
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(output.stdout.is_empty());
    said
}

/// What the interpreter has against a scenario's script.
async fn refused(folder: &str, scenario: &str) -> SnapshotError {
    let script = package(folder, scenario).build().unwrap().remove(0);
    Host::shared().interpret(&script).await.unwrap_err()
}

/// A scenario of which some part is given.
fn with(before: &str, part: &str) -> String {
    format!(
        "{IMPORT}{before}\nexport default scenario({{ name: \"a\", version: \"1.0.0\", title: \"A.\", {part} }});\n"
    )
}

#[test]
fn a_type_that_does_not_fit_is_shown_in_its_place() {
    let said = said("wrong_type", &with("", "build(island) { island.clinic(5).create(); }"));
    assert!(said.contains("mine.scenario.ts(3,99): error TS2345"), "{said}");
    assert!(said.ends_with("the types do not fit; see above\n"), "{said}");
}

#[test]
fn what_a_scenario_does_not_have_is_no_name_that_the_types_know() {
    let said = said("fetches", &with("", "build() { fetch(\"http://example.test\"); }"));
    assert!(said.contains("Cannot find name 'fetch'"), "{said}");
}

#[test]
fn a_scenario_that_waits_does_not_fit() {
    let said = said("waits", &with("", "async build() {}"));
    assert!(said.contains("'Promise<void>' is not assignable"), "{said}");
}

#[tokio::test]
async fn a_module_that_is_no_scenario_is_told_what_to_write() {
    for (folder, text) in
        [("no_default", "export const a = 1;"), ("no_scenario", "export default { build() {} };")]
    {
        let package = package(folder, text);
        let output = built(&package);
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        let said = refused(folder, text).await.to_string();
        assert!(said.contains("exports no scenario; write: export default scenario({"), "{said}");
    }
}

#[tokio::test]
async fn the_clock_is_not_there_before_the_run() {
    for (folder, early) in [("early_clock", "new Date()"), ("early_chance", "Math.random()")] {
        let text = with(&format!("const early = {early};"), "build() { console.log(early); }");
        let said = refused(folder, &text).await.to_string();
        assert!(said.contains("known only while an island is built: move this into build()"), "{said}");
        assert!(said.contains("(mine.scenario.ts:2:"), "{said}");
    }
}

#[tokio::test]
async fn an_error_of_a_module_has_its_line_and_the_reason() {
    let early = "const encoder = (Function(\"return new TextEncoder()\") as () => object)();";
    let said = refused("early_error", &with(early, "build() { console.log(encoder); }")).await.to_string();
    assert!(said.contains("TextEncoder is not defined (the engine of scenarios, QuickJS"), "{said}");
    assert!(said.contains("(mine.scenario.ts:2:"), "{said}");
}

#[tokio::test]
async fn a_schema_that_is_none_is_told_what_is_one() {
    let text = with("", "params: { type: \"object\" } as never, build() {}");
    let said = refused("no_schema", &text).await.to_string();
    assert!(said.contains("such as zod's: z.object({"), "{said}");
}

#[tokio::test]
async fn a_module_that_does_not_end_is_ended() {
    let error = refused("endless", &with("while (Date.length > 0) {}", "build() {}")).await;
    assert!(matches!(error, SnapshotError::Quota(exceeded) if exceeded.quota == "fuel"), "{error}");
}

#[tokio::test]
async fn the_same_scenario_makes_the_same_plugin() {
    let script = package("twice", &with("", "build() {}")).build().unwrap().remove(0);
    let host = Host::shared();
    let (one, other) = (host.interpret(&script).await.unwrap(), host.interpret(&script).await.unwrap());
    assert!(one == other);
    assert_eq!(host.load(&one).await.manifest().name, "a");
}

#[test]
fn a_script_knows_its_file_wherever_that_is_in_the_package() {
    support::install();
    let package = Package::new("deep");
    package.write("tsconfig.json", r#"{ "extends": "@insula/sdk/tsconfig.json", "include": ["src"] }"#);
    package.write("src/mine.scenario.ts", &with("", "build() {}"));
    let script = package.build().unwrap().remove(0);
    assert_eq!(script.name(), "mine");
    assert!(script.file.ends_with("deep/src/mine.scenario.ts") && script.file.exists(), "{:?}", script.file);
}
