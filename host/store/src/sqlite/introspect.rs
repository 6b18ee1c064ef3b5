//! The tables of a database, as it describes them itself.

use std::collections::BTreeMap;

use sqlx::SqlStr;
use sqlx::sqlite::SqliteConnection;

use super::compare;
use crate::plan::Plan;
use crate::reach::{Dialect, Reach, Reaches, Reference, TableDef};
use crate::select::{quoted, sql};

/// How rows of islands are reached at this version of the schema, and the sets for it on this connection.
pub(super) async fn current<'a>(
    reaches: &'a mut Reaches,
    db: &mut SqliteConnection,
    version: i64,
) -> Result<&'a Reach, sqlx::Error> {
    let reach = match reaches.take(version) {
        Some(reach) => reach,
        None => {
            let reach = read(reaches, db).await?;
            make_sets(db, &reach).await?;
            reach
        }
    };
    Ok(reaches.keep(version, reach))
}

/// The same without sets: for those who only look.
pub(super) async fn read(reaches: &Reaches, db: &mut SqliteConnection) -> Result<Reach, sqlx::Error> {
    Ok(reaches.of(&tables(db).await?))
}

async fn make_sets(db: &mut SqliteConnection, reach: &Reach) -> Result<(), sqlx::Error> {
    const OLD: &str = "SELECT name FROM temp.sqlite_schema WHERE name LIKE 'insula\\_%' ESCAPE '\\'";
    let old: Vec<String> = sqlx::query_scalar(OLD).fetch_all(&mut *db).await?;
    let drop = old.iter().map(|name| format!("DROP TABLE temp.{}", quoted(name)));
    for text in drop.chain(reach.make.iter().cloned()) {
        sqlx::query(sql(text)).persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// All tables of the database.
pub(super) async fn tables(db: &mut SqliteConnection) -> Result<Vec<TableDef>, sqlx::Error> {
    const TABLES: &str = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' \
                          AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name";
    const COLUMNS: &str = "SELECT m.name, c.name, c.pk, c.type FROM sqlite_schema m \
                           JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid";
    const KEYS: &str = "SELECT m.name, f.id, f.\"table\", f.\"from\", f.\"to\" FROM sqlite_schema m \
                        JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' ORDER BY m.name, f.id, f.seq";
    // The first column of each index. One that holds but some of the rows is of no use.
    const INDEXED: &str = "SELECT m.name, x.name FROM sqlite_schema m JOIN pragma_index_list(m.name) i \
                           JOIN pragma_index_info(i.name) x WHERE m.type = 'table' AND x.seqno = 0 \
                           AND x.name IS NOT NULL AND i.partial = 0";
    let tables: Vec<(String, bool)> = sqlx::query_as(TABLES).fetch_all(&mut *db).await?;
    let columns: Vec<(String, String, i64, String)> = sqlx::query_as(COLUMNS).fetch_all(&mut *db).await?;
    let keys: Vec<KeyRow> = sqlx::query_as(KEYS).fetch_all(&mut *db).await?;
    let indexed: Vec<(String, String)> = sqlx::query_as(INDEXED).fetch_all(&mut *db).await?;

    let mut columns_of: BTreeMap<&str, Vec<(&str, i64)>> = BTreeMap::new();
    for (table, column, key, _) in &columns {
        columns_of.entry(table).or_default().push((column, *key));
    }
    let primary = |table: &str| {
        let mut key: Vec<_> =
            columns_of.get(table).into_iter().flatten().filter(|(_, place)| *place > 0).collect();
        key.sort_by_key(|(_, place)| *place);
        key.iter().map(|(name, ..)| (*name).to_owned()).collect::<Vec<String>>()
    };
    // SQLite takes names in any case; they are written here as the tables have them.
    let table_named = |name: &str| tables.iter().find(|(table, _)| table.eq_ignore_ascii_case(name));
    let column_named = |table: &str, name: &str| {
        let columns = columns_of.get(table).into_iter().flatten();
        let column = columns.map(|(column, ..)| *column).find(|column| column.eq_ignore_ascii_case(name));
        column.map(str::to_owned)
    };
    let references = |table: &str| {
        let mut references: BTreeMap<i64, Option<Reference>> = BTreeMap::new();
        for (_, id, to, from, column) in keys.iter().filter(|key| key.0 == table) {
            let slot = references.entry(*id).or_insert_with(|| {
                let to = table_named(to)?.0.as_str().into();
                Some(Reference { to, ..Reference::default() })
            });
            let Some(reference) = slot else { continue };
            // Where the columns are not said, the primary key is meant.
            let to_column = match column {
                Some(column) => column_named(&reference.to.name, column),
                None => primary(&reference.to.name).get(reference.columns.len()).cloned(),
            };
            let (Some(from), Some(to_column)) = (column_named(table, from), to_column) else {
                // SQLite refuses to write such a row, too.
                *slot = None;
                continue;
            };
            reference.columns.push(from);
            reference.to_columns.push(to_column);
        }
        let leads = |column: &String| {
            let by_key = primary(table).first() == Some(column);
            by_key || indexed.iter().any(|(of, first)| of == table && first == column)
        };
        let finish = |mut reference: Reference| {
            reference.indexed = reference.columns.iter().any(leads);
            reference
        };
        references.into_values().flatten().map(finish).collect()
    };
    let described = tables.iter().map(|(name, without_number)| {
        let key = primary(name);
        let taken = |alias: &&str| column_named(name, alias).is_none();
        let number = ["rowid", "_rowid_", "oid"].into_iter().find(taken);
        let row = match number {
            Some(number) if !without_number => vec![number.to_owned()],
            _ => key.clone(),
        };
        TableDef { name: name.as_str().into(), row, keyed: !key.is_empty(), references: references(name) }
    });
    let mut described: Vec<TableDef> = described.collect();
    let declared =
        columns.iter().map(|(table, column, _, declared)| ((&**table, &**column), &**declared)).collect();
    compare::read(db, &mut described, &declared).await?;
    Ok(described)
}

/// Table, number of the foreign key, what it refers to, from which column, and to which.
type KeyRow = (String, i64, String, String, Option<String>);

/// For each table the statement that counts its stray rows: those of the island `$1`, or of any that is not there.
pub(crate) async fn strays(
    db: &mut SqliteConnection,
    plan: &Plan,
    one: bool,
) -> Result<Vec<(String, SqlStr)>, sqlx::Error> {
    let reach = read(&Reaches::new(plan, Dialect::Sqlite), db).await?;
    Ok(reach.strays(plan.emptied().map(|table| (&*table.name, &*table.island)), one))
}
