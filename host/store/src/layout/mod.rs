//! How entities map to a database's tables and columns.
//!
//! A layout is data: [`Layout::insula`] is our own, and a team that has tables already describes them with one of
//! its own. All SQL is generated from the layout when a store is opened, so neither a statement nor the code that
//! builds rows is ever written for one table.

mod check;
mod insula;

use std::borrow::Cow;

use insula_domain::Kind;

pub use check::LayoutError;

/// A name of a table or column.
pub type Name = Cow<'static, str>;

/// The tables of all kinds of entities.
#[derive(Clone, Debug)]
pub struct Layout {
    /// One for each [`Kind`], in their order.
    pub tables: Vec<Table>,
}

/// The table that holds the entities of one kind.
#[derive(Clone, Debug)]
pub struct Table {
    /// Whose.
    pub kind: Kind,
    /// What it is called.
    pub name: Name,
    /// Where its ids come from.
    pub ids: IdStrategy,
    /// Its columns, as far as Insula reads or writes them.
    pub columns: Vec<Column>,
    /// The tables that hold its lists of references.
    pub links: Vec<Link>,
}

/// Where the ids of a table come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdStrategy {
    /// The store makes UUIDv7s (RFC 9562): they sort by time, so inserts go to the end of the table.
    UuidV7,
    /// The table's own sequence numbers its rows; a commit draws all that it needs in one block.
    Sequence,
}

/// One column.
#[derive(Clone, Debug)]
pub struct Column {
    /// What it is called.
    pub name: Name,
    /// What stands in it.
    pub source: Source,
    /// How that is written.
    pub ty: ColumnType,
}

/// What stands in a column.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// The row's id.
    Id,
    /// The id of the island that the row is part of.
    Island,
    /// The instant of the commit.
    Commit,
    /// The instant of the last change that was made through the store; at first, that of the commit.
    Change,
    /// The field of this name.
    Field(&'static str),
    /// The same text in every row: for columns that a team's tables have and the domain has not.
    Text(Name),
    /// The same number in every row.
    Integer(i64),
}

/// How a value is written in a column: on SQLite as it says here, on PostgreSQL as the type that it has for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnType {
    /// An id or a reference, as the 16 bytes of a UUID.
    Uuid,
    /// A whole number; also an id or a reference, where ids are numbers.
    Integer,
    /// 0 or 1.
    Bool,
    /// A text.
    Text,
    /// `YYYY-MM-DD`. An instant may be written as a date and a time of day in UTC, in two columns.
    Date,
    /// `HH:MM`; with the seconds and what is smaller where there are any.
    Time,
    /// An instant, in microseconds since 1970-01-01T00:00:00Z; on PostgreSQL a `timestamptz`.
    Micros,
    /// A JSON text.
    Json,
    /// An amount of money in hundredths.
    Cents,
}

/// A table of references from the entities of one kind to those of another.
#[derive(Clone, Debug)]
pub struct Link {
    /// The field that it holds.
    pub field: &'static str,
    /// What the table is called.
    pub name: Name,
    /// The column of the island.
    pub island: Name,
    /// The column that refers to the entity that has the field.
    pub owner: Name,
    /// The column that refers to what the field names.
    pub target: Name,
}

impl Layout {
    /// The table of a kind.
    pub fn table(&self, kind: Kind) -> &Table {
        &self.tables[kind as usize]
    }
}

impl Table {
    /// Where a column of this source stands among the columns.
    pub(crate) fn position(&self, source: &Source) -> Option<usize> {
        self.columns.iter().position(|column| column.source == *source)
    }

    /// The name of the column of this source.
    pub(crate) fn column(&self, source: &Source) -> Option<&Name> {
        self.columns.iter().find(|column| column.source == *source).map(|column| &column.name)
    }
}

impl IdStrategy {
    /// How ids are written.
    pub const fn column_type(self) -> ColumnType {
        match self {
            Self::UuidV7 => ColumnType::Uuid,
            Self::Sequence => ColumnType::Integer,
        }
    }
}
