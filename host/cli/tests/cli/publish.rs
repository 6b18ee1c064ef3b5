//! `insula types` and `insula docs`.

use std::process::Command;

use serde_json::json;

use crate::program::{Place, Ran, ran};
use crate::typescript::sdk;

const PICKY: &str = r#"
name: picky
version: 1.0.0
title: "It needs a */ word"
params:
  word: { type: string, enum: [one, two] }
  days: { type: array, items: { type: string }, default: [] }
clinics: [{ name: Northside Clinic }]
outputs: { word: "the {{ params.word }}" }
"#;

/// Keys that are no names in Python: words of its own, and such with signs in them.
const NAMELESS: &str = r#"
name: nameless
version: 1.0.0
title: Keys without names.
params:
  from: { type: string, enum: ["\"here\"", there], description: "Where\nfrom." }
  class: { type: integer, default: 1 }
clinics: [{ name: Northside Clinic }]
outputs: { a-b: "{{ params.from }}" }
"#;

#[test]
fn the_typescript_knows_every_scenario() {
    let place = Place::new();
    place.write("plugins/picky.scenario.yaml", PICKY);
    let text = place.run(&["types", "--plugins", "plugins"]).stdout;
    for line in [
        "  busy_calendar: { params: BusyCalendarParams; outputs: BusyCalendarOutputs };",
        "  appointments?: number;",
        "  first_day: string;",
        "  /** It needs a * / word */",
        "  word: \"one\" | \"two\";",
        "  days?: Array<string>;",
        "export type MinimalParams = Record<string, never>;",
        "export async function seed<",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
}

const STRICTEST: [&str; 3] =
    ["--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noUnusedLocals"];

/// What tsc says of a file, by these rules besides `--strict`.
pub fn tsc(place: &Place, file: &str, rules: &[&str]) -> Ran {
    let tsc = sdk().join("node_modules/typescript/bin/tsc");
    let modules = ["--module", "esnext", "--moduleResolution", "bundler", "--moduleDetection", "force"];
    let rest = ["--noEmit", "--pretty", "false", "--target", "es2022", "--lib", "es2022,dom", "--types", ""];
    let mut command = Command::new("node");
    command.arg(tsc).arg("--strict").args(rules).args(modules).args(rest).arg(file);
    ran(command.current_dir(place.path("")))
}

#[test]
fn the_typescript_compiles_and_what_is_wrong_does_not() {
    let place = Place::new();
    place.write("plugins/picky.scenario.yaml", PICKY);
    let written = place.run(&["types", "--out", "e2e/insula.ts", "--plugins", "plugins"]);
    assert_eq!(written.code, Some(0), "{written:?}");
    let import = "import { seed, type Island } from \"./insula\";";
    let right = [
        "await seed('minimal');",
        "await seed('minimal', {}, { label: 'a test', ttl: '1h' });",
        "await seed('busy_calendar', { appointments: 100 });",
        "const calendar: Island<'busy_calendar'> = await seed('busy_calendar', undefined, { seed: 42 });",
        "const day: string = calendar.outputs.first_day;",
        "console.log(day, calendar.tokens[0]?.access_token, calendar.patients.length);",
        "await seed('picky', { word: 'one', days: ['monday'] });",
    ];
    place.write("e2e/right.ts", format!("{import}\n{}\n", right.join("\n")));
    let compiled = tsc(&place, "e2e/right.ts", &STRICTEST);
    assert_eq!(compiled.code, Some(0), "{compiled:?}");

    let wrong = [
        ("await seed('busy_calendar', { appointments: 'x' });", "number"),
        ("await seed('busy_calendar', { appointment: 100 });", "appointment"),
        ("await seed('busy_calender');", "busy_calender"),
        ("await seed('minimal', { patients: 1 });", "never"),
        ("await seed('picky');", "Expected 2-3 arguments"),
        ("await seed('picky', {});", "word"),
        ("await seed('picky', { word: 'three' });", "three"),
        ("await seed('standard', {}, { lable: 'a test' });", "lable"),
        ("(await seed('busy_calendar')).outputs.last_day;", "last_day"),
    ];
    let lines: Vec<&str> = wrong.iter().map(|(line, _)| *line).collect();
    place.write("e2e/wrong.ts", format!("import {{ seed }} from \"./insula\";\n{}\n", lines.join("\n")));
    let refused = tsc(&place, "e2e/wrong.ts", &[]);
    for (number, (line, why)) in (2..).zip(wrong) {
        let place = format!("e2e/wrong.ts({number},");
        let mut said =
            refused.stdout.split("\ne2e/").map(|said| format!("e2e/{}", said.trim_start_matches("e2e/")));
        let said = said.find(|said| said.starts_with(&place));
        assert!(
            said.as_ref().is_some_and(|said| said.contains(why)),
            "{line}: {said:?} in {}",
            refused.stdout
        );
    }
}

#[test]
fn a_file_is_checked_and_written_again() {
    let place = Place::new();
    let types = |check: &[&str]| {
        place.run(&[&["types", "--lang", "json", "--out", "e2e/types.json"], check].concat())
    };
    assert_eq!(types(&["--check"]).code, Some(1));
    assert_eq!(types(&[]).code, Some(0));
    assert_eq!(types(&["--check"]).code, Some(0));
    let schemas = std::fs::read_to_string(place.path("e2e/types.json")).unwrap();
    let schemas: serde_json::Value = serde_json::from_str(&schemas).unwrap();
    assert_eq!(schemas["scenarios"]["busy_calendar"]["params"]["properties"]["days"]["default"], json!(5));
}

/// Carried out by Python itself, against a host.
#[test]
fn the_python_seeds() {
    let place = Place::new();
    place.write("plugins/picky.scenario.yaml", PICKY);
    place.write("plugins/nameless.scenario.yaml", NAMELESS);
    place.run(&["types", "--lang", "python", "--out", "insula_types.py", "--plugins", "plugins"]);
    place.write(
        "test.py",
        r#"
import typing
from insula_types import BusyCalendarIsland, BusyCalendarParams, InsulaError, seed
from insula_types import NamelessOutputs, NamelessParams

assert set(typing.get_type_hints(BusyCalendarParams)) >= {"appointments", "days"}
assert typing.get_type_hints(BusyCalendarIsland)["outputs"].__name__ == "BusyCalendarOutputs"
here_or_there = typing.Union[typing.Literal['"here"'], typing.Literal["there"]]
assert typing.get_type_hints(NamelessParams) == {"from": here_or_there, "class": int}
assert NamelessParams.__required_keys__ == {"from"} and NamelessParams.__optional_keys__ == {"class"}
assert typing.get_type_hints(NamelessOutputs) == {"a-b": typing.Any}
island = seed("busy_calendar", {"appointments": 7}, seed=42)
assert island["counts"]["appointments"] == 7 and island["outputs"]["first_day"]
try:
    seed("busy_calendar", {"appointments": 0})
except InsulaError as refusal:
    assert refusal.status == 422 and "busy_calendar" in str(refusal), refusal
else:
    raise AssertionError("it took what it must refuse")
"#,
    );
    let up = place.up(&[]);
    let ran =
        ran(Command::new("python3").arg("test.py").env("INSULA_URL", up.url()).current_dir(place.path("")));
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn pages_show_params_examples_and_what_is_built() {
    let place = Place::new();
    let written = place.json(&["docs", "pages"]);
    assert_eq!(written["pages"], 7);
    let page = std::fs::read_to_string(place.path("pages/busy_calendar.md")).unwrap();
    for text in [
        "# busy_calendar 1.0.0",
        "| `appointments` | integer 1 to 100000 | `100` |",
        "## Outputs",
        "100 appointments",
        "`first_day`",
    ] {
        assert!(page.contains(text), "{text}\n{page}");
    }
    let index = std::fs::read_to_string(place.path("pages/README.md")).unwrap();
    assert!(index.contains("| [standard](standard.md) | 1.0.0 |"), "{index}");
    assert_eq!(place.run(&["docs", "pages", "--check"]).code, Some(0));
    place.write("pages/standard.md", "old");
    let ran = place.run(&["docs", "pages", "--check"]);
    assert!(ran.code == Some(1) && ran.stderr.contains("standard.md"), "{ran:?}");
}
