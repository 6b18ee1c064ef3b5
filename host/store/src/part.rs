//! A part of an island, read and changed as an application does it.
//!
//! A part is closed: what is found comes with all that it refers to. So it is an island by itself, onto which a draft can
//! be put; and the rules that hold for a scenario's calls hold for an application's, at the price of what they look at.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use insula_domain::{
    AnyHandle, Draft, Entities, Entity, EntityId, FieldType, FieldValue, Handle, Island, IslandId, Kind, View,
};
use jiff::Timestamp;
use serde_json::json;

use crate::cell::{self, Cell};
use crate::error::{Failure, StoreError};
use crate::events::{EventKind, NewEvent};
use crate::find::{Filter, Find};
use crate::ids::IdSource;
use crate::layout::{ColumnType, IdStrategy};
use crate::plan::{Fixed, Place, Plan};
use crate::pool::{Found, Snapshot};
use crate::query::{IDS_A_QUERY, POSTGRES_COLLATION, Queries, Query, SQLITE_COLLATION};
use crate::read::Reading;
use crate::rows;

/// A part of an island: what was looked for, and all that it refers to.
#[derive(Clone, Debug)]
pub struct Part {
    /// The part, as an island. Of each kind those come first that were looked for, in the order that was asked for.
    pub island: Island,
    found: [Count; Kind::ALL.len()],
}

#[derive(Clone, Copy, Debug, Default)]
struct Count {
    here: usize,
    total: u64,
}

impl Part {
    /// Those of a kind that were looked for, as callers see them.
    pub fn views(&self, kind: Kind) -> impl Iterator<Item = View<'_>> {
        self.island.views(kind).take(self.found(kind))
    }

    /// How many of a kind were looked for and found: the handles below that.
    pub fn found(&self, kind: Kind) -> usize {
        self.found[kind as usize].here
    }

    /// The one of this id, if it was looked for and found.
    pub fn find<E: Entity>(&self, id: EntityId) -> Option<Handle<E>> {
        let found = self.island.ids.of(E::KIND).iter().take(self.found(E::KIND));
        (0..).zip(found).find(|(_, own)| **own == id).map(|(index, _)| Handle::new(index))
    }

    /// Takes the one of this id out of the part, if it was looked for and found: so that another can be made in its
    /// place. Nothing else of the part may refer to it.
    pub fn take<E: Entity>(&mut self, id: EntityId) -> Option<E> {
        let index = self.find::<E>(id)?.index() as usize;
        self.island.ids.of_mut(E::KIND).remove(index);
        self.found[E::KIND as usize].here -= 1;
        Some(E::all_mut(&mut self.island.entities).remove(index))
    }

    /// How many of a kind there are in all, beyond the page that was asked for.
    pub fn total(&self, kind: Kind) -> u64 {
        self.found[kind as usize].total
    }
}

/// What is to be changed in an island.
#[derive(Debug)]
pub struct Changes {
    /// A draft on the part that was read: what is new in it is written.
    pub draft: Draft,
    /// What is new in the draft and takes the place of what has this id.
    pub replaced: Vec<(AnyHandle, EntityId)>,
    /// Single fields that get another value. That keeps all rules is for the caller to know.
    pub set: Vec<(Kind, EntityId, &'static str, FieldValue<'static>)>,
    /// What is removed.
    pub removed: Vec<(Kind, EntityId)>,
}

impl Changes {
    /// What is new in a draft.
    pub fn of(draft: Draft) -> Self {
        Self { draft, replaced: Vec::new(), set: Vec::new(), removed: Vec::new() }
    }
}

/// Looks at a part and decides what to change; nothing, when it refuses.
pub(crate) type Decide = Box<dyn Fn(Part) -> Option<Changes> + Send + Sync>;

/// A change, ready to be decided and written.
pub(crate) struct Edit {
    pub island: IslandId,
    pub finds: Vec<Find>,
    /// For whom.
    pub actor: Arc<str>,
    pub decide: Decide,
}

