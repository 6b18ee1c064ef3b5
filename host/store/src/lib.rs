//! The store: turns a draft into rows, and an island back into data.
//!
//! A [`Layout`](layout::Layout) says which table and column each field goes to; everything else follows from it. One
//! task writes, and what waits for it shares a transaction; readers do not wait for it.
//!
//! ```no_run
//! # async fn example(draft: insula_domain::Draft, run: insula_store::NewRun) -> Result<(), insula_store::StoreError> {
//! use insula_store::{Commit, Ending, NewIsland, Store, StoreConfig};
//!
//! let store = Store::open(StoreConfig::new("sqlite://insula.db")).await?;
//! let committed = store.commit(Commit { draft, island: NewIsland::default(), run, revision: None }).await?;
//! let island = store.island(committed.island.id).await?;
//! store.end(Ending { island: island.record.id, actor: "example".into(), overdue_only: false }).await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod backup;
mod bookkeeping;
mod catalog;
mod cell;
mod clock;
mod config;
mod ending;
mod error;
mod events;
mod export;
mod find;
mod hold;
mod ids;
pub mod layout;
mod lease;
mod part;
mod plan;
mod pool;
mod postgres;
mod query;
mod queue;
mod reach;
mod read;
mod reader;
mod records;
mod rows;
mod schema;
mod select;
mod sqlite;
mod store;

pub use backup::{
    Backup, BackupName, BackupNameError, Backups, Contents, Form, ListedBackup, Locale, NewBackup,
    PassedOver, Reason, Restore, Restored,
};
pub use catalog::{CatalogChange, NewPlugin, PluginRecord, StoredCatalog};
pub use config::{StoreConfig, Synchronous};
pub use ending::{Certificate, Ending, Removal, RowCounts};
pub use error::StoreError;
pub use events::{Event, EventKind, Events, NewEvent};
pub use find::{Filter, Find};
pub use lease::{Lease, LeaseRequest};
pub use part::{Changes, Part};
pub use records::{
    Commit, Committed, EntityPage, IslandFilter, IslandRecord, IslandState, KeyRecord, Named, NewIsland,
    NewKey, NewRun, Page, Paged, ResetReport, RunRecord, Stats, StoredIsland,
};
pub use store::{Paused, Store};
