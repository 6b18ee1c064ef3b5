//! What exists, and how it ends.

use std::collections::BTreeMap;
use std::sync::Arc;

use insula_domain::{Counts, EntityId, IslandId, Kind};
use insula_store::{EntityPage, IslandFilter, IslandRecord, IslandState, Page};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::answer::Token;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::listed::{AllListed, Content, LISTED, Names};
use crate::refusals::Asked;
use crate::request::Ttl;

/// Which islands to list.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct IslandsQuery {
    /// Only those with this label.
    pub label: Option<String>,
    /// Only those that this scenario made.
    pub scenario: Option<String>,
    /// Only those that are older than this, such as `30m`.
    pub older_than: Option<String>,
    /// How many at most: 1 to 1,000; 100 where it is left out.
    pub limit: Option<u32>,
    /// Go on after this island: the `next` of the answer before.
    pub after: Option<IslandId>,
}

/// An island in a list.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct IslandSummary {
    /// The island.
    pub island_id: IslandId,
    /// The scenario that made it.
    pub scenario: String,
    /// What it is for.
    pub label: Option<String>,
    /// `active`, or `stuck` when it was to end and could not be removed.
    pub state: IslandState,
    /// When it was made.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub created_at: Timestamp,
    /// When it expires.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
}

impl From<IslandRecord> for IslandSummary {
    fn from(record: IslandRecord) -> Self {
        Self {
            island_id: record.id,
            scenario: record.scenario,
            label: record.label,
            state: record.state,
            created_at: record.created_at,
            expires_at: record.expires_at,
        }
    }
}

/// Some of the islands, the newest first.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Islands {
    /// The islands.
    pub islands: Vec<IslandSummary>,
    /// How many there are in all that fit the query.
    pub total: u64,
    /// Where the next page begins; nothing when this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<IslandId>,
}

/// One island, whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct IslandAnswer {
    /// What a list says of it.
    #[serde(flatten)]
    pub summary: IslandSummary,
    /// The entities of each kind: at most 1,000, unless the island is exported.
    pub entities: AllListed,
    /// What scenarios named.
    pub named: Names,
    /// How many entities of each kind it holds.
    pub counts: Counts,
    /// The runs that built it, in order.
    pub runs: Vec<RunSummary>,
}

/// A run that was committed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RunSummary {
    /// The scenario.
    pub scenario: String,
    /// Its version.
    pub version: String,
    /// The params.
    pub params: serde_json::Value,
    /// The seed.
    pub seed: u64,
    /// The run's instant.
    #[schemars(with = "String", extend("format" = "date-time"))]
    pub clock: Timestamp,
    /// The hash of what the island held after it.
    pub digest: insula_domain::Digest,
}

/// An island with a new expiry.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Renewed {
    /// The island.
    pub island_id: IslandId,
    /// When it expires now; nothing when it is kept.
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub expires_at: Option<Timestamp>,
    /// New tokens, good until then, or for a day when it is kept; the old ones keep their own expiry.
    pub tokens: Vec<Token>,
}

/// How to reset.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(inline)]
pub struct ResetQuery {
    /// Also while runs are under way. Their islands come after it, or not at all.
    pub force: bool,
}

/// What a reset removed.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ResetAnswer {
    /// How many rows were removed, by table.
    pub rows: BTreeMap<String, u64>,
}

/// Some of the entities of one kind.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EntitiesPage {
    /// The entities.
    #[schemars(with = "Vec<serde_json::Map<String, serde_json::Value>>")]
    pub items: PageItems,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page begins; nothing when this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<EntityId>,
}

/// The entities of a page, as callers see them.
#[derive(Debug)]
pub struct PageItems(EntityPage);

impl Serialize for PageItems {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.views())
    }
}

/// The largest page, and the usual one.
const PAGE: (u32, u32) = (1_000, 100);

fn page<C>(limit: Option<u32>, after: Option<C>) -> Result<Page<C>, EngineError> {
    let limit = limit.unwrap_or(PAGE.1);
    if !(1..=PAGE.0).contains(&limit) {
        let problem = format!("{limit} is not between 1 and {}", PAGE.0);
        return Err(EngineError::Request { field: "limit", problem });
    }
    Ok(Page { after, limit })
}

/// A text that can stand in a database.
fn text(field: &'static str, text: Option<String>) -> Result<Option<String>, EngineError> {
    match text {
        Some(text) if text.contains('\0') => {
            Err(EngineError::Request { field, problem: "no text has the character U+0000".to_owned() })
        }
        text => Ok(text),
    }
}

impl Engine {
    /// The islands that exist, the newest first.
    ///
    /// # Errors
    /// When the query cannot be used or the database does not answer.
    pub async fn islands(&self, query: IslandsQuery) -> Result<Islands, EngineError> {
        let older_than = query.older_than.as_deref().map(|age| self.before(age)).transpose()?;
        let (label, scenario) = (text("label", query.label)?, text("scenario", query.scenario)?);
        // Whichever of its names it was asked for by.
        let scenario = scenario.map(|name| self.inner.catalog.now().name_of(&name).to_owned());
        let filter = IslandFilter { label, scenario, there: Some(true), older_than };
        let paged = self.inner.store.islands(&filter, page(query.limit, query.after)?).await?;
        let islands = paged.items.into_iter().map(IslandSummary::from).collect();
        Ok(Islands { islands, total: paged.total, next: paged.next })
    }

