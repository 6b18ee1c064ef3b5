//! YAML as JSON, with the place of every value in the text.

use std::collections::HashMap;

use saphyr::{LoadableYamlNode, MarkedYaml, Marker, Scalar, YamlData};
use serde_json::{Map, Number, Value};

use crate::bounds;
use crate::error::{CompileError, Mistake, Span};

/// A key as a step of a JSON Pointer (RFC 6901).
pub(crate) fn step(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A document's text, and what it says.
#[derive(Debug)]
pub(crate) struct Source {
    text: String,
    pub(crate) json: Value,
    /// Of every value, by its JSON Pointer.
    values: HashMap<String, Span>,
    /// Of every key, by the JSON Pointer of its value.
    keys: HashMap<String, Span>,
}

impl Source {
    pub(crate) fn read(text: &str) -> Result<Self, CompileError> {
        let mut source =
            Self { text: text.to_owned(), json: Value::Null, values: HashMap::new(), keys: HashMap::new() };
        let wrong = |mistake| CompileError::Mistakes(vec![mistake]);
        let offsets = Offsets::of(text);
        bounds::check(text).map_err(|(place, message)| {
            let begins = place.map_or(0, |place| offsets.byte(&place));
            wrong(source.mistake(begins..begins, message))
        })?;
        let documents = MarkedYaml::load_from_str(text).map_err(|error| {
            let begins = offsets.byte(error.marker());
            wrong(source.mistake(begins..begins, format!("this is not YAML: {}", error.info())))
        })?;
        let root = match documents.as_slice() {
            [root] => root,
            [] => {
                return Err(wrong(source.mistake(
                    0..0,
                    "the file is empty: a scenario has at least `name`, `version` and `title`",
                )));
            }
            [_, second, ..] => {
                let span = offsets.span(second);
                return Err(wrong(
                    source.mistake(span, "a file holds one scenario; put this one into a file of its own"),
                ));
            }
        };
        let json = source.convert(root, String::new(), &offsets).map_err(wrong)?;
        source.json = json;
        Ok(source)
    }

    /// Where the value stands, or else what it is in.
    pub(crate) fn span(&self, pointer: &str) -> Span {
        let mut pointer = pointer;
        loop {
            if let Some(span) = self.values.get(pointer) {
                return span.clone();
            }
            match pointer.rsplit_once('/') {
                Some((outer, _)) => pointer = outer,
                None => return 0..0,
            }
        }
    }

    /// Where the key of a value stands.
    pub(crate) fn key_span(&self, pointer: &str) -> Option<Span> {
        self.keys.get(pointer).cloned()
    }

    pub(crate) fn mistake(&self, span: Span, message: impl Into<String>) -> Mistake {
        let before = self.text.get(..span.start).unwrap_or(&self.text);
        let line_begins = before.rfind('\n').map_or(0, |newline| newline + 1);
        Mistake {
            message: message.into(),
            help: None,
            line: before.matches('\n').count() + 1,
            column: before.get(line_begins..).unwrap_or_default().chars().count() + 1,
            span,
        }
    }

    fn convert(
        &mut self,
        node: &MarkedYaml<'_>,
        pointer: String,
        offsets: &Offsets,
    ) -> Result<Value, Mistake> {
        let span = self.trimmed(offsets.span(node));
        let json = match &node.data {
            YamlData::Value(scalar) => scalar_of(scalar),
            YamlData::Sequence(list) => {
                let each = list.iter().enumerate();
                let each =
                    each.map(|(index, node)| self.convert(node, format!("{pointer}/{index}"), offsets));
                Some(Value::Array(each.collect::<Result<_, _>>()?))
            }
            YamlData::Mapping(mapping) => {
                let mut object = Map::new();
                for (key, node) in mapping {
                    let key_span = offsets.span(key);
                    let YamlData::Value(Scalar::String(name)) = &key.data else {
                        return Err(self.mistake(key_span, "a key must be a text; put it into quotes"));
                    };
                    let pointer = format!("{pointer}/{}", step(name));
                    self.keys.insert(pointer.clone(), key_span);
                    object.insert(name.to_string(), self.convert(node, pointer, offsets)?);
                }
                Some(Value::Object(object))
            }
            YamlData::Tagged(_, inner) => return self.convert(inner, pointer, offsets),
            _ => None,
        };
        let json = json.ok_or_else(|| self.mistake(span.clone(), "JSON has no such value"))?;
        self.values.insert(pointer, span);
        Ok(json)
    }

    /// A mapping's span reaches to the next token; what stands between is not its.
    fn trimmed(&self, span: Span) -> Span {
        let text = self.text.get(span.clone()).unwrap_or_default();
        span.start..span.start + text.trim_end().len()
    }
}

fn scalar_of(scalar: &Scalar<'_>) -> Option<Value> {
    Some(match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(truth) => Value::Bool(*truth),
        Scalar::Integer(number) => Value::from(*number),
        Scalar::FloatingPoint(number) => Value::Number(Number::from_f64(number.into_inner())?),
        Scalar::String(text) => Value::String(text.to_string()),
    })
}

/// The library counts characters; a span counts bytes.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(text: &str) -> Self {
        Self(text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect())
    }

    fn byte(&self, marker: &Marker) -> usize {
        self.0.get(marker.index()).or(self.0.last()).copied().unwrap_or_default()
    }

    fn span(&self, node: &MarkedYaml<'_>) -> Span {
        let (start, end) = (self.byte(&node.span.start), self.byte(&node.span.end));
        start..end.max(start)
    }
}
