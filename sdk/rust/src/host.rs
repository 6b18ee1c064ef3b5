//! The host's calls: the real ones in a component, [`crate::testing`]'s where there is no host.

#[cfg(target_arch = "wasm32")]
pub(crate) use crate::contract::{context::*, island::*};
#[cfg(not(target_arch = "wasm32"))]
pub(crate) use crate::testing::host::*;

use crate::contract::types::Entity;
use crate::{Error, Result};

/// Calls the host with all records, in lists of a bounded size, so that memory stays small whatever their
/// number. A refusal's index counts from the first record of all.
pub(crate) fn in_batches<R, H>(
    records: impl IntoIterator<Item = R>,
    call: impl Fn(&[R]) -> Result<Vec<H>, crate::Rejection>,
) -> Result<Vec<H>> {
    /// Large enough that the calls cost nothing beside the records, small enough for a few pages.
    const BATCH: usize = 500;
    let mut handles = Vec::new();
    let mut batch = Vec::new();
    let mut records = records.into_iter();
    loop {
        batch.clear();
        batch.extend(records.by_ref().take(BATCH));
        if batch.is_empty() {
            return Ok(handles);
        }
        let made = call(&batch).map_err(|mut rejection| {
            let before = u32::try_from(handles.len()).unwrap_or(u32::MAX);
            rejection.index = rejection.index.map(|index| index.saturating_add(before));
            rejection
        })?;
        handles.extend(made);
    }
}

/// Creates one thing through a call that takes a list.
pub(crate) fn one<R, H>(record: R, call: impl Fn(&[R]) -> Result<Vec<H>, crate::Rejection>) -> Result<H> {
    let made = call(&[record]).map_err(|mut rejection| {
        rejection.index = None;
        rejection
    })?;
    made.into_iter().next().ok_or_else(|| Error::failed("the host created nothing and gave no reason"))
}

/// Gives a thing its name, if it has one.
pub(crate) fn named<H: Copy + Into<Entity>>(handle: H, name: Option<String>) -> Result<H> {
    if let Some(text) = name {
        self::name(handle.into(), &text)?;
    }
    Ok(handle)
}
