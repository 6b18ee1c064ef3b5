//! TypeScript: the types, and a `seed` that knows them.

use serde_json::Value;

use super::Known;
use super::model::{Definition, Field, Type};

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
            text.push_str(&format!("export interface {name} {}\n", object(fields, "")));
        }
        ty => text.push_str(&format!("export type {name} = {};\n", of(ty, ""))),
    }
}

fn of(ty: &Type, indent: &str) -> String {
    match ty {
        Type::Anything => "unknown".to_owned(),
        Type::Null => "null".to_owned(),
        Type::Boolean => "boolean".to_owned(),
        Type::Integer | Type::Number => "number".to_owned(),
        Type::Text => "string".to_owned(),
        Type::Literal(value) => literal(value),
        Type::List(item) => format!("Array<{}>", of(item, indent)),
        Type::Map(value) => format!("Record<string, {}>", of(value, indent)),
        Type::Object(fields) if fields.is_empty() => "Record<string, never>".to_owned(),
        Type::Object(fields) => object(fields, indent),
        Type::OneOf(types) => types.iter().map(|ty| of(ty, indent)).collect::<Vec<_>>().join(" | "),
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

fn object(fields: &[Field], indent: &str) -> String {
    let inner = format!("{indent}  ");
    let mut text = "{\n".to_owned();
    for field in fields {
        comment(&mut text, &inner, &field.about);
        let mark = if field.required { "" } else { "?" };
        text += &format!("{inner}{}{mark}: {};\n", key(&field.name), of(&field.ty, &inner));
    }
    text + indent + "}"
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
