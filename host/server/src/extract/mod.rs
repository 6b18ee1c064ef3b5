//! What handlers take from a request. Whatever does not fit is refused with a problem document.

mod body;
mod header;
mod uri;
mod wasm;

pub use body::{JsonBody, JsonBodyOrDefault};
pub(crate) use header::optional_header;
pub use uri::{Path, Query};
pub(crate) use wasm::{Keyed, WasmBody};
