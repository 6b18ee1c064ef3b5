use std::ops::RangeInclusive;

use crate::clinic::{Clinic, ClinicBuilder};
use crate::contract::types::Entity;
use crate::{Error, Existing, Result, UserBuilder, host};

/// The island that a run builds: everything begins here.
#[derive(Debug)]
#[non_exhaustive]
pub struct Island;

/// Many things of one kind, created by few calls: see [`Island::create_all`].
pub trait Batch {
    /// What is created.
    type Handle: Copy + Into<Entity>;
    #[doc(hidden)]
    type Record;
    #[doc(hidden)]
    fn take_name(&mut self) -> Option<String>;
    #[doc(hidden)]
    fn into_record(self) -> Self::Record;
    #[doc(hidden)]
    fn call(records: &[Self::Record]) -> Result<Vec<Self::Handle>, crate::Rejection>;
}

impl Island {
    pub(crate) fn new() -> Self {
        Self
    }

    /// A new clinic.
    pub fn clinic(&self, name: impl Into<String>) -> ClinicBuilder {
        ClinicBuilder::new(name.into())
    }

    /// A new user who is in no clinic yet. [`Clinic::admin`] and its like create user and membership in one.
    pub fn user(&self) -> UserBuilder {
        UserBuilder::new()
    }

    /// Creates what many builders describe, in their order. The builders may come from an iterator that
    /// makes them one by one, so a hundred thousand need no more memory than a few.
    ///
    /// # Errors
    /// When the host refuses one; the rejection's index counts the builders from 0.
    pub fn create_all<B: Batch>(&self, builders: impl IntoIterator<Item = B>) -> Result<Vec<B::Handle>> {
        let mut names = Vec::new();
        let records = builders.into_iter().enumerate().map(|(index, mut builder)| {
            names.extend(builder.take_name().map(|name| (index, name)));
            builder.into_record()
        });
        let handles = host::in_batches(records, B::call)?;
        for (index, name) in names {
            if let Some(handle) = handles.get(index) {
                host::named(*handle, Some(name))?;
            }
        }
        Ok(handles)
    }

    /// Gives a thing a name under which the caller finds it in the answer. A name is used once.
    ///
    /// # Errors
    /// When the name is taken.
    pub fn name(&self, thing: impl Into<Entity>, name: &str) -> Result<()> {
        Ok(host::name(thing.into(), name)?)
    }

    /// What was there before this scenario: what the island held, where the request adds to one, and what the scenario
    /// that this one extends has built.
    pub fn existing(&self) -> Existing {
        Existing::from(host::existing())
    }

    /// The run's instant, in seconds since 1970-01-01T00:00:00Z.
    pub fn now(&self) -> i64 {
        host::now()
    }

    /// A number that depends on the run's seed and this path alone, not on the order of calls.
    pub fn random(&self, path: &str) -> u64 {
        host::random(path)
    }

    /// A number of the range, by seed and path.
    ///
    /// # Errors
    /// When the range is empty.
    pub fn between(&self, path: &str, range: RangeInclusive<i64>) -> Result<i64> {
        let (low, high) = range.into_inner();
        if low > high {
            return Err(Error::failed(format!("no number lies between {low} and {high} (at {path})")));
        }
        let width = high.abs_diff(low);
        // Scaling has less bias than a remainder, and no loop.
        let offset = (u128::from(host::random(path)) * (u128::from(width) + 1)) >> u64::BITS;
        Ok(low.wrapping_add_unsigned(offset as u64))
    }

    /// One of the things, by seed and path.
    ///
    /// # Errors
    /// When there are none.
    pub fn choose<'a, T>(&self, path: &str, things: &'a [T]) -> Result<&'a T> {
        let last = things.len() as i64 - 1;
        let index = self.between(path, 0..=last).unwrap_or_default();
        things.get(index as usize).ok_or_else(|| Error::failed(format!("nothing to choose from at {path}")))
    }

    /// A believable person, by seed and path; the host's default locale where none is given.
    pub fn person(&self, path: &str, locale: Option<&str>) -> crate::Persona {
        host::person(path, locale)
    }
}

impl Clinic {
    /// The run's moment on the clinic's wall.
    ///
    /// # Errors
    /// When the clinic is none of this island's.
    pub fn now(self) -> Result<crate::LocalTime> {
        Ok(host::local_now(self.handle)?)
    }

    /// Today, where the clinic is.
    ///
    /// # Errors
    /// When the clinic is none of this island's.
    pub fn today(self) -> Result<crate::Date> {
        Ok(self.now()?.date)
    }

    /// The first such day after today, where the clinic is.
    ///
    /// # Errors
    /// When the clinic is none of this island's.
    pub fn next(self, weekday: crate::Weekday) -> Result<crate::Date> {
        Ok(self.today()?.next(weekday))
    }
}
