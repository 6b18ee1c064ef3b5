//! The statements.

use std::collections::{BTreeMap, BTreeSet};

use super::dialect::SetColumn;
use super::{Dialect, Group, Own, Reach, Reference, Step, TableDef, TableName, order};
use crate::select::quoted;

/// A longer chain of tables than this is not searched for other islands: each adds a level to one statement.
const DEPTH: usize = 8;

/// Rows of one table that refer to one another, by themselves or through others, are followed so far: each step multiplies
/// the ways.
const REPEATS: usize = 4;

struct Writer<'a> {
    tables: &'a [TableDef],
    own: BTreeMap<&'a TableName, &'a str>,
    /// The place of each table that leads to an island.
    reached: BTreeMap<&'a TableName, usize>,
    /// The columns of each of these that others refer to.
    referred: BTreeMap<usize, Vec<&'a str>>,
    /// What others refer to in our own tables, without the island.
    keys: BTreeSet<(&'a TableName, &'a [String])>,
    dialect: Dialect,
    /// Rows of all islands are meant, rather than those of one.
    all: bool,
}

/// What a reference leads to.
enum Lead<'a> {
    /// A row of an island, whose column stands in this one.
    Island(&'a str),
    /// A row of one of our own tables: its place among the keys, and the table with its column of the island.
    Own(usize, &'a TableName, &'a str),
    /// A row of another table that leads to islands.
    Table(usize),
}

pub(super) fn reach(
    tables: &[TableDef],
    own: &[Own],
    groups: &[Vec<usize>],
    dialect: Dialect,
    all: bool,
) -> Reach {
    let with_own = order::referred_to_by_own(tables, own, groups);
    let own = own.iter().map(|own| (&own.name, own.island.as_str())).collect();
    let reached = groups.iter().flatten().map(|place| (&tables[*place].name, *place)).collect();
    let mut writer =
        Writer { tables, own, reached, referred: BTreeMap::new(), keys: BTreeSet::new(), dialect, all };
    writer.collect();
    Reach {
        make: writer.make(),
        begin: dialect.begin(writer.sets()),
        keys: writer.fill_keys(),
        groups: groups
            .iter()
            .map(|group| writer.group(group, group.iter().any(|place| with_own.contains(place))))
            .collect(),
        notes: groups.iter().flatten().flat_map(|place| writer.notes(*place)).collect(),
    }
}

impl<'a> Writer<'a> {
    /// Collects which columns are referred to.
    fn collect(&mut self) {
        let references = self.reached.values().flat_map(|place| &self.tables[*place].references);
        for reference in references {
            if let Some(parent) = self.reached.get(&reference.to) {
                let columns = self.referred.entry(*parent).or_default();
                for column in &reference.to_columns {
                    if !columns.contains(&&**column) {
                        columns.push(column);
                    }
                }
            } else if let Some((name, island)) = self.own.get_key_value(&reference.to)
                && !reference.to_columns.iter().any(|column| column == island)
            {
                self.keys.insert((name, &reference.to_columns));
            }
        }
    }

