//! Tiny plugins for tests, each named after its one fault; and `good`, which has none.
//!
//! A guest is a core module as text, in `guests/`, and is made into a component when a test asks for it. It gets what
//! all have from `prelude.wat`, and a `describe` that gives its file's name. One with a contract of its own, beside it
//! as `.wit`, is a whole module instead.

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

/// The text of the contract under which guests are made.
pub const CONTRACT: &str = include_str!("../../../sdk/wit/0.1.0/scenario.wit");
const PRELUDE: &str = include_str!("../guests/prelude.wat");
const DESCRIBE: &str = "insula:scenario/plugin@0.1.0#describe";

struct Source {
    name: &'static str,
    wat: &'static str,
    wit: Option<&'static str>,
}

macro_rules! sources {
    ($($name:literal $(under $wit:literal)?),* $(,)?) => {
        &[$(Source {
            name: $name,
            wat: include_str!(concat!("../guests/", $name, ".wat")),
            wit: [$(Some(include_str!(concat!("../guests/", $wit))),)? None][0],
        }),*]
    };
}

const SOURCES: &[Source] = sources![
    "good",
    "duplicates_another",
    "loops_for_ever",
    "allocates_without_end",
    "grows_its_table",
    "recurses",
    "panics",
    "calls_the_host_a_million_times",
    "passes_a_100mb_string",
    "forges_handles",
    "returns_invalid_json",
    "says_it_failed",
    "traps_in_describe",
    "calls_the_host_in_describe",
    "traps_after_50_entities",
    "fills_the_island",
    "logs_without_end",
    "imports_wasi" under "imports_wasi.wit",
    "exports_the_wrong_type" under "exports_the_wrong_type.wit",
    "changes_a_function" under "changes_a_function.wit",
    "is_of_another_version" under "is_of_another_version.wit",
    "is_no_scenario" under "is_no_scenario.wit",
];

/// The guests that no host loads.
pub const REFUSED: [&str; 10] = [
    "not_wasm",
    "truncated",
    "core_module",
    "imports_wasi",
    "exports_the_wrong_type",
    "changes_a_function",
    "is_of_another_version",
    "is_no_scenario",
    "traps_in_describe",
    "calls_the_host_in_describe",
];

/// Guests that are no components.
const BROKEN: &[&str] = &["not_wasm", "truncated", "core_module"];

/// The names of all guests.
pub fn all() -> Vec<&'static str> {
    SOURCES.iter().map(|source| source.name).chain(BROKEN.iter().copied()).collect()
}

/// The bytes of the guest with this name, as a `.wasm` file would hold them.
///
/// # Panics
/// When there is no such guest, or its text has a fault that it should not have.
pub fn guest(name: &str) -> Vec<u8> {
    match name {
        "not_wasm" => b"%PDF-1.7 this is something else".to_vec(),
        "truncated" => {
            let mut whole = guest("good");
            whole.truncate(whole.len() / 2);
            whole
        }
        "core_module" => parse("(module)"),
        name => {
            let source = SOURCES.iter().find(|source| source.name == name);
            let source = source.unwrap_or_else(|| fault(name, "is no guest"));
            match source.wit {
                Some(wit) => component(&format!("(module {})", source.wat), wit),
                None => component(&module(source), CONTRACT),
            }
        }
    }
}

/// A component of a core module's text, under the world `scenario` of a contract.
///
/// # Panics
/// When the two do not fit together.
pub fn component(wat: &str, wit: &str) -> Vec<u8> {
    let mut module = parse(wat);
    let mut resolve = Resolve::default();
    if !wit.contains("package insula:scenario@") {
        push(&mut resolve, CONTRACT);
    }
    let package = push(&mut resolve, wit);
    let world =
        resolve.select_world(&[package], Some("scenario")).unwrap_or_else(|error| fault("world", error));
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8, false)
        .unwrap_or_else(|error| fault("metadata", error));
    ComponentEncoder::default()
        .module(&module)
        .and_then(|encoder| encoder.encode())
        .unwrap_or_else(|error| fault("component", format!("{error:#}")))
}

fn module(source: &Source) -> String {
    // Two that a catalog must not take for each other, and does.
    let name = if source.name == "duplicates_another" { "good" } else { source.name };
    let describe = if source.wat.contains(DESCRIBE) { String::new() } else { describe(name) };
    format!("(module {PRELUDE} {} {describe})", source.wat)
}

/// A `describe` that returns a manifest which lies in memory from 1024 on.
fn describe(name: &str) -> String {
    const RECORD: usize = 1024;
    /// No outputs schema, and nothing that is extended.
    const NEITHER: &str = r"\00";
    let texts = [name, "1.0.0", name, "A guest for tests.", "{\"type\":\"object\"}"];
    let (mut data, mut at) = (String::new(), RECORD + 96);
    let mut placed = texts.iter().map(|text| {
        let place = (at, text.len());
        data += &format!("(data (i32.const {at}) {text:?})");
        at += text.len();
        place
    });
    let mut next = || placed.next().unwrap_or_default();
    let (name, version, title, description, schema) = (next(), next(), next(), next(), next());
    drop(placed);
    let none = (0, 0);
    let record: String = [name, none, version, title, description, schema, none]
        .iter()
        .flat_map(|&(at, len)| [at, len])
        .flat_map(|number| u32::try_from(number).unwrap_or_default().to_le_bytes())
        .map(|byte| format!("\\{byte:02x}"))
        .chain(std::iter::repeat_n(NEITHER.to_owned(), 36))
        .collect();
    format!(
        r#"{data} (data (i32.const {RECORD}) "{record}") (func (export "{DESCRIBE}") (result i32) (i32.const {RECORD}))"#
    )
}

fn parse(wat: &str) -> Vec<u8> {
    wat::parse_str(wat).unwrap_or_else(|error| fault("text", error))
}

fn push(resolve: &mut Resolve, wit: &str) -> wit_parser::PackageId {
    resolve.push_source("guest.wit", wit).unwrap_or_else(|error| fault("contract", format!("{error:#}")))
}

#[expect(clippy::panic, reason = "this crate is part of tests")]
fn fault(what: &str, error: impl std::fmt::Display) -> ! {
    panic!("{what}: {error}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_guests_can_be_made() {
        for name in super::all() {
            assert!(!super::guest(name).is_empty(), "{name}");
        }
    }
}
