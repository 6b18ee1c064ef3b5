//! Removing an island: its rows are found and deleted, round by round, until a scan of every table finds none.

use insula_domain::IslandId;

use super::Reach;
use crate::cell::Cell;
use crate::ending::{RowCounts, Swept};

/// What a trigger adds while rows are removed is removed in another round. A trigger that still adds rows after so many
/// would do so for ever.
const ROUNDS: usize = 8;

/// Why rows cannot be removed.
#[derive(Debug)]
pub(crate) enum Stuck {
    Reasons(Vec<String>),
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Stuck {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// A transaction in which an island's rows are found.
pub(crate) trait Finds: Send {
    /// Runs statements, one after the other; returns how many rows they changed together.
    fn run(
        &mut self,
        texts: &[String],
        cells: &[Cell],
    ) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;

    /// The number that a statement finds.
    fn count(&mut self, text: &str, cells: &[Cell]) -> impl Future<Output = Result<u64, sqlx::Error>> + Send;
}

/// A transaction in which they are removed.
pub(crate) trait Removes: Finds {
    /// In how many steps Insula's own tables are emptied of the island; what refers to them is looked for before each.
    fn steps(&self, _: &Reach) -> usize {
        1
    }

    /// Does one of these steps, for the island and the round of `arguments`, with the found rows that must go with our own;
    /// returns how many of our own went, by table.
    fn remove(
        &mut self,
        step: usize,
        reach: &Reach,
        arguments: &[Cell; 2],
    ) -> impl Future<Output = Result<RowCounts, sqlx::Error>> + Send;

    /// How many rows of the island Insula's own tables hold, by table: those without any included.
    fn left(&mut self, island: &Cell) -> impl Future<Output = Result<RowCounts, sqlx::Error>> + Send;
}

/// Removes all rows of an island.
pub(crate) async fn sweep<D: Removes>(db: &mut D, reach: &Reach, id: IslandId) -> Result<Swept, Stuck> {
    let mut swept = Swept::default();
    let mut arguments = [Cell::Uuid(id.0), Cell::Int(0)];
    if reach.is_needed() {
        db.run(&reach.begin, &[]).await?;
    }
    let mut round = 0;
    for _ in 0..ROUNDS {
        for step in 0..db.steps(reach) {
            round += 1;
            arguments[1] = Cell::Int(round);
            if reach.is_needed() {
                db.run(&reach.keys, &arguments).await?;
                find(db, reach, &arguments).await?;
                add(&mut swept.foreign, remove_found(db, reach, &arguments).await?);
            }
            add(&mut swept.rows, db.remove(step, reach, &arguments).await?);
        }
        swept.left = db.left(&arguments[0]).await?;
        for step in reach.steps() {
            swept.left.insert(step.table.to_string(), db.count(&step.left, &arguments).await?);
        }
        if swept.left.values().all(|rows| *rows == 0) {
            swept.notes = notes(reach, &swept.foreign);
            add(&mut swept.rows, swept.foreign.clone());
            return Ok(swept);
        }
    }
    let tables = swept.left.into_iter().filter(|(_, rows)| *rows > 0);
    let reason = |(table, rows)| {
        format!(
            "table {table} gets new rows whenever rows of the island are removed ({rows} after {ROUNDS} rounds); see its triggers"
        )
    };
    Err(Stuck::Reasons(tables.map(reason).collect()))
}

/// Finds the rows in tables that are not our own.
async fn find<D: Finds>(db: &mut D, reach: &Reach, arguments: &[Cell]) -> Result<(), Stuck> {
    collect(db, reach, arguments).await?;
    let mut reasons = Vec::new();
    for step in reach.steps() {
        let Some(shared) = &step.shared else { continue };
        let rows = db.count(shared, arguments).await?;
        if rows > 0 {
            reasons.push(format!(
                "{rows} rows of table {} belong to another island, too; remove them, or end that island first",
                step.table
            ));
        }
    }
    if reasons.is_empty() { Ok(()) } else { Err(Stuck::Reasons(reasons)) }
}

/// Fills the sets of found rows.
pub(crate) async fn collect<D: Finds>(
    db: &mut D,
    reach: &Reach,
    arguments: &[Cell],
) -> Result<(), sqlx::Error> {
    for group in &reach.groups {
        let find: Vec<String> = group.tables.iter().flat_map(|step| step.find.clone()).collect();
        let grow: Vec<String> = group.tables.iter().flat_map(|step| step.grow.clone()).collect();
        let mut found = db.run(&find, arguments).await?;
        let mut number = 0;
        while found > 0 && !grow.is_empty() {
            let mut arguments = arguments.to_vec();
            arguments.push(Cell::Int(number));
            found = db.run(&grow, &arguments).await?;
            number += 1;
        }
    }
    Ok(())
}

/// Deletes the found rows, those that refer before what they refer to, but for those that must go with our own; returns
/// how many of all there are, by table.
pub(crate) async fn remove_found<D: Finds>(
    db: &mut D,
    reach: &Reach,
    arguments: &[Cell],
) -> Result<RowCounts, sqlx::Error> {
    let mut removed = RowCounts::new();
    for step in reach.steps() {
        let rows = db.count(&step.count, arguments).await?;
        if rows > 0 {
            removed.insert(step.table.to_string(), rows);
        }
    }
    if !removed.is_empty() {
        for group in reach.groups.iter().rev().filter(|group| !group.with_own) {
            db.run(&group.delete, arguments).await?;
        }
    }
    Ok(removed)
}

fn add(counts: &mut RowCounts, more: RowCounts) {
    for (table, rows) in more {
        *counts.entry(table).or_default() += rows;
    }
}

fn notes(reach: &Reach, foreign: &RowCounts) -> Vec<String> {
    let found = |table: &str| foreign.contains_key(table);
    let unkeyed = reach.steps().filter(|step| !step.keyed && found(&step.table.to_string()));
    let unkeyed = unkeyed.map(|step| {
        format!(
            "table {} has no primary key; its rows were told apart by the database's own numbers",
            step.table
        )
    });
    reach.notes.iter().cloned().chain(unkeyed).collect()
}
