//! From JSON Schemas to what languages with types have. What a type cannot say (bounds, patterns) is left to the host,
//! which checks it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Anything,
    Null,
    Boolean,
    Integer,
    Number,
    Text,
    /// One value.
    Literal(Value),
    List(Box<Type>),
    /// An object with any keys.
    Map(Box<Type>),
    /// An object with these keys and no others. One that has any is a [`Definition`].
    Object(Vec<Field>),
    OneOf(Vec<Type>),
    /// A [`Definition`].
    Named(String),
}

/// A key of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub ty: Type,
    pub required: bool,
    pub about: String,
}

/// A type with a name.
#[derive(Clone, Debug, PartialEq)]
pub struct Definition {
    pub name: String,
    pub about: String,
    pub ty: Type,
}

/// The definitions of a schema: what it says itself, under a name; its `$defs`, each after a prefix; and the objects
/// inside of these, each by its key.
pub fn definitions(name: &str, prefix: &str, schema: &Value) -> Vec<Definition> {
    let defs = schema["$defs"].as_object().into_iter().flatten();
    let defs = defs.map(|(def, schema)| (format!("{prefix}{}", pascal(def)), schema));
    let mut reader = Reader { prefix, found: Vec::new() };
    for (name, schema) in std::iter::once((name.to_owned(), schema)).chain(defs) {
        let at = reader.found.len();
        let ty = match reader.read(&name, schema) {
            // The object itself was found as the first of what it holds.
            Type::Named(found) if found == name => continue,
            ty => ty,
        };
        reader.found.insert(at, Definition { name, about: text(schema, "description"), ty });
    }
    reader.found
}

/// `busy_calendar` as `BusyCalendar`.
pub fn pascal(name: &str) -> String {
    let mut pascal = String::new();
    for word in name.split(|it: char| !it.is_ascii_alphanumeric()) {
        let mut letters = word.chars();
        pascal.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        pascal.extend(letters);
    }
    pascal
}

fn text(schema: &Value, key: &str) -> String {
    schema[key].as_str().unwrap_or_default().to_owned()
}

struct Reader<'a> {
    prefix: &'a str,
    found: Vec<Definition>,
}

impl Reader<'_> {
    /// The type of a schema; an object in it is defined under this name.
    fn read(&mut self, name: &str, schema: &Value) -> Type {
        let Some(object) = schema.as_object() else { return Type::Anything };
        if let Some(def) =
            object.get("$ref").and_then(Value::as_str).and_then(|it| it.strip_prefix("#/$defs/"))
        {
            return Type::Named(format!("{}{}", self.prefix, pascal(def)));
        }
        if let Some(value) = object.get("const") {
            return Type::Literal(value.clone());
        }
        if let Some(values) = object.get("enum").and_then(Value::as_array) {
            return one_of(values.iter().cloned().map(Type::Literal).collect());
        }
        for several in ["anyOf", "oneOf"] {
            if let Some(branches) = object.get(several).and_then(Value::as_array) {
                let branches = (1..).zip(branches).map(|(n, it)| self.read(&format!("{name}{n}"), it));
                return one_of(branches.collect());
            }
        }
        match object.get("type") {
            Some(Value::String(kind)) => self.of_kind(name, kind, object),
            Some(Value::Array(kinds)) => {
                let kinds = kinds.iter().filter_map(Value::as_str);
                one_of(kinds.map(|kind| self.of_kind(name, kind, object)).collect())
            }
            _ if object.contains_key("properties") => self.of_object(name, object),
            _ => Type::Anything,
        }
    }

    fn of_kind(&mut self, name: &str, kind: &str, schema: &Map<String, Value>) -> Type {
        match kind {
            "null" => Type::Null,
            "boolean" => Type::Boolean,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "string" => Type::Text,
            "array" => {
                let items = schema.get("items");
                Type::List(Box::new(
                    items.map_or(Type::Anything, |items| self.read(&format!("{name}Item"), items)),
                ))
            }
            "object" => self.of_object(name, schema),
            _ => Type::Anything,
        }
    }

    fn of_object(&mut self, name: &str, schema: &Map<String, Value>) -> Type {
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        let Some(properties) = properties.filter(|properties| !properties.is_empty()) else {
            return match others {
                Some(Value::Bool(false)) => Type::Object(Vec::new()),
                Some(others) => Type::Map(Box::new(self.read(&format!("{name}Value"), others))),
                None => Type::Map(Box::new(Type::Anything)),
            };
        };
        let required = schema.get("required").and_then(Value::as_array);
        let required: BTreeSet<&str> = required.into_iter().flatten().filter_map(Value::as_str).collect();
        let at = self.found.len();
        let fields = properties.iter().map(|(key, schema)| Field {
            name: key.clone(),
            ty: self.read(&format!("{name}{}", pascal(key)), schema),
            required: required.contains(key.as_str()),
            about: text(schema, "description"),
        });
        let ty = Type::Object(fields.collect());
        let about = schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned();
        self.found.insert(at, Definition { name: name.to_owned(), about, ty });
        Type::Named(name.to_owned())
    }
}

