//! Which rows belong to an island, by the database's own foreign keys.
//!
//! Insula's own tables carry the island in every row. The application under test has others: a row there belongs to
//! the island when it refers to a row of the island, itself or through other rows. What the island's rows refer to is
//! shared, and never followed; and a row that refers to two islands belongs to neither alone.
//!
//! This module knows no database. It gets tables with their references, and gives statements in the order in which
//! rows are found and removed: what is referred to is found first and removed last.

mod dialect;
mod known;
mod name;
mod order;
mod sweep;
mod text;

pub(crate) use dialect::Dialect;
pub(crate) use known::Reaches;
pub(crate) use name::TableName;
pub(crate) use sweep::{Finds, Removes, Stuck, collect, remove_found, sweep};

use sqlx::SqlStr;

use crate::select::{quoted, sql};

/// A table, as the database itself describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableDef {
    /// Its name.
    pub name: TableName,
    /// The columns that tell its rows apart: the database's own row number where there is one.
    pub row: Vec<String>,
    /// Whether it has a primary key.
    pub keyed: bool,
    /// Its foreign keys.
    pub references: Vec<Reference>,
}

/// A foreign key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reference {
    /// The columns that refer.
    pub columns: Vec<String>,
    /// The table that is referred to.
    pub to: TableName,
    /// Its columns, in the same order.
    pub to_columns: Vec<String>,
    /// How the columns that refer are read from a row `a`, to be compared with those: as they are where nothing is said.
    pub read: Vec<String>,
    /// Whether an index begins with the columns that refer.
    pub indexed: bool,
}

/// One of Insula's own tables.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    pub name: TableName,
    /// The column of the island.
    pub island: String,
}

/// How to find and remove the rows of an island in tables that are not Insula's own.
///
/// In all statements `$1` is the island and `$2` the round: rows are looked for once more when triggers may have added
/// some. Those of one round are kept apart, since a database may give the number of a removed row to a new one.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    /// Makes the sets of found rows: once for each connection.
    pub make: Vec<String>,
    /// To be said before rows are looked for.
    pub begin: Vec<String>,
    /// Remembers what of the island's own rows others may refer to.
    pub keys: Vec<String>,
    /// The tables, in groups that refer to one another: what is referred to comes first.
    pub groups: Vec<Group>,
    /// What whoever owns those tables should know.
    pub notes: Vec<String>,
}

/// Tables that refer to one another; mostly one, that does not.
#[derive(Debug, Default)]
pub(crate) struct Group {
    pub tables: Vec<Step>,
    /// Removes the found rows.
    pub delete: Vec<String>,
    /// Whether our own tables refer to them: then neither can go, or come, before the other.
    pub with_own: bool,
}

/// What is done with one table.
#[derive(Debug, Default)]
pub(crate) struct Step {
    pub table: TableName,
    pub keyed: bool,
    /// Finds rows by what was found before.
    pub find: Vec<String>,
    /// Finds rows by those of the same group that were found as number `$3`.
    pub grow: Vec<String>,
    /// That a row `a` was found.
    pub found: String,
    /// The columns by which rows `a` are put in order.
    pub order: String,
    /// Counts the found rows. What a removal says of itself leaves out the rows that went with others by
    /// `ON DELETE CASCADE`.
    pub count: String,
    /// Counts the found rows that belong to another island, too.
    pub shared: Option<String>,
    /// Counts the rows that still belong to the island.
    pub left: String,
    /// That a row `a` says itself that it belongs to the island; nothing where no column does.
    pub tagged: Option<String>,
    /// That a row `a` refers to what is not there.
    pub dangling: String,
}

impl Reach {
    /// Plans for the tables of a database, of which some are our own.
    pub(crate) fn new(tables: &[TableDef], own: &[Own], dialect: Dialect) -> Self {
        let groups = order::groups(tables, own);
        text::reach(tables, own, &groups, dialect, false)
    }

    /// The same for the rows of all islands.
    pub(crate) fn of_all(tables: &[TableDef], own: &[Own], dialect: Dialect) -> Self {
        let groups = order::groups(tables, own);
        text::reach(tables, own, &groups, dialect, true)
    }