impl Edit {
    /// What is told of it when these are its changes.
    pub(crate) fn event(&self, changes: &Changes) -> NewEvent {
        let Changes { draft, replaced, set, removed } = changes;
        let replaced: Vec<(Kind, EntityId)> =
            replaced.iter().map(|(handle, id)| (handle.kind, *id)).collect();
        let new = Kind::ALL.into_iter().map(|kind| {
            let replaced = replaced.iter().filter(|(of, _)| *of == kind).count();
            (kind, rows::new_of(draft, kind).saturating_sub(replaced))
        });
        let changed: HashSet<_> =
            replaced.iter().copied().chain(set.iter().map(|(kind, id, ..)| (*kind, *id))).collect();
        let details = json!({
            "new": by_kind(new),
            "changed": by_kind(changed.into_iter().map(|(kind, _)| (kind, 1))),
            "removed": by_kind(removed.iter().map(|(kind, _)| (*kind, 1))),
        });
        NewEvent::done(EventKind::Edited, Some(self.island), Arc::clone(&self.actor), details)
    }
}

fn by_kind(counts: impl Iterator<Item = (Kind, usize)>) -> BTreeMap<&'static str, usize> {
    let mut all = BTreeMap::new();
    for (kind, count) in counts.filter(|(_, count)| *count > 0) {
        *all.entry(kind.plural()).or_default() += count;
    }
    all
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("island", &self.island)
            .field("finds", &self.finds)
            .finish_non_exhaustive()
    }
}

/// Something to read from.
pub(crate) trait Reads {
    /// What a statement finds.
    fn found(&mut self, query: Query) -> impl Future<Output = Result<Found, sqlx::Error>> + Send;
    /// [`Queries::collation`].
    fn collation(&self) -> &'static str;
}

/// Something to write to, inside a transaction that somebody else begins and ends.
pub(crate) trait Writes: Reads {
    /// Changes rows, and says how many.
    fn change(&mut self, query: Query) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
    /// Draws ids from the sequence of a kind's table, in rising order.
    fn draw(
        &mut self,
        plan: &Plan,
        kind: Kind,
        count: i64,
    ) -> impl Future<Output = Result<Vec<i64>, sqlx::Error>> + Send;
}

impl Reads for Snapshot {
    async fn found(&mut self, query: Query) -> Result<Found, sqlx::Error> {
        let (sql, cells) = query.parts();
        self.rows(sql, &cells).await
    }

    fn collation(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => SQLITE_COLLATION,
            Self::Postgres(_) => POSTGRES_COLLATION,
        }
    }
}

/// Reads a part. Of two finds of one kind the first counts.
pub(crate) async fn read<D: Reads>(
    db: &mut D,
    plan: &Plan,
    island: IslandId,
    finds: &[Find],
) -> Result<Part, Failure> {
    let queries = Queries { plan, island, collation: db.collation() };
    let mut wanted: [BTreeSet<EntityId>; Kind::ALL.len()] = Default::default();
    let mut found = [Count::default(); Kind::ALL.len()];
    let mut pieces = Vec::with_capacity(Kind::ALL.len());
    // What refers is read before what it refers to, so that all that is referred to is known when it is read.
    for kind in Kind::ALL.into_iter().rev() {
        let mut rows = Vec::new();
        if let Some(find) = finds.iter().find(|find| find.kind == kind) {
            rows = db.found(queries.rows(find)?).await?;
            let total = match find.page {
                Some(_) => first_number(&db.found(queries.count(find)?).await?),
                None => rows.len() as u64,
            };
            found[kind as usize] = Count { here: rows.len(), total };
        }
        let how = plan.kind(kind);
        let here: HashSet<EntityId> = ids(&rows, how.id).collect();
        let missing: Vec<EntityId> =
            wanted[kind as usize].iter().copied().filter(|id| !here.contains(id)).collect();
        for some in missing.chunks(IDS_A_QUERY) {
            rows.extend(db.found(queries.rows(&Find::new(kind, Filter::Id(some.to_vec())))?).await?);
        }
        let owners: Vec<EntityId> = ids(&rows, how.id).collect();
        let mut links = Vec::new();
        for (field, place) in Entities::fields(kind).iter().zip(&how.fields) {
            match (place, field.ty) {
                (Place::Column(at, _), FieldType::Ref(target)) => {
                    wanted[target as usize].extend(ids(&rows, *at))
                }
                (Place::Link(table), FieldType::Refs(target)) => {
                    let pairs = pairs(db, &queries, kind, *table, &owners).await?;
                    wanted[target as usize].extend(pairs.iter().map(|[_, target]| *target));
                    links.push((*table, pairs));
                }
                _ => {}
            }
        }
        pieces.push((kind, rows, links));
    }
    let mut reading = Reading::whole(plan, island);
    for (kind, rows, links) in pieces.iter().rev() {
        reading.take(*kind, rows, links).map_err(|what| StoreError::Corrupt { what })?;
    }
    Ok(Part { island: reading.island(&[]), found })
}

