//! Scenarios that are kept in the database, for every host that shares it.
//!
//! Each change gives the catalog a later generation, and holds its row until it is done: so changes of several hosts come
//! one after the other, and who has seen a generation has seen all that led to it.

use std::sync::Arc;

use insula_domain::Digest;
use jiff::Timestamp;
use serde_json::json;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::SqliteConnection;

use crate::cell::{self, Cell};
use crate::error::{Failure, StoreError};
use crate::events::{EventKind, NewEvent};
use crate::pool::Found;
use crate::select::sql;
use crate::{postgres, sqlite};

/// A plugin that is to be kept.
#[derive(Clone)]
pub struct NewPlugin {
    /// The scenario's name.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The hash of the component.
    pub digest: Digest,
    /// Who vouches for it, as they wrote it.
    pub signature: Option<String>,
    /// Where it is from.
    pub origin: String,
    /// The component.
    pub wasm: Arc<[u8]>,
}

impl std::fmt::Debug for NewPlugin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { scenario, version, digest, wasm, .. } = self;
        write!(f, "NewPlugin({scenario} {version} {digest}, {} bytes)", wasm.len())
    }
}

/// A plugin that is kept, without its component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginRecord {
    /// The scenario's name.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The hash of the component.
    pub digest: Digest,
    /// Who vouches for it, as they wrote it.
    pub signature: Option<String>,
    /// Where it is from.
    pub origin: String,
    /// Who added it.
    pub actor: String,
    /// When.
    pub added_at: Timestamp,
}

/// What the database holds of a catalog, at one moment.
#[derive(Clone, Debug, Default)]
pub struct StoredCatalog {
    /// A number that is larger after each change; 0 before the first.
    pub generation: i64,
    /// The plugins, the first that was added first.
    pub plugins: Vec<PluginRecord>,
    /// Scenarios and their versions that were rolled back.
    pub rolled_back: Vec<(String, String)>,
}

/// What is to be changed.
#[derive(Clone, Debug)]
pub enum CatalogChange {
    /// A plugin comes.
    Add(NewPlugin),
    /// A version of a scenario goes.
    Remove {
        /// The scenario.
        scenario: String,
        /// Its version.
        version: String,
    },
    /// These versions of a scenario are passed over from now on, and no others.
    RollBack {
        /// The scenario.
        scenario: String,
        /// The version that callers get then; for the event.
        to: String,
        /// The versions.
        versions: Vec<String>,
    },
}

/// The catalog's generation. Nothing before the first change.
pub(crate) const GENERATION: &str = "SELECT generation FROM insula_catalog";
pub(crate) const PLUGINS: &str = "SELECT scenario, version, digest, signature, origin, actor, added_at FROM insula_plugin \
                                  ORDER BY generation";
pub(crate) const ROLLED_BACK: &str =
    "SELECT scenario, version FROM insula_rollback ORDER BY scenario, version";
/// The component of the scenario `$1` in the version `$2`.
pub(crate) const WASM: &str = "SELECT wasm FROM insula_plugin WHERE scenario = $1 AND version = $2";

/// A connection in a transaction.
pub(crate) enum Writing<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Writing<'_> {
    async fn rows(&mut self, text: &'static str, cells: &[Cell]) -> Result<Found, sqlx::Error> {
        let text = sql(text.to_owned());
        match self {
            Self::Sqlite(db) => sqlite::rows(db, text, cells).await,
            Self::Postgres(db) => postgres::rows(db, text, cells).await,
        }
    }

    async fn keep(&mut self, plugin: &NewPlugin) -> Result<(), sqlx::Error> {
        const KEEP: &str = "UPDATE insula_plugin SET wasm = $1 WHERE scenario = $2 AND version = $3";
        let NewPlugin { scenario, version, wasm, .. } = plugin;
        match self {
            Self::Sqlite(db) => {
                let keep = sqlx::query(KEEP).bind(wasm.to_vec()).bind(scenario).bind(version);
                keep.execute(&mut **db).await.map(drop)
            }
            Self::Postgres(db) => {
                let keep = sqlx::query(KEEP).bind(&wasm[..]).bind(scenario).bind(version);
                keep.execute(&mut **db).await.map(drop)
            }
        }
    }

    async fn tell(&mut self, event: &NewEvent, at: Timestamp) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(db) => sqlite::tell(db, event, at).await,
            Self::Postgres(db) => postgres::tell(db, event, at).await,
        }
    }
}

