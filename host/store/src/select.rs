//! The statements that read, generated once from the plan. Both databases take them as they are.

use std::sync::Arc;

use insula_domain::Kind;
use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use crate::bookkeeping;
use crate::layout::Name;
use crate::plan::{Place, Plan, PlanTable};

/// All statements that read.
#[derive(Debug)]
pub(crate) struct Selects {
    /// One for each kind.
    pub kinds: Vec<Select>,
    /// The island `$1`.
    pub island: SqlStr,
    /// Runs of the island `$1`.
    pub runs: SqlStr,
    /// The last run of the island `$1`.
    pub last_run: SqlStr,
    /// The run that used the key `$1`.
    pub key: SqlStr,
    /// The islands that a filter leaves, newest first: `$1` label, `$2` scenario, `$3` whether it is there, as 1 or 0, `$4` committed before, `$5`
    /// before which id, `$6` how many.
    pub islands: SqlStr,
    /// How many islands a filter leaves: the first four parameters of [`Selects::islands`].
    pub count: SqlStr,
    /// At most `$2` islands that had expired by `$1`, the longest expired first.
    pub expired: SqlStr,
    /// How many islands are active, overdue, stuck, removed and expired at `$1`.
    pub stats: SqlStr,
    /// The certificate of the island `$1`.
    pub certificate: SqlStr,
    /// When the next island expires.
    pub next_expiry: SqlStr,
    /// Events after `$1`, at most `$2`.
    pub events: SqlStr,
    /// Events of the island `$1` after `$2`, at most `$3`; also those that tell of answers of several islands and name it:
    /// whose text is like `$4`.
    pub events_of: SqlStr,
    /// The last events: so many as `$1`.
    pub last_events: SqlStr,
    /// Events after `$1` before which none will be written any more, at most `$2`.
    pub settled_events: SqlStr,
    /// The same of an island: as [`Selects::events_of`].
    pub settled_events_of: SqlStr,
    /// The number up to which no more events will be written.
    pub settled: SqlStr,
    /// Certificates of islands after `$1`, at most `$2`.
    pub certificates: SqlStr,
    /// The islands that ended and have no certificate: of these the island `$1`, where there is one.
    pub uncertified: SqlStr,
    /// The schema version.
    pub version: SqlStr,
}

/// Reads entities of one kind.
#[derive(Debug)]
pub(crate) struct Select {
    /// Of the island `$1` those after `$2`, at most `$3`.
    pub rows: SqlStr,
    /// How many the island `$1` has.
    pub count: SqlStr,
    /// For each link table its place in the plan, and its rows of the island `$1` whose owner is from `$2` to `$3`.
    pub links: Vec<(usize, SqlStr)>,
}

