//! Reading.

use futures::TryStreamExt;
use insula_domain::{EntityId, IslandId, Kind};
use jiff::Timestamp;
use sqlx::sqlite::{SqliteConnection, SqlitePool};
use sqlx::{Acquire, SqlStr};
use uuid::Uuid;

use super::apply::{self, Failure};
use super::bind;
use super::error::store_error;
use super::sql::{self, Select, Statements};
use crate::bookkeeping;
use crate::cell::{self, Cell};
use crate::error::StoreError;
use crate::layout::IdStrategy;
use crate::plan::Plan;
use crate::read::Reading;
use crate::records::{
    EntityPage, IslandFilter, IslandRecord, IslandState, KeyRecord, Page, Paged, RunRecord, Stats,
    StoredIsland,
};

/// The connections that read.
#[derive(Debug)]
pub(crate) struct Reader {
    pool: SqlitePool,
    name: String,
    list: SqlStr,
    count: SqlStr,
}

/// A piece of one kind's rows.
struct Piece {
    rows: Vec<Vec<Cell>>,
    links: Vec<(usize, Vec<[EntityId; 2]>)>,
}

impl Reader {
    pub(crate) fn new(pool: SqlitePool, name: String) -> Self {
        Self { pool, name, list: sql::list_islands(), count: sql::count_islands() }
    }

    /// An island whole, as it stood at one moment.
    pub(crate) async fn island(
        &self,
        plan: &Plan,
        statements: &Statements,
        id: IslandId,
    ) -> Result<StoredIsland, StoreError> {
        self.outcome(self.read_island(plan, statements, id).await)
    }

    async fn read_island(
        &self,
        plan: &Plan,
        statements: &Statements,
        id: IslandId,
    ) -> Result<StoredIsland, Failure> {
        let mut db = self.pool.acquire().await?;
        let mut snapshot = db.begin().await?;
        let record = apply::island(&mut snapshot, statements, id).await?;
        if record.state == IslandState::Removed {
            let at = record.removed_at.unwrap_or(record.created_at);
            return Err(StoreError::Gone { id, at, expired: false }.into());
        }
        let runs = read_runs(&mut snapshot, statements, id).await?;
        let mut reading = Reading::whole(plan, id);
        for kind in Kind::ALL {
            let piece = read_kind(&mut snapshot, plan, statements, id, kind, None, -1).await?;
            reading.take(kind, &piece.rows, &piece.links).map_err(corrupt)?;
        }
        snapshot.commit().await?;
        let island = reading.island(&runs);
        Ok(StoredIsland { record, runs, island })
    }

    pub(crate) async fn entities(
        &self,
        plan: &Plan,
        statements: &Statements,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, StoreError> {
        self.outcome(self.read_entities(plan, statements, id, kind, page).await)
    }

    async fn read_entities(
        &self,
        plan: &Plan,
        statements: &Statements,
        id: IslandId,
        kind: Kind,
        page: Page<EntityId>,
    ) -> Result<EntityPage, Failure> {
        let mut db = self.pool.acquire().await?;
        let mut snapshot = db.begin().await?;
        let record = apply::island(&mut snapshot, statements, id).await?;
        if record.state == IslandState::Removed {
            let at = record.removed_at.unwrap_or(record.created_at);
            return Err(StoreError::Gone { id, at, expired: false }.into());
        }
        let limit = i64::from(page.limit);
        // One more than asked for says whether there are more.
        let mut piece = read_kind(&mut snapshot, plan, statements, id, kind, page.after, limit + 1).await?;
        let count = statements.selects[kind as usize].count.clone();
        let total: i64 = sqlx::query_scalar(count).bind(id.0).fetch_one(&mut *snapshot).await?;
        snapshot.commit().await?;

        let more = piece.rows.len() > page.limit as usize;
        piece.rows.truncate(page.limit as usize);
        let id_of = |row: &Vec<Cell>| row.get(plan.kind(kind).id).and_then(cell::entity_id);
        let last = piece.rows.last().and_then(id_of);
        for (_, pairs) in &mut piece.links {
            pairs.retain(|[owner, _]| last.is_some_and(|last| *owner <= last));
        }
        let mut reading = Reading::page(plan, id);
        reading.take(kind, &piece.rows, &piece.links).map_err(corrupt)?;
        let next = if more { last } else { None };
        Ok(EntityPage::new(reading.island(&[]), kind, next, total.unsigned_abs()))
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
            filter.state.map(IslandState::word).into(),
            filter.older_than.into(),
        ];
        let mut db = self.pool.acquire().await?;
        let mut snapshot = db.begin().await?;
        let arguments = bind::arguments(&cells).map_err(sqlx::Error::Encode)?;
        let total: i64 =
            sqlx::query_scalar_with(self.count.clone(), arguments).fetch_one(&mut *snapshot).await?;
        cells.push(page.after.map_or(Cell::Null, |id| Cell::Uuid(id.0)));
        cells.push(Cell::Int(i64::from(page.limit) + 1));
        let rows = rows(&mut snapshot, self.list.clone(), &cells).await?;
        snapshot.commit().await?;

        let items: Result<Vec<IslandRecord>, String> =
            rows.iter().take(page.limit as usize).map(|row| bookkeeping::island_record(row)).collect();
        let items = items.map_err(corrupt)?;
        let more = rows.len() > page.limit as usize;
        let next = items.last().filter(|_| more).map(|record| record.id);
        Ok(Paged { items, next, total: total.unsigned_abs() })
    }

