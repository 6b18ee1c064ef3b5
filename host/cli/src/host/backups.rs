//! What keeps the backups of a database: this process, which need not open it for that, or a server.

use insula_engine::{BackupList, BackupName, RestoreQuery};
use insula_store::{Backups, Restore, StoreError};
use serde_json::Value;

use super::remote::Remote;
use super::{answer, failure, flag, json, start_failure, store};
use crate::config::{Database, Place};
use crate::failure::{Exit, Failure};

/// Keeps the backups of a database, which need not be sound, nor there.
pub enum Keeper {
    /// This process.
    Direct {
        /// The backups.
        backups: Box<Backups>,
        /// Of which database.
        database: Database,
    },
    /// A server.
    Remote(Remote),
}

impl Keeper {
    /// Opens nothing yet.
    pub fn open(place: Place) -> Result<Self, Failure> {
        match place {
            Place::Server(address) => Remote::new(address).map(Self::Remote),
            Place::Here(config) => {
                let backups = Backups::new(store(&config)?).map_err(|reason| failure(reason.into()))?;
                Ok(Self::Direct { backups: Box::new(backups), database: config.database })
            }
        }
    }

    /// The backups.
    pub async fn backups(&self) -> Result<Value, Failure> {
        match self {
            Self::Direct { backups, .. } => answer(BackupList::of(backups).await),
            Self::Remote(server) => server.get(&["backups"], &[]).await,
        }
    }

    /// What is known of one, or of the last good one.
    pub async fn backup(&self, name: Option<BackupName>) -> Result<Value, Failure> {
        if let Self::Direct { backups, .. } = self {
            return json(&backups.choose(name.as_ref()).await.map_err(|reason| failure(reason.into()))?);
        }
        let list = self.backups().await?;
        let wanted =
            name.as_ref().map(|name| Value::from(name.as_str())).or_else(|| list.get("latest").cloned());
        let listed = list.get("backups").and_then(Value::as_array).into_iter().flatten();
        let found = listed.into_iter().find(|backup| backup.get("name") == wanted.as_ref());
        found.cloned().ok_or_else(|| {
            let which = name.map_or_else(|| "that is good".to_owned(), |name| format!("called {name}"));
            Failure::new(Exit::NotFound, format!("there is no backup {which}"))
                .mend("`insula backup` takes one")
        })
    }

    /// Puts one in the database's place.
    pub async fn restore(&self, query: RestoreQuery, or_empty: bool) -> Result<Value, Failure> {
        let RestoreQuery { name, force } = query;
        match self {
            // The copy would take the file's place, which asks nobody whether the file is to be written.
            Self::Direct { database: Database::ReadOnly(path), .. } => {
                let what = format!("{} is only read: mode=ro", path.display());
                Err(Failure::new(Exit::Unavailable, what)
                    .mend("leave out mode=ro to put a backup in its place"))
            }
            Self::Direct { backups, database } => {
                let request = Restore { name, force, or_empty, actor: "command line".into() };
                match backups.restore(request).await {
                    Ok(restored) => json(&restored),
                    // As every command says it that opens the database.
                    Err(reason @ StoreError::NotMarked { .. }) => {
                        Err(start_failure(reason.into(), &database.name().unwrap_or_default()))
                    }
                    Err(reason) => Err(failure(reason.into())),
                }
            }
            Self::Remote(server) => {
                let pairs = [("name", name.map(String::from)), ("force", flag(force))];
                server.post_nothing(&["restore"], &pairs).await
            }
        }
    }
}
