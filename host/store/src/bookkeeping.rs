//! The rows in which Insula remembers islands and runs. They are the same under every layout.

use std::collections::BTreeMap;

use insula_domain::{Digest, EntityId, IslandId, Kind, RunId};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use crate::cell::{self, Cell};
use crate::ending::RowCounts;
use crate::layout::ColumnType;
use crate::plan::PlanTable;
use crate::records::{IslandRecord, IslandState, KeyRecord, Named, NewRun, RunRecord};

/// Names of columns, and how values are written in them.
type Columns = [(&'static str, ColumnType)];

/// The columns of an [`IslandRecord`], in the order of its cells.
const ISLAND: [(&str, ColumnType); 9] = [
    ("id", ColumnType::Uuid),
    ("label", ColumnType::Text),
    ("scenario", ColumnType::Text),
    ("version", ColumnType::Text),
    ("state", ColumnType::Text),
    ("created_at", ColumnType::Micros),
    ("expires_at", ColumnType::Micros),
    ("removed_at", ColumnType::Micros),
    ("revision", ColumnType::Integer),
];

/// The columns of a [`RunRecord`], in the order of its cells.
const RUN: [(&str, ColumnType); 17] = [
    ("island_id", ColumnType::Uuid),
    ("id", ColumnType::Uuid),
    ("scenario", ColumnType::Text),
    ("version", ColumnType::Text),
    ("plugin", ColumnType::Text),
    ("params", ColumnType::Json),
    ("seed", ColumnType::Integer),
    ("clock", ColumnType::Micros),
    ("digest", ColumnType::Text),
    ("names", ColumnType::Json),
    ("outputs", ColumnType::Json),
    ("cost", ColumnType::Json),
    ("logs", ColumnType::Json),
    ("created_at", ColumnType::Micros),
    ("idempotency_key", ColumnType::Text),
    ("request_hash", ColumnType::Text),
    ("row_counts", ColumnType::Json),
];

/// The columns of an event, in the order of its cells; the database itself gives its number.
pub(crate) const EVENT: [(&str, ColumnType); 6] = [
    ("at", ColumnType::Micros),
    ("kind", ColumnType::Text),
    ("island_id", ColumnType::Uuid),
    ("actor", ColumnType::Text),
    ("outcome", ColumnType::Text),
    ("details", ColumnType::Json),
];

/// The columns of a [`KeyRecord`], in the order of its cells.
const KEY: [(&str, ColumnType); 4] = [
    ("island_id", ColumnType::Uuid),
    ("id", ColumnType::Uuid),
    ("request_hash", ColumnType::Text),
    ("created_at", ColumnType::Micros),
];

/// The columns of a [`KeyRecord`], as SQL lists them.
pub(crate) fn key_columns() -> String {
    KEY.map(|(name, _)| name).join(", ")
}

/// The columns of an event, as SQL lists them.
pub(crate) fn event_columns() -> String {
    EVENT.map(|(name, _)| name).join(", ")
}

/// Remembers an event. Both databases take it as it is.
pub(crate) fn insert_event() -> String {
    let places = (1..=EVENT.len()).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ");
    format!("INSERT INTO insula_event ({}) VALUES ({places})", event_columns())
}

/// The names that a run gave, as they are remembered.
pub(crate) type Names = BTreeMap<String, Named>;

pub(crate) fn island_table() -> PlanTable {
    table("insula_island", &ISLAND, "id", &["id"])
}

pub(crate) fn run_table() -> PlanTable {
    table("insula_run", &RUN, "island_id", &["id"])
}

pub(crate) fn event_table() -> PlanTable {
    table("insula_event", &EVENT, "island_id", &["id"])
}

/// Whether a table is one of those in which Insula remembers islands and runs.
pub(crate) fn is_own(table: &str) -> bool {
    ["insula_island", "insula_run"].contains(&table)
}

fn table(name: &'static str, columns: &Columns, island: &'static str, order: &[&'static str]) -> PlanTable {
    PlanTable {
        name: name.into(),
        columns: columns.iter().map(|(name, _)| (*name).into()).collect(),
        types: columns.iter().map(|(_, ty)| *ty).collect(),
        island: island.into(),
        order: order.iter().map(|name| (*name).into()).collect(),
    }
}

pub(crate) fn island_row(record: &IslandRecord) -> [Cell; ISLAND.len()] {
    [
        Cell::Uuid(record.id.0),
        record.label.as_deref().into(),
        record.scenario.as_str().into(),
        record.version.as_str().into(),
        record.state.word().into(),
        record.created_at.into(),
        record.expires_at.into(),
        record.removed_at.into(),
        Cell::Int(record.revision),
    ]
}

/// # Errors
/// The column that does not hold what it should.
pub(crate) fn island_record(cells: &[Cell]) -> Result<IslandRecord, String> {
    let row = Row { table: "insula_island", columns: &ISLAND, cells };
    Ok(IslandRecord {
        id: IslandId(row.uuid(0)?),
        label: row.nullable(1, text)?,
        scenario: row.get(2, text)?,
        version: row.get(3, text)?,
        state: row.get(4, |cell| IslandState::from_word(cell::text(cell)?))?,
        created_at: row.get(5, cell::instant_of)?,
        expires_at: row.nullable(6, cell::instant_of)?,
        removed_at: row.nullable(7, cell::instant_of)?,
        revision: row.get(8, cell::int)?,
    })
}

pub(crate) fn run_row(
    island: IslandId,
    id: RunId,
    run: &NewRun,
    names: &Names,
    written: &RowCounts,
    at: Timestamp,
) -> [Cell; RUN.len()] {
    let named: BTreeMap<&String, (&str, EntityId)> =
        names.iter().map(|(name, named)| (name, (named.kind.singular(), named.id))).collect();
    [
        Cell::Uuid(island.0),
        Cell::Uuid(id.0),
        run.scenario.as_str().into(),
        run.version.as_str().into(),
        run.plugin.map(|plugin| plugin.to_string()).into(),
        cell::json(&run.params),
        Cell::Int(run.seed.cast_signed()),
        run.clock.into(),
        run.digest.to_string().into(),
        cell::json(&named),
        cell::json(&run.outputs),
        cell::json(&run.cost),
        cell::json(&run.logs),
        at.into(),
        run.key.as_ref().map(|key| key.key.as_str()).into(),
        run.key.as_ref().map(|key| key.request_hash.as_str()).into(),
        cell::json(written),
    ]
}

/// # Errors
/// The column that does not hold what it should.
pub(crate) fn run_record(cells: &[Cell]) -> Result<RunRecord, String> {
    let row = Row { table: "insula_run", columns: &RUN, cells };
    let digest = |cell: &Cell| Digest::from_hex(cell::text(cell)?);
    let json = |cell: &Cell| cell::parsed_json::<Value>(cell);
    Ok(RunRecord {
        id: RunId(row.uuid(1)?),
        scenario: row.get(2, text)?,
        version: row.get(3, text)?,
        plugin: row.nullable(4, digest)?,
        params: row.get(5, json)?,
        seed: row.get(6, cell::int)?.cast_unsigned(),
        clock: row.get(7, cell::instant_of)?,
        digest: row.get(8, digest)?,
        names: row.get(9, names)?,
        outputs: row.get(10, json)?,
        cost: row.get(11, json)?,
        logs: row.get(12, json)?,
        created_at: row.get(13, cell::instant_of)?,
    })
}

/// # Errors
/// The column that does not hold what it should.
pub(crate) fn key_record(cells: &[Cell]) -> Result<KeyRecord, String> {
    let row = Row { table: "insula_run", columns: &KEY, cells };
    Ok(KeyRecord {
        island: IslandId(row.uuid(0)?),
        run: RunId(row.uuid(1)?),
        request_hash: row.get(2, text)?,
        created_at: row.get(3, cell::instant_of)?,
    })
}

fn names(cell: &Cell) -> Option<Names> {
    let names: BTreeMap<String, (String, EntityId)> = cell::parsed_json(cell)?;
    names
        .into_iter()
        .map(|(name, (kind, id))| Some((name, Named { kind: Kind::from_name(&kind)?, id })))
        .collect()
}

fn text(cell: &Cell) -> Option<String> {
    cell::text(cell).map(str::to_owned)
}

/// A row that is being read.
struct Row<'a> {
    table: &'static str,
    columns: &'static Columns,
    cells: &'a [Cell],
}

impl Row<'_> {
    fn get<T>(&self, place: usize, read: impl FnOnce(&Cell) -> Option<T>) -> Result<T, String> {
        let cell = self.cells.get(place).unwrap_or(&Cell::Null);
        read(cell).ok_or_else(|| format!("{}.{} is {cell:?}", self.table, self.columns[place].0))
    }

    fn nullable<T>(&self, place: usize, read: impl FnOnce(&Cell) -> Option<T>) -> Result<Option<T>, String> {
        match self.cells.get(place) {
            None | Some(Cell::Null) => Ok(None),
            Some(_) => self.get(place, read).map(Some),
        }
    }

    fn uuid(&self, place: usize) -> Result<Uuid, String> {
        self.get(place, |cell| if let Cell::Uuid(id) = cell { Some(*id) } else { None })
    }
}
