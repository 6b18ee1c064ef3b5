//! The statements, generated once from the plan.

use std::sync::Arc;

use insula_domain::Kind;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::bookkeeping;
use crate::layout::Name;
use crate::plan::{Place, Plan, PlanTable};

/// All statements of a store.
#[derive(Debug)]
pub(crate) struct Statements {
    /// One for each table of the plan.
    pub inserts: Vec<Insert>,
    /// One for each kind.
    pub selects: Vec<Select>,
    /// Runs of the island `?1`.
    pub runs: SqlStr,
    /// The island `?1`.
    pub island: SqlStr,
    /// Marks the island `?1` as removed at `?2`, and returns its record unless it was so before; then deletes its rows: one
    /// statement a table.
    pub remove: SqlStr,
    /// Empties all tables: one statement a table.
    pub reset: SqlStr,
    /// The tables in the order of [`Statements::remove`]; and after them, in that of [`Statements::reset`], the one of
    /// islands.
    pub emptied: Vec<Name>,
}

/// Takes the right to write at once, so that no transaction is begun that cannot be ended.
pub(super) const BEGIN: &str = "BEGIN IMMEDIATE";
pub(super) const COMMIT: &str = "COMMIT";

/// Inserts into one table. A conflict ends the transaction at once, as we would: so SQLite need not be able to take back
/// the one statement.
#[derive(Debug)]
pub(crate) struct Insert {
    pub columns: usize,
    /// For 1, 2, 4 … rows at once.
    by_size: Vec<SqlStr>,
}

/// Reads entities of one kind.
#[derive(Debug)]
pub(crate) struct Select {
    /// Of the island `?1` those after `?2`, at most `?3`.
    pub rows: SqlStr,
    /// How many the island `?1` has.
    pub count: SqlStr,
    /// For each link table its place in the plan, and its rows of the island `?1` whose owner is from `?2` to `?3`.
    pub links: Vec<(usize, SqlStr)>,
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
        let runs = &plan.tables[plan.run()];
        // What refers goes before what it refers to.
        let emptied: Vec<&PlanTable> = plan.tables.iter().skip(1).rev().collect();
        let mark = format!(
            "UPDATE insula_island SET state = 'removed', removed_at = ?2 WHERE id = ?1 AND state = 'active' RETURNING {}",
            list(&islands.columns)
        );
        let delete = emptied
            .iter()
            .map(|table| format!("DELETE FROM {} WHERE {} = ?1", quoted(&table.name), quoted(&table.island)));
        let remove = std::iter::once(mark).chain(delete);
        let all = || emptied.iter().copied().chain([islands]);
        let reset = all().map(|table| format!("DELETE FROM {}", quoted(&table.name)));
        Self {
            inserts: plan.tables.iter().map(Insert::new).collect(),
            selects: Kind::ALL.into_iter().map(|kind| select(plan, kind)).collect(),
            runs: sql(format!("{} WHERE island_id = ?1 ORDER BY id", select_all(runs))),
            island: sql(format!("{} WHERE id = ?1", select_all(islands))),
            remove: sql(remove.collect::<Vec<_>>().join("; ")),
            reset: sql(reset.collect::<Vec<_>>().join("; ")),
            emptied: all().map(|table| table.name.clone()).collect(),
        }
    }
}

fn select(plan: &Plan, kind: Kind) -> Select {
    let table = plan.table(kind);
    let (island, id) = (quoted(&table.island), list(&table.order));
    let links = plan.kind(kind).fields.iter().filter_map(|place| match place {
        Place::Link(at) => {
            let link = &plan.tables[*at];
            let [owner, target] = &link.order[..] else { return None };
            let (owner, target) = (quoted(owner), quoted(target));
            let text = format!(
                "SELECT {owner}, {target} FROM {} WHERE {} = ?1 AND {owner} BETWEEN ?2 AND ?3",
                quoted(&link.name),
                quoted(&link.island)
            );
            Some((*at, sql(text)))
        }
        _ => None,
    });
    Select {
        rows: sql(format!("{} WHERE {island} = ?1 AND {id} > ?2 ORDER BY {id} LIMIT ?3", select_all(table))),
        count: sql(format!("SELECT count(*) FROM {} WHERE {island} = ?1", quoted(&table.name))),
        links: links.collect(),
    }
}

fn select_all(table: &PlanTable) -> String {
    format!("SELECT {} FROM {}", list(&table.columns), quoted(&table.name))
}

/// The islands that a filter leaves, newest first: `?1` label, `?2` scenario, `?3` state, `?4` committed before, `?5` after
/// which id, `?6` how many.
pub(super) fn list_islands() -> SqlStr {
    let columns = bookkeeping::ISLAND.join(", ");
    sql(format!(
        "SELECT {columns} FROM insula_island WHERE {FILTER} AND (?5 IS NULL OR id < ?5) ORDER BY id DESC LIMIT ?6"
    ))
}

/// How many islands a filter leaves: the first four parameters of [`list_islands`].
pub(super) fn count_islands() -> SqlStr {
    sql(format!("SELECT count(*) FROM insula_island WHERE {FILTER}"))
}

const FILTER: &str = "(?1 IS NULL OR label = ?1) AND (?2 IS NULL OR scenario = ?2) AND (?3 IS NULL OR state = ?3) \
                      AND (?4 IS NULL OR created_at < ?4)";

/// The run that used the key `?1`.
pub(super) fn find_key() -> SqlStr {
    sql(format!("SELECT {} FROM insula_run WHERE idempotency_key = ?1", bookkeeping::KEY.join(", ")))
}

/// An SQL text made of a layout's names, each of them quoted, and of nothing that a caller said.
pub(super) fn sql(text: String) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
}

/// A name as SQL writes it (SQLite's `lang_keywords.html`).
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(names: &[Name]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
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
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted(r#"a"; DROP TABLE b"#), r#""a""; DROP TABLE b""#);
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
