//! Packages that cannot be built, and what their authors are told. The tools' words go straight to standard error, so
//! the SDK's builder is called by itself here.

use std::process::Command;

use crate::support::{self, Package};

const IMPORT: &str = "import { scenario } from \"@insula/sdk\";\n";

/// What the builder of the SDK says of a package with one scenario, that cannot be built.
fn said(folder: &str, scenario: &str) -> String {
    support::install();
    let package = Package::new(folder);
    package.write("mine.scenario.ts", scenario);
    let builder = package.folder().join("node_modules/@insula/sdk/build.mjs");
    let mut node = Command::new("node");
    node.current_dir(package.folder()).arg(builder).args(["--out", "dist", "mine.scenario.ts"]);
    let ran = node.output().unwrap();
    let said = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{said}");
    assert!(!package.folder().join("dist").exists());
    said
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

#[test]
fn a_module_that_is_no_scenario_is_told_what_to_write() {
    for (folder, text) in
        [("no_default", "export const a = 1;"), ("no_scenario", "export default { build() {} };")]
    {
        let said = said(folder, text);
        assert!(said.contains("exports no scenario; write: export default scenario({"), "{said}");
        assert!(!said.contains("WARNING"), "{said}");
    }
}

#[test]
fn the_clock_is_not_there_before_the_run() {
    for (folder, early) in [("early_clock", "new Date()"), ("early_chance", "Math.random()")] {
        let said = said(folder, &with(&format!("const early = {early};"), "build() { console.log(early); }"));
        assert!(said.contains("known only while an island is built: move this into build()"), "{said}");
        assert!(said.contains("(mine.scenario.ts:2:"), "{said}");
    }
}

#[test]
fn an_error_of_a_module_has_its_line_and_the_reason() {
    let early = "const encoder = (Function(\"return new TextEncoder()\") as () => object)();";
    let said = said("early_error", &with(early, "build() { console.log(encoder); }"));
    assert!(said.contains("TextEncoder is not defined (the engine of scenarios, QuickJS"), "{said}");
    assert!(said.contains("(mine.scenario.ts:2:"), "{said}");
}

#[test]
fn a_schema_that_is_none_is_told_what_is_one() {
    let said = said("no_schema", &with("", "params: { type: \"object\" } as never, build() {}"));
    assert!(said.contains("such as zod's: z.object({"), "{said}");
}
