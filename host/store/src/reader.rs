//! Reading.

use std::sync::Arc;

use insula_domain::{EntityId, IslandId, Kind, RunId};
use jiff::Timestamp;
use sqlx::SqlStr;
use uuid::Uuid;

use crate::bookkeeping;
use crate::catalog::{self, StoredCatalog};
use crate::cell::{self, Cell};
use crate::clock::{Clock, Jump};
use crate::ending::{Certificate, RowCounts};
use crate::error::{Failure, StoreError};
use crate::events::{self, Event, EventKind, Events};
use crate::find::Find;
use crate::layout::IdStrategy;
use crate::part::{self, Part};
use crate::plan::Plan;
use crate::pool::{Found, Pool, Snapshot};
use crate::read::Reading;
use crate::records::{
    EntityPage, IslandFilter, IslandRecord, KeyRecord, Page, Paged, RunRecord, Stats, StoredIsland,
};
use crate::select::{Select, Selects, sql};

/// What reads.
#[derive(Debug)]
pub(crate) struct Reader {
    pool: Pool,
    /// How errors call the database.
    name: String,
    plan: Arc<Plan>,
    selects: Arc<Selects>,
    clock: Arc<Clock>,
}

/// A piece of one kind's rows.
struct Piece {
    rows: Found,
    links: Vec<(usize, Vec<[EntityId; 2]>)>,
}

impl Reader {
    pub(crate) fn new(
        pool: Pool,
        name: String,
        plan: Arc<Plan>,
        selects: Arc<Selects>,
        clock: Arc<Clock>,
    ) -> Self {
        Self { pool, name, plan, selects, clock }
    }

    /// How errors call the database.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// An island whole, as it stood at one moment.
    pub(crate) async fn island(&self, id: IslandId) -> Result<StoredIsland, StoreError> {
        self.outcome(self.read_island(id).await)
    }

    async fn read_island(&self, id: IslandId) -> Result<StoredIsland, Failure> {
        let mut snapshot = self.pool.snapshot().await?;
        let record = self.there(&mut snapshot, id).await?;
        let runs = self.read_runs(&mut snapshot, id).await?;
        let mut reading = Reading::whole(&self.plan, id);
        for kind in Kind::ALL {
            let piece = self.read_kind(&mut snapshot, id, kind, None, i64::MAX).await?;
            reading.take(kind, &piece.rows, &piece.links).map_err(corrupt)?;
        }
        snapshot.end().await?;
        let island = reading.island(&runs);
        Ok(StoredIsland { record, runs, island })
    }

