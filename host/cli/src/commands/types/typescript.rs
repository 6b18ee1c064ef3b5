//! TypeScript: the types, and a `seed` that knows them.

use serde_json::Value;

use super::Known;
use super::model::{Definition, Type};

/// What is the same whatever the scenarios.
const CLIENT: &str = include_str!("client.ts");

pub fn write(known: &Known) -> String {
    let mut text = format!("// {}\n\n", super::WRITTEN);
    text += "/** What each scenario takes, and what it returns. */\nexport interface Scenarios {\n";
    for scenario in &known.scenarios {
        comment(&mut text, "  ", &scenario.title);
        let (params, outputs) = (&scenario.params, &scenario.outputs);
        text += &format!("  {}: {{ params: {params}; outputs: {outputs} }};\n", scenario.name);
    }
    text += "}\n";
    for definition in &known.definitions {
        text.push('\n');
        define(&mut text, definition);
    }
    text.push('\n');
    text + CLIENT
}

fn define(text: &mut String, definition: &Definition) {
    comment(text, "", &definition.about);
    let name = &definition.name;
    match &definition.ty {
        Type::Object(fields) if !fields.is_empty() => {
            text.push_str(&format!("export interface {name} {{\n"));
            for field in fields {
                comment(text, "  ", &field.about);
                let mark = if field.required { "" } else { "?" };
                text.push_str(&format!("  {}{mark}: {};\n", key(&field.name), of(&field.ty)));
            }
            text.push_str("}\n");
        }
        ty => text.push_str(&format!("export type {name} = {};\n", of(ty))),
    }
}

fn of(ty: &Type) -> String {
    match ty {
        Type::Anything => "unknown".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer | Type::Number => "number".to_owned(),
        Type::Text => "string".to_owned(),
        Type::Literal(value) => literal(value),
        Type::List(item) => format!("Array<{}>", of(item)),
        Type::Map(value) => format!("Record<string, {}>", of(value)),
        Type::Object(_) => "Record<string, never>".to_owned(),
        Type::OneOf(types) => types.iter().map(of).collect::<Vec<_>>().join(" | "),
        Type::Named(name) => name.clone(),
    }
}

/// Only what is no object and no list can be told apart by its text.
fn literal(value: &Value) -> String {
    match value {
        Value::Array(_) | Value::Object(_) => "unknown".to_owned(),
        scalar => scalar.to_string(),
    }
}

fn key(name: &str) -> String {
    let plain = name.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_')
        && name.chars().all(|it| it.is_ascii_alphanumeric() || it == '_');
    if plain { name.to_owned() } else { Value::from(name).to_string() }
}

/// A plugin's words must not end the comment.
fn comment(text: &mut String, indent: &str, about: &str) {
    let about = about.replace("*/", "* /");
    let lines: Vec<&str> = about.trim().lines().collect();
    match lines.as_slice() {
        [] => {}
        [line] => text.push_str(&format!("{indent}/** {line} */\n")),
        lines => {
            text.push_str(&format!("{indent}/**\n"));
            for line in lines {
                text.push_str(format!("{indent} * {line}").trim_end());
                text.push('\n');
            }
            text.push_str(&format!("{indent} */\n"));
        }
    }
}
