//! The statements that write, generated from the plan and from what the tables are.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::Mutex;

use sqlx::SqlStr;

use super::array::{Column, known};
use super::schema::Types;
use crate::layout::{IdStrategy, Name};
use crate::plan::{Plan, PlanTable};
use crate::rows::Encoded;
use crate::select::{Selects, list, quoted, sql};
use insula_domain::Kind;

/// All statements that write.
#[derive(Debug)]
pub(crate) struct Statements {
    inserts: Vec<Insert>,
    /// Those that were used, by which tables they write. The same tests seed the same scenarios, so they are few.
    by_tables: Mutex<HashMap<u64, SqlStr>>,
    /// The island `$1`, which nobody else changes before the transaction ends.
    pub claim: SqlStr,
    /// The same, for whoever makes it another one.
    pub revise: SqlStr,
    /// Gives the island `$1` the expiry `$2` if it is there at `$3`, and returns its record.
    pub renew: SqlStr,
    /// What the runs of the island `$1` wrote.
    pub made: SqlStr,
    /// Deletes the rows of the island `$1`, and returns how many of each table.
    pub remove: SqlStr,
    /// The same, one table after the other.
    pub remove_one: Vec<(Name, SqlStr)>,
    /// Counts the rows of the island `$1` in each table.
    pub left: SqlStr,
    /// Writes what became of the island `$1`: its state `$2` since `$3`, its certificate `$6` of `$4`, and whether that is
    /// clean.
    pub ended: SqlStr,
    /// Keeps everybody else away until the transaction ends. The table of islands comes first here as in every other
    /// transaction, so that no two wait for one another.
    pub lock: SqlStr,
    /// How many rows a reset takes from each table.
    pub count: SqlStr,
    /// Empties all tables but that of islands.
    pub truncate: SqlStr,
    /// The same where tables that are not Insula's refer to them.
    pub delete: SqlStr,
    /// Forgets the islands that have not ended, and why some of them were stuck.
    pub forget: SqlStr,
    /// The tables in the order of [`Statements::remove`]; and after them, in that of the others, the one of islands.
    pub emptied: Vec<Name>,
}

/// Inserts into one table.
#[derive(Debug)]
struct Insert {
    /// Up to the list of its columns.
    into: String,
    /// How each column's values are sent, and as what they are written where that is another type.
    columns: Vec<(crate::layout::ColumnType, Option<String>)>,
}

impl Statements {
    pub(crate) fn new(plan: &Plan, types: &Types, selects: &Selects) -> Self {
        let islands = &plan.tables[Plan::ISLAND];
        let record = list(&islands.columns);
        // What refers goes before what it refers to.
        let emptied: Vec<&PlanTable> = plan.emptied().collect();
        let all = || emptied.iter().copied().chain([islands]);
        let names = |tables: &mut dyn Iterator<Item = &PlanTable>| {
            tables.map(|table| quoted(&table.name)).collect::<Vec<_>>().join(", ")
        };
        const THERE: &str = "insula_island WHERE removed_at IS NULL";
        let counted = emptied.iter().map(|table| quoted(&table.name)).chain([THERE.to_owned()]);
        let counts = counted.map(|rows| format!("(SELECT count(*) FROM {rows})"));
        Self {
            inserts: plan.tables.iter().map(|table| Insert::new(plan, table, types)).collect(),
            by_tables: Mutex::default(),
            claim: sql(format!("{} FOR NO KEY UPDATE", selects.island.as_str())),
            revise: sql(format!(
                "UPDATE insula_island SET revision = revision + 1 WHERE id = $1 RETURNING {record}"
            )),
            renew: sql(format!(
                "UPDATE insula_island SET expires_at = $2 WHERE id = $1 AND state = 'active' \
                 AND (expires_at IS NULL OR expires_at > $3) RETURNING {record}"
            )),
            made: sql("SELECT row_counts FROM insula_run WHERE island_id = $1".to_owned()),
            remove: sql(deleting(emptied.iter().copied(), true)),
            remove_one: emptied
                .iter()
                .map(|table| (table.name.clone(), sql(deleting(std::iter::once(*table), true))))
                .collect(),
            left: sql(counting(emptied.iter().copied())),
            ended: sql(
                "WITH marked AS (UPDATE insula_island SET state = $2, removed_at = $3 WHERE id = $1) \
                 INSERT INTO insula_certificate (island_id, ended_at, clean, certificate) VALUES ($1, $4, $5, $6) \
                 ON CONFLICT (island_id) DO UPDATE SET ended_at = $4, clean = $5, certificate = $6"
                    .to_owned(),
            ),
            lock: sql(format!("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", names(&mut [islands].into_iter().chain(emptied.iter().copied())))),
            count: sql(format!("SELECT {}", counts.collect::<Vec<_>>().join(", "))),
            truncate: sql(format!("TRUNCATE {}", names(&mut emptied.iter().copied()))),
            delete: sql(deleting(emptied.iter().copied(), false)),
            forget: sql(format!(
                "WITH islands AS (DELETE FROM {THERE}) DELETE FROM insula_certificate WHERE NOT clean"
            )),
            emptied: all().map(|table| table.name.clone()).collect(),
        }
    }

