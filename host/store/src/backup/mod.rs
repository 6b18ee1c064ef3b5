//! Backups: copies of the whole database, which can be put back whatever state it is in by then.
//!
//! A backup is taken while the database is used, and counts only when it was restored on trial and holds what the database
//! held. To restore one, a copy of it is made ready beside the database: checked, migrated, with the events that happened
//! since. Then it takes the database's place in one step. Whoever is killed before that step has changed nothing, and
//! after it all is done.
//!
//! ```no_run
//! # async fn example(store: insula_store::Store) -> Result<(), insula_store::StoreError> {
//! use insula_store::{NewBackup, Restore};
//!
//! let backups = store.backups()?;
//! let backup = backups.take(NewBackup::default()).await?;
//! backups.restore(Restore::of(backup.name, "example")).await?;
//! # Ok(())
//! # }
//! ```

mod choose;
mod folder;
mod in_file;
mod keep;
mod on_server;
mod record;

use std::path::PathBuf;
use std::sync::Arc;

use insula_domain::IslandId;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use crate::clock::Clock;
use crate::config::StoreConfig;
use crate::error::StoreError;
use crate::events::{EventKind, NewEvent};
use crate::hold::Hold;
use crate::{postgres, sqlite};
use folder::{Folder, Turn};

pub(crate) use folder::cannot;
pub use record::{Backup, BackupName, BackupNameError, Contents, Form, ListedBackup, Locale, Reason};

/// A backup to be taken.
#[derive(Clone, Debug)]
pub struct NewBackup {
    /// What to call it; after the time where it is not said.
    pub name: Option<BackupName>,
    /// Why.
    pub reason: Reason,
    /// How many backups of this database to keep that nobody named, this one included. The last good one is always kept,
    /// for a day those of sessions that have not ended, and for ever those that were given a name: they do not count.
    pub keep: u32,
}

impl NewBackup {
    /// How many backups are kept where it is not said.
    pub const KEEP: u32 = 5;
}

impl Default for NewBackup {
    fn default() -> Self {
        Self { name: None, reason: Reason::Backup, keep: Self::KEEP }
    }
}

/// What to restore.
#[derive(Clone, Debug)]
pub struct Restore {
    /// Which backup; the last good one of this database where it is not said.
    pub name: Option<BackupName>,
    /// Also while others use the database.
    pub force: bool,
    /// Where there is no backup that can be restored, a new empty database takes the place of one that is damaged or not
    /// there. A sound one stays.
    pub or_empty: bool,
    /// For whom.
    pub actor: Arc<str>,
}

impl Restore {
    /// Restores this backup.
    pub fn of(name: BackupName, actor: &str) -> Self {
        Self { name: Some(name), force: false, or_empty: false, actor: actor.into() }
    }
}

/// What became of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Restored {
    /// What was restored; nothing when there was none, and the database is new and empty.
    pub backup: Option<Backup>,
    /// How the database was found: `sound`, `missing`, or what is wrong with it.
    pub found: String,
    /// The backup of what was there before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<BackupName>,
    /// Where what was there before is kept, since it could not be backed up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aside: Vec<PathBuf>,
    /// Whether the events that happened since the backup are there still.
    pub events_kept: bool,
    /// Backups that could not be restored. Where none was, also those that are restored only by their names: of other
    /// databases, for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub passed_over: Vec<PassedOver>,
}

/// A backup that was not restored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PassedOver {
    /// Its name.
    pub name: BackupName,
    /// Whether it can be restored by its name.
    pub good: bool,
    /// Why not.
    pub problem: String,
}

/// The database as it is found when it is sound.
const SOUND: &str = "sound";
/// And where there is none.
const MISSING: &str = "missing";

/// The backups of a database.
#[derive(Clone, Debug)]
pub struct Backups {
    config: StoreConfig,
    folder: Folder,
    place: Place,
    /// How errors and records call the database.
    database: String,
    /// The hold of the store that restores its own database.
    own: Option<Arc<Hold>>,
    clock: Arc<Clock>,
}

#[derive(Clone, Debug)]
enum Place {
    File(PathBuf),
    Server,
}

impl Backups {
    /// The backups of a database that need not be open, nor sound, nor there.
    ///
    /// # Errors
    /// When the configuration names no folder for them, or a database in memory.
    pub fn new(config: StoreConfig) -> Result<Self, StoreError> {
        let no = |problem: &str| StoreError::Backup { problem: problem.to_owned() };
        let folder = config
            .backups
            .clone()
            .ok_or_else(|| no("backups are off, or have no folder: leave out --no-backup (E2E_NO_BACKUP)"))?;
        let (place, database) = if postgres::is_url(&config.url) {
            (Place::Server, postgres::Server::name(&config)?)
        } else {
            let Some(file) = sqlite::file(&config.url)? else {
                return Err(no("a database in memory cannot be backed up; use one in a file"));
            };
            let name = file.display().to_string();
            (Place::File(file), name)
        };
        Ok(Self { config, folder: Folder::new(folder), place, database, own: None, clock: Arc::default() })
    }

