//! Who uses a database. Every open store holds it together with others, for as long as its process lives; who restores it
//! wants it alone. Nothing is left of a hold when a process is killed.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

/// The hold of a store.
#[derive(Debug)]
pub(crate) enum Hold {
    /// SQLite: a file beside the database, locked. Nothing where none can be made: then others do not see this one.
    File(Option<File>),
    /// PostgreSQL: an advisory lock of every connection that writes, under this number.
    Number(i32),
}

impl Hold {
    /// Holds the SQLite database in this file, unless it is in memory.
    pub(crate) fn file(database: Option<&Path>) -> Self {
        Self::File(database.and_then(open).and_then(|file| {
            file.try_lock_shared()
                .inspect_err(|reason| tracing::debug!(%reason, "the database is not held"))
                .ok()
                .map(|()| file)
        }))
    }

    /// A number that no other store is likely to have.
    pub(crate) fn number() -> Self {
        let [a, b, c, d, ..] = uuid::Uuid::new_v4().into_bytes();
        Self::Number(i32::from_le_bytes([a, b, c, d]))
    }

    /// Lets go. The connections to PostgreSQL do so by themselves.
    pub(crate) fn release(&self) {
        if let Self::File(Some(file)) = self
            && let Err(reason) = file.unlock()
        {
            tracing::debug!(%reason, "the database is held until this process ends");
        }
    }

    /// The number under which it holds a database of PostgreSQL.
    pub(crate) fn own_number(&self) -> Option<i32> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }

    /// Whether nobody else uses the SQLite database in this file; and keeps it so until what is returned is dropped.
    pub(crate) fn alone<'a>(own: Option<&'a Self>, database: &Path) -> Option<Alone<'a>> {
        let own = match own {
            Some(Self::File(own)) => own.as_ref(),
            Some(Self::Number(_)) | None => None,
        };
        let taken = match own {
            Some(own) => Alone::Own(own),
            None => match open(database) {
                Some(file) => Alone::New(file),
                // Nobody can hold what cannot be written.
                None => return Some(Alone::Nothing),
            },
        };
        let locked = match &taken {
            Alone::Own(file) => file.try_lock(),
            Alone::New(file) => file.try_lock(),
            Alone::Nothing => Ok(()),
        };
        match locked {
            Ok(()) => Some(taken),
            Err(TryLockError::WouldBlock) => {
                drop(taken);
                None
            }
            Err(TryLockError::Error(reason)) => {
                tracing::debug!(%reason, "it cannot be seen who uses the database");
                Some(taken)
            }
        }
    }
}

/// A database that nobody else uses.
#[derive(Debug)]
pub(crate) enum Alone<'a> {
    Own(&'a File),
    New(File),
    Nothing,
}

impl Drop for Alone<'_> {
    fn drop(&mut self) {
        // A store holds it on; a file of its own is closed, which lets it go.
        if let Self::Own(file) = self
            && let Err(reason) = file.lock_shared()
        {
            tracing::warn!(%reason, "the database is not held any more: others do not see this host");
        }
    }
}

fn open(database: &Path) -> Option<File> {
    let mut path = PathBuf::from(database).into_os_string();
    path.push("-hosts");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    file.inspect_err(|reason| tracing::debug!(?path, %reason, "the database is not held")).ok()
}