    /// The same as [`Statements::remove`] or [`Statements::delete`], with the rows that other statements delete.
    pub(super) fn with<'a>(statement: &SqlStr, deletes: impl Iterator<Item = &'a str>) -> SqlStr {
        let others: Vec<String> =
            (1..).zip(deletes).map(|(number, delete)| format!("d{number} AS ({delete})")).collect();
        if others.is_empty() {
            return statement.clone();
        }
        sql(statement.as_str().replacen("WITH ", &format!("WITH {}, ", others.join(", ")), 1))
    }

    /// The tables whose rows go with an island, in the order of [`Statements::remove`].
    pub(super) fn own(&self) -> impl Iterator<Item = &str> {
        self.emptied.iter().take(self.emptied.len() - 1).map(|name| &**name)
    }

    /// The one statement that writes these commits, and its arguments in their order.
    pub(super) fn insert<'a>(
        &self,
        commits: &'a [&'a Encoded],
    ) -> (SqlStr, impl Iterator<Item = Column<'a>>) {
        let used: Vec<usize> = (0..self.inserts.len())
            .filter(|table| commits.iter().any(|commit| !commit.rows[*table].is_empty()))
            .collect();
        let key = used.iter().fold(0, |key, table| key | 1 << table);
        // A poisoned lock only means that another task died here; the texts are still good.
        let mut texts = self.by_tables.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let text = texts.entry(key).or_insert_with(|| self.text(&used)).clone();
        drop(texts);
        let columns: Vec<Column<'a>> = used
            .into_iter()
            .flat_map(|table| {
                let columns = &self.inserts[table].columns;
                let width = columns.len();
                (0..).zip(columns).map(move |(place, (ty, _))| Column {
                    commits,
                    table,
                    width,
                    place,
                    ty: *ty,
                })
            })
            .collect();
        (text, columns.into_iter())
    }

    /// One statement for some tables: PostgreSQL checks references when all of it is done (its documentation, 7.8.4).
    fn text(&self, tables: &[usize]) -> SqlStr {
        let mut text = String::new();
        let mut parameter = 0;
        for (number, table) in (1..).zip(tables) {
            let insert = &self.inserts[*table];
            let last = number == tables.len();
            // Writing to a String cannot fail.
            let mut put = |part: std::fmt::Arguments<'_>| text.write_fmt(part).unwrap_or_default();
            match (number, last) {
                (_, true) => {}
                (1, false) => put(format_args!("WITH t{number} AS (")),
                (_, false) => put(format_args!("t{number} AS (")),
            }
            put(format_args!("{}", insert.into));
            // In the list of what is selected they are taken apart in step, row by row. After FROM each would first be laid
            // aside whole: for a few rows that is a fifth of what PostgreSQL does for the statement.
            let values = insert.columns.iter().map(|(ty, cast)| {
                parameter += 1;
                let sent = format!("unnest(${parameter}::{}[])", known(*ty).name);
                match cast {
                    Some(cast) => format!("{sent}::{cast}"),
                    None => sent,
                }
            });
            put(format_args!(" SELECT {}", values.collect::<Vec<_>>().join(", ")));
            match (last, number + 1 == tables.len()) {
                (true, _) => {}
                (false, true) => put(format_args!(") ")),
                (false, false) => put(format_args!("), ")),
            }
        }
        sql(text)
    }
}

impl Insert {
    fn new(plan: &Plan, table: &PlanTable, types: &Types) -> Self {
        let columns = table.columns.iter().zip(&table.types).map(|(column, ty)| {
            let found = types.get(&(table.name.to_string(), column.to_string()));
            (*ty, found.filter(|found| found.as_str() != known(*ty).name).cloned())
        });
        let sequence = Kind::ALL
            .into_iter()
            .any(|kind| std::ptr::eq(plan.table(kind), table) && plan.kind(kind).ids == IdStrategy::Sequence);
        // An identity column that is always generated takes the ids that were drawn from it only so.
        let overriding = if sequence { " OVERRIDING SYSTEM VALUE" } else { "" };
        Self {
            into: format!("INSERT INTO {} ({}){overriding}", quoted(&table.name), list(&table.columns)),
            columns: columns.collect(),
        }
    }
}

/// One statement that counts the rows of the island `$1` in each table.
fn counting<'a>(tables: impl Iterator<Item = &'a PlanTable>) -> String {
    let one = |table: &PlanTable| {
        format!("(SELECT count(*) FROM {} WHERE {} = $1)", quoted(&table.name), quoted(&table.island))
    };
    format!("SELECT {}", tables.map(one).collect::<Vec<_>>().join(", "))
}

/// One statement that deletes from tables and returns how many rows of each: those of the island `$1`, or all.
fn deleting<'a>(tables: impl Iterator<Item = &'a PlanTable>, of_island: bool) -> String {
    let (mut parts, mut counts) = (Vec::new(), Vec::new());
    for (number, table) in (1..).zip(tables) {
        let which = if of_island { format!(" WHERE {} = $1", quoted(&table.island)) } else { String::new() };
        parts.push(format!("t{number} AS (DELETE FROM {}{which} RETURNING 1)", quoted(&table.name)));
        counts.push(format!("(SELECT count(*) FROM t{number})"));
    }
    format!("WITH {} SELECT {}", parts.join(", "), counts.join(", "))
}
