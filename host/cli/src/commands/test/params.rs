//! Params made from a schema: some that fit, some that do not, and smaller ones.
//!
//! Whatever is made is held against the schema before it is used, so what this does not know of JSON Schema (such as
//! patterns) costs cases, and never makes a wrong one.

use jsonschema::Validator;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Number, Value, json};

/// Attempts at params that fit, and at params that do not.
const ATTEMPTS: usize = 20;
/// Schemas may contain themselves.
const DEEPEST: usize = 8;
/// How far beyond a bound a number may be where there is no other.
const FAR: i64 = 1_000;
/// What breaks programs.
const TEXTS: [&str; 7] = ["", "a", "Anna", "Zoë O’Brien-Łuczak", "台北", "2026-01-05", "a\"b\\c\n"];

/// Makes params.
pub struct Maker<'s> {
    schema: &'s Value,
    chance: ChaCha8Rng,
}

impl<'s> Maker<'s> {
    pub fn new(schema: &'s Value, seed: u64) -> Self {
        Self { schema, chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// Params that fit, where such were found.
    pub fn fitting(&mut self, validator: &Validator) -> Option<Value> {
        (0..ATTEMPTS).map(|_| self.value(self.schema, 0)).find(|params| validator.is_valid(params))
    }

    /// Params that differ from some that fit in one place, and do not fit.
    pub fn unfit(&mut self, fitting: &Value, validator: &Validator) -> Option<Value> {
        (0..ATTEMPTS).map(|_| self.broken(fitting)).find(|params| !validator.is_valid(params))
    }

    fn broken(&mut self, fitting: &Value) -> Value {
        let mut object = fitting.as_object().cloned().unwrap_or_default();
        let known: Vec<String> =
            self.schema["properties"].as_object().into_iter().flatten().map(|it| it.0.clone()).collect();
        let Some(name) = self.one(&known) else {
            return json!({ "no_such_param": true });
        };
        let schema = &self.schema["properties"][&name];
        let beyond =
            |bound: &str, step: i64| schema[bound].as_i64().map(|bound| json!(bound.saturating_add(step)));
        let wrong = [
            beyond("minimum", -1),
            beyond("maximum", 1),
            Some(json!(null)),
            Some(json!({ "no_such_param": [] })),
            Some(json!("no such word")),
            Some(json!(-0.5)),
            None,
        ];
        match self.one(&wrong).flatten() {
            Some(value) => _ = object.insert(name, value),
            None => _ = object.insert("no_such_param".to_owned(), json!(1)),
        }
        Value::Object(object)
    }

    fn one<T: Clone>(&mut self, things: &[T]) -> Option<T> {
        if things.is_empty() { None } else { things.get(self.chance.random_range(0..things.len())).cloned() }
    }

    fn value(&mut self, schema: &'s Value, depth: usize) -> Value {
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(choices) = schema["enum"].as_array() {
            return self.one(choices).unwrap_or_default();
        }
        if depth > DEEPEST {
            return Value::Null;
        }
        if let Some(pointer) = schema["$ref"].as_str().and_then(|it| it.strip_prefix('#')) {
            return self
                .schema
                .pointer(pointer)
                .map(|schema| self.value(schema, depth + 1))
                .unwrap_or_default();
        }
        if let Some(branches) = ["anyOf", "oneOf", "allOf"].iter().find_map(|key| schema[key].as_array()) {
            let index = self.chance.random_range(0..branches.len().max(1));
            return branches.get(index).map(|schema| self.value(schema, depth + 1)).unwrap_or_default();
        }
        // What its author takes for normal shows most, and is where there is nothing to go by.
        if let Some(default) = schema.get("default").filter(|_| self.chance.random_bool(0.1)) {
            return default.clone();
        }
        let kind = match &schema["type"] {
            Value::Array(kinds) => self.one(kinds).unwrap_or_default(),
            kind => kind.clone(),
        };
        match kind.as_str() {
            Some("integer") => self.integer(schema).into(),
            Some("number") => self.number(schema),
            Some("boolean") => self.chance.random_bool(0.5).into(),
            Some("string") => self.text(schema).into(),
            Some("array") => self.list(schema, depth),
            Some("object") => self.object(schema, depth),
            Some(_) => Value::Null,
            None => self.one(&[json!(null), json!(true), json!(7), json!("a")]).unwrap_or_default(),
        }
    }

    fn bounds(schema: &Value) -> (i64, i64) {
        let bound = |inclusive: &str, exclusive: &str, inward: i64| {
            let found = schema[inclusive].as_f64().map(|bound| bound as i64);
            found.or_else(|| schema[exclusive].as_f64().map(|bound| bound as i64 + inward))
        };
        let (low, high) = (bound("minimum", "exclusiveMinimum", 1), bound("maximum", "exclusiveMaximum", -1));
        let low = low.unwrap_or_else(|| high.map_or(-FAR, |high| high.saturating_sub(FAR).min(0)));
        (low, high.unwrap_or_else(|| low.saturating_add(FAR)).max(low))
    }

    /// The ends often, small ones more often than large ones.
    fn integer(&mut self, schema: &Value) -> i64 {
        let (low, high) = Self::bounds(schema);
        match self.chance.random_range(0..10) {
            0 => low,
            1 => high,
            _ => {
                let width = high.abs_diff(low) as f64 + 1.0;
                let offset = width.powf(self.chance.random_range(0.0..1.0)) - 1.0;
                low.saturating_add(offset as i64).min(high)
            }
        }
    }

    fn number(&mut self, schema: &Value) -> Value {
        let whole = self.integer(schema);
        let with_part = whole as f64 + self.chance.random_range(0.0..1.0);
        let fits = schema["maximum"].as_f64().is_none_or(|maximum| with_part <= maximum);
        let part = Number::from_f64(with_part).filter(|_| fits && schema.get("multipleOf").is_none());
        part.map_or(json!(whole), Value::Number)
    }

    fn text(&mut self, schema: &Value) -> String {
        match schema["format"].as_str() {
            Some("date") => return "2026-02-28".to_owned(),
            Some("date-time") => return "2026-02-28T12:00:00Z".to_owned(),
            Some("email") => return "anna@example.test".to_owned(),
            _ => {}
        }
        let shown = ["examples", "default"].iter().find_map(|key| schema.get(key));
        if let Some(shown) = shown.filter(|_| schema.get("pattern").is_some()) {
            let shown = shown.get(0).unwrap_or(shown);
            return shown.as_str().unwrap_or_default().to_owned();
        }
        let length = |key: &str| schema[key].as_u64().and_then(|length| usize::try_from(length).ok());
        let (least, most) = (length("minLength").unwrap_or(0), length("maxLength").unwrap_or(usize::MAX));
        let mut text: String = self.one(&TEXTS).unwrap_or_default().chars().take(most).collect();
        let missing = least.min(100_000).saturating_sub(text.chars().count());
        text.extend(std::iter::repeat_n('x', missing));
        text
    }

    fn list(&mut self, schema: &'s Value, depth: usize) -> Value {
        let least = schema["minItems"].as_u64().unwrap_or(0);
        let most = schema["maxItems"].as_u64().unwrap_or(least + 3).min(least + 10);
        let count = self.chance.random_range(least..=most.max(least));
        (0..count.min(1_000)).map(|_| self.value(&schema["items"], depth + 1)).collect()
    }

    fn object(&mut self, schema: &'s Value, depth: usize) -> Value {
        let required = schema["required"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mut object = Map::new();
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let is_required = required.iter().any(|it| it.as_str() == Some(name));
            if is_required || self.chance.random_bool(0.7) {
                object.insert(name.clone(), self.value(property, depth + 1));
            }
        }
        Value::Object(object)
    }
}

/// Params that are a little smaller, the much smaller ones first.
pub fn smaller(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(true) => vec![json!(false)],
        Value::Number(number) => {
            let Some(whole) = number.as_i64() else {
                return number.as_f64().map(|it| vec![json!(0), json!(it as i64)]).unwrap_or_default();
            };
            let toward = [0, whole / 2, whole - whole.signum()];
            toward
                .into_iter()
                .filter(|it| it.unsigned_abs() < whole.unsigned_abs())
                .map(Value::from)
                .collect()
        }
        Value::String(text) if !text.is_empty() => {
            let half = text.chars().count() / 2;
            vec![json!(""), text.chars().take(half).collect::<String>().into()]
        }
        Value::Array(list) => {
            let without = (0..list.len()).map(|left_out| {
                list.iter()
                    .enumerate()
                    .filter(|(index, _)| *index != left_out)
                    .map(|it| it.1.clone())
                    .collect()
            });
            let within = list.iter().enumerate().flat_map(|(index, item)| {
                smaller(item).into_iter().map(move |item| {
                    let mut list = list.clone();
                    list[index] = item;
                    Value::Array(list)
                })
            });
            without.chain(within).collect()
        }
        Value::Object(object) => {
            let without = object.keys().map(|left_out| {
                let mut object = object.clone();
                object.shift_remove(left_out);
                Value::Object(object)
            });
            let within = object.iter().flat_map(|(name, member)| {
                smaller(member).into_iter().map(move |member| {
                    let mut object = object.clone();
                    object.insert(name.clone(), member);
                    Value::Object(object)
                })
            });
            without.chain(within).collect()
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object", "additionalProperties": false, "required": ["count"],
            "properties": {
                "count": { "type": "integer", "minimum": 3, "maximum": 70 },
                "ratio": { "type": "number", "minimum": 0, "maximum": 1 },
                "name": { "type": ["string", "null"], "minLength": 2, "maxLength": 4 },
                "kind": { "$ref": "#/$defs/kind" },
                "tags": { "type": "array", "items": { "type": "string" }, "minItems": 1, "maxItems": 2 },
                "open": { "type": "boolean" },
            },
            "$defs": { "kind": { "enum": ["a", "b"] } },
        })
    }

    #[test]
    fn what_is_made_fits_or_does_not_as_asked() {
        let schema = schema();
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let mut maker = Maker::new(&schema, 1);
        let fitting: Vec<Value> = (0..100).map(|_| maker.fitting(&validator).unwrap()).collect();
        for end in [3, 70] {
            assert!(fitting.iter().any(|params| params["count"] == end), "the end {end} was not tried");
        }
        assert!(fitting.iter().all(|params| !validator.is_valid(&maker.unfit(params, &validator).unwrap())));
    }

    #[test]
    fn shrinking_ends_at_the_smallest() {
        let mut value = json!({ "a": 77, "b": ["long", true], "c": { "d": 1.5 } });
        let mut steps = 0;
        while let Some(next) = smaller(&value).into_iter().find(|it| it["a"].as_i64() >= Some(5)) {
            (value, steps) = (next, steps + 1);
            assert!(steps < 100);
        }
        assert_eq!(value, json!({ "a": 5 }));
    }
}
