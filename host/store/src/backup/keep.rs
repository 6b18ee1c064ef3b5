//! Which backups are kept, which are too many, and which somebody wants no more.

use jiff::{SignedDuration, Timestamp};

use super::{Backup, BackupName, Backups, Form, ListedBackup, Place, Reason, blocking};
use crate::error::StoreError;

/// So many backups of what was there before a restore are kept: who restored the wrong one finds out soon.
const KEEP_BEFORE: usize = 2;

/// A session that has not ended is given up after the longest time that an island lives.
const LONGEST_SESSION: SignedDuration = SignedDuration::from_hours(24);

impl Backups {
    /// Removes backups of this database that are too many, but none that somebody named.
    pub(super) async fn prune(&self, keep: Option<usize>) -> Result<(), StoreError> {
        let mut listed = self.list().await?;
        listed.retain(|listed| listed.backup.as_ref().is_some_and(|backup| backup.database == self.database));
        let is_before = |listed: &ListedBackup| {
            listed.backup.as_ref().is_some_and(|backup| backup.reason == Reason::Before)
        };
        let (mut before, others): (Vec<_>, Vec<_>) = listed.into_iter().partition(is_before);
        // One that cannot be put back takes the place of none that can.
        before.sort_by_key(|listed| !listed.good);
        let mut too_many: Vec<ListedBackup> = before.into_iter().skip(KEEP_BEFORE).collect();
        if let Some(keep) = keep {
            let last_good = others.iter().find(|listed| listed.good).map(|listed| listed.name.clone());
            let kept = |place: usize, listed: &ListedBackup| {
                place < keep
                    || Some(&listed.name) == last_good.as_ref()
                    || is_open(listed.backup.as_ref(), self.clock.now())
            };
            let unnamed = others.into_iter().filter(|listed| !is_named(listed.backup.as_ref()));
            too_many
                .extend(unnamed.enumerate().filter(|(place, one)| !kept(*place, one)).map(|(_, one)| one));
        }
        for ListedBackup { name, backup, .. } in too_many {
            let Some(backup) = backup else { continue };
            tracing::info!(backup = %name, "an old backup is removed");
            self.discard(name, Some(&backup)).await?;
        }
        Ok(())
    }

    /// Removes a backup that is not wanted any more: also one that somebody named, the last good one, or a damaged one.
    /// Returns what was known of it; nothing where its record could not be read.
    ///
    /// # Errors
    /// When there is none of that name, a session that has not ended restores it, or it is a database beside another one
    /// than this. It is there then as it was.
    pub async fn remove(&self, name: &BackupName) -> Result<Option<Backup>, StoreError> {
        let no = |problem: String| Err(StoreError::Backup { problem });
        // Whoever asks for one that never was leaves no folder behind.
        if !self.folder.has(name) {
            return Err(StoreError::NoBackup { what: format!("called {name}") });
        }
        let _turn = self.turn().await?;
        let backup = match self.find(name).await {
            Ok(backup) => Some(backup),
            Err(StoreError::DamagedBackup { .. }) => None,
            Err(error) => return Err(error),
        };
        if is_open(backup.as_ref(), self.clock.now()) {
            return no(format!(
                "{name} is what its session restores when it ends; end that first: `insula session end {name}`"
            ));
        }
        if let Some(Backup { form: Form::Template { .. }, database, .. }) = &backup
            && *database != self.database
        {
            return no(format!(
                "{name} is a database beside {database}; remove it from there (DATABASE_URL)"
            ));
        }
        self.discard(name.clone(), backup.as_ref()).await?;
        Ok(backup)
    }

    async fn discard(&self, name: BackupName, backup: Option<&Backup>) -> Result<(), StoreError> {
        // What has no record that can be read may be a database.
        let is_file = backup.is_some_and(|backup| backup.form.file().is_some());
        if !is_file && matches!(self.place, Place::Server) {
            self.drop_template(&name).await?;
        }
        let folder = self.folder.clone();
        blocking(move || folder.remove(&name)).await
    }
}

/// Whether somebody named it, rather than the time: it is wanted for longer.
fn is_named(backup: Option<&Backup>) -> bool {
    backup.is_some_and(|backup| backup.name.taken_at(backup.reason).is_none())
}

/// Whether it is that of a session that may end yet.
fn is_open(backup: Option<&Backup>, now: Timestamp) -> bool {
    backup.is_some_and(|backup| {
        backup.reason == Reason::Session
            && backup.ended_at.is_none()
            && now.duration_since(backup.taken_at) < LONGEST_SESSION
    })
}
