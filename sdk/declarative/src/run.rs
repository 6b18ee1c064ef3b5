//! Builds the island that a document describes.

mod at;
mod clinic;
mod names;
mod people;
mod services;
mod work;

use insula::{Batch, Error, Island, Result};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

pub use at::place_of;
use at::{At, Failed};
use names::{Names, Thing};

use crate::Document;
use crate::choice::Role;
use crate::document::{Common, Entry, Repeat};
use crate::expression::{Evaluator, Language, Variables};
use crate::field::{Field, Object};

/// Builds the island, and gives the outputs.
///
/// # Errors
/// What the host refuses, and what a document asks for that cannot be; the message ends with the place in the
/// document, which [`place_of`] reads.
pub fn run(document: &Document, params: Map<String, Value>, island: &'static Island) -> Result<Value> {
    let language = Language::new(island);
    let variables = Variables::new(&document.complete(params));
    let mut run = Run {
        island,
        evaluator: Evaluator::new(&language),
        names: Names::default(),
        users_made: 0,
        members_made: [0; 4],
        patients_made: 0,
    };
    run.document(document, &variables).map_err(Error::from)
}

/// The params of the scenario that a document extends, from its own.
///
/// # Errors
/// When an expression cannot be evaluated; the message ends as [`run`]'s.
pub fn base_params(document: &Document, params: Map<String, Value>) -> Result<Value> {
    let Some(extends) = &document.extends else { return Ok(Value::Object(Map::new())) };
    let language = Language::without_island();
    let variables = Variables::new(&document.complete(params));
    let evaluator = Evaluator::new(&language);
    let at = At::root();
    let whole = extends.params.0.iter().map(|(name, json)| {
        let place = at.key("extends");
        let place = place.key("params");
        let value = evaluator.all(json, &variables, &place.key(name).pointer());
        Ok((name.clone(), value.map_err(|(place, message)| Failed::at_place(place, message))?))
    });
    whole.collect::<Result<_, Failed>>().map(Value::Object).map_err(Error::from)
}

/// A run of a document.
struct Run<'e, 'd> {
    island: &'static Island,
    evaluator: Evaluator<'e, 'd>,
    names: Names,
    users_made: u32,
    /// How many members gave no key, by role.
    members_made: [u32; 4],
    /// In the clinic that is being built.
    patients_made: u32,
}

/// One of an entry's repetitions.
struct Repetition<'a> {
    variables: Variables,
    at: At<'a>,
    /// Counted from 1, where the entry repeats.
    number: Option<u32>,
}