    pub(crate) async fn entities(
        &self,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, StoreError> {
        self.outcome(self.read_entities(id, kind, page).await)
    }

    async fn read_entities(
        &self,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, Failure> {
        let mut snapshot = self.pool.snapshot().await?;
        self.there(&mut snapshot, id).await?;
        let limit = i64::from(page.limit);
        // One more than asked for says whether there are more.
        let mut piece = self.read_kind(&mut snapshot, id, kind, page.after, limit + 1).await?;
        let count = self.selects.kinds[kind as usize].count.clone();
        let total = number(&snapshot.rows(count, &[Cell::Uuid(id.0)]).await?, 0);
        snapshot.end().await?;

        let more = piece.rows.len() > page.limit as usize;
        piece.rows.truncate(page.limit as usize);
        let id_of = |row: &Vec<Cell>| row.get(self.plan.kind(kind).id).and_then(cell::entity_id);
        let last = piece.rows.last().and_then(id_of);
        for (_, pairs) in &mut piece.links {
            pairs.retain(|[owner, _]| last.is_some_and(|last| *owner <= last));
        }
        let mut reading = Reading::page(&self.plan, id);
        reading.take(kind, &piece.rows, &piece.links).map_err(corrupt)?;
        let next = if more { last } else { None };
        Ok(EntityPage::new(reading.island(&[]), kind, next, total))
    }

    /// A part of an island, as it stood at one moment.
    pub(crate) async fn part(&self, id: IslandId, finds: &[Find]) -> Result<Part, StoreError> {
        self.outcome(self.read_part(id, finds).await)
    }

    async fn read_part(&self, id: IslandId, finds: &[Find]) -> Result<Part, Failure> {
        let mut snapshot = self.pool.snapshot().await?;
        let record = self.there(&mut snapshot, id).await?;
        // Who reads an island whole may look at one that is stuck as well; its application may not.
        if let Some(gone) = record.gone(self.clock.now()) {
            return Err(gone.into());
        }
        let part = part::read(&mut snapshot, &self.plan, id, finds).await?;
        snapshot.end().await?;
        Ok(part)
    }

    pub(crate) async fn islands(
        &self,
        filter: &IslandFilter,
        page: Page<IslandId>,
    ) -> Result<Paged<IslandRecord, IslandId>, StoreError> {
        self.outcome(self.read_islands(filter, page).await)
    }

    async fn read_islands(
        &self,
        filter: &IslandFilter,
        page: Page<IslandId>,
    ) -> Result<Paged<IslandRecord, IslandId>, Failure> {
        let mut cells: Vec<Cell> = vec![
            filter.label.as_deref().into(),
            filter.scenario.as_deref().into(),
            filter.there.map_or(Cell::Null, |there| Cell::Int(there.into())),
            filter.older_than.into(),
        ];
        let mut snapshot = self.pool.snapshot().await?;
        let total = number(&snapshot.rows(self.selects.count.clone(), &cells).await?, 0);
        cells.push(page.after.map_or(Cell::Null, |id| Cell::Uuid(id.0)));
        cells.push(Cell::Int(i64::from(page.limit) + 1));
        let rows = snapshot.rows(self.selects.islands.clone(), &cells).await?;
        snapshot.end().await?;

        let items: Result<Vec<IslandRecord>, String> =
            rows.iter().take(page.limit as usize).map(|row| bookkeeping::island_record(row)).collect();
        let items = items.map_err(corrupt)?;
        let more = rows.len() > page.limit as usize;
        let next = items.last().filter(|_| more).map(|record| record.id);
        Ok(Paged { items, next, total })
    }

    pub(crate) async fn find_key(&self, key: &str) -> Result<Option<KeyRecord>, StoreError> {
        let rows = self.rows(&self.selects.key, &[key.into()]).await?;
        key_of(&rows)
    }

    /// The islands that expired before an instant, the longest expired first.
    pub(crate) async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<IslandId>, StoreError> {
        let rows = self.rows(&self.selects.expired, &[now.into(), Cell::Int(limit.into())]).await?;
        let ids = rows.iter().filter_map(|row| uuid(row.first()?));
        Ok(ids.map(IslandId).collect())
    }

    pub(crate) async fn stats(&self, now: Timestamp) -> Result<Stats, StoreError> {
        let rows = self.rows(&self.selects.stats, &[now.into()]).await?;
        Ok(Stats {
            active: number(&rows, 0),
            overdue: number(&rows, 1),
            stuck: number(&rows, 2),
            removed: number(&rows, 3),
            expired: number(&rows, 4),
        })
    }

    /// What was removed with an island that has ended.
    pub(crate) async fn certificate(&self, id: IslandId) -> Result<Certificate, StoreError> {
        let rows = self.rows(&self.selects.certificate, &[Cell::Uuid(id.0)]).await?;
        certificate_of(&rows, id)
    }

    /// Looks at the clock that counts. It has jumped, if there is anything to say.
    pub(crate) async fn look(&self) -> Result<Option<Jump>, StoreError> {
        let found = self.outcome(self.pool.look().await)?;
        Ok(self.clock.look(found))
    }

    /// When the next island expires.
    pub(crate) async fn next_expiry(&self) -> Result<Option<Timestamp>, StoreError> {
        let rows = self.rows(&self.selects.next_expiry, &[]).await?;
        Ok(rows.first().and_then(|row| cell::instant_of(row.first()?)))
    }

    pub(crate) async fn told_of_session(&self, session: &str) -> Result<Vec<EventKind>, StoreError> {
        const TOLD: &str = "SELECT kind FROM insula_event WHERE kind IN ('session_began', 'session_ended') \
                            AND details ->> 'session' = $1 ORDER BY id";
        let rows = self.rows(&sql(TOLD.to_owned()), &[session.into()]).await?;
        Ok(rows.iter().filter_map(|row| EventKind::of(cell::text(row.first()?)?)).collect())
    }

    /// The number up to which no more events will be written.
    pub(crate) async fn settled(&self) -> Result<i64, StoreError> {
        let rows = self.rows(&self.selects.settled, &[]).await?;
        Ok(rows.first().and_then(|row| cell::int(row.first()?)).unwrap_or_default())
    }

    pub(crate) async fn events(&self, which: Events, limit: u32) -> Result<Vec<Event>, StoreError> {
        let limit = Cell::Int(limit.into());
        let of_island = |id: IslandId, after| {
            vec![Cell::Uuid(id.0), Cell::Int(after), limit.clone(), Cell::Text(format!("%{id}%").into())]
        };
        let (select, cells) = match which {
            Events::Last => (&self.selects.last_events, vec![limit]),
            Events::After(after) => (&self.selects.events, vec![Cell::Int(after), limit]),
            Events::Settled(after) => (&self.selects.settled_events, vec![Cell::Int(after), limit]),
            Events::Of(id, after) => (&self.selects.events_of, of_island(id, after)),
            Events::SettledOf(id, after) => (&self.selects.settled_events_of, of_island(id, after)),
        };
        let rows = self.rows(select, &cells).await?;
        let events: Result<Vec<Event>, String> = rows.iter().map(|row| events::event(row)).collect();
        let events = events.map_err(|what| StoreError::Corrupt { what })?;
        Ok(match which {
            Events::Of(id, _) | Events::SettledOf(id, _) => {
                events.into_iter().map(|event| event.about(id)).collect()
            }
            Events::Last | Events::After(_) | Events::Settled(_) => events,
        })
    }

    /// Certificates, those of islands after one.
    pub(crate) async fn certificates(
        &self,
        after: Option<IslandId>,
        limit: u32,
    ) -> Result<Vec<Certificate>, StoreError> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let rows =
            self.rows(&self.selects.certificates, &[Cell::Uuid(after), Cell::Int(limit.into())]).await?;
        let corrupt = || StoreError::Corrupt { what: "a certificate".to_owned() };
        rows.iter().map(|row| row.first().and_then(cell::parsed_json).ok_or_else(corrupt)).collect()
    }

    /// The islands that ended and have no certificate; or one of them.
    pub(crate) async fn uncertified(&self, id: Option<IslandId>) -> Result<Vec<IslandId>, StoreError> {
        let id = id.map_or(Cell::Null, |id| Cell::Uuid(id.0));
        let rows = self.rows(&self.selects.uncertified, &[id]).await?;
        Ok(rows.iter().filter_map(|row| uuid(row.first()?)).map(IslandId).collect())
    }

    /// Rows that are not where they should be: of an island, or of any that is not there.
    pub(crate) async fn strays(&self, id: Option<IslandId>) -> Result<RowCounts, StoreError> {
        self.outcome(self.read_strays(id).await)
    }

    async fn read_strays(&self, id: Option<IslandId>) -> Result<RowCounts, Failure> {
        let mut snapshot = self.pool.snapshot().await?;
        let mut strays = RowCounts::new();
        for (table, text) in snapshot.strays(&self.plan, id.is_some()).await? {
            let cells: Vec<Cell> = id.iter().map(|id| Cell::Uuid(id.0)).collect();
            strays.insert(table, number(&snapshot.rows(text, &cells).await?, 0));
        }
        snapshot.end().await?;
        Ok(strays)
    }

    /// The catalog's generation.
    pub(crate) async fn generation(&self) -> Result<i64, StoreError> {
        let rows = self.rows(&sql(catalog::GENERATION.to_owned()), &[]).await?;
        Ok(catalog::generation_of(&rows))
    }

    /// What is kept of the catalog.
    pub(crate) async fn catalog(&self) -> Result<StoredCatalog, StoreError> {
        self.outcome(self.read_catalog().await)
    }

    async fn read_catalog(&self) -> Result<StoredCatalog, Failure> {
        let mut snapshot = self.pool.snapshot().await?;
        let mut find = [Found::new(), Found::new(), Found::new()];
        for (found, text) in
            find.iter_mut().zip([catalog::GENERATION, catalog::PLUGINS, catalog::ROLLED_BACK])
        {
            *found = snapshot.rows(sql(text.to_owned()), &[]).await?;
        }
        snapshot.end().await?;
        let [generation, plugins, rolled_back] = find;
        Ok(catalog::stored(catalog::generation_of(&generation), &plugins, &rolled_back)?)
    }

    /// The component of a version of a scenario.
    pub(crate) async fn plugin(&self, scenario: &str, version: &str) -> Result<Option<Vec<u8>>, StoreError> {
        let found = self.pool.bytes(catalog::WASM, [scenario, version]).await;
        self.outcome(found.map_err(Failure::Database))
    }

    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        self.rows(&self.selects.version, &[]).await.map(drop)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn rows(&self, sql: &SqlStr, cells: &[Cell]) -> Result<Found, StoreError> {
        self.outcome(self.pool.rows(sql.clone(), cells).await.map_err(Failure::Database))
    }

    fn outcome<T>(&self, outcome: Result<T, Failure>) -> Result<T, StoreError> {
        outcome.map_err(|failure| self.pool.error(&self.name, failure))
    }

    /// The record of an island that has not ended. One whose time is over is as good as removed.
    async fn there(&self, snapshot: &mut Snapshot, id: IslandId) -> Result<IslandRecord, Failure> {
        let rows = snapshot.rows(self.selects.island.clone(), &[Cell::Uuid(id.0)]).await?;
        let record = island_of(&rows, id)?;
        record.readable(self.clock.now())?;
        Ok(record)
    }

    async fn read_runs(&self, snapshot: &mut Snapshot, id: IslandId) -> Result<Vec<RunRecord>, Failure> {
        let rows = snapshot.rows(self.selects.runs.clone(), &[Cell::Uuid(id.0)]).await?;
        let runs: Result<_, String> = rows.iter().map(|row| bookkeeping::run_record(row)).collect();
        runs.map_err(corrupt)
    }

    /// Reads rows of one kind with those of its links: those after an id, at most `limit`.
    async fn read_kind(
        &self,
        snapshot: &mut Snapshot,
        island: IslandId,
        kind: Kind,
        after: Option<EntityId>,
        limit: i64,
    ) -> Result<Piece, Failure> {
        let Select { rows: select, links: link_selects, .. } = &self.selects.kinds[kind as usize];
        let how = self.plan.kind(kind);
        let start = after.map_or_else(|| first(how.ids), Cell::from);
        let rows = snapshot.rows(select.clone(), &[Cell::Uuid(island.0), start, Cell::Int(limit)]).await?;
        let mut links = Vec::with_capacity(link_selects.len());
        let owner = |row: Option<&Vec<Cell>>| row.and_then(|row| row.get(how.id)).cloned();
        for (table, select) in link_selects {
            let (Some(from), Some(until)) = (owner(rows.first()), owner(rows.last())) else {
                links.push((*table, Vec::new()));
                continue;
            };
            let found = snapshot.rows(select.clone(), &[Cell::Uuid(island.0), from, until]).await?;
            let pairs = found.iter().map(|row| match &row[..] {
                [owner, target] => Some([cell::entity_id(owner)?, cell::entity_id(target)?]),
                _ => None,
            });
            let pairs: Option<Vec<_>> = pairs.collect();
            let name = &self.plan.tables[*table].name;
            let pairs = pairs.ok_or_else(|| corrupt(format!("{name} has a row without ids")))?;
            links.push((*table, pairs));
        }
        Ok(Piece { rows, links })
    }
}

/// What is remembered of an island, from what [`Selects::island`] found.
pub(crate) fn island_of(rows: &Found, id: IslandId) -> Result<IslandRecord, StoreError> {
    let Some(row) = rows.first() else {
        return Err(StoreError::NotFound { what: "island", id: id.to_string() });
    };
    bookkeeping::island_record(row).map_err(|what| StoreError::Corrupt { what })
}

/// The certificate, from what [`Selects::certificate`] found.
pub(crate) fn certificate_of(rows: &Found, id: IslandId) -> Result<Certificate, StoreError> {
    let Some(cell) = rows.first().and_then(|row| row.first()) else {
        return Err(StoreError::NotFound { what: "certificate of island", id: id.to_string() });
    };
    let corrupt = || StoreError::Corrupt { what: format!("the certificate of island {id}") };
    cell::parsed_json(cell).ok_or_else(corrupt)
}

/// Whether a run is what [`Selects::last_run`] found.
pub(crate) fn is_last_run(rows: &Found, run: RunId) -> bool {
    rows.first().and_then(|row| uuid(row.first()?)) == Some(run.0)
}

/// A conflict of a commit whose key was used before is that, and not a fault: from what [`Selects::key`] found.
pub(crate) fn explain_conflict(rows: &Found, key: &str, error: StoreError) -> StoreError {
    match key_of(rows) {
        Ok(Some(used)) => StoreError::KeyUsed { key: key.to_owned(), used: Box::new(used) },
        Ok(None) => error,
        Err(corrupt) => corrupt,
    }
}

fn key_of(rows: &Found) -> Result<Option<KeyRecord>, StoreError> {
    let key = rows.first().map(|row| bookkeeping::key_record(row));
    key.transpose().map_err(|what| StoreError::Corrupt { what })
}

/// A count in the only row.
fn number(rows: &Found, place: usize) -> u64 {
    let cell = rows.first().and_then(|row| row.get(place));
    cell.and_then(cell::int).unwrap_or_default().unsigned_abs()
}

fn uuid(cell: &Cell) -> Option<Uuid> {
    if let Cell::Uuid(id) = cell { Some(*id) } else { None }
}

/// What is below every id.
fn first(ids: IdStrategy) -> Cell {
    match ids {
        IdStrategy::UuidV7 => Cell::Uuid(Uuid::nil()),
        IdStrategy::Sequence => Cell::Int(i64::MIN),
    }
}

fn corrupt(what: String) -> Failure {
    Failure::Refused(StoreError::Corrupt { what })
}