fn ids(rows: &[Vec<Cell>], at: usize) -> impl Iterator<Item = EntityId> + '_ {
    rows.iter().filter_map(move |row| row.get(at).and_then(cell::entity_id))
}

fn first_number(rows: &[Vec<Cell>]) -> u64 {
    rows.first().and_then(|row| row.first()).and_then(cell::int).map_or(0, i64::unsigned_abs)
}

async fn pairs<D: Reads>(
    db: &mut D,
    queries: &Queries<'_>,
    kind: Kind,
    table: usize,
    owners: &[EntityId],
) -> Result<Vec<[EntityId; 2]>, Failure> {
    let mut pairs = Vec::new();
    for owners in owners.chunks(IDS_A_QUERY) {
        let Some(query) = queries.links(kind, table, owners) else { continue };
        for row in db.found(query).await? {
            let pair = match &row[..] {
                [owner, target] => cell::entity_id(owner).zip(cell::entity_id(target)),
                _ => None,
            };
            let Some((owner, target)) = pair else {
                let what = format!("{} has a row without ids", queries.plan.tables[table].name);
                return Err(StoreError::Corrupt { what }.into());
            };
            pairs.push([owner, target]);
        }
    }
    Ok(pairs)
}

/// Writes changes: the draft's island, with ids for all that is new.
pub(crate) async fn write<D: Writes>(
    db: &mut D,
    plan: &Plan,
    source: &IdSource,
    changes: Changes,
    at: Timestamp,
) -> Result<Island, Failure> {
    let Changes { draft, replaced, set, removed } = changes;
    let mut drawn = Vec::new();
    for kind in Kind::ALL {
        let count = i64::try_from(rows::new_of(&draft, kind)).unwrap_or(i64::MAX);
        if count > 0 && plan.kind(kind).ids == IdStrategy::Sequence {
            drawn.push((kind, db.draw(plan, kind, count).await?));
        }
    }
    let mut given = rows::give_ids(plan, &draft, source, &drawn);
    for (handle, id) in &replaced {
        if let Some(place) = given.ids.of_mut(handle.kind).get_mut(handle.index as usize) {
            *place = *id;
        }
    }
    let queries = Queries { plan, island: given.island, collation: db.collation() };
    for (kind, id) in &removed {
        unlink(db, &queries, *kind, *id).await?;
        must(db, queries.delete(*kind, *id), *kind, *id).await?;
    }
    for (handle, id) in &replaced {
        unlink(db, &queries, handle.kind, *id).await?;
    }
    let tables = rows::encode_new(plan, &draft, &given, at);
    for kind in Kind::ALL {
        let table = plan.table(kind);
        let base = draft.base_len(kind);
        for (index, row) in (base..).zip(tables[plan.kind(kind).table].chunks(table.columns.len())) {
            let old =
                replaced.iter().find(|(handle, _)| handle.kind == kind && handle.index as usize == index);
            match old {
                Some((_, id)) => {
                    let columns: Vec<_> =
                        changing(plan, kind).map(|place| (place, row[place].clone())).collect();
                    must(db, queries.update(kind, *id, &columns), kind, *id).await?;
                }
                None => {
                    db.change(queries.insert(table, row)).await?;
                }
            }
        }
    }
    for (_, table) in links(plan) {
        let link = &plan.tables[table];
        for row in tables[table].chunks(link.columns.len()) {
            db.change(queries.insert(link, row)).await?;
        }
    }
    for (kind, id, field, value) in &set {
        let columns = setting(plan, given.island, *kind, field, value, at)?;
        must(db, queries.update(*kind, *id, &columns), *kind, *id).await?;
    }
    let (entities, names) = draft.into_parts();
    Ok(Island { id: given.island, entities, ids: given.ids, names })
}

