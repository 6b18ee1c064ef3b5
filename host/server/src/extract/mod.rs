//! What handlers take from a request. Whatever does not fit is refused with a problem document.

mod body;
mod uri;

pub(crate) use body::{JsonBody, JsonBodyOrDefault};
pub(crate) use uri::{Path, Query};