impl Selects {
    /// `settled` is the number up to which no more events will be written; `answered`, how far they go on at most from a run's
    /// to the one that tells of its answer.
    pub(crate) fn new(plan: &Plan, settled: &str, answered: i64) -> Self {
        // PostgreSQL takes a parameter's type from where it stands first.
        const FILTER: &str = "(label = $1 OR $1 IS NULL) AND (scenario = $2 OR $2 IS NULL) \
                              AND ((removed_at IS NULL) = (CAST($3 AS BIGINT) = 1) OR $3 IS NULL) AND (created_at < $4 OR $4 IS NULL)";
        let islands = &plan.tables[Plan::ISLAND];
        let runs = &plan.tables[plan.run()];
        let event = format!("SELECT id, {} FROM insula_event", bookkeeping::event_columns());
        let of_island = |settled: &str| {
            sql(format!(
                "{event} WHERE id > $2 {settled} AND id IN (SELECT id FROM insula_event WHERE island_id = $1 \
                 UNION SELECT told.id FROM insula_event AS run JOIN insula_event AS told \
                 ON told.id > run.id AND told.id <= run.id + {answered} \
                 WHERE run.island_id = $1 AND run.kind IN ('seeded', 'added') AND told.kind = 'answered' \
                 AND told.island_id IS NULL AND CAST(told.details AS TEXT) LIKE $4) ORDER BY id LIMIT $3"
            ))
        };
        let key = bookkeeping::key_columns();
        Self {
            kinds: Kind::ALL.into_iter().map(|kind| select(plan, kind)).collect(),
            island: sql(format!("{} WHERE id = $1", all_of(islands))),
            runs: sql(format!("{} WHERE island_id = $1 ORDER BY id", all_of(runs))),
            last_run: sql("SELECT id FROM insula_run WHERE island_id = $1 ORDER BY id DESC LIMIT 1".to_owned()),
            key: sql(format!("SELECT {key} FROM insula_run WHERE idempotency_key = $1")),
            islands: sql(format!(
                "{} WHERE {FILTER} AND (id < $5 OR $5 IS NULL) ORDER BY id DESC LIMIT $6",
                all_of(islands)
            )),
            count: sql(format!("SELECT count(*) FROM insula_island WHERE {FILTER}")),
            expired: sql("SELECT id FROM insula_island WHERE state = 'active' AND expires_at IS NOT NULL \
                          AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
                .to_owned()),
            stats: sql(
                "SELECT count(*) FILTER (WHERE state = 'active' AND (expires_at IS NULL OR expires_at > $1)), \
                 count(*) FILTER (WHERE state = 'active' AND expires_at <= $1), \
                 count(*) FILTER (WHERE state = 'stuck'), count(*) FILTER (WHERE state = 'removed'), \
                 count(*) FILTER (WHERE state = 'expired') FROM insula_island"
                    .to_owned(),
            ),
            certificate: sql("SELECT certificate FROM insula_certificate WHERE island_id = $1".to_owned()),
            next_expiry: sql("SELECT min(expires_at) FROM insula_island WHERE state = 'active' \
                              AND expires_at IS NOT NULL"
                .to_owned()),
            events: sql(format!("{event} WHERE id > $1 ORDER BY id LIMIT $2")),
            events_of: of_island(""),
            last_events: sql(format!(
                "SELECT * FROM ({event} ORDER BY id DESC LIMIT $1) AS last ORDER BY id"
            )),
            settled_events: sql(format!("{event} WHERE id > $1 AND id <= {settled} ORDER BY id LIMIT $2")),
            settled_events_of: of_island(&format!("AND id <= {settled}")),
            settled: sql(format!("SELECT {settled}")),
            certificates: sql("SELECT certificate FROM insula_certificate WHERE island_id > $1 \
                               ORDER BY island_id LIMIT $2"
                .to_owned()),
            uncertified: sql("SELECT id FROM insula_island WHERE (id = $1 OR $1 IS NULL) AND removed_at IS NOT NULL \
                              AND NOT EXISTS (SELECT 1 FROM insula_certificate WHERE island_id = insula_island.id) \
                              ORDER BY id"
                .to_owned()),
            version: sql("SELECT max(schema_version) FROM insula_mark".to_owned()),
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
                "SELECT {owner}, {target} FROM {} WHERE {} = $1 AND {owner} BETWEEN $2 AND $3",
                quoted(&link.name),
                quoted(&link.island)
            );
            Some((*at, sql(text)))
        }
        _ => None,
    });
    Select {
        rows: sql(format!("{} WHERE {island} = $1 AND {id} > $2 ORDER BY {id} LIMIT $3", all_of(table))),
        count: sql(format!("SELECT count(*) FROM {} WHERE {island} = $1", quoted(&table.name))),
        links: links.collect(),
    }
}

fn all_of(table: &PlanTable) -> String {
    format!("SELECT {} FROM {}", list(&table.columns), quoted(&table.name))
}

/// An SQL text made of a layout's names, each of them quoted, and of nothing that a caller said.
pub(crate) fn sql(text: String) -> SqlStr {
    AssertSqlSafe(Arc::<str>::from(text)).into_sql_str()
}

/// A name as SQL writes it (SQLite's `lang_keywords.html`; PostgreSQL's documentation, 4.1.1).
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Names as SQL lists them.
pub(crate) fn list(names: &[Name]) -> String {
    names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted(r#"a"; DROP TABLE b"#), r#""a""; DROP TABLE b""#);
    }
}
