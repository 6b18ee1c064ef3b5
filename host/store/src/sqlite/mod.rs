//! SQLite: the one place that knows its dialect, its files and its errors.

mod apply;
mod bind;
mod checkpoint;
mod error;
mod group;
mod open;
mod reader;
mod schema;
mod shapes;
mod sql;
mod writer;

pub(crate) use open::open;
pub(crate) use reader::Reader;
pub(crate) use sql::Statements;
pub(crate) use writer::{Job, Outcome, Writer};
