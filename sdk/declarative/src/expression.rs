//! Expressions: those of Jinja, as minijinja carries them out, over `params`, `n` and the variables of repetitions.
//!
//! A text that is nothing but one expression in `{{ }}` has that expression's value, whatever its type; any other text
//! has its expressions replaced. A variable that is not there is an error, and never an empty text.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use insula::{Date, Island};
use minijinja::machinery::{Instructions, eval, make_string_output};
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, UndefinedBehavior, Value, filters};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use crate::budget::{Budget, Gauge, size, too_large};
use crate::field::{Template, is_template, whole};
use crate::moment::Day;
use crate::operators::{self, Text, words};

/// An expression that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Faulty {
    pub(crate) pointer: String,
    pub(crate) message: String,
}

/// Where an expression is evaluated: chance depends on the place, and days on the clinic's zone.
#[derive(Default)]
struct Surroundings {
    place: String,
    today: Option<Date>,
}

type Shared = Arc<Mutex<Surroundings>>;

fn with<R>(shared: &Shared, act: impl FnOnce(&mut Surroundings) -> R) -> R {
    act(&mut shared.lock().unwrap_or_else(PoisonError::into_inner))
}

/// What templates are compiled in.
pub(crate) struct Language<'d> {
    environment: Environment<'d>,
    shared: Shared,
}

impl Language<'_> {
    pub(crate) fn new(island: &'static Island) -> Self {
        let shared = Shared::default();
        let mut environment = environment();
        let here = Arc::clone(&shared);
        environment.add_function("choose", move |things: Vec<Value>| choose(island, &here, things));
        let here = Arc::clone(&shared);
        environment.add_function("between", move |low: i64, high: i64| between(island, &here, low, high));
        let here = Arc::clone(&shared);
        environment.add_function("day", move |text: String| day(&here, &text));
        Self { environment, shared }
    }
}

impl Language<'_> {
    /// For what is computed before there is an island: neither chance nor days.
    pub(crate) fn without_island() -> Self {
        Self { environment: environment(), shared: Shared::default() }
    }
}

/// Not all filters of Jinja, most of which are for pages, and would double the size of every plugin.
fn environment<'d>() -> Environment<'d> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.add_filter("abs", filters::abs);
    environment.add_filter("default", filters::default);
    environment.add_filter("first", filters::first);
    environment.add_filter("last", filters::last);
    environment.add_filter("length", filters::length);
    environment.add_filter("lower", filters::lower);
    environment.add_filter("upper", filters::upper);
    operators::add_to(&mut environment);
    environment
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::InvalidOperation, message.into())
}

fn choose(island: &Island, shared: &Shared, things: Vec<Value>) -> Result<Value, Error> {
    let last = i64::try_from(things.len()).unwrap_or(i64::MAX) - 1;
    let index = between(island, shared, 0, last).map_err(|_| refused("there is nothing to choose from"))?;
    Ok(things.get(usize::try_from(index).unwrap_or_default()).cloned().unwrap_or_default())
}

fn between(island: &Island, shared: &Shared, low: i64, high: i64) -> Result<i64, Error> {
    let place = with(shared, |here| here.place.clone());
    island.between(&place, low..=high).map_err(|error| refused(error.to_string()))
}

fn day(shared: &Shared, text: &str) -> Result<String, Error> {
    let day: Day = text.parse().map_err(refused)?;
    let today = with(shared, |here| here.today);
    let today =
        today.ok_or_else(|| refused("a day is relative to a clinic, and there is none before this"))?;
    Ok(day.from(today).to_string())
}

/// The variables that an expression sees.
#[derive(Clone, Debug)]
pub(crate) struct Variables {
    known: BTreeMap<String, Value>,
    value: Value,
}

impl Variables {
    pub(crate) fn new(params: &Json) -> Self {
        Self { known: BTreeMap::new(), value: Value::UNDEFINED }.and("params", Value::from(Serde(params)))
    }

    /// One more, or another value of one.
    pub(crate) fn and(&self, name: &str, value: impl Into<Value>) -> Self {
        let mut known = self.known.clone();
        known.insert(name.to_owned(), value.into());
        let value = Value::from_pairs(known.clone());
        Self { known, value }
    }
}

