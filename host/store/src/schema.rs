//! What is the same in every database about its schema: the steps that bring it up to date, the mark that says it is for
//! tests, and the comparison of its tables with the layout.

use std::collections::BTreeMap;

use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::error::StoreError;
use crate::layout::ColumnType;
use crate::plan::Plan;

/// A step: its number, what it is about, and its text.
pub(crate) type Step = (i64, &'static str, &'static str);

/// Declares the steps, in order. Each has a text for each database; one that was released is never changed.
macro_rules! steps {
    ($($number:literal $file:literal $about:literal;)*) => {
        pub(crate) const SQLITE: &[Step] =
            &[$(($number, $about, include_str!(concat!("../migrations/sqlite/", $file, ".sql")))),*];
        pub(crate) const POSTGRES: &[Step] =
            &[$(($number, $about, include_str!(concat!("../migrations/postgres/", $file, ".sql")))),*];
        /// The newest schema version.
        pub(crate) const NEWEST: i64 = {
            let numbers = [$($number),*];
            numbers[numbers.len() - 1]
        };
    };
}
steps! {
    1 "0001_bookkeeping" "bookkeeping";
    2 "0002_own_tables" "own tables";
    3 "0003_ending" "ending";
    5 "0005_order" "order of what several hosts write";
    6 "0006_catalog" "catalog";
    7 "0007_references" "references of appointments";
    8 "0008_checks" "checks of what goes";
    9 "0009_clock" "jumps of clocks";
    10 "0010_answers" "answers of several islands' runs";
}

/// The newest schema version of a database, and which Insula brought it there. Nothing where there is no mark.
pub(crate) const READ_VERSION: &str =
    "SELECT schema_version, insula FROM insula_mark ORDER BY schema_version DESC LIMIT 1";

/// Carries out the steps inside a transaction that somebody else begins, which keeps other hosts away; a newer version is
/// refused before, with better words.
pub(crate) fn migrator(steps: &'static [Step]) -> Migrator {
    let migration = |&(number, about, text): &Step| {
        Migration::new(number, about.into(), MigrationType::Simple, text.into_sql_str(), false)
    };
    let mut migrator = Migrator::with_migrations(steps.iter().map(migration).collect());
    migrator.set_locking(false).set_ignore_missing(true);
    migrator
}

/// Refuses a database that a newer Insula wrote.
pub(crate) fn check_age(name: &str, found: Option<(i64, String)>) -> Result<(), StoreError> {
    match found {
        Some((found, insula)) if found > NEWEST => {
            Err(StoreError::NewerSchema { database: name.to_owned(), found, known: NEWEST, insula })
        }
        _ => Ok(()),
    }
}

/// The table whose being there is the mark.
pub(crate) const MARK: &str = "insula_mark";

/// Refuses a database that holds tables and no mark, unless it is to be adopted.
pub(crate) fn check_mark(name: &str, tables: &[String], adopt: bool) -> Result<(), StoreError> {
    const SHOWN: usize = 5;
    if adopt || tables.is_empty() || tables.iter().any(|table| table == MARK) {
        return Ok(());
    }
    let mut some = tables.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    if tables.len() > SHOWN {
        some.push_str(", …");
    }
    Err(StoreError::NotMarked { database: name.to_owned(), tables: some })
}

/// A column as the database has it.
pub(crate) struct Column {
    /// Its type, as it is declared.
    pub ty: String,
    /// Whether a row must give it a value.
    pub required: bool,
}

/// The columns of each table, by their names.
pub(crate) type Tables = BTreeMap<String, BTreeMap<String, Column>>;

/// Compares tables with those of the plan. `lacks` says what a column would have to be to hold values of a type, if it
/// cannot hold them.
pub(crate) fn check_tables(
    plan: &Plan,
    tables: &Tables,
    lacks: impl Fn(ColumnType, &Column) -> Option<&'static str>,
) -> Result<(), StoreError> {
    for table in &plan.tables {
        let found = tables.get(&*table.name).ok_or_else(|| drift(&table.name, None, "a table", "none"))?;
        for (name, ty) in table.columns.iter().zip(&table.types) {
            let Some(column) = found.get(&**name) else {
                return Err(drift(&table.name, Some(name), "a column", "none"));
            };
            if let Some(wanted) = lacks(*ty, column) {
                return Err(drift(&table.name, Some(name), wanted, &column.ty));
            }
        }
        let given = |column: &String| table.columns.iter().any(|name| *name == **column);
        if let Some((column, _)) = found.iter().find(|(name, column)| column.required && !given(name)) {
            let wanted = "no column that must be given and that the layout does not name";
            return Err(drift(&table.name, Some(column), wanted, "such a column"));
        }
    }
    Ok(())
}

/// That a table is not as the layout says.
pub(crate) fn drift(table: &str, column: Option<&str>, wanted: &str, found: &str) -> StoreError {
    StoreError::Drift {
        table: table.to_owned(),
        column: column.map(str::to_owned),
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    }
}

/// What an error of a migration means for a caller; `of_database` knows what the database's own errors mean.
pub(crate) fn migrate_error(
    database: &str,
    error: &MigrateError,
    of_database: impl Fn(&str, &sqlx::Error) -> StoreError,
) -> StoreError {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => {
            of_database(database, error)
        }
        MigrateError::VersionMismatch(version) => drift(
            "_sqlx_migrations",
            None,
            &format!("migration {version} as this Insula knows it"),
            "another text of it",
        ),
        other => StoreError::Other { database: database.to_owned(), detail: other.to_string() },
    }
}