    /// Whether there is any such table.
    pub(crate) fn is_needed(&self) -> bool {
        !self.groups.is_empty()
    }

    /// For each table the statement that counts its stray rows: those of the island `$1` as far as rows say themselves
    /// whose they are, or those of any island that is not there.
    pub(crate) fn strays<'a>(
        &self,
        own: impl Iterator<Item = (&'a str, &'a str)>,
        one: bool,
    ) -> Vec<(String, SqlStr)> {
        let own = own.map(|(table, island)| {
            let condition = if one {
                format!("a.{} = $1", quoted(island))
            } else {
                format!(
                    "NOT EXISTS (SELECT 1 FROM insula_island b WHERE b.id = a.{} AND b.removed_at IS NULL)",
                    quoted(island)
                )
            };
            (TableName::from(table), condition)
        });
        let others = self.steps().filter_map(|step| {
            let condition = if one { step.tagged.clone() } else { Some(step.dangling.clone()) };
            Some((step.table.clone(), condition?))
        });
        let count = |(table, condition): (TableName, String)| {
            let text = format!("SELECT count(*) FROM {} a WHERE {condition}", table.sql());
            (table.to_string(), sql(text))
        };
        own.chain(others).map(count).collect()
    }

    /// What removes the found rows that must go together with our own.
    pub(crate) fn delete_with_own(&self) -> impl Iterator<Item = &str> {
        let groups = self.groups.iter().rev().filter(|group| group.with_own);
        groups.flat_map(|group| &group.delete).map(String::as_str)
    }

    /// All tables that it looks into.
    pub(crate) fn steps(&self) -> impl DoubleEndedIterator<Item = &Step> {
        self.groups.iter().flat_map(|group| &group.tables)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, to: &[&str]) -> TableDef {
        let reference = |to: &&str| Reference {
            columns: vec![format!("{to}_id")],
            to: (*to).into(),
            to_columns: vec!["id".to_owned()],
            ..Reference::default()
        };
        TableDef {
            name: name.into(),
            row: vec!["rowid".to_owned()],
            keyed: true,
            references: to.iter().map(reference).collect(),
        }
    }

    fn reached(tables: &[TableDef]) -> Vec<Vec<String>> {
        let own = [Own { name: "patients".into(), island: "island_id".to_owned() }];
        let reach = Reach::new(tables, &own, Dialect::Sqlite);
        let names = |group: &Group| {
            let mut names: Vec<_> = group.tables.iter().map(|step| step.table.to_string()).collect();
            names.sort();
            names
        };
        reach.groups.iter().map(names).collect()
    }

    #[test]
    fn what_is_referred_to_comes_first_and_what_no_island_reaches_never() {
        let tables = [
            table("lines", &["invoices", "products"]),
            table("products", &[]),
            table("invoices", &["patients", "currencies"]),
            table("currencies", &[]),
            table("patients", &["countries"]),
            table("countries", &[]),
        ];
        assert_eq!(reached(&tables), [["invoices"], ["lines"]]);
    }

    #[test]
    fn tables_that_refer_to_one_another_are_a_group() {
        let tables = [
            table("notes", &["messages"]),
            table("messages", &["threads", "messages"]),
            table("threads", &["messages", "patients"]),
        ];
        assert_eq!(reached(&tables), [vec!["messages", "threads"], vec!["notes"]]);
    }

    #[test]
    fn a_reference_that_carries_the_island_needs_no_look_at_what_it_refers_to() {
        let mut invoices = table("invoices", &["patients"]);
        invoices.references[0].columns = vec!["island".to_owned(), "patient".to_owned()];
        invoices.references[0].to_columns = vec!["island_id".to_owned(), "id".to_owned()];
        let own = [Own { name: "patients".into(), island: "island_id".to_owned() }];
        let reach = Reach::new(&[invoices], &own, Dialect::Sqlite);
        assert!(reach.keys.is_empty());
        let find = &reach.groups[0].tables[0].find[0];
        assert!(find.ends_with(r#"FROM "invoices" a WHERE a."island" = $1"#), "{find}");
        assert!(reach.notes[0].contains("invoices") && reach.notes[0].contains("index"), "{:?}", reach.notes);
    }
}
