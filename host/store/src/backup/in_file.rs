//! Backups of SQLite.

use std::path::{Path, PathBuf};

use super::{
    Backup, BackupName, Backups, Form, MISSING, NewBackup, PassedOver, Reason, Restore, Restored, SOUND,
    blocking, event, folder,
};
use crate::error::StoreError;
use crate::hold::Hold;
use crate::schema;
use crate::sqlite::backup::{self as files, State};

impl Backups {
    pub(super) async fn take_file(&self, database: &Path, new: NewBackup) -> Result<Backup, StoreError> {
        let at = self.clock.now();
        let name = self.name(&new, at)?;
        let file = format!("{name}.db");
        let (backups, source, patience) = (self.folder.clone(), database.to_owned(), self.config.patience);
        let called = self.database.clone();
        let [partial, trial] = [&*file, "trial"].map(|file| self.folder.partial(file));
        let unfinished = [partial.clone(), trial.clone()];
        let taken = blocking(move || {
            let path = backups.path(&file);
            let contents = files::copy(&source, &partial, patience)?;
            if let Err(problem) = files::unpack(&partial, &trial, &contents, patience)? {
                return Err(StoreError::DamagedBackup { name, problem });
            }
            let finish = || {
                let (checksum, bytes) = folder::checksum(&partial)?;
                backups.place(&file).map(|()| (checksum, bytes))
            };
            let (checksum, bytes) = finish().map_err(|reason| folder::cannot("write", &path, &reason))?;
            let backup = Backup {
                name,
                taken_at: at,
                database: called,
                reason: new.reason,
                form: Form::Sqlite { file },
                bytes,
                checksum: Some(checksum),
                contents,
                insula: env!("CARGO_PKG_VERSION").to_owned(),
                ended_at: None,
            };
            backups.write(&backup)?;
            Ok(backup)
        });
        let taken = taken.await;
        clear(unfinished).await;
        taken
    }

    pub(super) async fn restore_file(
        &self,
        database: &Path,
        request: Restore,
    ) -> Result<Restored, StoreError> {
        let alone = Hold::alone(self.own.as_deref(), database);
        if alone.is_none() && !request.force {
            return Err(StoreError::Held { database: self.database.clone() });
        }
        let copy = files::place_beside(database);
        let restored = self.restore_by(&copy, database, request).await;
        if restored.is_err() {
            clear([copy]).await;
        }
        drop(alone);
        restored
    }

    /// Makes the copy, and puts it in the database's place.
    async fn restore_by(
        &self,
        copy: &Path,
        database: &Path,
        request: Restore,
    ) -> Result<Restored, StoreError> {
        let Restore { name, force: _, or_empty, actor } = request;
        let (patience, file) = (self.config.patience, database.to_owned());
        let state = blocking(move || files::state(&file, patience)).await?;
        if let State::Sound { tables } = &state {
            schema::check_mark(&self.database, tables, self.config.adopt)?;
        }
        let (backup, passed_over) = self.unpack_first(name, or_empty, copy).await?;
        let (state, before) = self.back_up(database, state).await?;
        if backup.is_none()
            && let Some(before) = before
        {
            // It is sound, and has no backup but this one.
            let folder = self.folder.clone();
            blocking(move || folder.remove(&before.name)).await?;
            return Err(self.none(&passed_over, true));
        }
        let before = before.map(|before| before.name);
        let found = match &state {
            State::Sound { .. } => SOUND.to_owned(),
            State::Missing => MISSING.to_owned(),
            State::Damaged { detail } => detail.clone(),
        };
        let has_events =
            matches!(&state, State::Sound { tables } if tables.iter().any(|table| table == "insula_event"));
        let event = event(&actor, backup.as_ref(), before.as_ref(), &found);
        let at = self.clock.now();
        let events_kept =
            files::make_ready(copy, has_events.then_some(database), patience, &event, at).await?;
        let sound = matches!(state, State::Sound { .. });
        let (own, called, why) = (self.own.is_some(), self.database.clone(), found.clone());
        let mark = at.strftime("%Y%m%dT%H%M%S%.6fZ").to_string();
        let (copy, file) = (copy.to_owned(), database.to_owned());
        let aside = blocking(move || {
            if sound && files::fits(&copy, &file, patience)? {
                files::put_into(&copy, &file, patience)?;
                files::remove(&copy)?;
                return Ok(Vec::new());
            }
            if own {
                // Its own connections would stay with a file that has no name any more.
                let why = if sound { "its pages have another size than those of the backup" } else { &why };
                let problem = format!(
                    "the database {called} cannot be restored while this host uses it: {why}; stop the host, then run \
                     `insula restore --emergency`"
                );
                return Err(StoreError::Backup { problem });
            }
            let aside = files::replace(&copy, &file, &mark)?;
            match aside.first().filter(|_| sound) {
                // It is a backup already.
                Some(same) => files::remove(same).map(|()| Vec::new()),
                None => Ok(aside),
            }
        })
        .await?;
        Ok(Restored { backup, found, before, aside, events_kept, passed_over })
    }

    /// Backs up what is to be replaced, where there is something. A database that cannot be backed up is damaged.
    async fn back_up(&self, database: &Path, state: State) -> Result<(State, Option<Backup>), StoreError> {
        if !matches!(&state, State::Sound { tables } if !tables.is_empty()) {
            return Ok((state, None));
        }
        let before = NewBackup { reason: Reason::Before, ..NewBackup::default() };
        match self.take_file(database, before).await {
            Ok(before) => Ok((state, Some(before))),
            Err(error) => files::damage(error).map(|detail| (State::Damaged { detail }, None)),
        }
    }

    /// Makes a copy of the first backup that is what it should be; of none where a new database may take its place.
    async fn unpack_first(
        &self,
        name: Option<BackupName>,
        or_empty: bool,
        copy: &Path,
    ) -> Result<(Option<Backup>, Vec<PassedOver>), StoreError> {
        let mut choice = self.choice(name.as_ref()).await?;
        for backup in std::mem::take(&mut choice.candidates) {
            let problem = match backup.form.file() {
                Some(file) if matches!(backup.form, Form::Sqlite { .. }) => {
                    self.unpack(self.folder.path(file), copy, &backup).await?
                }
                _ => Err("it is of PostgreSQL".to_owned()),
            };
            match problem {
                Ok(()) => return Ok((Some(backup), choice.passed_over)),
                Err(problem) if name.is_some() => {
                    return Err(StoreError::DamagedBackup { name: backup.name, problem });
                }
                Err(problem) => choice.pass_over(backup, problem),
            }
        }
        let passed_over = choice.nothing();
        if !or_empty {
            return Err(self.none(&passed_over, false));
        }
        let copy = copy.to_owned();
        blocking(move || files::remove(&copy)).await?;
        Ok((None, passed_over))
    }

    async fn unpack(
        &self,
        file: PathBuf,
        copy: &Path,
        backup: &Backup,
    ) -> Result<Result<(), String>, StoreError> {
        let (copy, contents, patience) = (copy.to_owned(), backup.contents.clone(), self.config.patience);
        blocking(move || files::unpack(&file, &copy, &contents, patience)).await
    }
}

/// Removes copies that were not finished, or are not needed any more. Whatever became of the rest says more than that one
/// could not be removed.
async fn clear(copies: impl IntoIterator<Item = PathBuf> + Send + 'static) {
    let cleared = blocking(move || copies.into_iter().try_for_each(|copy| files::remove(&copy)));
    if let Err(reason) = cleared.await {
        tracing::warn!(%reason, "what was left of a backup could not be removed");
    }
}
