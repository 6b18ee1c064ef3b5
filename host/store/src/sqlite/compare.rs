//! How SQLite compares what refers with what it refers to: as if it stood in that column, by its affinity and its collation
//! (sqlite.org/foreignkeys.html, 3). A statement goes by the column that stands on the left, so it has to say as much.

use std::collections::BTreeMap;

use sqlx::sqlite::SqliteConnection;

use super::error::spares_transaction;
use crate::reach::{TableDef, TableName};
use crate::select::{quoted, sql};

/// How the values of a column are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Comparison {
    affinity: Affinity,
    collation: &'static str,
}

/// What a column makes of the values that it is given (sqlite.org/datatype3.html, 3.1). Numbers of all types compare alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Affinity {
    Text,
    Numeric,
    Blob,
}

impl Affinity {
    fn of(declared: &str) -> Self {
        let declared = declared.to_ascii_uppercase();
        let says = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        if says(&["INT"]) {
            Self::Numeric
        } else if says(&["CHAR", "CLOB", "TEXT"]) {
            Self::Text
        } else if declared.is_empty() || says(&["BLOB"]) {
            Self::Blob
        } else {
            Self::Numeric
        }
    }
}

impl Comparison {
    /// A column of a row `a` as it is compared with one that it refers to.
    fn read(self, column: &str, to: Self) -> String {
        let column = format!("a.{}", quoted(column));
        let read = match to.affinity {
            _ if self.affinity == to.affinity => column,
            Affinity::Text => format!("CAST({column} AS TEXT)"),
            // A text that is no number stays one; a cast alone would make 0 of it.
            Affinity::Numeric => {
                let number = format!("CAST({column} AS NUMERIC)");
                format!("iif({number} = {column}, {number}, {column})")
            }
            // An expression has none.
            Affinity::Blob => format!("+{column}"),
        };
        if self.collation == to.collation { read } else { format!("{read} COLLATE {}", to.collation) }
    }
}

/// What each column is declared as, by table and column.
pub(super) type Declared<'a> = BTreeMap<(&'a str, &'a str), &'a str>;

/// Writes down of each reference how its columns are read.
pub(super) async fn read(
    db: &mut SqliteConnection,
    tables: &mut [TableDef],
    declared: &Declared<'_>,
) -> Result<(), sqlx::Error> {
    let mut known = BTreeMap::new();
    for table in tables {
        for reference in &mut table.references {
            for (column, to_column) in reference.columns.iter().zip(&reference.to_columns) {
                let own = known_comparison(db, &mut known, declared, &table.name, column).await?;
                let to = known_comparison(db, &mut known, declared, &reference.to, to_column).await?;
                reference.read.push(own.read(column, to));
            }
        }
    }
    Ok(())
}

async fn known_comparison(
    db: &mut SqliteConnection,
    known: &mut BTreeMap<(String, String), Comparison>,
    declared: &Declared<'_>,
    table: &TableName,
    column: &str,
) -> Result<Comparison, sqlx::Error> {
    let key = (table.name.clone(), column.to_owned());
    if let Some(known) = known.get(&key) {
        return Ok(*known);
    }
    let declared = declared.get(&(&*table.name, column)).copied().unwrap_or_default();
    let comparison =
        Comparison { affinity: Affinity::of(declared), collation: collation(db, table, column).await? };
    known.insert(key, comparison);
    Ok(comparison)
}

/// The collation of a column. No pragma tells of it; so it is asked which texts are the same to it.
async fn collation(
    db: &mut SqliteConnection,
    table: &TableName,
    column: &str,
) -> Result<&'static str, sqlx::Error> {
    let tells_apart = |other: &str| {
        let own = format!("SELECT {} FROM {} WHERE false", quoted(column), table.sql());
        format!("(SELECT count(*) > 1 FROM ({own} UNION SELECT 'a' UNION SELECT '{other}'))")
    };
    let text = format!("SELECT {}, {}", tells_apart("A"), tells_apart("a "));
    let told: Result<(bool, bool), _> = sqlx::query_as(sql(text)).persistent(false).fetch_one(db).await;
    match told {
        Ok((false, _)) => Ok("NOCASE"),
        Ok((true, false)) => Ok("RTRIM"),
        Ok((true, true)) => Ok("BINARY"),
        // One that only the application has. Where an island's rows are compared by it, SQLite will say so.
        Err(reason) if spares_transaction(&reason) => {
            tracing::debug!(%table, column, %reason, "the collation of a column is not known");
            Ok("BINARY")
        }
        Err(error) => Err(error),
    }
}