/// Changes one row, which must be there.
async fn must<D: Writes>(db: &mut D, query: Query, kind: Kind, id: EntityId) -> Result<(), Failure> {
    if db.change(query).await? == 1 {
        return Ok(());
    }
    Err(StoreError::NotFound { what: kind.singular(), id: id.to_string() }.into())
}

async fn unlink<D: Writes>(
    db: &mut D,
    queries: &Queries<'_>,
    kind: Kind,
    id: EntityId,
) -> Result<(), Failure> {
    for (of, table) in links(queries.plan) {
        if of == kind {
            db.change(queries.unlink(table, id)).await?;
        }
    }
    Ok(())
}

/// The link tables, each with the kind that owns its rows.
fn links(plan: &Plan) -> impl Iterator<Item = (Kind, usize)> + '_ {
    Kind::ALL.into_iter().flat_map(|kind| {
        plan.kind(kind).fields.iter().filter_map(move |place| match place {
            Place::Link(table) => Some((kind, *table)),
            _ => None,
        })
    })
}

/// The columns that are written anew when a row is: its fields, and the instant of the change.
fn changing(plan: &Plan, kind: Kind) -> impl Iterator<Item = usize> + '_ {
    let how = plan.kind(kind);
    let fields = how.fields.iter().flat_map(|place| match place {
        Place::Column(at, _) => vec![*at],
        Place::Columns(date, time) => vec![*date, *time],
        Place::Link(_) => Vec::new(),
    });
    fields.chain(change(plan, kind))
}

fn change(plan: &Plan, kind: Kind) -> impl Iterator<Item = usize> + '_ {
    let fixed = plan.kind(kind).fixed.iter();
    fixed.filter(|(_, fixed)| matches!(fixed, Fixed::Change)).map(|(place, _)| *place)
}

fn setting(
    plan: &Plan,
    island: IslandId,
    kind: Kind,
    name: &str,
    value: &FieldValue<'_>,
    at: Timestamp,
) -> Result<Vec<(usize, Cell)>, StoreError> {
    let mut fields = Entities::fields(kind).iter().zip(&plan.kind(kind).fields);
    let place = fields.find(|(field, _)| field.name == name).map(|(_, place)| *place);
    let encoded = |ty| cell::encode(value, ty, island);
    let mut columns = match place {
        Some(Place::Column(at, ty)) => vec![(at, encoded(ty))],
        Some(Place::Columns(date, time)) => {
            vec![(date, encoded(ColumnType::Date)), (time, encoded(ColumnType::Time))]
        }
        Some(Place::Link(_)) | None => {
            let problem = format!("there is no field {name} that could be set alone");
            return Err(crate::layout::LayoutError { kind: kind.singular(), problem }.into());
        }
    };
    columns.extend(change(plan, kind).map(|place| (place, at.into())));
    Ok(columns)
}
