//! The tables of a database that refer to others, as it describes them itself.

use std::collections::BTreeMap;

use sqlx::SqlStr;
use sqlx::postgres::PgConnection;

use crate::plan::Plan;
use crate::reach::{Dialect, Reach, Reaches, Reference, TableDef, TableName};
use crate::select::{quoted, sql};

/// How rows of islands are reached as the schema is now, and the sets for it on this connection.
pub(super) async fn current<'a>(
    reaches: &'a mut Reaches,
    db: &mut PgConnection,
) -> Result<&'a Reach, sqlx::Error> {
    let version = version(db).await?;
    let reach = match reaches.take(version) {
        Some(reach) => reach,
        None => {
            let reach = reaches.of(&tables(db).await?);
            make_sets(db, &reach).await?;
            reach
        }
    };
    Ok(reaches.keep(version, reach))
}

/// A number that is another one whenever a foreign key or an index was made, changed or dropped. What a rename does is seen
/// when a statement does not find what it names.
async fn version(db: &mut PgConnection) -> Result<i64, sqlx::Error> {
    const VERSION: &str = "SELECT coalesce(bit_xor(hashtextextended(oid || ':' || row, 0)), 0) FROM \
         (SELECT oid, xmin::text AS row FROM pg_constraint WHERE contype = 'f' \
         UNION ALL SELECT indexrelid, xmin::text || indisvalid FROM pg_index) AS definitions";
    sqlx::query_scalar(VERSION).fetch_one(db).await
}

async fn make_sets(db: &mut PgConnection, reach: &Reach) -> Result<(), sqlx::Error> {
    const OLD: &str = "SELECT relname::text FROM pg_class WHERE relnamespace = pg_my_temp_schema() \
                       AND relkind = 'r' AND relname LIKE 'insula\\_%'";
    let old: Vec<String> = sqlx::query_scalar(OLD).fetch_all(&mut *db).await?;
    let drop = old.iter().map(|name| format!("DROP TABLE pg_temp.{}", quoted(name)));
    for text in drop.chain(reach.make.iter().cloned()) {
        sqlx::query(sql(text)).persistent(false).execute(&mut *db).await?;
    }
    Ok(())
}

/// A foreign key: the table that refers and its schema, the table that is referred to and its schema, the columns of both,
/// whether an index begins with one of the columns that refer, and the primary key of the table that refers.
type KeyRow = (Option<String>, String, Option<String>, String, Vec<String>, Vec<String>, bool, Vec<String>);

/// All tables that refer to others. A schema is named where it has to be; keys that a partition has from its table are not
/// counted twice.
pub(super) async fn tables(db: &mut PgConnection) -> Result<Vec<TableDef>, sqlx::Error> {
    const KEYS: &str = "SELECT \
         CASE WHEN NOT pg_table_is_visible(own.oid) THEN (SELECT nspname::text FROM pg_namespace WHERE oid = own.relnamespace) END, own.relname::text, \
         CASE WHEN NOT pg_table_is_visible(other.oid) THEN (SELECT nspname::text FROM pg_namespace WHERE oid = other.relnamespace) END, other.relname::text, \
         ARRAY(SELECT attname::text FROM unnest(c.conkey) WITH ORDINALITY AS k (number, place) \
             JOIN pg_attribute ON attrelid = own.oid AND attnum = k.number ORDER BY k.place), \
         ARRAY(SELECT attname::text FROM unnest(c.confkey) WITH ORDINALITY AS k (number, place) \
             JOIN pg_attribute ON attrelid = other.oid AND attnum = k.number ORDER BY k.place), \
         EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = own.oid AND i.indisvalid AND i.indpred IS NULL \
             AND i.indkey[0] = ANY (c.conkey)), \
         ARRAY(SELECT attname::text FROM pg_constraint p, unnest(p.conkey) WITH ORDINALITY AS k (number, place), pg_attribute \
             WHERE p.conrelid = own.oid AND p.contype = 'p' AND attrelid = own.oid AND attnum = k.number ORDER BY k.place) \
         FROM pg_constraint c JOIN pg_class own ON own.oid = c.conrelid JOIN pg_class other ON other.oid = c.confrelid \
         WHERE c.contype = 'f' AND c.conparentid = 0 AND own.relpersistence <> 't' ORDER BY own.oid, c.conname";
    let keys: Vec<KeyRow> = sqlx::query_as(KEYS).fetch_all(db).await?;
    let mut tables: BTreeMap<TableName, TableDef> = BTreeMap::new();
    for (schema, name, to_schema, to, columns, to_columns, indexed, key) in keys {
        let name = TableName { schema, name };
        let table = tables.entry(name.clone()).or_insert_with(|| {
            let keyed = !key.is_empty();
            // Without a key, a row's place: in partitions two rows may have the same, so the partition is said as well.
            let row = if keyed { key } else { ["tableoid", "ctid"].map(str::to_owned).to_vec() };
            TableDef { name, row, keyed, references: Vec::new() }
        });
        let to = TableName { schema: to_schema, name: to };
        table.references.push(Reference { columns, to, to_columns, indexed, ..Reference::default() });
    }
    Ok(tables.into_values().collect())
}

/// For each table the statement that counts its stray rows: those of the island `$1`, or of any that is not there.
pub(crate) async fn strays(
    db: &mut PgConnection,
    plan: &Plan,
    one: bool,
) -> Result<Vec<(String, SqlStr)>, sqlx::Error> {
    let reach = Reaches::new(plan, Dialect::Postgres).of(&tables(db).await?);
    Ok(reach.strays(plan.emptied().map(|table| (&*table.name, &*table.island)), one))
}