/// Makes a change. Returns whether there was anything to be changed.
pub(crate) async fn change(
    db: &mut Writing<'_>,
    change: &CatalogChange,
    actor: &Arc<str>,
    at: Timestamp,
) -> Result<bool, Failure> {
    // At least the time in microseconds: a database that was restored does not come to a number that it had before.
    const COUNT: &str = "INSERT INTO insula_catalog (id, generation) VALUES (1, $1) ON CONFLICT (id) DO UPDATE \
                         SET generation = CASE WHEN excluded.generation > insula_catalog.generation \
                         THEN excluded.generation ELSE insula_catalog.generation + 1 END RETURNING generation";
    let counted = db.rows(COUNT, &[Cell::Int(at.as_microsecond())]).await?;
    let generation = generation_of(&counted);
    let (kind, details) = match change {
        CatalogChange::Add(plugin) => {
            if is_there(db, plugin).await? {
                return Ok(false);
            }
            add(db, plugin, actor, at, generation).await?;
            let NewPlugin { scenario, version, digest, origin, .. } = plugin;
            let details =
                json!({ "scenario": scenario, "version": version, "digest": digest, "from": origin });
            (EventKind::ScenarioAdded, details)
        }
        CatalogChange::Remove { scenario, version } => {
            const REMOVE: &str =
                "DELETE FROM insula_plugin WHERE scenario = $1 AND version = $2 RETURNING digest";
            const FORGIVE: &str = "DELETE FROM insula_rollback WHERE scenario = $1 AND version = $2";
            let key = [scenario.as_str().into(), version.as_str().into()];
            let removed = db.rows(REMOVE, &key).await?;
            let Some(digest) = removed.first().and_then(|row| cell::text(row.first()?)) else {
                return Ok(false);
            };
            db.rows(FORGIVE, &key).await?;
            let details = json!({ "scenario": scenario, "version": version, "digest": digest });
            (EventKind::ScenarioRemoved, details)
        }
        CatalogChange::RollBack { scenario, to, versions } => {
            const FORGIVE: &str = "DELETE FROM insula_rollback WHERE scenario = $1";
            const PASS_OVER: &str = "INSERT INTO insula_rollback (scenario, version) VALUES ($1, $2)";
            db.rows(FORGIVE, &[scenario.as_str().into()]).await?;
            for version in versions {
                db.rows(PASS_OVER, &[scenario.as_str().into(), version.as_str().into()]).await?;
            }
            let details = json!({ "scenario": scenario, "to": to, "passed_over": versions });
            (EventKind::RolledBack, details)
        }
    };
    db.tell(&NewEvent::done(kind, None, Arc::clone(actor), details), at).await?;
    Ok(true)
}

/// Whether the very same plugin is kept already.
async fn is_there(db: &mut Writing<'_>, plugin: &NewPlugin) -> Result<bool, Failure> {
    const FIND: &str = "SELECT digest FROM insula_plugin WHERE scenario = $1 AND version = $2";
    let key = [plugin.scenario.as_str().into(), plugin.version.as_str().into()];
    let found = db.rows(FIND, &key).await?;
    let Some(digest) = found.first().and_then(|row| cell::text(row.first()?)) else { return Ok(false) };
    if digest == plugin.digest.to_string() {
        return Ok(true);
    }
    Err(Failure::Refused(StoreError::OtherPlugin {
        scenario: plugin.scenario.clone(),
        version: plugin.version.clone(),
        digest: digest.to_owned(),
    }))
}

async fn add(
    db: &mut Writing<'_>,
    plugin: &NewPlugin,
    actor: &Arc<str>,
    at: Timestamp,
    generation: i64,
) -> Result<(), sqlx::Error> {
    // The component follows: it is too large to be a cell.
    const ADD: &str = "INSERT INTO insula_plugin (scenario, version, digest, signature, origin, actor, added_at, \
                       generation) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let cells = [
        plugin.scenario.as_str().into(),
        plugin.version.as_str().into(),
        plugin.digest.to_string().into(),
        plugin.signature.as_deref().into(),
        plugin.origin.as_str().into(),
        Cell::Text(Arc::clone(actor)),
        at.into(),
        Cell::Int(generation),
    ];
    db.rows(ADD, &cells).await?;
    db.keep(plugin).await
}

/// The generation, from what [`GENERATION`] found.
pub(crate) fn generation_of(rows: &Found) -> i64 {
    rows.first().and_then(|row| cell::int(row.first()?)).unwrap_or_default()
}

/// What is kept, from what [`PLUGINS`] and [`ROLLED_BACK`] found.
///
/// # Errors
/// That it is not what is written.
pub(crate) fn stored(
    generation: i64,
    plugins: &Found,
    rolled_back: &Found,
) -> Result<StoredCatalog, StoreError> {
    let text = |cell: &Cell| cell::text(cell).map(str::to_owned);
    let record = |row: &Vec<Cell>| {
        let [scenario, version, digest, signature, origin, actor, added_at] = &row[..] else { return None };
        Some(PluginRecord {
            scenario: text(scenario)?,
            version: text(version)?,
            digest: Digest::from_hex(cell::text(digest)?)?,
            signature: text(signature),
            origin: text(origin)?,
            actor: text(actor)?,
            added_at: cell::instant_of(added_at)?,
        })
    };
    let pair = |row: &Vec<Cell>| {
        let [scenario, version] = &row[..] else { return None };
        Some((text(scenario)?, text(version)?))
    };
    let plugins: Option<Vec<PluginRecord>> = plugins.iter().map(record).collect();
    let rolled_back: Option<Vec<_>> = rolled_back.iter().map(pair).collect();
    let corrupt = |what: &str| StoreError::Corrupt { what: what.to_owned() };
    Ok(StoredCatalog {
        generation,
        plugins: plugins.ok_or_else(|| corrupt("a row of insula_plugin"))?,
        rolled_back: rolled_back.ok_or_else(|| corrupt("a row of insula_rollback"))?,
    })
}
