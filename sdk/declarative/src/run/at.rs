//! Where in the document a run is, and how a failure says so.

use std::fmt::Write as _;

use insula::{Error, Rejection};

use crate::expression::escape;

/// A place in the document: a chain of steps that costs nothing until it is asked for.
#[derive(Clone, Copy)]
pub(super) struct At<'a> {
    before: Option<&'a At<'a>>,
    step: Step<'a>,
    /// What is added to the indexes of a list that is the rest of another.
    first: usize,
    /// Which repetition of the entry.
    number: Option<u32>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    Root,
    Key(&'a str),
    Index(usize),
}

impl<'a> At<'a> {
    pub(super) fn root() -> Self {
        Self { before: None, step: Step::Root, first: 0, number: None }
    }

    pub(super) fn key(&'a self, key: &'a str) -> Self {
        Self { before: Some(self), step: Step::Key(key), first: 0, number: None }
    }

    pub(super) fn index(&'a self, index: usize) -> Self {
        Self { before: Some(self), step: Step::Index(self.first + index), first: 0, number: None }
    }

    /// The entry's repetition of this number.
    pub(super) fn repetition(&self, number: Option<u32>) -> Self {
        Self { number, ..*self }
    }

    /// The list from an element on.
    pub(super) fn from(&self, first: usize) -> Self {
        Self { first, ..*self }
    }

    /// As a JSON Pointer.
    pub(super) fn pointer(&self) -> String {
        self.write(false)
    }

    /// The pointer with the repetitions' numbers: what chance depends on.
    pub(super) fn path(&self) -> String {
        self.write(true)
    }

    fn write(&self, numbers: bool) -> String {
        let mut text = self.before.map(|before| before.write(numbers)).unwrap_or_default();
        // Writing to a String cannot fail.
        let written = match self.step {
            Step::Root => Ok(()),
            Step::Key(key) => write!(text, "/{}", escape(key)),
            Step::Index(index) => write!(text, "/{index}"),
        };
        written.unwrap_or_default();
        if let Some(number) = self.number.filter(|_| numbers) {
            write!(text, "#{number}").unwrap_or_default();
        }
        text
    }

    /// The numbers of all repetitions on the way, outermost first.
    fn numbers(&self) -> Vec<u32> {
        let mut numbers = self.before.map(At::numbers).unwrap_or_default();
        numbers.extend(self.number);
        numbers
    }

    fn words(&self) -> String {
        let numbers: Vec<String> = self.numbers().iter().map(u32::to_string).collect();
        match numbers.as_slice() {
            [] => self.pointer(),
            numbers => format!("{}, repetition {}", self.pointer(), numbers.join(" of ")),
        }
    }
}

/// A failure, and where.
#[derive(Debug)]
pub(super) struct Failed {
    error: Error,
    place: Option<String>,
}

impl Failed {
    /// The document, with these params, asks for what cannot be.
    pub(super) fn rejected(message: impl Into<String>) -> Self {
        let rejection =
            Rejection { index: None, field: None, rule: "document".to_owned(), message: message.into() };
        Self { error: Error::Rejected(rejection), place: None }
    }

    pub(super) fn at_place(place: String, message: String) -> Self {
        Self { place: Some(place), ..Self::rejected(message) }
    }

    /// It failed here, unless it is known better.
    pub(super) fn at(mut self, at: &At<'_>) -> Self {
        self.place.get_or_insert_with(|| at.words());
        self
    }

    /// In a call with many: which of them.
    pub(super) fn index(&mut self) -> Option<u32> {
        match &mut self.error {
            Error::Rejected(rejection) => rejection.index.take(),
            Error::Failed(_) => None,
        }
    }
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, place: None }
    }
}

const OPENS: &str = " (at ";

impl From<Failed> for Error {
    fn from(failed: Failed) -> Self {
        let Failed { mut error, place } = failed;
        if let Some(place) = place {
            let (Self::Rejected(Rejection { message, .. }) | Self::Failed(message)) = &mut error;
            *message = format!("{}{OPENS}{place})", message.trim_end_matches('.'));
        }
        error
    }
}

/// The place in the document that a message of [`run`](super::run) ends with, as a JSON Pointer, and the message
/// without it.
pub fn place_of(message: &str) -> Option<(&str, &str)> {
    let (message, place) = message.strip_suffix(')')?.rsplit_once(OPENS)?;
    let pointer = place.split_once(", ").map_or(place, |(pointer, _)| pointer);
    (pointer.is_empty() || pointer.starts_with('/')).then_some((message, pointer))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_ends_with_its_place() {
        let root = At::root();
        let clinics = root.key("clinics");
        let clinic = clinics.index(0).repetition(Some(2));
        let patients = clinic.key("patients");
        let patient = patients.index(1).repetition(Some(7));
        assert_eq!(patient.key("a/b").path(), "/clinics/0#2/patients/1#7/a~1b");
        let Error::Rejected(rejection) = Failed::rejected("no.").at(&patient).at(&clinic).into() else {
            panic!()
        };
        assert_eq!(rejection.message, "no (at /clinics/0/patients/1, repetition 2 of 7)");
        assert_eq!(place_of(&rejection.message), Some(("no", "/clinics/0/patients/1")));
        assert_eq!(place_of("it is closed (at noon)"), None);
    }
}
