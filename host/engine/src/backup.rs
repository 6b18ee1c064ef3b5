//! Backups of the database that this engine uses, and how they are put back while it does.

use std::sync::atomic::Ordering;
use std::time::Duration;

use insula_store::{
    Backup, BackupName, Backups, EventKind, ListedBackup, NewBackup, NewEvent, Reason, Restore, Restored,
};
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::time::timeout;

use crate::engine::Engine;
use crate::error::EngineError;
use crate::refusals::Asked;

/// How long a restore waits for what is being written.
const DRAIN: Duration = Duration::from_secs(10);

/// Take a backup. Nothing is needed.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct BackupRequest {
    /// What to call it; after the time where it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<BackupName>,
    /// How many backups to keep that nobody named, this one included; 5 where it is left out. The last good one is always
    /// kept, and so are those that were given a name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1))]
    pub keep: Option<u32>,
}

/// The backups that there are, the newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct BackupList {
    /// This database, as its backups call it.
    pub database: String,
    /// The backups; of other databases as well, where their folder is the same.
    pub backups: Vec<ListedBackup>,
    /// The one that a restore takes where none is named: the last good one of this database.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest: Option<BackupName>,
}

impl BackupList {
    /// Those that there are.
    ///
    /// # Errors
    /// When their folder cannot be read.
    pub async fn of(backups: &Backups) -> Result<Self, EngineError> {
        let listed = backups.list().await?;
        let latest = backups.last_good(&listed).map(|backup| backup.name.clone());
        Ok(Self { database: backups.database().to_owned(), backups: listed, latest })
    }
}

/// A backup that was removed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RemovedBackup {
    /// Its name.
    pub name: BackupName,
    /// How many bytes it took; nothing where its record could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes: Option<u64>,
}

/// What to restore.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct RestoreQuery {
    /// Which backup; the last good one of this database where it is left out.
    pub name: Option<BackupName>,
    /// Also while runs are under way, or another host uses the database. What they write meanwhile may be lost.
    pub force: bool,
}

impl Engine {
    /// Takes a backup of the database, while it is used.
    ///
    /// # Errors
    /// When backups are off, the name is taken, or what was written does not hold what the database holds.
    pub async fn backup(&self, request: BackupRequest) -> Result<Backup, EngineError> {
        let asked = Asked::new("backup", &request);
        let taken = self.take(request.name, Reason::Backup, request.keep).await;
        self.told(asked, taken).await
    }

    pub(crate) async fn take(
        &self,
        name: Option<BackupName>,
        reason: Reason,
        keep: Option<u32>,
    ) -> Result<Backup, EngineError> {
        if keep == Some(0) {
            let problem = "at least the backup that is asked for is kept: 1 or more".to_owned();
            return Err(EngineError::Request { field: "keep", problem });
        }
        let backups = self.inner.store.backups()?;
        let new = NewBackup { name, reason, keep: keep.unwrap_or(NewBackup::KEEP) };
        let taken = on_its_own(async move { Ok(backups.take(new).await?) }).await;
        count("insula_backups_total", &taken);
        let backup = taken?;
        let details = json!({
            "backup": backup.name, "bytes": backup.bytes, "islands": backup.contents.islands,
            "rows": backup.contents.rows.values().sum::<u64>(),
        });
        self.note(EventKind::BackedUp, details).await;
        Ok(backup)
    }

    /// The backups.
    ///
    /// # Errors
    /// When backups are off, or their folder cannot be read.
    pub async fn backups(&self) -> Result<BackupList, EngineError> {
        BackupList::of(&self.inner.store.backups()?).await
    }

    /// Removes a backup, whether somebody named it or not, and also a damaged one.
    ///
    /// # Errors
    /// When backups are off, there is none of that name, or a session that has not ended restores it.
    pub async fn remove_backup(&self, name: BackupName) -> Result<RemovedBackup, EngineError> {
        let asked = Asked::new("remove_backup", json!({ "name": name }));
        let removed = self.remove_backup_now(name).await;
        self.told(asked, removed).await
    }

    async fn remove_backup_now(&self, name: BackupName) -> Result<RemovedBackup, EngineError> {
        let backups = self.inner.store.backups()?;
        let engine = self.clone();
        on_its_own(async move {
            let bytes = backups.remove(&name).await?.map(|backup| backup.bytes);
            engine.note(EventKind::BackupRemoved, json!({ "backup": name, "bytes": bytes })).await;
            Ok(RemovedBackup { name, bytes })
        })
        .await
    }

    /// Puts a backup in the place of the database. What is asked for meanwhile waits.
    ///
    /// # Errors
    /// When runs are under way or another host uses the database, unless it is forced; when there is no such backup, or
    /// it is damaged. Nothing has changed then.
    pub async fn restore(&self, query: RestoreQuery) -> Result<Restored, EngineError> {
        let asked = Asked::new("restore", &query);
        let restored = self.restore_now(query).await;
        self.told(asked, restored).await
    }

    pub(crate) async fn restore_now(&self, query: RestoreQuery) -> Result<Restored, EngineError> {
        let RestoreQuery { name, force } = query;
        self.refuse_while_running(force)?;
        let backups = self.inner.store.backups()?;
        let engine = self.clone();
        let restored = on_its_own(async move {
            let paused = timeout(DRAIN, engine.inner.store.pause()).await;
            let paused = paused.map_err(|_| EngineError::Busy { what: EngineError::QUEUE, waited: DRAIN })?;
            let request = Restore { name, force, or_empty: false, actor: engine.actor() };
            let restored = backups.restore(request).await;
            drop(paused);
            engine.inner.bell.ring();
            // Other islands than before may be the next to expire.
            engine.inner.alarm.set(Timestamp::now());
            Ok(restored?)
        });
        let restored = restored.await;
        count("insula_restores_total", &restored);
        restored
    }

    /// # Errors
    /// When runs are under way, unless it is forced.
    pub(crate) fn refuse_while_running(&self, force: bool) -> Result<(), EngineError> {
        match self.inner.running.load(Ordering::SeqCst) {
            runs if runs > 0 && !force => Err(EngineError::Running { runs }),
            _ => Ok(()),
        }
    }

    /// Tells of what is done and can be seen, whether its event can be written or not.
    pub(crate) async fn note(&self, kind: EventKind, details: serde_json::Value) {
        if let Err(reason) = self.tell(kind, details.clone()).await {
            tracing::warn!(event = kind.word(), %details, %reason, "it is done, but its event could not be written");
        }
    }

    pub(crate) async fn tell(&self, kind: EventKind, details: serde_json::Value) -> Result<(), EngineError> {
        self.inner.store.tell(NewEvent::done(kind, None, self.actor(), details)).await?;
        self.inner.bell.ring();
        Ok(())
    }
}

/// Does what must not end half-way when whoever asked for it goes away.
pub(crate) async fn on_its_own<T: Send + 'static>(
    work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
) -> Result<T, EngineError> {
    tokio::spawn(work).await.unwrap_or(Err(EngineError::ShuttingDown))
}

fn count<T>(metric: &'static str, outcome: &Result<T, EngineError>) {
    let outcome = outcome.as_ref().map_or_else(EngineError::outcome, |_| "done");
    metrics::counter!(metric, "outcome" => outcome).increment(1);
}