impl<'d> Run<'_, 'd> {
    fn document(&mut self, document: &'d Document, variables: &Variables) -> Result<Value, Failed> {
        let root = At::root();
        if document.adds() {
            self.know_existing();
        }
        self.users(&document.users, &root.key("users"), variables)?;
        self.clinics(&document.clinics, &root.key("clinics"), variables)?;
        let mut outputs = Map::new();
        for (name, json) in &document.outputs {
            let place = root.key("outputs").key(name).pointer();
            let value = self.evaluator.all(json, variables, &place);
            outputs.insert(name.clone(), value.map_err(|(place, message)| Failed::at_place(place, message))?);
        }
        Ok(Value::Object(outputs))
    }

    /// What was there before can be referred to by the names that it has.
    fn know_existing(&mut self) {
        let existing = self.island.existing();
        for (name, entity) in &existing.names {
            self.names.bind_existing(name, &Thing::from((name.as_str(), *entity)));
        }
        // Who is made up next is somebody else.
        for role in existing.members.iter().filter_map(|it| it.roles.first()) {
            self.members_made[Role::from(*role) as usize] += 1;
        }
    }

    /// Goes through a list, and through each entry's repetitions.
    fn each<E: Entry>(
        &mut self,
        entries: &'d [E],
        list: &At<'_>,
        variables: &Variables,
        mut make: impl FnMut(&mut Self, &'d E, &Repetition<'_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        for (index, entry) in entries.iter().enumerate() {
            let at = list.index(index);
            let common = entry.common();
            self.repeat(common, &at, variables, &mut |run, repetition| {
                make(run, entry, &repetition).map_err(|failed| failed.at(&repetition.at))
            })?;
        }
        Ok(())
    }

    /// The same for things that the host takes by the hundreds.
    fn each_together<E: Entry, B: Batch, F: Fn(B::Handle) -> Thing>(
        &mut self,
        entries: &'d [E],
        list: &At<'_>,
        variables: &Variables,
        mut describe: impl FnMut(&mut Self, &'d E, &Repetition<'_>) -> Result<(B, F), Failed>,
    ) -> Result<(), Failed> {
        /// As many as the SDK sends in one call.
        const TOGETHER: usize = 500;
        for (index, entry) in entries.iter().enumerate() {
            let at = list.index(index);
            let (mut builders, mut waiting) = (Vec::new(), Vec::new());
            self.repeat(entry.common(), &at, variables, &mut |run, repetition| {
                let (builder, thing) =
                    describe(run, entry, &repetition).map_err(|failed| failed.at(&repetition.at))?;
                builders.push(builder);
                waiting.push((repetition.variables, repetition.number, thing));
                if builders.len() < TOGETHER {
                    return Ok(());
                }
                run.create(entry, std::mem::take(&mut builders), std::mem::take(&mut waiting), &at)
            })?;
            self.create(entry, builders, waiting, &at)?;
        }
        Ok(())
    }

    fn create<E: Entry, B: Batch, F: Fn(B::Handle) -> Thing>(
        &mut self,
        entry: &'d E,
        builders: Vec<B>,
        waiting: Vec<(Variables, Option<u32>, F)>,
        at: &At<'_>,
    ) -> Result<(), Failed> {
        if builders.is_empty() {
            return Ok(());
        }
        let handles = self.island.create_all(builders).map_err(|error| {
            let mut failed = Failed::from(error);
            let guilty = failed.index().and_then(|index| waiting.get(usize::try_from(index).ok()?));
            failed.at(&at.repetition(guilty.and_then(|(_, number, _)| *number)))
        })?;
        for (handle, (variables, number, thing)) in handles.into_iter().zip(waiting) {
            let repetition = Repetition { variables, at: at.repetition(number), number };
            self.bind(entry.common(), &repetition, &thing(handle))?;
        }
        Ok(())
    }

    fn repeat(
        &mut self,
        common: Common<'d>,
        at: &At<'_>,
        variables: &Variables,
        make: &mut dyn FnMut(&mut Self, Repetition<'_>) -> Result<(), Failed>,
    ) -> Result<(), Failed> {
        let mut one = |run: &mut Self, variables: Variables, number| {
            let at = at.repetition(number);
            let wanted = match common.when {
                Some(when) => run.value(when, &variables, &at.key("when"))?,
                None => true,
            };
            if wanted { make(run, Repetition { variables, at, number }) } else { Ok(()) }
        };
        match common.repeat {
            None => {
                self.take(1, at)?;
                one(self, variables.clone(), None)
            }
            Some(Repeat::Times(times)) => {
                let times: u32 = self.value(times, variables, &at.key("repeat"))?;
                self.take(usize::try_from(times).unwrap_or(usize::MAX), &at.key("repeat"))?;
                (1..=times).try_for_each(|n| one(self, variables.and("n", n), Some(n)))
            }
            Some(Repeat::Each(each)) => {
                let over: Vec<Value> = self.value(&each.over, variables, &at.key("repeat").key("over"))?;
                self.take(over.len(), &at.key("repeat"))?;
                (1..).zip(over).try_for_each(|(n, item)| {
                    let item = minijinja::Value::from(minijinja::value::Serde(item));
                    one(self, variables.and("n", n).and(&each.var, item), Some(n))
                })
            }
        }
    }

    fn value<T: Clone + DeserializeOwned>(
        &self,
        field: &'d Field<T>,
        variables: &Variables,
        at: &At<'_>,
    ) -> Result<T, Failed> {
        let value = match field {
            Field::Fixed(value, size) => self.evaluator.budget.take_bytes(*size).map(|()| value.clone()),
            Field::Computed(template) => self.evaluator.evaluate(template, variables, || at.path()),
        };
        value.map_err(|message| Failed::rejected(message).at(at))
    }

    /// Takes from the run's budget what so many repetitions or references cost.
    fn take(&self, count: usize, at: &At<'_>) -> Result<(), Failed> {
        self.evaluator.budget.take_things(count).map_err(|message| Failed::rejected(message).at(at))
    }

    fn object(&self, object: &'d Object, variables: &Variables, at: &At<'_>) -> Result<Value, Failed> {
        let whole = object.0.iter().map(|(name, json)| {
            let value = self.evaluator.all(json, variables, &at.key(name).path());
            let value = value.map_err(|(_, message)| Failed::rejected(message).at(&at.key(name)))?;
            Ok((name.clone(), value))
        });
        Ok(Value::Object(whole.collect::<Result<_, Failed>>()?))
    }

    /// The name for the answer: in a repetition, one without an expression gets the number.
    fn named(&self, common: Common<'d>, repetition: &Repetition<'_>) -> Result<Option<String>, Failed> {
        let Some(field) = common.named else { return Ok(None) };
        let name: String = self.value(field, &repetition.variables, &repetition.at.key("named"))?;
        Ok(Some(match (field, repetition.number) {
            (Field::Fixed(..), Some(number)) => format!("{name}/{number}"),
            _ => name,
        }))
    }
}
