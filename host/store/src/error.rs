//! What can go wrong, by what the caller can do about it.

use insula_domain::IslandId;
use jiff::Timestamp;

use crate::backup::BackupName;
use crate::layout::LayoutError;
use crate::records::KeyRecord;

/// Why the store did not do what it was asked.
///
/// It can be cloned, since one failed transaction fails all the commits that shared it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There never was such a thing here.
    #[error("there is no {what} {id}; list the islands to see what there is")]
    NotFound {
        /// Such as `island`.
        what: &'static str,
        /// Which one was asked for.
        id: String,
    },
    /// The island was there, and is not any more.
    #[error("island {id} {} at {at}; seed a new one", if *.expired { "expired" } else { "was removed" })]
    Gone {
        /// Which island.
        id: IslandId,
        /// Since when.
        at: Timestamp,
        /// It ran out of time, rather than being removed.
        expired: bool,
    },
    /// The island was to end, and could not be removed.
    #[error("island {id} is stuck: it was to end and could not be removed; its certificate says why")]
    Stuck {
        /// Which island.
        id: IslandId,
    },
    /// Another run added to the island since it was read, or somebody edited it: read it again, and run again.
    #[error("island {id} was changed at the same time; send the request again")]
    Changed {
        /// Which island.
        id: IslandId,
    },
    /// A commit used this idempotency key before. Nothing was written; answer with that commit's island where the
    /// request is the same.
    #[error("idempotency key {key:?} was used for island {} at {}; use a new key for a new island", .used.island, .used.created_at)]
    KeyUsed {
        /// The key.
        key: String,
        /// What it was used for.
        used: Box<KeyRecord>,
    },
    /// Another plugin is kept under this name and version.
    #[error(
        "{scenario} {version} is another plugin in the database, with the digest {digest}; a version never changes: raise it"
    )]
    OtherPlugin {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: String,
        /// The digest of what is kept.
        digest: String,
    },
    /// A constraint of the database forbids what was to be written. Nothing was.
    #[error("the database refused the rows: {detail}; another program may have changed its tables or rows")]
    Conflict {
        /// What the database said.
        detail: String,
    },
    /// Too much is waiting to be written: try again later.
    #[error(
        "{waiting} writes were waiting for more than {seconds} s; try again, or seed fewer islands at once"
    )]
    Busy {
        /// How many writes the queue holds.
        waiting: usize,
        /// How long this one waited for a place.
        seconds: u64,
    },
    /// The database cannot be reached now: try again later.
    #[error(
        "the database {database} cannot be used now: {detail}; see whether its server runs, or another program holds \
         it, then try again"
    )]
    Away {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
    /// Somebody else's transaction holds what is to be written.
    #[error(
        "another transaction in {database} holds rows that this is about ({detail}); it has to end first: \
         pg_stat_activity shows whose it is"
    )]
    Locked {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
    /// The database cannot be written.
    #[error(
        "the database {database} is read-only ({detail}); give this user the right to write the file and its directory"
    )]
    ReadOnly {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
    /// The disk, or the size that the database may have, is used up.
    #[error(
        "there is no room left for the database {database} ({detail}); free some space, or remove islands"
    )]
    Full {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
    /// The database cannot be opened at all.
    #[error("the database {database} cannot be opened: {problem}")]
    CannotOpen {
        /// Which database.
        database: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// The file is no SQLite database, or a damaged one.
    #[error(
        "{database} is no sound SQLite database: {detail}; name another file, or restore the last good backup with \
         `insula restore --emergency`, which keeps this one"
    )]
    NotADatabase {
        /// Which file.
        database: String,
        /// What SQLite said.
        detail: String,
    },
    /// A newer Insula wrote the database.
    #[error(
        "the database {database} has schema version {found}, written by Insula {insula}; this is Insula {} and knows \
         versions up to {known}. Use Insula {insula} or newer, or another database",
        env!("CARGO_PKG_VERSION")
    )]
    NewerSchema {
        /// Which database.
        database: String,
        /// The version that it has.
        found: i64,
        /// The newest version that is known here.
        known: i64,
        /// Which Insula wrote it.
        insula: String,
    },
    /// The tables are not those of the layout.
    #[error("table {table}{} is not as the layout says: wanted {wanted}, found {found}. Change the table or the layout", column.as_ref().map_or(String::new(), |column| format!(", column {column},")))]
    Drift {
        /// Which table.
        table: String,
        /// Which column, where it is one.
        column: Option<String>,
        /// What the layout says.
        wanted: String,
        /// What the database has.
        found: String,
    },
    /// The database holds tables and no mark that it is for tests.
    #[error(
        "{database} holds tables ({tables}) and is not marked as a test database; if it is one, say so with \
         `--adopt-database`, else name another"
    )]
    NotMarked {
        /// Which database.
        database: String,
        /// Some of its tables.
        tables: String,
    },
    /// What stands in the database is not what Insula writes.
    #[error("the database holds what cannot be read: {what}; another program may have written it")]
    Corrupt {
        /// What, where, and what was wanted.
        what: String,
    },
    /// There is no such backup.
    #[error("there is no backup {what}; `insula backups` lists what there is, and `insula backup` takes one")]
    NoBackup {
        /// Which was wanted.
        what: String,
    },
    /// A backup cannot be restored.
    #[error("the backup {name} is damaged: {problem}; restore another one (`insula backups`)")]
    DamagedBackup {
        /// Which.
        name: BackupName,
        /// What is wrong with it.
        problem: String,
    },
    /// Another host uses the database that was to be restored or emptied.
    #[error(
        "another host uses the database {database}; ask that host (--server), stop it, or force it: what it writes \
         meanwhile may be lost"
    )]
    Held {
        /// Which database.
        database: String,
    },
    /// A backup could not be taken or restored.
    #[error("{problem}")]
    Backup {
        /// What is wrong, and what to do.
        problem: String,
    },
    /// The layout itself is wrong.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The store was closed.
    #[error("the store is closed, since the host is shutting down; start the host again")]
    Closed,
    /// A table or a column went while the store was open.
    #[error(
        "the tables of the database {database} are not those that were there when Insula was started: {detail}. Start it \
         again: where none is left it makes them anew, else it names what is missing"
    )]
    Outdated {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
    /// Something else that the database said: a fault in Insula.
    #[error("the database {database} failed: {detail}; this is a fault in Insula, please report it")]
    Other {
        /// Which database.
        database: String,
        /// What it said.
        detail: String,
    },
}

/// Why a step did not succeed.
pub(crate) enum Failure {
    /// It is refused, and the transaction may go on without it.
    Refused(StoreError),
    /// The transaction is over.
    Database(sqlx::Error),
}

impl Failure {
    /// What it means for a caller: a refusal as it is, and what the database said as `explain` has it.
    pub(crate) fn explained(self, explain: impl FnOnce(sqlx::Error) -> StoreError) -> StoreError {
        match self {
            Self::Refused(error) => error,
            Self::Database(error) => explain(error),
        }
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}
impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}