/// A piece of a text.
enum Piece<'d> {
    Text(&'d str),
    Expression(Instructions<'d>),
}
type Compiled<'d> = Vec<Piece<'d>>;

/// Evaluates a document's expressions, each of which is compiled once.
pub(crate) struct Evaluator<'e, 'd> {
    language: &'e Language<'d>,
    /// By the address of their text, which stays where it is as long as its document.
    compiled: RefCell<HashMap<*const u8, Rc<Compiled<'d>>>>,
    /// What is left to the run.
    pub(crate) budget: Budget,
}

impl<'e, 'd> Evaluator<'e, 'd> {
    pub(crate) fn new(language: &'e Language<'d>) -> Self {
        Self { language, compiled: RefCell::default(), budget: Budget::default() }
    }

    /// What today is to `day(…)` from here on.
    pub(crate) fn set_today(&self, today: Date) {
        with(&self.language.shared, |here| here.today = Some(today));
    }

    pub(crate) fn evaluate<T: DeserializeOwned>(
        &self,
        template: &'d Template,
        variables: &Variables,
        place: impl FnOnce() -> String,
    ) -> Result<T, String> {
        let text = template.0.as_str();
        if text.contains("choose") || text.contains("between") {
            with(&self.language.shared, |here| here.place = place());
        }
        let json = self.json(text, variables)?;
        serde_json::from_value(whole(json.clone()))
            .map_err(|error| format!("`{}` is {} here: {error}", shown(text), shown(&json.to_string())))
    }

    /// JSON whose texts may be templates. What fails says where.
    pub(crate) fn all(
        &self,
        json: &'d Json,
        variables: &Variables,
        place: &str,
    ) -> Result<Json, (String, String)> {
        self.budget.take_bytes(size(json)).map_err(|message| (place.to_owned(), message))?;
        self.each(json, variables, place)
    }

    fn each(&self, json: &'d Json, variables: &Variables, place: &str) -> Result<Json, (String, String)> {
        Ok(match json {
            Json::String(text) if is_template(text) => {
                with(&self.language.shared, |here| place.clone_into(&mut here.place));
                self.json(text, variables).map_err(|message| (place.to_owned(), message))?
            }
            Json::Array(list) => {
                let each = list.iter().enumerate();
                let each = each.map(|(index, json)| self.each(json, variables, &format!("{place}/{index}")));
                Json::Array(each.collect::<Result<_, _>>()?)
            }
            Json::Object(object) => {
                let each = object.iter().map(|(name, json)| {
                    Ok((name.clone(), self.each(json, variables, &format!("{place}/{}", escape(name)))?))
                });
                Json::Object(each.collect::<Result<_, (String, String)>>()?)
            }
            other => other.clone(),
        })
    }

    /// What a template says, which the run pays for.
    fn json(&self, text: &'d str, variables: &Variables) -> Result<Json, String> {
        let said = |message: String| format!("`{}`: {message}", shown(text));
        let json = self.computed(text, variables, &said)?;
        self.budget.take_bytes(size(&json)).map_err(said)?;
        Ok(json)
    }

    fn computed(
        &self,
        text: &'d str,
        variables: &Variables,
        said: &impl Fn(String) -> String,
    ) -> Result<Json, String> {
        let compiled = self.compiled(text).map_err(said)?;
        let value = |expression: &Instructions<'d>| {
            let value = self.value(expression, variables).map_err(|error| said(words(&error)))?;
            if value.is_undefined() { Err(said("this is not defined here".to_owned())) } else { Ok(value) }
        };
        if let [Piece::Expression(expression)] = compiled.as_slice() {
            let value = value(expression)?;
            // A list can hold another many times, which takes no room before it is written.
            serde_json::to_writer(Gauge::new(), &value).map_err(|error| said(error.to_string()))?;
            return serde_json::to_value(value).map_err(|error| said(error.to_string()));
        }
        let mut whole = Text::default();
        for piece in &*compiled {
            let written = match piece {
                Piece::Text(text) => whole.write_str(text),
                Piece::Expression(expression) => write!(whole, "{}", value(expression)?),
            };
            written.map_err(|_| said(too_large()))?;
        }
        Ok(Json::String(whole.0))
    }

    fn value(&self, expression: &Instructions<'d>, variables: &Variables) -> Result<Value, Error> {
        let (root, mut unused) = (variables.value.clone(), String::new());
        let mut output = make_string_output(&mut unused);
        let environment = &self.language.environment;
        let (value, _) =
            eval(environment, expression, root, &BTreeMap::new(), &mut output, AutoEscape::None)?;
        Ok(value.unwrap_or_default())
    }

    fn compiled(&self, text: &'d str) -> Result<Rc<Compiled<'d>>, String> {
        if let Some(known) = self.compiled.borrow().get(&text.as_ptr()) {
            return Ok(Rc::clone(known));
        }
        let compiled = Rc::new(compile(text)?);
        self.compiled.borrow_mut().insert(text.as_ptr(), Rc::clone(&compiled));
        Ok(compiled)
    }
}

/// A text in a message, which is for people to read.
fn shown(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 200;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()).into(),
        None => text.into(),
    }
}

/// Cuts a text into what stands in `{{ }}` and what does not.
fn compile(text: &str) -> Result<Compiled<'_>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        let (inside, after) = after.split_once("}}").ok_or("an expression ends with }}")?;
        pieces.push(Piece::Expression(operators::compile(inside.trim())?));
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

/// All expressions of a document that cannot be read.
pub(crate) fn check(json: &Json) -> Vec<Faulty> {
    let mut faulty = Vec::new();
    walk(json, String::new(), &mut |pointer, text| {
        if let Err(error) = compile(text) {
            let message = format!("the expression cannot be read: {error}");
            faulty.push(Faulty { pointer: pointer.to_owned(), message });
        }
    });
    faulty
}

fn walk<'d>(json: &'d Json, pointer: String, act: &mut impl FnMut(&str, &'d str)) {
    match json {
        Json::String(text) if is_template(text) => act(&pointer, text),
        Json::Array(list) => {
            list.iter().enumerate().for_each(|(index, json)| walk(json, format!("{pointer}/{index}"), act));
        }
        Json::Object(object) => {
            object.iter().for_each(|(name, json)| walk(json, format!("{pointer}/{}", escape(name)), act));
        }
        _ => {}
    }
}

/// A step of a JSON Pointer (RFC 6901).
pub(crate) fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}
