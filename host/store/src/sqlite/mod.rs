//! SQLite: the one place that knows its dialect, its files and its errors.

mod apply;
pub(crate) mod backup;
mod bind;
mod checkpoint;
mod commits;
mod compare;
mod ending;
mod error;
mod export;
mod group;
mod introspect;
mod open;
mod part;
mod schema;
mod sql;
mod writer;

pub(crate) use apply::tell;
pub(crate) use bind::rows;
pub(crate) use error::store_error;
#[cfg(test)]
pub(crate) use export::literal;
pub(crate) use introspect::strays;
pub(crate) use open::{file, open};
pub(crate) use writer::start;

/// The number up to which no more events will be written: one writes at a time.
pub(crate) const SETTLED: &str = "(SELECT coalesce(max(id), 0) FROM insula_event)";

/// How far the numbers of events go on until a run's answer has been told of.
pub(crate) const ANSWERED: i64 = 20_000;
