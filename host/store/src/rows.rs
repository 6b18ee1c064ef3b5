//! From a draft to rows.

use std::sync::Arc;

use insula_domain::{Draft, EntityId, FieldValue, Ids, IslandId, Kind, Record, RunId};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

use crate::bookkeeping::{self, Names};
use crate::cell::{self, Cell};
use crate::ending::RowCounts;
use crate::events::{EventKind, NewEvent};
use crate::ids::IdSource;
use crate::layout::IdStrategy;
use crate::plan::{Fixed, KindPlan, Place, Plan};
use crate::records::{Commit, IslandRecord, IslandState, Named};

/// The rows of a commit: for each table of the plan its cells, row by row.
pub(crate) type Rows = Vec<Vec<Cell>>;

/// A commit, ready to be written.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub rows: Rows,
    pub given: Given,
    /// The new island's record, or nothing when the draft adds to one.
    pub record: Option<IslandRecord>,
    /// The idempotency key, where there is one.
    pub key: Option<String>,
    /// See [`Commit::revision`].
    pub revision: Option<i64>,
}

/// The ids that a commit gives out.
#[derive(Debug)]
pub(crate) struct Given {
    pub island: IslandId,
    pub run: RunId,
    /// The ids of all of the island's entities, those that had them before included.
    pub ids: Ids,
}

/// How many entities of a kind are new.
pub(crate) fn new_of(draft: &Draft, kind: Kind) -> usize {
    draft.entities().len(kind).saturating_sub(draft.base_len(kind))
}

/// Gives ids to all that is new. `drawn` holds those of the kinds whose tables have sequences.
pub(crate) fn give_ids(plan: &Plan, draft: &Draft, source: &IdSource, drawn: &[(Kind, Vec<i64>)]) -> Given {
    let (base, mut ids) = match draft.base() {
        Some((island, ids)) => (Some(island), ids.clone()),
        None => (None, Ids::default()),
    };
    // What is added to an island comes after what is there, even if the clock was set back.
    let last = Kind::ALL.into_iter().filter_map(|kind| ids.of(kind).last()).filter_map(|id| match id {
        EntityId::Uuid(id) => Some(*id),
        EntityId::Int(_) => None,
    });
    let entities: usize = Kind::ALL.into_iter().map(|kind| new_of(draft, kind)).sum();
    let mut uuids = source.block(entities + 2, last.max());
    let mut uuid = || uuids.next().unwrap_or_else(Uuid::now_v7);
    let island = base.unwrap_or_else(|| IslandId(uuid()));
    let run = RunId(uuid());
    for kind in Kind::ALL {
        let (list, count) = (ids.of_mut(kind), new_of(draft, kind));
        match plan.kind(kind).ids {
            IdStrategy::UuidV7 => list.extend((0..count).map(|_| EntityId::Uuid(uuid()))),
            IdStrategy::Sequence => {
                let drawn = drawn.iter().filter(|(of, _)| *of == kind).flat_map(|(_, ids)| ids);
                list.extend(drawn.copied().map(EntityId::Int));
            }
        }
    }
    Given { island, run, ids }
}

/// Writes a commit's rows.
pub(crate) fn encode(plan: &Plan, commit: &Commit, given: Given, at: Timestamp) -> Encoded {
    let Commit { draft, island, run, revision } = commit;
    let mut rows = encode_new(plan, draft, &given, at);
    let record = draft.base().is_none().then(|| IslandRecord {
        id: given.island,
        label: island.label.clone(),
        scenario: run.scenario.clone(),
        version: run.version.clone(),
        state: IslandState::Active,
        created_at: at,
        expires_at: island.expires_at,
        removed_at: None,
        revision: 0,
    });
    if let Some(record) = &record {
        rows[Plan::ISLAND].extend(bookkeeping::island_row(record));
    }
    let names = new_names(draft, &given.ids);
    let written = written(plan, &rows);
    rows[plan.run()].extend(bookkeeping::run_row(given.island, given.run, run, &names, &written, at));
    let kind = if record.is_some() { EventKind::Seeded } else { EventKind::Added };
    let count: u64 = written.values().sum();
    let details = json!({
        "scenario": run.scenario, "version": run.version, "run": given.run, "rows": count, "micros": run.steps,
    });
    let event = NewEvent::done(kind, Some(given.island), Arc::clone(&run.actor), details);
    rows[plan.event()].extend(event.row(at));
    Encoded { rows, given, record, key: run.key.as_ref().map(|key| key.key.clone()), revision: *revision }
}