    /// One island, whole.
    ///
    /// # Errors
    /// When there is none of that id, or no more.
    pub async fn island(&self, id: IslandId) -> Result<IslandAnswer, EngineError> {
        self.island_with(id, LISTED).await
    }

    /// The same with all its entities, however many they are.
    ///
    /// # Errors
    /// When there is none of that id, or no more.
    pub async fn export_json(&self, id: IslandId) -> Result<IslandAnswer, EngineError> {
        self.island_with(id, usize::MAX).await
    }

    /// An island as statements of its database, which load it into another one, with what the application added.
    ///
    /// # Errors
    /// When there is none of that id, or no more.
    pub async fn export_sql(&self, id: IslandId) -> Result<String, EngineError> {
        Ok(self.inner.store.export(id).await?)
    }

    async fn island_with(&self, id: IslandId, at_most: usize) -> Result<IslandAnswer, EngineError> {
        let stored = self.inner.store.island(id).await?;
        let counts = Counts::of(&stored.island.entities);
        let content = Content { island: Arc::new(stored.island), committed: true, at_most };
        let runs = stored.runs.into_iter().map(|run| RunSummary {
            scenario: run.scenario,
            version: run.version,
            params: run.params,
            seed: run.seed,
            clock: run.clock,
            digest: run.digest,
        });
        Ok(IslandAnswer {
            summary: stored.record.into(),
            entities: AllListed(content.clone()),
            named: Names(content),
            counts,
            runs: runs.collect(),
        })
    }

    /// The entities of one kind, by pages.
    ///
    /// # Errors
    /// When there is no such island, or the page is too large.
    pub async fn entities(
        &self,
        id: IslandId,
        kind: Kind,
        limit: Option<u32>,
        after: Option<EntityId>,
    ) -> Result<EntitiesPage, EngineError> {
        let found = self.inner.store.entities(id, kind, page(limit, after)?).await?;
        Ok(EntitiesPage { total: found.total, next: found.next, items: PageItems(found) })
    }

    /// Gives an island a new expiry, counted from now, and new tokens.
    ///
    /// # Errors
    /// When there is no such island, or no more.
    pub async fn renew(&self, id: IslandId, ttl: Ttl) -> Result<Renewed, EngineError> {
        let renewed = self.renew_now(id, ttl).await;
        self.told(Asked::of("renew", id), renewed).await
    }

    async fn renew_now(&self, id: IslandId, ttl: Ttl) -> Result<Renewed, EngineError> {
        self.inner.store.look_if_due().await?;
        let now = self.now_to_the_second();
        let expires_at = ttl.after(now);
        self.inner.store.renew(id, expires_at, self.actor()).await?;
        self.inner.bell.ring();
        if let Some(expires_at) = expires_at {
            self.inner.alarm.set(expires_at);
        }
        let stored = self.inner.store.island(id).await?;
        let tokens = self.inner.tokens.issue(&stored.island, now, ttl.tokens_until(now))?;
        Ok(Renewed { island_id: id, expires_at, tokens })
    }

    /// Brings the schema up to date and empties every table that holds rows of islands, those of the application that
    /// refer to them as well: all islands that are there go, and so does the memory of them. Those that had ended
    /// stay remembered, with their certificates; events stay as well.
    ///
    /// # Errors
    /// When runs are under way, unless it is forced; when the database is not marked as one for tests, or does not answer.
    pub async fn reset(&self, query: ResetQuery) -> Result<ResetAnswer, EngineError> {
        let reset = self.reset_now(query).await;
        self.told(Asked::new("reset", query), reset).await
    }

    async fn reset_now(&self, query: ResetQuery) -> Result<ResetAnswer, EngineError> {
        self.refuse_while_running(query.force)?;
        let report = self.inner.store.reset(self.actor()).await?;
        self.inner.bell.ring();
        Ok(ResetAnswer { rows: report.rows })
    }

    /// The same for whoever is no host: it is refused also while one uses the database, since only that one knows of its runs.
    ///
    /// # Errors
    /// That, unless it is forced; and those of [`Engine::reset`].
    pub async fn reset_alone(&self, query: ResetQuery) -> Result<ResetAnswer, EngineError> {
        let alone = if query.force { Ok(()) } else { self.inner.store.check_alone().await };
        match alone {
            Ok(()) => self.reset(query).await,
            Err(held) => self.told(Asked::new("reset", query), Err(held.into())).await,
        }
    }

    /// Brings the metric of islands by state up to date.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn gauge_islands(&self) -> Result<(), EngineError> {
        let stats = self.inner.store.stats().await?;
        let counts = [
            ("active", stats.active),
            ("overdue", stats.overdue),
            ("stuck", stats.stuck),
            ("removed", stats.removed),
            ("expired", stats.expired),
        ];
        for (state, count) in counts {
            #[expect(clippy::cast_precision_loss, reason = "metrics are floating-point")]
            metrics::gauge!("insula_islands", "state" => state).set(count as f64);
        }
        Ok(())
    }

    /// The instant so long ago.
    fn before(&self, age: &str) -> Result<Timestamp, EngineError> {
        // What is younger than a time to come is everything.
        let parsed = age.parse().ok().filter(|age: &SignedDuration| !age.is_negative());
        let age = parsed.ok_or_else(|| EngineError::Request {
            field: "older_than",
            problem: format!("{age:?} is no age; write one such as \"30m\""),
        })?;
        self.inner.store.now().checked_sub(age).map_err(|_| EngineError::Request {
            field: "older_than",
            problem: "there was no time so long ago".to_owned(),
        })
    }
}
