//! Filling in what a call takes.

use insula_domain::{EntityId, Kind};
use serde_json::{Map, Value, json};

use crate::operation::{Operation, Place};
use crate::wire::Call;
use crate::world::World;

/// Whose things are filled in.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'a> {
    pub own: &'a World,
    pub other: &'a World,
    /// Where the other's are: everywhere, or in the reference of this number alone.
    pub theirs: Theirs,
    /// What texts hold.
    pub text: &'a str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Theirs {
    Nowhere,
    Everywhere,
    Only(usize),
}

/// A call that was filled in.
#[derive(Clone, Debug)]
pub(crate) struct Filled {
    pub call: Call,
    /// How many references it has.
    pub references: usize,
    /// Whether one of the other's things stands in the path, in the query, in the body.
    pub theirs_in: [bool; 3],
    /// The query without the question mark.
    pub query: String,
    /// The path without the query.
    pub path: String,
}

/// Fills in a call.
///
/// # Errors
/// The parameter or field for which the prover knows no value.
pub(crate) fn fill(operation: &Operation, document: &Value, source: Source<'_>) -> Result<Filled, String> {
    let mut filler = Filler { document, source, references: 0, used: false };
    let (mut path, mut query, mut headers) = (operation.path.clone(), Vec::new(), Vec::new());
    let mut theirs_in = [false; 3];
    for parameter in &operation.parameters {
        filler.used = false;
        let value = filler.value(&parameter.name, &parameter.schema)?;
        let Some(value) = text(&value) else { continue };
        match parameter.place {
            Place::Path => {
                path = path.replace(&format!("{{{}}}", parameter.name), &value);
                theirs_in[0] |= filler.used;
            }
            Place::Query => {
                query.push(format!("{}={}", parameter.name, escaped(&value)));
                theirs_in[1] |= filler.used;
            }
            Place::Header => headers.push((parameter.name.clone(), value)),
        }
    }
    if path.contains('{') {
        return Err(format!("a part of the path {path} that the document does not describe"));
    }
    filler.used = false;
    let body = operation.body.as_ref().map(|schema| filler.value("body", schema)).transpose()?;
    theirs_in[2] = filler.used;
    let query = query.join("&");
    let target = if query.is_empty() { path.clone() } else { format!("{path}?{query}") };
    let call =
        Call { method: operation.method.clone(), target, headers, body: body.map(|body| body.to_string()) };
    Ok(Filled { call, references: filler.references, theirs_in, query, path })
}

struct Filler<'a> {
    document: &'a Value,
    source: Source<'a>,
    references: usize,
    /// Whether one of the other's things was used.
    used: bool,
}

impl Filler<'_> {
    fn value(&mut self, name: &str, schema: &Value) -> Result<Value, String> {
        let schema = self.resolved(schema);
        if let Some(kind) = kind_of(name) {
            let id = self.reference(name, kind);
            let id = serde_json::to_value(id).map_err(|reason| reason.to_string())?;
            return Ok(if name.ends_with("_ids") { json!([id]) } else { id });
        }
        if let Some(only) = schema.get("const") {
            return Ok(only.clone());
        }
        if let Some(first) =
            schema["enum"].as_array().and_then(|words| words.iter().find(|word| !word.is_null()))
        {
            return Ok(first.clone());
        }
        match types(&schema)[..] {
            ["object"] => self.object(&schema),
            ["array"] => Ok(json!([self.value(name, &schema["items"])?])),
            ["boolean"] => Ok(json!(true)),
            ["integer"] => Ok(match name {
                "offset" => json!(0),
                "limit" => json!(200),
                "minutes" | "duration_minutes" => json!(30),
                _ => schema.get("minimum").cloned().unwrap_or(json!(0)),
            }),
            ["string"] => self.string(name, &schema),
            _ => Err(format!("{name}, which the document describes as {schema}")),
        }
    }

    fn object(&mut self, schema: &Value) -> Result<Value, String> {
        let mut object = Map::new();
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            object.insert(name.clone(), self.value(name, schema)?);
        }
        Ok(Value::Object(object))
    }

    fn string(&self, name: &str, schema: &Value) -> Result<Value, String> {
        if schema["format"] == "date" {
            let world =
                if self.source.theirs == Theirs::Nowhere { self.source.own } else { self.source.other };
            let day = world.day().unwrap_or(jiff::civil::date(2026, 1, 5));
            return Ok(json!(if name == "birthday" { "1990-01-01".to_owned() } else { day.to_string() }));
        }
        match (name, schema["pattern"].as_str()) {
            ("start_time", Some(_)) => Ok(json!("06:00")),
            ("end_time", Some(_)) => Ok(json!("06:30")),
            ("locale", _) => Ok(json!("en-US")),
            ("email", _) => Ok(json!("somebody@example.test")),
            (_, Some(pattern)) => Err(format!("{name}, which has to fit {pattern}")),
            (_, None) if schema.get("format").is_some() => {
                Err(format!("{name}, of the format {}", schema["format"]))
            }
            (_, None) => Ok(json!(self.source.text)),
        }
    }

    fn reference(&mut self, name: &str, kind: Kind) -> EntityId {
        let theirs = match self.source.theirs {
            Theirs::Nowhere => false,
            Theirs::Everywhere => true,
            Theirs::Only(number) => number == self.references,
        };
        self.references += 1;
        self.used |= theirs;
        let world = if theirs { self.source.other } else { self.source.own };
        let offered = world.offering();
        let found = match (name, offered) {
            (
                "practitioner_id" | "practitioner_ids" | "assigned_practitioner_ids",
                Some((practitioner, _)),
            ) => Some(practitioner),
            ("appointment_type_id", Some((_, appointment_type))) => Some(appointment_type),
            _ => world.one(kind),
        };
        // An island that has none of the kind: an id that is nobody's.
        found.unwrap_or(EntityId::Uuid(uuid::Uuid::from_u128(1)))
    }

    /// The schema itself, where it stands elsewhere or may be null.
    fn resolved(&self, schema: &Value) -> Value {
        if let Some(place) = schema["$ref"].as_str().and_then(|place| place.strip_prefix('#')) {
            return self.document.pointer(place).map_or(Value::Null, |schema| self.resolved(schema));
        }
        for some in ["anyOf", "oneOf", "allOf"] {
            let choices = schema[some].as_array().into_iter().flatten();
            if let Some(choice) = choices.into_iter().find(|choice| choice["type"] != "null") {
                return self.resolved(choice);
            }
        }
        schema.clone()
    }
}

/// What a reference of this name refers to.
fn kind_of(name: &str) -> Option<Kind> {
    let name = name.strip_suffix("_ids").or_else(|| name.strip_suffix("_id"))?;
    match name {
        "practitioner" | "assigned_practitioner" => Some(Kind::User),
        _ => Kind::from_name(name),
    }
}

/// The types that a value may have, null aside.
fn types(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => {
            several.iter().filter_map(Value::as_str).filter(|one| *one != "null").collect()
        }
        _ => Vec::new(),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// A text as a query has it (RFC 3986, section 2.1).
pub(crate) fn escaped(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}