/// The rows of all that is new in a draft.
pub(crate) fn encode_new(plan: &Plan, draft: &Draft, given: &Given, at: Timestamp) -> Rows {
    let mut rows: Rows = plan.tables.iter().map(|_| Vec::new()).collect();
    for kind in Kind::ALL {
        write_kind(plan, draft, kind, given, at, &mut rows);
    }
    rows
}

/// How many rows were written to the tables of entities.
fn written(plan: &Plan, rows: &Rows) -> RowCounts {
    let tables = plan.tables.iter().zip(rows).skip(Plan::ISLAND + 1);
    let tables = tables.filter(|(_, cells)| !cells.is_empty());
    tables
        .map(|(table, cells)| (table.name.to_string(), (cells.len() / table.columns.len()) as u64))
        .collect()
}

/// What this run named.
fn new_names(draft: &Draft, ids: &Ids) -> Names {
    let before: std::collections::BTreeSet<&String> = draft.base_names().map(|(name, _)| name).collect();
    let new = draft.names().iter().filter(|(name, _)| !before.contains(name));
    new.filter_map(|(name, handle)| {
        let id = ids.get(handle.kind, handle.index)?;
        Some((name.clone(), Named { kind: handle.kind, id }))
    })
    .collect()
}

fn write_kind(plan: &Plan, draft: &Draft, kind: Kind, given: &Given, at: Timestamp, rows: &mut Rows) {
    let from = draft.base_len(kind);
    let count = new_of(draft, kind);
    if count == 0 {
        return;
    }
    let how = plan.kind(kind);
    let template = template(plan, how, given.island, at);
    let mut own = Vec::with_capacity(count * template.len());
    for (record, id) in draft.entities().records(kind, from).zip(&given.ids.of(kind)[from..]) {
        write_row(how, record, *id, given, &template, &mut own, rows);
    }
    rows[how.table] = own;
}

/// A row with what is the same in all, and nothing in the other columns.
fn template(plan: &Plan, how: &KindPlan, island: IslandId, at: Timestamp) -> Vec<Cell> {
    let mut row = vec![Cell::Null; plan.tables[how.table].columns.len()];
    for (place, fixed) in &how.fixed {
        row[*place] = match fixed {
            Fixed::Island => Cell::Uuid(island.0),
            Fixed::Commit | Fixed::Change => at.into(),
            Fixed::Cell(cell) => cell.clone(),
        };
    }
    row
}

fn write_row(
    how: &KindPlan,
    record: &dyn Record,
    id: EntityId,
    given: &Given,
    template: &[Cell],
    own: &mut Vec<Cell>,
    rows: &mut Rows,
) {
    let start = own.len();
    own.extend_from_slice(template);
    let row = &mut own[start..];
    row[how.id] = id.into();
    let mut places = how.fields.iter();
    record.visit(&mut |_, value| match (places.next(), value) {
        (Some(Place::Column(place, _)), FieldValue::Ref(kind, index)) => {
            row[*place] = given.ids.get(kind, index).map_or(Cell::Null, Cell::from);
        }
        (Some(Place::Column(place, ty)), value) => row[*place] = cell::encode(&value, *ty, given.island),
        (Some(Place::Columns(date, time)), value) => {
            row[*date] = cell::encode(&value, crate::layout::ColumnType::Date, given.island);
            row[*time] = cell::encode(&value, crate::layout::ColumnType::Time, given.island);
        }
        (Some(Place::Link(table)), FieldValue::Refs(kind, targets)) => {
            for target in targets.iter().filter_map(|&index| given.ids.get(kind, index)) {
                rows[*table].extend([Cell::Uuid(given.island.0), id.into(), target.into()]);
            }
        }
        (Some(Place::Link(_)) | None, _) => {}
    });
}
