//! What is asked of a store. It waits for nobody who writes.

use insula_domain::{EntityId, IslandId, Kind};
use jiff::Timestamp;

use super::Store;
use crate::catalog::StoredCatalog;
use crate::ending::{Certificate, RowCounts};
use crate::error::StoreError;
use crate::events::{Event, EventKind, Events};
use crate::find::Find;
use crate::part::Part;
use crate::records::{EntityPage, IslandFilter, IslandRecord, KeyRecord, Page, Paged, Stats, StoredIsland};

impl Store {
    /// An island whole, as it stands now.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn island(&self, id: IslandId) -> Result<StoredIsland, StoreError> {
        self.inner.reader.island(id).await
    }

    /// What is remembered of islands, the newest first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn islands(
        &self,
        filter: &IslandFilter,
        page: Page<IslandId>,
    ) -> Result<Paged<IslandRecord, IslandId>, StoreError> {
        self.inner.reader.islands(filter, page).await
    }

    /// An island's entities of one kind, the first made first.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn entities(
        &self,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, StoreError> {
        self.inner.reader.entities(id, kind, page).await
    }

    /// A part of an island: what these find, and all that it refers to, as it stands at one moment.
    ///
    /// # Errors
    /// [`StoreError::NotFound`] and [`StoreError::Gone`]; and what the database says.
    pub async fn part(&self, id: IslandId, finds: &[Find]) -> Result<Part, StoreError> {
        self.inner.reader.part(id, finds).await
    }

    /// What an idempotency key was used for.
    ///
    /// # Errors
    /// What the database says.
    pub async fn find_key(&self, key: &str) -> Result<Option<KeyRecord>, StoreError> {
        self.inner.reader.find_key(key).await
    }

    /// What was removed with an island that has ended, or why it is stuck.
    ///
    /// # Errors
    /// [`StoreError::NotFound`]; and what the database says.
    pub async fn certificate(&self, id: IslandId) -> Result<Certificate, StoreError> {
        self.inner.reader.certificate(id).await
    }

    /// Certificates, those of islands after one: so many at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn certificates(
        &self,
        after: Option<IslandId>,
        limit: u32,
    ) -> Result<Vec<Certificate>, StoreError> {
        self.inner.reader.certificates(after, limit).await
    }

    /// The islands that are remembered to have ended, and whose certificates are gone: all there are, or this one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn uncertified(&self, island: Option<IslandId>) -> Result<Vec<IslandId>, StoreError> {
        self.inner.reader.uncertified(island).await
    }

    /// The islands that had expired by an instant and are still there, the longest expired first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<IslandId>, StoreError> {
        self.inner.reader.expired(now, limit).await
    }

    /// When the next island expires.
    ///
    /// # Errors
    /// What the database says.
    pub async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        self.inner.reader.next_expiry().await
    }

    /// Counts stray rows in every table that can hold rows of islands: those that say that they belong to this island; or,
    /// without one, those of islands that are not there, and those that refer to what is not there.
    ///
    /// # Errors
    /// What the database says.
    pub async fn strays(&self, island: Option<IslandId>) -> Result<RowCounts, StoreError> {
        self.inner.reader.strays(island).await
    }

    /// What happened: so much of it at most.
    ///
    /// # Errors
    /// What the database says.
    pub async fn events(&self, which: Events, limit: u32) -> Result<Vec<Event>, StoreError> {
        self.inner.reader.events(which, limit).await
    }

    /// What was told of a session: that it began, that it ended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn told_of_session(&self, session: &str) -> Result<Vec<EventKind>, StoreError> {
        self.inner.reader.told_of_session(session).await
    }

    /// The number up to which no more events will be written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn settled(&self) -> Result<i64, StoreError> {
        self.inner.reader.settled().await
    }

    /// The scenarios that the database holds, as they stand at one moment.
    ///
    /// # Errors
    /// What the database says.
    pub async fn catalog(&self) -> Result<StoredCatalog, StoreError> {
        self.inner.reader.catalog().await
    }

    /// The component of a version of a scenario that the database holds.
    ///
    /// # Errors
    /// What the database says.
    pub async fn plugin(&self, scenario: &str, version: &str) -> Result<Option<Vec<u8>>, StoreError> {
        self.inner.reader.plugin(scenario, version).await
    }

    /// A number that is larger after each change of the catalog, and is read fast; 0 before the first.
    ///
    /// # Errors
    /// What the database says.
    pub async fn catalog_generation(&self) -> Result<i64, StoreError> {
        self.inner.reader.generation().await
    }

    /// How many islands there are.
    ///
    /// # Errors
    /// What the database says.
    pub async fn stats(&self) -> Result<Stats, StoreError> {
        self.inner.reader.stats(self.now()).await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn ping(&self) -> Result<(), StoreError> {
        self.inner.reader.ping().await
    }
}
