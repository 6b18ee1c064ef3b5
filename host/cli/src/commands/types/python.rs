//! Python: typed dictionaries, and a `seed` that knows them.

use serde_json::Value;

use super::Known;
use super::model::{Definition, Field, Type};

/// What is the same whatever the scenarios.
const CLIENT: &str = include_str!("client.py");
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];
/// Only the scenario's own outputs replace this key.
const OUTPUTS: &str = "outputs";

pub fn write(known: &Known) -> String {
    let mut text = format!("# {}\n\"\"\"Islands of test data, with types.\"\"\"\n\n", super::WRITTEN);
    text += "from __future__ import annotations\n\nimport json\nimport os\nimport urllib.error\nimport urllib.request\n";
    text += "from typing import Any, Dict, List, Literal, Optional, TypedDict, Union, overload\n";
    for definition in ordered(&known.definitions) {
        text += "\n\n";
        define(&mut text, definition);
    }
    for scenario in &known.scenarios {
        text += &format!(
            "\n\nclass {}Island(SeedAnswer):\n    {}\n\n    outputs: {}\n",
            scenario.pascal,
            docstring(&format!("A seeded island: {}", scenario.title), "    "),
            scenario.outputs
        );
    }
    text += CLIENT.split("# overloads\n").next().unwrap_or_default();
    for scenario in &known.scenarios {
        let (params, default) =
            if scenario.needs_params { (&scenario.params, "") } else { (&scenario.params, " = ...") };
        text += &format!(
            "\n\n@overload\ndef seed(\n    scenario: Literal[{:?}],\n    params: {params}{default},\n    *,\n    \
             version: Optional[str] = ...,\n    seed: Optional[int] = ...,\n    clock: Optional[str] = ...,\n    \
             ttl: Optional[str] = ...,\n    label: Optional[str] = ...,\n    into: Optional[str] = ...,\n    \
             url: Optional[str] = ...,\n    key: Optional[str] = ...,\n) -> {}Island: ...\n",
            scenario.name, scenario.pascal
        );
    }
    text + CLIENT.split("# overloads\n").nth(1).unwrap_or_default()
}

/// Names are quoted by the future import, but not those of aliases: they come after what they name.
fn ordered(definitions: &[Definition]) -> impl Iterator<Item = &Definition> {
    let is_class = |it: &&Definition| matches!(&it.ty, Type::Object(_));
    definitions.iter().filter(is_class).chain(definitions.iter().filter(move |it| !is_class(it)))
}

fn define(text: &mut String, definition: &Definition) {
    let (name, about) = (&definition.name, &definition.about);
    match &definition.ty {
        Type::Object(fields) => class(text, name, about, fields),
        ty => text.push_str(&format!("{name} = {}\n", of(ty))),
    }
}

/// A key may be left out in a class of its own: so old Pythons take it as well.
fn class(text: &mut String, name: &str, about: &str, fields: &[Field]) {
    let fields: Vec<&Field> =
        fields.iter().filter(|it| !(name == "SeedAnswer" && it.name == OUTPUTS)).collect();
    let has_names = fields.iter().all(|it| is_name(&it.name));
    let (required, optional): (Vec<&Field>, Vec<&Field>) = fields.into_iter().partition(|it| it.required);
    if !has_names {
        return called(text, name, about, &required, &optional);
    }
    let base = match (required.is_empty(), optional.is_empty()) {
        (false, false) => {
            body(text, &format!("class _{name}(TypedDict):"), "", &required);
            text.push_str("\n\n");
            format!("_{name}, total=False")
        }
        (true, _) => "TypedDict, total=False".to_owned(),
        (false, true) => "TypedDict".to_owned(),
    };
    let rest = if optional.is_empty() { &required } else { &optional };
    body(text, &format!("class {name}({base}):"), about, rest);
}

/// Keys that are no names in Python can stand in a call alone. It is made at once, so types are texts there: they may come
/// later.
fn called(text: &mut String, name: &str, about: &str, required: &[&Field], optional: &[&Field]) {
    let mut bases = Vec::new();
    for (part, fields, total) in [("required", required, ""), ("optional", optional, "    total=False,\n")] {
        if fields.is_empty() {
            continue;
        }
        let base = format!("_{name}_{part}");
        text.push_str(&format!("{base} = TypedDict(\n    {base:?},\n    {{\n"));
        for field in fields {
            for line in field.about.lines() {
                text.push_str(&format!("        # {}\n", line.replace('\r', " ")));
            }
            text.push_str(&format!("        {}: {},\n", quoted(&field.name), quoted(&of(&field.ty))));
        }
        text.push_str(&format!("    }},\n{total})\n\n\n"));
        bases.push(base);
    }
    body(text, &format!("class {name}({}):", bases.join(", ")), about, &[]);
}

/// JSON's escapes are Python's.
fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

fn body(text: &mut String, head: &str, about: &str, fields: &[&Field]) {
    text.push_str(&format!("{head}\n"));
    if !about.is_empty() {
        text.push_str(&format!("    {}\n\n", docstring(about, "    ")));
    }
    for field in fields {
        text.push_str(&format!("    {}: {}\n", field.name, of(&field.ty)));
        if !field.about.is_empty() {
            text.push_str(&format!("    {}\n", docstring(&field.about, "    ")));
        }
    }
    if fields.is_empty() && about.is_empty() {
        text.push_str("    pass\n");
    }
}

/// Two underscores at the beginning have a class call the key another name.
fn is_name(name: &str) -> bool {
    !name.starts_with("__")
        && name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_')
        && !KEYWORDS.contains(&name)
}

fn of(ty: &Type) -> String {
    match ty {
        Type::Anything | Type::Object(_) => "Any".to_owned(),
        Type::Null => "None".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::Text => "str".to_owned(),
        Type::Literal(value) => literal(value),
        Type::List(item) => format!("List[{}]", of(item)),
        Type::Map(value) => format!("Dict[str, {}]", of(value)),
        Type::OneOf(types) => {
            format!("Union[{}]", types.iter().map(of).collect::<Vec<_>>().join(", "))
        }
        Type::Named(name) => name.clone(),
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::Null => "None".to_owned(),
        Value::Bool(true) => "Literal[True]".to_owned(),
        Value::Bool(false) => "Literal[False]".to_owned(),
        Value::Number(number) if number.is_i64() => format!("Literal[{number}]"),
        Value::Number(_) => "float".to_owned(),
        Value::String(text) => format!("Literal[{}]", quoted(text)),
        Value::Array(_) | Value::Object(_) => "Any".to_owned(),
    }
}

/// A plugin's words must not end the text.
fn docstring(about: &str, indent: &str) -> String {
    let about = about.trim().replace('\\', "\\\\").replace('"', "'");
    format!(
        "\"\"\"{}\"\"\"",
        about
            .lines()
            .collect::<Vec<_>>()
            .join(&format!("\n{indent}"))
            .replace(&format!("\n{indent}\n"), "\n\n")
    )
}
