//! A layout, made ready: which value goes to which cell of which row.

use insula_domain::{Entities, FieldType, Kind};

use crate::bookkeeping;
use crate::cell::Cell;
use crate::layout::{ColumnType, IdStrategy, Layout, LayoutError, Link, Name, Source, Table};

/// All tables, in the order in which rows are written: each after those that it refers to.
#[derive(Debug)]
pub(crate) struct Plan {
    pub tables: Vec<PlanTable>,
    kinds: Vec<KindPlan>,
}

/// A table, without what its columns mean.
#[derive(Debug)]
pub(crate) struct PlanTable {
    pub name: Name,
    pub columns: Vec<Name>,
    /// How values are written in them.
    pub types: Vec<ColumnType>,
    /// The column of the island.
    pub island: Name,
    /// The columns by which the rows of one island are ordered.
    pub order: Vec<Name>,
}

/// How entities of one kind become rows.
#[derive(Debug)]
pub(crate) struct KindPlan {
    pub ids: IdStrategy,
    /// Where its table stands in [`Plan::tables`].
    pub table: usize,
    /// What is the same in every row of a commit.
    pub fixed: Vec<(usize, Fixed)>,
    /// Where the id stands in a row.
    pub id: usize,
    /// Where each field is written, in the order of the fields.
    pub fields: Vec<Place>,
}

/// A cell that is the same in every row of a commit.
#[derive(Debug)]
pub(crate) enum Fixed {
    Island,
    Commit,
    /// The same instant in a commit; another after a change.
    Change,
    Cell(Cell),
}

/// Where a field is written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// In a column of the row.
    Column(usize, ColumnType),
    /// As a date and a time, in two columns.
    Columns(usize, usize),
    /// In rows of this table of [`Plan::tables`].
    Link(usize),
}

impl Plan {
    /// The table of islands.
    pub(crate) const ISLAND: usize = 0;

    pub(crate) fn new(layout: &Layout) -> Result<Self, LayoutError> {
        layout.check()?;
        let mut tables = vec![bookkeeping::island_table()];
        let mut kinds = Vec::new();
        for table in &layout.tables {
            kinds.push(kind_plan(layout, table, &mut tables));
        }
        tables.push(bookkeeping::run_table());
        tables.push(bookkeeping::event_table());
        Ok(Self { tables, kinds })
    }

    /// The table of runs.
    pub(crate) fn run(&self) -> usize {
        self.tables.len() - 2
    }

    /// The table of events.
    pub(crate) fn event(&self) -> usize {
        self.tables.len() - 1
    }

    /// The tables whose rows go with an island: first those that refer, then what they refer to.
    pub(crate) fn emptied(&self) -> impl Iterator<Item = &PlanTable> {
        self.tables[Self::ISLAND + 1..=self.run()].iter().rev()
    }

    /// The tables whose rows make an island: what is referred to comes first.
    pub(crate) fn written(&self) -> &[PlanTable] {
        &self.tables[..=self.run()]
    }

    /// How entities of a kind become rows.
    pub(crate) fn kind(&self, kind: Kind) -> &KindPlan {
        &self.kinds[kind as usize]
    }

    /// The table of a kind.
    pub(crate) fn table(&self, kind: Kind) -> &PlanTable {
        &self.tables[self.kind(kind).table]
    }
}

/// Plans a kind, and adds its tables.
fn kind_plan(layout: &Layout, table: &Table, tables: &mut Vec<PlanTable>) -> KindPlan {
    let own = tables.len();
    let id = table.column(&Source::Id).cloned().unwrap_or_default();
    tables.push(PlanTable {
        name: table.name.clone(),
        columns: table.columns.iter().map(|column| column.name.clone()).collect(),
        types: table.columns.iter().map(|column| column.ty).collect(),
        island: table.column(&Source::Island).cloned().unwrap_or_default(),
        order: vec![id],
    });
    let link_tables = tables.len();
    tables.extend(table.links.iter().map(|link| PlanTable {
        name: link.name.clone(),
        columns: vec![link.island.clone(), link.owner.clone(), link.target.clone()],
        types: vec![ColumnType::Uuid, table.ids.column_type(), target_ids(layout, table, link).column_type()],
        island: link.island.clone(),
        order: vec![link.owner.clone(), link.target.clone()],
    }));
    let fields = Entities::fields(table.kind).iter().map(|field| {
        if matches!(field.ty, FieldType::Refs(_)) {
            let link = table.links.iter().position(|link| link.field == field.name);
            return Place::Link(link_tables + link.unwrap_or_default());
        }
        let mut places =
            (0..).zip(&table.columns).filter(|(_, column)| column.source == Source::Field(field.name));
        match (places.next(), places.next()) {
            (Some((date, _)), Some((time, _))) => Place::Columns(date, time),
            // The layout was checked: every field has a column.
            (one, _) => one.map_or(Place::Column(0, ColumnType::Text), |(place, column)| {
                Place::Column(place, column.ty)
            }),
        }
    });
    let fixed = (0..).zip(&table.columns).filter_map(|(place, column)| {
        let fixed = match &column.source {
            Source::Island => Fixed::Island,
            Source::Commit => Fixed::Commit,
            Source::Change => Fixed::Change,
            Source::Text(text) => Fixed::Cell((&**text).into()),
            Source::Integer(number) => Fixed::Cell(Cell::Int(*number)),
            Source::Id | Source::Field(_) => return None,
        };
        Some((place, fixed))
    });
    KindPlan {
        ids: table.ids,
        table: own,
        id: table.position(&Source::Id).unwrap_or_default(),
        fixed: fixed.collect(),
        fields: fields.collect(),
    }
}

/// Where the ids come from to which a link refers.
fn target_ids(layout: &Layout, table: &Table, link: &Link) -> IdStrategy {
    let field = Entities::fields(table.kind).iter().find(|field| field.name == link.field);
    match field.map(|field| field.ty) {
        Some(FieldType::Refs(kind)) => layout.table(kind).ids,
        // The layout was checked: a link is of such a field.
        _ => table.ids,
    }
}