    pub(crate) fn of_store(
        config: StoreConfig,
        hold: Arc<Hold>,
        clock: Arc<Clock>,
    ) -> Result<Self, StoreError> {
        Ok(Self { own: Some(hold), clock, ..Self::new(config)? })
    }

    /// Takes a backup, also while the database is used, and removes those that are too many.
    ///
    /// # Errors
    /// When its name is taken, the database cannot be read, or what was written does not hold what the database holds.
    pub async fn take(&self, new: NewBackup) -> Result<Backup, StoreError> {
        let _turn = self.turn().await?;
        let keep = new.keep.max(1) as usize;
        let backup = match &self.place {
            Place::File(file) => self.take_file(file, new).await?,
            Place::Server => self.take_server(new).await?,
        };
        self.prune(Some(keep)).await?;
        Ok(backup)
    }

    /// All backups in the folder, also those of other databases, the newest first.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub async fn list(&self) -> Result<Vec<ListedBackup>, StoreError> {
        let folder = self.folder.clone();
        let mut listed = blocking(move || {
            let records = folder.records()?.into_iter().map(|(name, record)| match record {
                Ok(backup) => {
                    let problem = damage(&folder, &backup);
                    ListedBackup { name, good: problem.is_none(), problem, backup: Some(backup) }
                }
                Err(problem) => ListedBackup { name, good: false, problem: Some(problem), backup: None },
            });
            Ok(records.collect::<Vec<_>>())
        })
        .await?;
        if matches!(self.place, Place::Server) {
            self.look_for_templates(&mut listed).await;
        }
        listed.sort_by_key(|listed| {
            let taken_at = listed.backup.as_ref().map_or(Timestamp::MIN, |backup| backup.taken_at);
            std::cmp::Reverse((taken_at, listed.name.clone()))
        });
        Ok(listed)
    }

    /// How records call this database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Puts a backup in the database's place.
    ///
    /// # Errors
    /// When others use the database, unless it is forced; when it is not marked as one for tests; when there is no such
    /// backup, or it is damaged. Nothing has changed then.
    pub async fn restore(&self, request: Restore) -> Result<Restored, StoreError> {
        let _turn = self.turn().await?;
        let restored = match &self.place {
            Place::File(file) => self.restore_file(file, request).await?,
            Place::Server => self.restore_server(request).await?,
        };
        // What was asked for is done.
        if let Err(reason) = self.prune(None).await {
            tracing::warn!(%reason, "backups that are too many could not be removed");
        }
        Ok(restored)
    }

    /// Remembers that the session of a backup has ended.
    ///
    /// # Errors
    /// When its record cannot be written.
    pub async fn end_session(&self, mut backup: Backup) -> Result<Backup, StoreError> {
        let _turn = self.turn().await?;
        backup.ended_at = Some(self.clock.now());
        let folder = self.folder.clone();
        blocking(move || folder.write(&backup).map(|()| backup)).await
    }

    async fn turn(&self) -> Result<Turn, StoreError> {
        let folder = self.folder.clone();
        blocking(move || folder.turn()).await
    }

    /// A name for a backup that is begun now.
    fn name(&self, new: &NewBackup, at: Timestamp) -> Result<BackupName, StoreError> {
        let name = new.name.clone().unwrap_or_else(|| BackupName::at(new.reason, at));
        if self.folder.has(&name) {
            let problem = format!("there is a backup {name} already; choose another name");
            return Err(StoreError::Backup { problem });
        }
        Ok(name)
    }
}

/// What is wrong with a backup that is a file.
fn damage(folder: &Folder, backup: &Backup) -> Option<String> {
    let path = folder.path(backup.form.file()?);
    match folder::checksum(&path) {
        Err(reason) => Some(format!("{} cannot be read: {reason}", path.display())),
        Ok((_, bytes)) if bytes != backup.bytes => {
            Some(format!("{} has {bytes} bytes instead of {}", path.display(), backup.bytes))
        }
        Ok((found, _)) if Some(&found) != backup.checksum.as_ref() => {
            Some(format!("{} was changed: its checksum is another", path.display()))
        }
        Ok(_) => None,
    }
}

/// The event of a restore.
fn event(actor: &Arc<str>, backup: Option<&Backup>, before: Option<&BackupName>, found: &str) -> NewEvent {
    let details = json!({
        "backup": backup.map(|backup| &backup.name), "taken_at": backup.map(|backup| backup.taken_at),
        "before": before, "found": found,
    });
    NewEvent::done(EventKind::Restored, None::<IslandId>, Arc::clone(actor), details)
}

/// Does what waits for the disk on a thread of its own.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|reason| StoreError::Other {
        database: String::new(),
        detail: format!("a backup's thread failed: {reason}"),
    })?
}
