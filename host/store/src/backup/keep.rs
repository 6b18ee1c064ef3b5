//! Which backups are kept, and which are too many.

use jiff::{SignedDuration, Timestamp};

use super::{Backup, Backups, Form, ListedBackup, Reason, blocking};
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
            if let Form::Template { template } = &backup.form {
                self.drop_template(&name, template).await?;
            }
            let folder = self.folder.clone();
            blocking(move || folder.remove(&name, backup.form.file())).await?;
        }
        Ok(())
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
