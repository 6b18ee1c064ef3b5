//! What is not said in the same way to every database.

use super::TableName;
use crate::select::quoted;

/// How a database is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// A column of a set of found rows: its name there, and that of the table's column whose values it holds; nothing where it
/// holds numbers.
pub(super) type SetColumn<'a> = (String, Option<&'a str>);

impl Dialect {
    /// A set that lives as long as the connection.
    pub(super) fn set(self, name: &str) -> String {
        match self {
            Self::Sqlite => format!("temp.{name}"),
            Self::Postgres => format!("pg_temp.{name}"),
        }
    }

    /// Makes such a set for rows of a table, with a key.
    pub(super) fn make(
        self,
        name: &str,
        table: &TableName,
        columns: &[SetColumn<'_>],
        key: &[String],
    ) -> Vec<String> {
        let key = key.join(", ");
        match self {
            Self::Sqlite => {
                let columns: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
                let columns = columns.join(", ");
                vec![format!("CREATE TEMP TABLE {name} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID")]
            }
            // The columns are of the types of those whose values they hold.
            Self::Postgres => {
                let columns = columns.iter().map(|(name, source)| match source {
                    Some(source) => format!("a.{} AS {name}", quoted(source)),
                    None => format!("0::bigint AS {name}"),
                });
                let columns = columns.collect::<Vec<_>>().join(", ");
                let set = self.set(name);
                vec![
                    format!(
                        "CREATE TEMP TABLE {name} ON COMMIT DELETE ROWS AS SELECT {columns} FROM {} a WITH NO DATA",
                        table.sql()
                    ),
                    format!("CREATE UNIQUE INDEX ON {set} ({key})"),
                ]
            }
        }
    }

    /// What is said before rows of an island are looked for.
    pub(super) fn begin(self, sets: impl Iterator<Item = String>) -> Vec<String> {
        match self {
            // With this SQLite checks all references at the end, those with ON DELETE RESTRICT as well: so rows that refer
            // to one another can go.
            Self::Sqlite => std::iter::once("PRAGMA defer_foreign_keys = ON".to_owned())
                .chain(sets.map(|set| format!("DELETE FROM {set}")))
                .collect(),
            // A transaction's end empties its sets.
            Self::Postgres => Vec::new(),
        }
    }

    /// Whether references are checked before a transaction ends.
    pub(crate) fn checks_early(self) -> bool {
        self == Self::Postgres
    }

    /// Adds to a set what is not in it.
    pub(super) fn add(self, set: &str, select: &str) -> String {
        match self {
            Self::Sqlite => format!("INSERT OR IGNORE INTO {set} {select}"),
            Self::Postgres => format!("INSERT INTO {set} {select} ON CONFLICT DO NOTHING"),
        }
    }

    /// What comes before statements that load rows which refer to one another.
    pub(crate) fn load(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN;\nPRAGMA defer_foreign_keys = ON;",
            Self::Postgres => "BEGIN;\nSET CONSTRAINTS ALL DEFERRED;",
        }
    }

    /// What stands before rows that are inserted with all their numbers, also those that the database would give.
    pub(crate) fn given(self) -> &'static str {
        match self {
            Self::Sqlite => "VALUES",
            Self::Postgres => "OVERRIDING SYSTEM VALUE VALUES",
        }
    }

    /// Deletes from tables that refer to one another, or inserts into them.
    pub(crate) fn together(self, changes: Vec<String>) -> Vec<String> {
        match self {
            Self::Sqlite => changes,
            // All at once: references are checked when a statement is done, those with ON DELETE RESTRICT as well.
            Self::Postgres => match changes.split_last() {
                Some((last, others)) if !others.is_empty() => {
                    let others = (0..).zip(others).map(|(number, change)| format!("d{number} AS ({change})"));
                    vec![format!("WITH {} {last}", others.collect::<Vec<_>>().join(", "))]
                }
                _ => changes,
            },
        }
    }
}
