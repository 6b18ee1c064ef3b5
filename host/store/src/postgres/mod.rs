//! PostgreSQL: the one place that knows its dialect, its types and its errors.

mod apply;
mod array;
mod backup;
mod bind;
mod ending;
mod error;
mod export;
mod introspect;
mod open;
mod part;
mod programs;
mod schema;
mod server;
mod sql;
mod swap;
mod writer;

pub(crate) use apply::tell;
pub(crate) use bind::rows;
pub(crate) use error::store_error;
pub(crate) use introspect::strays;
pub(crate) use open::{is_url, open};
pub(crate) use server::Server;
pub(crate) use writer::start;

/// The number up to which no more events will be written: that of the oldest transaction under way begins after it.
pub(crate) const SETTLED: &str = "(pg_snapshot_xmin(pg_current_snapshot())::text::bigint * 16384 - 1)";

/// How far the numbers of events go on until a run's answer has been told of: so many transactions.
pub(crate) const ANSWERED: i64 = 10_000 * 16384;
