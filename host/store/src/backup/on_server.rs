//! Backups of PostgreSQL.

use super::{
    Backup, BackupName, Backups, Contents, Form, ListedBackup, MISSING, NewBackup, PassedOver, Reason,
    Restore, Restored, SOUND, blocking, event, folder,
};
use crate::error::StoreError;
use crate::hold::Hold;
use crate::postgres::Server;

/// The copy that becomes a backup, the one that is made ready to be restored, and the one on which a backup is tried. What was
/// killed leaves them, and the next one makes them anew.
const NEW: &str = "copying";
const COPY: &str = "restoring";
const TRIAL: &str = "trial";

impl Backups {
    pub(super) async fn take_server(&self, new: NewBackup) -> Result<Backup, StoreError> {
        let at = self.clock.now();
        let name = self.name(&new, at)?;
        let mut server = Server::connect(&self.config).await?;
        let taken = if server.can_dump().await? {
            self.dump(&mut server, name, new.reason).await
        } else {
            self.template(&mut server, name, new.reason).await
        };
        let recorded = match taken {
            Ok(backup) => self.record(&mut server, Backup { taken_at: at, ..backup }).await,
            Err(error) => Err(error),
        };
        if recorded.is_err() {
            clear(&mut server, &[NEW, TRIAL]).await;
        }
        server.close().await;
        recorded
    }

    /// Writes the record of a backup. A database that has none would be there for ever.
    async fn record(&self, server: &mut Server, backup: Backup) -> Result<Backup, StoreError> {
        let (folder, written) = (self.folder.clone(), backup.clone());
        let recorded = blocking(move || folder.write(&written)).await;
        if let (Err(_), Form::Template { template }) = (&recorded, &backup.form) {
            server.drop(template).await?;
        }
        recorded.map(|()| backup)
    }

    async fn dump(
        &self,
        server: &mut Server,
        name: BackupName,
        reason: Reason,
    ) -> Result<Backup, StoreError> {
        let file = format!("{name}.dump");
        let (partial, path) = (self.folder.partial(&file), self.folder.path(&file));
        let (contents, locale) = server.dump(partial.clone()).await?;
        let trial = server.beside(TRIAL);
        let restored = match server.load(&partial, &locale, &trial).await? {
            Ok(()) => Ok(contents.difference(&server.contents(&trial).await?)),
            Err(problem) => Err(problem),
        };
        server.drop(&trial).await?;
        if let Err(problem) | Ok(Some(problem)) = restored {
            return Err(StoreError::DamagedBackup { name, problem });
        }
        let (folder, placed) = (self.folder.clone(), file.clone());
        let (checksum, bytes) = blocking(move || {
            let finish = || {
                let found = folder::checksum(&partial)?;
                folder.place(&placed).map(|()| found)
            };
            finish().map_err(|reason| folder::cannot("write", &path, &reason))
        })
        .await?;
        let form = Form::Dump { file, locale };
        Ok(Backup { form, bytes, checksum: Some(checksum), contents, ..self.blank(name, reason) })
    }

    async fn template(
        &self,
        server: &mut Server,
        name: BackupName,
        reason: Reason,
    ) -> Result<Backup, StoreError> {
        tracing::info!(
            "pg_dump is not installed, or too old: the database is copied, and its clients are cut off"
        );
        let (database, copy, trial) = (server.database(), server.beside(NEW), server.beside(TRIAL));
        server.copy(&database, &copy).await?;
        let contents = server.contents(&copy).await?;
        server.copy(&copy, &trial).await?;
        let difference = contents.difference(&server.contents(&trial).await?);
        server.drop(&trial).await?;
        if let Some(problem) = difference {
            return Err(StoreError::DamagedBackup { name, problem });
        }
        let bytes = server.size(&copy).await?;
        let template = server.beside(name.as_str());
        server.rename(&copy, &template).await?;
        Ok(Backup { form: Form::Template { template }, bytes, contents, ..self.blank(name, reason) })
    }

    /// A record in which is still to be said what the backup is made of.
    fn blank(&self, name: BackupName, reason: Reason) -> Backup {
        Backup {
            name,
            taken_at: self.clock.now(),
            database: self.database.clone(),
            reason,
            form: Form::Template { template: String::new() },
            bytes: 0,
            checksum: None,
            contents: Default::default(),
            insula: env!("CARGO_PKG_VERSION").to_owned(),
            ended_at: None,
        }
    }

    pub(super) async fn restore_server(&self, request: Restore) -> Result<Restored, StoreError> {
        let mut server = Server::connect(&self.config).await?;
        let copy = server.beside(COPY);
        let restored = self.restore_on(&mut server, &copy, request).await;
        if restored.is_err() {
            clear(&mut server, &[COPY]).await;
        }
        server.close().await;
        restored
    }