    pub(crate) async fn find_key(&self, key: &str) -> Result<Option<KeyRecord>, StoreError> {
        let found = async { apply::find_key(&mut *self.pool.acquire().await?, key).await };
        self.outcome(found.await)
    }

    /// The islands that expired before an instant, the longest expired first.
    pub(crate) async fn expired(&self, now: Timestamp, limit: u32) -> Result<Vec<IslandId>, StoreError> {
        const EXPIRED: &str = "SELECT id FROM insula_island WHERE state = 'active' AND expires_at IS NOT NULL \
                               AND expires_at <= ? ORDER BY expires_at LIMIT ?";
        let ids = sqlx::query_scalar::<_, Uuid>(EXPIRED).bind(now.as_microsecond()).bind(i64::from(limit));
        let ids = ids.fetch_all(&self.pool).await.map_err(Failure::Database);
        self.outcome(ids.map(|ids| ids.into_iter().map(IslandId).collect()))
    }

    pub(crate) async fn stats(&self, now: Timestamp) -> Result<Stats, StoreError> {
        const STATS: &str = "SELECT count(*) FILTER (WHERE state = 'active' AND (expires_at IS NULL OR expires_at > ?1)), \
                             count(*) FILTER (WHERE state = 'active' AND expires_at <= ?1), \
                             count(*) FILTER (WHERE state = 'removed') FROM insula_island";
        let counts = sqlx::query_as::<_, (i64, i64, i64)>(STATS).bind(now.as_microsecond());
        let counts = counts.fetch_one(&self.pool).await.map_err(Failure::Database);
        self.outcome(counts.map(|(active, expired, removed)| Stats {
            active: active.unsigned_abs(),
            expired: expired.unsigned_abs(),
            removed: removed.unsigned_abs(),
        }))
    }

    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        let mark = sqlx::query_scalar::<_, i64>("SELECT max(schema_version) FROM insula_mark");
        let mark = mark.fetch_one(&self.pool).await.map_err(Failure::Database);
        self.outcome(mark.map(drop))
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    fn outcome<T>(&self, outcome: Result<T, Failure>) -> Result<T, StoreError> {
        outcome.map_err(|failure| match failure {
            Failure::Refused(error) => error,
            Failure::Database(sqlx::Error::PoolClosed) => StoreError::Closed,
            Failure::Database(error) => store_error(&self.name, &error),
        })
    }
}

async fn read_runs(
    db: &mut SqliteConnection,
    statements: &Statements,
    id: IslandId,
) -> Result<Vec<RunRecord>, Failure> {
    let rows = rows(db, statements.runs.clone(), &[Cell::Uuid(id.0)]).await?;
    let runs: Result<_, String> = rows.iter().map(|row| bookkeeping::run_record(row)).collect();
    runs.map_err(corrupt)
}

/// Reads rows of one kind with those of its links: those after an id, at most `limit`, or all when it is -1.
async fn read_kind(
    db: &mut SqliteConnection,
    plan: &Plan,
    statements: &Statements,
    island: IslandId,
    kind: Kind,
    after: Option<EntityId>,
    limit: i64,
) -> Result<Piece, Failure> {
    let Select { rows: select, links: link_selects, .. } = &statements.selects[kind as usize];
    let how = plan.kind(kind);
    let start = after.map_or_else(|| first(how.ids), Cell::from);
    let rows = rows(db, select.clone(), &[Cell::Uuid(island.0), start, Cell::Int(limit)]).await?;
    let mut links = Vec::with_capacity(link_selects.len());
    let owner = |row: Option<&Vec<Cell>>| row.and_then(|row| row.get(how.id)).cloned();
    for (table, select) in link_selects {
        let (Some(from), Some(until)) = (owner(rows.first()), owner(rows.last())) else {
            links.push((*table, Vec::new()));
            continue;
        };
        let found = self::rows(db, select.clone(), &[Cell::Uuid(island.0), from, until]).await?;
        let pairs = found.iter().map(|row| match &row[..] {
            [owner, target] => Some([cell::entity_id(owner)?, cell::entity_id(target)?]),
            _ => None,
        });
        let pairs: Option<Vec<_>> = pairs.collect();
        let pairs =
            pairs.ok_or_else(|| corrupt(format!("{} has a row without ids", plan.tables[*table].name)))?;
        links.push((*table, pairs));
    }
    Ok(Piece { rows, links })
}

/// What is below every id.
fn first(ids: IdStrategy) -> Cell {
    match ids {
        IdStrategy::UuidV7 => Cell::Uuid(Uuid::nil()),
        IdStrategy::Sequence => Cell::Int(i64::MIN),
    }
}

async fn rows(db: &mut SqliteConnection, sql: SqlStr, cells: &[Cell]) -> Result<Vec<Vec<Cell>>, Failure> {
    let arguments = bind::arguments(cells).map_err(sqlx::Error::Encode)?;
    let mut found = sqlx::query_with(sql, arguments).fetch(db);
    let mut rows = Vec::new();
    while let Some(row) = found.try_next().await? {
        rows.push(bind::cells(&row).map_err(sqlx::Error::Decode)?);
    }
    Ok(rows)
}

fn corrupt(what: String) -> Failure {
    Failure::Refused(StoreError::Corrupt { what })
}