fn one_of(types: Vec<Type>) -> Type {
    let mut distinct: Vec<Type> = Vec::new();
    for ty in types {
        if ty == Type::Anything {
            return ty;
        }
        if !distinct.contains(&ty) {
            distinct.push(ty);
        }
    }
    match distinct.len() {
        0 => Type::Anything,
        1 => distinct.remove(0),
        _ => Type::OneOf(distinct),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_form_of_a_schema_has_its_type() {
        let of = |schema| Reader { prefix: "X", found: Vec::new() }.read("Y", &schema);
        assert_eq!(of(json!(true)), Type::Anything);
        assert_eq!(of(json!({ "$ref": "#/$defs/log_line" })), Type::Named("XLogLine".to_owned()));
        assert_eq!(of(json!({ "type": ["integer", "null"] })), Type::OneOf(vec![Type::Integer, Type::Null]));
        assert_eq!(of(json!({ "anyOf": [{ "type": "string" }, { "type": "string" }] })), Type::Text);
        assert_eq!(of(json!({ "anyOf": [{ "type": "string" }, {}] })), Type::Anything);
        assert_eq!(of(json!({ "enum": ["a"] })), Type::Literal(json!("a")));
        assert_eq!(of(json!({ "type": "array" })), Type::List(Box::new(Type::Anything)));
        assert_eq!(of(json!({ "type": "object", "additionalProperties": false })), Type::Object(Vec::new()));
        assert_eq!(
            of(json!({ "type": "object", "additionalProperties": { "type": "boolean" } })),
            Type::Map(Box::new(Type::Boolean))
        );
    }

    #[test]
    fn objects_are_defined_by_where_they_are_each_before_what_it_holds() {
        let schema = json!({
            "properties": {
                "a": { "description": "A.", "type": "number" },
                "rooms": { "type": "array", "items": { "properties": { "b": {} } } },
            },
            "required": ["a"],
            "$defs": { "day": { "type": "integer", "description": "A day." } },
        });
        let all = definitions("VisitParams", "Visit", &schema);
        let names: Vec<_> = all.iter().map(|it| (it.name.as_str(), it.about.as_str())).collect();
        assert_eq!(names, [("VisitParams", ""), ("VisitParamsRoomsItem", ""), ("VisitDay", "A day.")]);
        let Type::Object(fields) = &all[0].ty else { panic!("{all:?}") };
        let a = Field { name: "a".to_owned(), ty: Type::Number, required: true, about: "A.".to_owned() };
        assert_eq!(fields[0], a);
        let item = Type::Named("VisitParamsRoomsItem".to_owned());
        assert_eq!((&fields[1].ty, fields[1].required), (&Type::List(Box::new(item)), false));
        assert_eq!(pascal("busy_calendar-2"), "BusyCalendar2");
    }
}
