//! PostgreSQL: the one place that knows its dialect, its types and its errors.

mod apply;
mod array;
mod bind;
mod ending;
mod error;
mod open;
mod part;
mod schema;
mod sql;
mod writer;

pub(crate) use bind::rows;
pub(crate) use ending::strays;
pub(crate) use error::store_error;
pub(crate) use open::{is_url, open};
pub(crate) use writer::start;
