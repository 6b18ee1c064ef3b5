//! The handlers, by what they are about.

pub(crate) mod backups;
pub(crate) mod batch;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod host;
pub(crate) mod islands;
pub(crate) mod scenarios;
pub(crate) mod seed;
pub(crate) mod versions;