    async fn restore_on(
        &self,
        server: &mut Server,
        copy: &str,
        request: Restore,
    ) -> Result<Restored, StoreError> {
        let Restore { name, force, or_empty, actor } = request;
        let database = server.database();
        let exists = server.exists(&database).await?;
        let (has_events, has_tables) =
            if exists { server.check_mark(self.config.adopt).await? } else { (false, false) };
        if exists && !force && server.is_held(self.own_number()).await? {
            return Err(StoreError::Held { database: self.database.clone() });
        }
        let (backup, passed_over) = self.load_first(server, name, or_empty, copy).await?;
        // Before the names change, so that no database is there that nobody knows of. What it names is there then.
        let mut found = if exists { SOUND } else { MISSING }.to_owned();
        let before = if exists && has_tables {
            let at = self.clock.now();
            let name = BackupName::at(Reason::Before, at);
            let template = server.beside(name.as_str());
            let contents = match server.contents(&database).await {
                Ok(_) if backup.is_none() => return Err(self.none(&passed_over, true)),
                Ok(contents) => contents,
                // It is kept as it is, so that nothing depends on what it holds.
                Err(StoreError::Outdated { detail, .. } | StoreError::Other { detail, .. }) => {
                    found = detail;
                    Contents::default()
                }
                Err(error) => return Err(error),
            };
            let bytes = server.size(&database).await?;
            let form = Form::Template { template };
            Some(Backup { form, bytes, contents, taken_at: at, ..self.blank(name, Reason::Before) })
        } else {
            None
        };
        if let Some(before) = before.clone() {
            let folder = self.folder.clone();
            blocking(move || folder.write(&before)).await?;
        }
        let before_name = before.as_ref().map(|before| before.name.clone());
        let event = event(&actor, backup.as_ref(), before_name.as_ref(), &found);
        let empty = server.beside("empty");
        let aside = match &before {
            Some(Backup { form: Form::Template { template }, .. }) => Some(template.as_str()),
            _ if exists => Some(empty.as_str()),
            _ => None,
        };
        let put = async {
            let events_kept = server.make_ready(copy, has_events, &event, self.clock.now()).await?;
            if aside == Some(&empty) {
                server.drop(&empty).await?;
            }
            server.swap(copy, aside).await?;
            Ok(events_kept)
        };
        let events_kept = match put.await {
            Ok(events_kept) => events_kept,
            Err(error) => {
                self.forget_before(server, before).await;
                return Err(error);
            }
        };
        if aside == Some(&empty) {
            server.drop(&empty).await?;
        }
        Ok(Restored { backup, found, before: before_name, aside: Vec::new(), events_kept, passed_over })
    }

    /// Removes the record of what was to be replaced and was not. Where that cannot be told, it stays.
    async fn forget_before(&self, server: &mut Server, before: Option<Backup>) {
        let Some(Backup { name, form: Form::Template { template }, .. }) = before else { return };
        if !matches!(server.exists(&template).await, Ok(false)) {
            return;
        }
        let folder = self.folder.clone();
        if let Err(reason) = blocking(move || folder.remove(&name)).await {
            tracing::warn!(%reason, "the record of a backup that was not made could not be removed");
        }
    }

    fn own_number(&self) -> Option<i32> {
        self.own.as_deref().and_then(Hold::own_number)
    }

    /// Makes a database of the first backup that is what it should be; an empty one where there may be one.
    async fn load_first(
        &self,
        server: &mut Server,
        name: Option<BackupName>,
        or_empty: bool,
        copy: &str,
    ) -> Result<(Option<Backup>, Vec<PassedOver>), StoreError> {
        let mut choice = self.choice(name.as_ref()).await?;
        for backup in std::mem::take(&mut choice.candidates) {
            let loaded = match &backup.form {
                Form::Template { template } => server.copy(template, copy).await.map(Ok)?,
                Form::Dump { file, locale } => server.load(&self.folder.path(file), locale, copy).await?,
                Form::Sqlite { .. } => Err("it is of SQLite".to_owned()),
            };
            let problem = match loaded {
                // That is no copy, but the database itself: nothing can be missing.
                Ok(()) if backup.reason == Reason::Before => None,
                Ok(()) => backup.contents.difference(&server.contents(copy).await?),
                Err(problem) => Some(problem),
            };
            match problem {
                None => return Ok((Some(backup), choice.passed_over)),
                Some(problem) if name.is_some() => {
                    return Err(StoreError::DamagedBackup { name: backup.name, problem });
                }
                Some(problem) => choice.pass_over(backup, problem),
            }
        }
        let passed_over = choice.nothing();
        if !or_empty {
            return Err(self.none(&passed_over, false));
        }
        server.create(copy, None).await?;
        Ok((None, passed_over))
    }

    /// Looks whether the databases that are backups are there.
    pub(super) async fn look_for_templates(&self, listed: &mut [ListedBackup]) {
        let template = |listed: &ListedBackup| match &listed.backup {
            Some(Backup { form: Form::Template { template }, .. }) => Some(template.clone()),
            _ => None,
        };
        if !listed.iter().any(|one| template(one).is_some()) {
            return;
        }
        let mut server = Server::look(&self.config).await;
        for one in listed {
            let Some(template) = template(one) else { continue };
            let there = match &mut server {
                Ok(server) => server.exists(&template).await,
                Err(error) => Err(error.clone()),
            };
            one.problem = match there {
                Ok(true) => None,
                Ok(false) => Some(format!("its database {template} is not there")),
                Err(error) => Some(error.to_string()),
            };
            one.good = one.problem.is_none();
        }
        if let Ok(server) = server {
            server.close().await;
        }
    }

    /// Removes the database of a backup: by the backup's name, since a record may name one that is not its own.
    pub(super) async fn drop_template(&self, name: &BackupName) -> Result<(), StoreError> {
        let mut server = Server::look(&self.config).await?;
        let template = server.beside(name.as_str());
        let dropped = server.drop(&template).await;
        server.close().await;
        dropped
    }
}

/// Removes copies that were not finished. What went wrong before says more than that one could not be removed.
async fn clear(server: &mut Server, copies: &[&str]) {
    for copy in copies {
        let database = server.beside(copy);
        if let Err(reason) = server.drop(&database).await {
            tracing::warn!(%reason, database, "what was left of a backup could not be removed");
        }
    }
}
