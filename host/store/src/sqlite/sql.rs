//! The statements that write, generated once from the plan.

use sqlx::SqlStr;

use crate::layout::Name;
use crate::plan::{Plan, PlanTable};
use crate::select::{list, quoted, sql};

/// All statements that write.
#[derive(Debug)]
pub(crate) struct Statements {
    /// One for each table of the plan.
    pub inserts: Vec<Insert>,
    /// What has to be known before the island `$1` ends: its record, what its runs wrote, and the schema's version.
    pub before: SqlStr,
    /// Deletes the rows of the island `$1`: one statement a table.
    pub remove: SqlStr,
    /// Counts the rows of the island `$1`: one statement a table.
    pub left: SqlStr,
    /// Empties all tables, but for what is remembered of islands that have ended: one statement a table.
    pub reset: SqlStr,
    /// The tables in the order of [`Statements::remove`] and [`Statements::left`]; and after them, in that of
    /// [`Statements::reset`], the one of islands.
    pub emptied: Vec<Name>,
}

/// Takes the right to write at once, so that no transaction is begun that cannot be ended.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";

/// Remembers that the island `?` is another one now.
pub(super) const REVISE: &str = "UPDATE insula_island SET revision = revision + 1 WHERE id = ?";

/// Inserts into one table. A conflict ends the transaction at once, as we would: so SQLite need not be able to take back
/// the one statement.
#[derive(Debug)]
pub(crate) struct Insert {
    pub columns: usize,
    /// For 1, 2, 4 … rows at once.
    by_size: Vec<SqlStr>,
}

/// So many rows go into one statement at most. More gains nothing (measured), and each size of each table is a
/// statement that is kept.
const LARGEST: u32 = 6;

impl Insert {
    fn new(table: &PlanTable) -> Self {
        let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
        let by_size = (0..=LARGEST).map(|size| {
            let rows = vec![row.as_str(); 1 << size].join(", ");
            sql(format!(
                "INSERT OR ROLLBACK INTO {} ({}) VALUES {rows}",
                quoted(&table.name),
                list(&table.columns)
            ))
        });
        Self { columns: table.columns.len(), by_size: by_size.collect() }
    }

    /// The statements that together insert so many rows, with how many each inserts: the largest first.
    pub(crate) fn pieces(&self, mut rows: usize) -> impl Iterator<Item = (SqlStr, usize)> {
        std::iter::from_fn(move || {
            let size = rows.checked_ilog2()?.min(LARGEST) as usize;
            rows -= 1 << size;
            Some((self.by_size.get(size)?.clone(), 1 << size))
        })
    }
}

impl Statements {
    pub(crate) fn new(plan: &Plan) -> Self {
        let islands = &plan.tables[Plan::ISLAND];
        // What refers goes before what it refers to.
        let emptied: Vec<&PlanTable> = plan.emptied().collect();
        let of_island = |what: &str| {
            let one = |table: &&PlanTable| {
                format!("{what} FROM {} WHERE {} = $1", quoted(&table.name), quoted(&table.island))
            };
            emptied.iter().map(one).collect::<Vec<_>>().join("; ")
        };
        let before = format!(
            "SELECT {} FROM insula_island WHERE id = $1; SELECT row_counts FROM insula_run WHERE island_id = $1; \
             PRAGMA schema_version",
            list(&islands.columns)
        );
        let all = || emptied.iter().copied().chain([islands]);
        let reset = emptied.iter().map(|table| format!("DELETE FROM {}", quoted(&table.name)));
        let reset = reset.chain(["DELETE FROM insula_island WHERE removed_at IS NULL".to_owned()]);
        Self {
            inserts: plan.tables.iter().map(Insert::new).collect(),
            before: sql(before),
            remove: sql(of_island("DELETE")),
            left: sql(of_island("SELECT count(*)")),
            reset: sql(reset.collect::<Vec<_>>().join("; ")),
            emptied: all().map(|table| table.name.clone()).collect(),
        }
    }

    /// The tables whose rows go with an island, in the order of [`Statements::remove`].
    pub(super) fn own(&self) -> impl Iterator<Item = &str> {
        self.emptied.iter().take(self.emptied.len() - 1).map(|name| &**name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    #[test]
    fn rows_are_inserted_in_few_sizes() {
        let plan = Plan::new(&Layout::insula()).unwrap();
        let insert = Insert::new(&plan.tables[1]);
        let sizes = |rows| insert.pieces(rows).map(|(_, size)| size).collect::<Vec<_>>();
        assert_eq!(sizes(0), [0_usize; 0]);
        assert_eq!(sizes(7), [4, 2, 1]);
        assert_eq!(sizes(130), [64, 64, 2]);
    }

    #[test]
    fn removal_deletes_what_refers_first() {
        let plan = Plan::new(&Layout::insula()).unwrap();
        let order = Statements::new(&plan).emptied;
        let place = |name: &str| order.iter().position(|table| table == name).unwrap();
        assert!(place("appointment_resources") < place("appointments"));
        assert!(place("appointments") < place("patients"));
        assert!(place("memberships") < place("clinics"));
        assert_eq!(place("insula_island"), order.len() - 1);
    }
}