    fn lead(&self, reference: &'a Reference) -> Option<Lead<'a>> {
        if let Some((name, island)) = self.own.get_key_value(&reference.to) {
            let carried = reference.to_columns.iter().position(|column| column == island);
            if let Some(column) = carried.and_then(|place| reference.columns.get(place)) {
                return Some(Lead::Island(column));
            }
            let key = self.keys.iter().position(|key| *key == (*name, &reference.to_columns[..]))?;
            return Some(Lead::Own(key, name, island));
        }
        self.reached.get(&reference.to).map(|place| Lead::Table(*place))
    }

    fn leads(&self, place: usize) -> impl Iterator<Item = (&'a Reference, Lead<'a>)> {
        let references = &self.tables[place].references;
        references.iter().filter_map(|reference| Some((reference, self.lead(reference)?)))
    }

    fn found(&self, place: usize) -> String {
        self.dialect.set(&format!("insula_found_{place}"))
    }

    fn key(&self, key: usize) -> String {
        self.dialect.set(&format!("insula_key_{key}"))
    }

    fn sets(&self) -> impl Iterator<Item = String> {
        let found = self.reached.values().map(|place| self.found(*place));
        found.chain((0..self.keys.len()).map(|key| self.key(key)))
    }

    fn make(&self) -> Vec<String> {
        let named = |letter, columns: &[&'a str]| -> Vec<SetColumn<'a>> {
            let sources = columns.iter().map(|column| Some(*column));
            numbered(letter, columns.len()).into_iter().zip(sources).collect()
        };
        let found = self.reached.values().flat_map(|place| {
            let table = &self.tables[*place];
            let row: Vec<&str> = table.row.iter().map(String::as_str).collect();
            let key: Vec<String> =
                std::iter::once("round".to_owned()).chain(numbered("k", row.len())).collect();
            let referred = self.referred.get(place).map_or(&[][..], |columns| columns);
            let mut columns = vec![("round".to_owned(), None)];
            columns.extend(named("k", &row));
            columns.extend(named("c", referred));
            columns.push(("number".to_owned(), None));
            self.dialect.make(&format!("insula_found_{place}"), &table.name, &columns, &key)
        });
        let keys = (0..).zip(&self.keys).flat_map(|(place, (table, columns))| {
            let columns: Vec<&str> = columns.iter().map(String::as_str).collect();
            let key = numbered("c", columns.len());
            self.dialect.make(&format!("insula_key_{place}"), table, &named("c", &columns), &key)
        });
        found.chain(keys).collect()
    }

    fn fill_keys(&self) -> Vec<String> {
        if self.all {
            return Vec::new();
        }
        let fill = (0..).zip(&self.keys).map(|(place, (table, columns))| {
            let island = self.own.get(table).copied().unwrap_or_default();
            let columns = list("a", columns.iter());
            let select = format!("SELECT {columns} FROM {} a WHERE a.{} = $1", table.sql(), quoted(island));
            self.dialect.add(&self.key(place), &select)
        });
        fill.collect()
    }

    fn group(&self, group: &[usize], with_own: bool) -> Group {
        let delete = group.iter().rev().map(|place| {
            format!("DELETE FROM {} AS a WHERE {}", self.tables[*place].name.sql(), self.of_round(*place))
        });
        let delete = delete.collect();
        Group {
            tables: group.iter().map(|place| self.step(*place, group)).collect(),
            delete: if with_own { delete } else { self.dialect.together(delete) },
            with_own,
        }
    }

    fn step(&self, place: usize, group: &[usize]) -> Step {
        let table = &self.tables[place];
        let (name, found) = (table.name.sql(), self.found(place));
        let conditions: Vec<String> =
            self.leads(place).map(|(reference, lead)| self.refers(reference, &lead, "")).collect();
        let mut find = Vec::new();
        let mut grow = Vec::new();
        for ((reference, lead), condition) in self.leads(place).zip(&conditions) {
            match lead {
                Lead::Table(to) if group.contains(&to) => {
                    let of = |part: &str| self.refers(reference, &lead, &format!(" WHERE {part}"));
                    // Rows that refer to what an earlier round removed.
                    find.push(self.take(place, "0", &of("round < $2")));
                    grow.push(self.take(place, "$3 + 1", &of("round = $2 AND number = $3")));
                }
                _ => find.push(self.take(place, "0", condition)),
            }
        }
        let left =
            conditions.iter().map(|condition| format!("(SELECT count(*) FROM {name} a WHERE {condition})"));
        let left = format!("SELECT {}", left.collect::<Vec<_>>().join(" + "));
        Step {
            table: table.name.clone(),
            keyed: table.keyed,
            find,
            grow,
            found: self.of_round(place),
            order: list("a", table.row.iter()),
            count: format!("SELECT count(*) FROM {found} WHERE round = $2"),
            shared: if self.all { None } else { self.shared(place) },
            left,
            tagged: self.tagged(place),
            dangling: self.dangling(place),
        }
    }

    /// That a row `a` was found in this round.
    fn of_round(&self, place: usize) -> String {
        let row = &self.tables[place].row;
        let keys = numbered("k", row.len()).join(", ");
        format!("{} IN (SELECT {keys} FROM {} WHERE round = $2)", tuple("a", row.iter()), self.found(place))
    }

    fn tagged(&self, place: usize) -> Option<String> {
        let tags: Vec<String> = self
            .leads(place)
            .filter_map(|(_, lead)| match lead {
                Lead::Island(column) => Some(format!("a.{} = $1", quoted(column))),
                Lead::Own(..) | Lead::Table(_) => None,
            })
            .collect();
        (!tags.is_empty()).then(|| tags.join(" OR "))
    }

    fn dangling(&self, place: usize) -> String {
        let nowhere = self.leads(place).map(|(reference, _)| {
            format!(
                "{} AND NOT EXISTS (SELECT 1 FROM {} b WHERE {})",
                given(reference),
                reference.to.sql(),
                equal("b", &reference.to_columns, "a", &reference.columns)
            )
        });
        nowhere.collect::<Vec<_>>().join(" OR ")
    }

    /// Adds rows of a table to its set.
    fn take(&self, place: usize, number: &str, condition: &str) -> String {
        let table = &self.tables[place];
        let referred = self.referred.get(&place).map_or(&[][..], |columns| columns);
        let columns = table.row.iter().map(String::as_str).chain(referred.iter().copied());
        let columns = list("a", columns);
        let select = format!("SELECT $2, {columns}, {number} FROM {} a WHERE {condition}", table.name.sql());
        self.dialect.add(&self.found(place), &select)
    }

    /// That a row `a` refers to what is known to belong to the island.
    fn refers(&self, reference: &Reference, lead: &Lead<'_>, part: &str) -> String {
        let own = read(reference);
        match lead {
            Lead::Island(_) | Lead::Own(..) if self.all => given(reference),
            Lead::Island(column) => format!("a.{} = $1", quoted(column)),
            Lead::Own(key, ..) => {
                let columns = numbered("c", reference.columns.len()).join(", ");
                format!("{own} IN (SELECT {columns} FROM {})", self.key(*key))
            }
            Lead::Table(to) => {
                let referred = self.referred.get(to).map_or(&[][..], |columns| columns);
                let place =
                    |column: &String| referred.iter().position(|known| known == column).unwrap_or_default();
                let columns: Vec<String> =
                    reference.to_columns.iter().map(|column| format!("c{}", place(column))).collect();
                format!("{own} IN (SELECT {} FROM {}{part})", columns.join(", "), self.found(*to))
            }
        }
    }

    /// Counts the found rows that lead to another island, too. A table with one reference cannot have such.
    fn shared(&self, place: usize) -> Option<String> {
        if self.leads(place).count() < 2 {
            return None;
        }
        let other = self.other(place, "a", &mut vec![place])?;
        Some(format!(
            "SELECT count(*) FROM {} a WHERE {} AND ({other})",
            self.tables[place].name.sql(),
            self.of_round(place)
        ))
    }

    /// That a row leads to another island.
    fn other(&self, place: usize, alias: &str, path: &mut Vec<usize>) -> Option<String> {
        let mut ways = Vec::new();
        for (reference, lead) in self.leads(place) {
            let next = format!("{alias}{}", path.len());
            let same = |to_columns: &[String]| equal(&next, to_columns, alias, &reference.columns);
            match lead {
                Lead::Island(column) => ways.push(format!("{alias}.{} <> $1", quoted(column))),
                Lead::Own(_, table, island) => ways.push(format!(
                    "EXISTS (SELECT 1 FROM {} {next} WHERE {} AND {next}.{} <> $1)",
                    table.sql(),
                    same(&reference.to_columns),
                    quoted(island)
                )),
                Lead::Table(to) if path.len() < if path.contains(&to) { REPEATS } else { DEPTH } => {
                    path.push(to);
                    let other = self.other(to, &next, path);
                    path.pop();
                    ways.extend(other.map(|other| {
                        let to = self.tables[to].name.sql();
                        format!(
                            "EXISTS (SELECT 1 FROM {to} {next} WHERE {} AND ({other}))",
                            same(&reference.to_columns)
                        )
                    }));
                }
                Lead::Table(_) => {}
            }
        }
        (!ways.is_empty()).then(|| ways.join(" OR "))
    }

    fn notes(&self, place: usize) -> Vec<String> {
        let table = &self.tables[place].name;
        let slow: BTreeSet<String> = self
            .leads(place)
            .filter(|(reference, _)| !reference.indexed)
            .map(|(reference, _)| reference.columns.join(", "))
            .collect();
        let note = |columns: String| {
            format!(
                "table {table} has no index that begins with ({columns}), so every removal reads it whole; add one"
            )
        };
        slow.into_iter().map(note).collect()
    }
}

/// That a row `a` has such a reference: one of which a column is empty refers to nothing.
fn given(reference: &Reference) -> String {
    let given = reference.columns.iter().map(|column| format!("a.{} IS NOT NULL", quoted(column)));
    given.collect::<Vec<_>>().join(" AND ")
}

/// The columns of a row `a` that refer, ready to be compared.
fn read(reference: &Reference) -> String {
    match &reference.read[..] {
        [] => tuple("a", reference.columns.iter()),
        [one] => one.clone(),
        several => format!("({})", several.join(", ")),
    }
}

fn numbered(letter: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{letter}{number}")).collect()
}

fn list<T: AsRef<str>>(alias: &str, columns: impl Iterator<Item = T>) -> String {
    columns.map(|column| format!("{alias}.{}", quoted(column.as_ref()))).collect::<Vec<_>>().join(", ")
}

fn tuple<T: AsRef<str>>(alias: &str, columns: impl ExactSizeIterator<Item = T>) -> String {
    let one = columns.len() == 1;
    let list = list(alias, columns);
    if one { list } else { format!("({list})") }
}

fn equal(alias: &str, columns: &[String], other: &str, others: &[String]) -> String {
    let pairs = columns
        .iter()
        .zip(others)
        .map(|(column, of_other)| format!("{alias}.{} = {other}.{}", quoted(column), quoted(of_other)));
    pairs.collect::<Vec<_>>().join(" AND ")
}
