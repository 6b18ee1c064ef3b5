//! What handlers take from a request. Whatever does not fit is refused with a problem document.

mod body;
mod uri;
mod wasm;

pub use body::{JsonBody, JsonBodyOrDefault};
pub use uri::{Path, Query};
pub(crate) use wasm::{Keyed, WasmBody};
