//! An island as plain statements, which load it into another database: the rows of Insula's own tables and of all others
//! that lead to them, as they stand at one moment.

mod literal;

use jiff::Timestamp;

pub(crate) use literal::Literal;

use crate::cell::Cell;
use crate::plan::Plan;
use crate::reach::{Dialect, Finds, Group, Reach, TableName, collect};
use crate::records::IslandRecord;
use crate::select::quoted;

/// So many rows share a statement. One without end would cost whoever loads it much memory.
const ROWS: usize = 500;

/// A column that a row must be given to be as it was: what the database computes itself is left out.
#[derive(Debug)]
pub(crate) struct Column {
    pub name: String,
    /// How it is read from the table `a`.
    pub read: String,
}

/// A transaction in which an island's rows are read.
pub(crate) trait Exports: Finds {
    /// How the database is spoken to.
    const DIALECT: Dialect;

    /// The columns of a table.
    fn columns(&mut self, table: &TableName)
    -> impl Future<Output = Result<Vec<Column>, sqlx::Error>> + Send;

    /// The values of the rows that a statement finds.
    fn values(
        &mut self,
        text: String,
        cells: &[Cell],
    ) -> impl Future<Output = Result<Vec<Vec<Literal>>, sqlx::Error>> + Send;
}

/// Writes the statements that make an island anew.
pub(crate) async fn export<D: Exports>(
    db: &mut D,
    plan: &Plan,
    reach: &Reach,
    record: &IslandRecord,
    at: Timestamp,
) -> Result<String, sqlx::Error> {
    let arguments = [Cell::Uuid(record.id.0), Cell::Int(1)];
    let mut lines = vec![heading(D::DIALECT, record, at), D::DIALECT.load().to_owned()];
    let (with_own, others): (Vec<_>, Vec<_>) = reach.groups.iter().partition(|group| group.with_own);
    let at_once = !with_own.is_empty() && D::DIALECT.checks_early();
    let rows = if at_once { usize::MAX } else { ROWS };
    let mut own = Vec::new();
    for table in plan.written() {
        let order: Vec<String> = table.order.iter().map(|name| format!("a.{}", quoted(name))).collect();
        let condition = format!("a.{} = $1 ORDER BY {}", quoted(&table.island), order.join(", "));
        own.extend(inserts(db, &(&*table.name).into(), &condition, &arguments[..1], rows).await?);
    }
    if reach.is_needed() {
        db.run(&reach.begin, &[]).await?;
        db.run(&reach.keys, &arguments).await?;
        collect(db, reach, &arguments).await?;
    }
    if !with_own.is_empty() {
        for group in with_own {
            own.extend(group_inserts(db, group, &arguments, &mut lines).await?);
        }
        own = D::DIALECT.together(own);
    }
    lines.extend(own.into_iter().map(ended));
    for group in others {
        let statements = group_inserts(db, group, &arguments, &mut lines).await?;
        lines.extend(statements.into_iter().map(ended));
    }
    lines.push("COMMIT;\n".to_owned());
    Ok(lines.join("\n"))
}

/// Comments hold nothing that somebody else has written.
fn heading(dialect: Dialect, record: &IslandRecord, at: Timestamp) -> String {
    let database = match dialect {
        Dialect::Sqlite => "SQLite",
        Dialect::Postgres => "PostgreSQL",
    };
    let end = record.expires_at.map(|end| {
        format!(
            "\n-- A host on that database ends it at {end}; set expires_at of insula_island to NULL to keep it."
        )
    });
    format!(
        "-- Island {}, as it stood at {at}, for {database}; written by Insula {}.\n\
         -- It loads into a database with Insula's tables and the application's, where what islands share is there.{}",
        record.id,
        env!("CARGO_PKG_VERSION"),
        end.unwrap_or_default()
    )
}

fn ended(statement: String) -> String {
    format!("{statement};")
}

/// Inserts into tables that refer to one another; mostly into one, that does not. Comments on them go to `lines`.
async fn group_inserts<D: Exports>(
    db: &mut D,
    group: &Group,
    arguments: &[Cell],
    lines: &mut Vec<String>,
) -> Result<Vec<String>, sqlx::Error> {
    // Where a row may refer to a later one, none must be left for another statement.
    let circle = group.tables.iter().any(|step| !step.grow.is_empty());
    let at_once = circle || (group.with_own && D::DIALECT.checks_early());
    let rows = if at_once { usize::MAX } else { ROWS };
    let mut statements = Vec::new();
    for step in &group.tables {
        let shared = match &step.shared {
            Some(shared) => db.count(shared, arguments).await?,
            None => 0,
        };
        if shared > 0 {
            lines.push(format!(
                "-- {shared} of the rows that follow belong to another island, too: it must be there."
            ));
        }
        let condition = format!("{} ORDER BY {}", step.found, step.order);
        statements.extend(inserts(db, &step.table, &condition, arguments, rows).await?);
    }
    if at_once && !group.with_own {
        statements = D::DIALECT.together(statements);
    }
    Ok(statements)
}

/// Inserts the rows of a table for which a condition holds.
async fn inserts<D: Exports>(
    db: &mut D,
    table: &TableName,
    condition: &str,
    arguments: &[Cell],
    at_once: usize,
) -> Result<Vec<String>, sqlx::Error> {
    let columns = db.columns(table).await?;
    let read: Vec<&str> = columns.iter().map(|column| column.read.as_str()).collect();
    let select = format!("SELECT {} FROM {} a WHERE {condition}", read.join(", "), table.sql());
    let found = db.values(select, arguments).await?;
    let names: Vec<String> = columns.iter().map(|column| quoted(&column.name)).collect();
    let into = format!("INSERT INTO {} ({}) {}", table.sql(), names.join(", "), D::DIALECT.given());
    Ok(found.chunks(at_once.min(found.len()).max(1)).map(|rows| insert::<D>(&into, rows)).collect())
}

/// One row a line.
fn insert<D: Exports>(into: &str, rows: &[Vec<Literal>]) -> String {
    let mut text = into.to_owned();
    for (number, row) in rows.iter().enumerate() {
        text.push_str(if number == 0 { "\n  (" } else { ",\n  (" });
        for (place, value) in row.iter().enumerate() {
            if place > 0 {
                text.push_str(", ");
            }
            value.write(D::DIALECT, &mut text);
        }
        text.push(')');
    }
    text
}
