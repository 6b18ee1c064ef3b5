//! Statements for single entities, made from the plan for whichever database.

use std::fmt::Write as _;

use insula_domain::{Entities, EntityId, FieldType, FieldValue, IslandId, Kind};
use sqlx::SqlStr;

use crate::cell::{self, Cell};
use crate::error::StoreError;
use crate::find::{Filter, Find};
use crate::layout::{ColumnType, LayoutError, Name};
use crate::plan::{Place, Plan, PlanTable};
use crate::select::{list, quoted, sql};

/// A statement, made of a layout's names, each of them quoted, and of marks for its cells.
#[derive(Debug, Default)]
pub(crate) struct Query {
    text: String,
    cells: Vec<Cell>,
}

/// So many ids go into one statement at most: databases bound how many marks it may have.
pub(crate) const IDS_A_QUERY: usize = 500;

impl Query {
    fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), cells: Vec::new() }
    }

    /// The statement, and what stands for its marks.
    pub(crate) fn parts(self) -> (SqlStr, Vec<Cell>) {
        (sql(self.text), self.cells)
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Nothing is written as such: a database cannot tell of which type a mark for it would be.
    fn cell(&mut self, cell: impl Into<Cell>) {
        let cell = cell.into();
        if cell == Cell::Null {
            return self.push("NULL");
        }
        self.cells.push(cell);
        // Writing to a String cannot fail.
        write!(self.text, "${}", self.cells.len()).unwrap_or_default();
    }

    fn cells(&mut self, cells: impl IntoIterator<Item = Cell>) {
        for (number, cell) in (0..).zip(cells) {
            if number > 0 {
                self.push(", ");
            }
            self.cell(cell);
        }
    }

    fn is(&mut self, column: &str, cell: impl Into<Cell>) {
        self.push(&quoted(column));
        match cell.into() {
            Cell::Null => self.push(" IS NULL"),
            cell => {
                self.push(" = ");
                self.cell(cell);
            }
        }
    }

    fn one_of(&mut self, column: &str, ids: &[EntityId], ty: ColumnType) {
        // An id of the other type names nothing here, and a database may refuse to compare it.
        let fits = |id: &&EntityId| {
            matches!(
                (id, ty),
                (EntityId::Uuid(_), ColumnType::Uuid) | (EntityId::Int(_), ColumnType::Integer)
            )
        };
        let mut ids = ids.iter().filter(fits).peekable();
        if ids.peek().is_none() {
            return self.push("1 = 0");
        }
        self.push(&quoted(column));
        self.push(" IN (");
        self.cells(ids.map(|id| Cell::from(*id)));
        self.push(")");
    }
}

/// Makes the statements of one plan for one database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queries<'a> {
    pub plan: &'a Plan,
    pub island: IslandId,
    /// What has this database compare texts by their bytes.
    pub collation: &'static str,
}

/// SQLite does so by itself.
pub(crate) const SQLITE_COLLATION: &str = "";
/// PostgreSQL does as each database was set up.
pub(crate) const POSTGRES_COLLATION: &str = " COLLATE \"C\"";

impl Queries<'_> {
    fn query(&self, text: impl Into<String>, table: &PlanTable) -> Query {
        let mut query = Query::new(text);
        query.push(" WHERE ");
        query.is(&table.island, Cell::Uuid(self.island.0));
        query
    }

    /// The rows that a find means.
    ///
    /// # Errors
    /// When it names a field that there is not, or that cannot be compared.
    pub(crate) fn rows(&self, find: &Find) -> Result<Query, StoreError> {
        let table = self.plan.table(find.kind);
        let mut query =
            self.query(format!("SELECT {} FROM {}", list(&table.columns), quoted(&table.name)), table);
        query.push(" AND ");
        self.filter(&mut query, find.kind, &find.filter)?;
        query.push(" ORDER BY ");
        for field in &find.order {
            let (column, ty) = self.column(find.kind, field)?;
            query.push(&quoted(column));
            if ty == ColumnType::Text {
                query.push(self.collation);
            }
            query.push(", ");
        }
        query.push(&list(&table.order));
        if let Some((offset, limit)) = find.page {
            query.push(" LIMIT ");
            query.cell(Cell::Int(limit.into()));
            query.push(" OFFSET ");
            query.cell(Cell::Int(offset.into()));
        }
        Ok(query)
    }

    /// How many rows a find means, whatever its page.
    ///
    /// # Errors
    /// As [`Queries::rows`].
    pub(crate) fn count(&self, find: &Find) -> Result<Query, StoreError> {
        let table = self.plan.table(find.kind);
        let mut query = self.query(format!("SELECT count(*) FROM {}", quoted(&table.name)), table);
        query.push(" AND ");
        self.filter(&mut query, find.kind, &find.filter)?;
        Ok(query)
    }

    /// The rows of a link table that these own: owner and target.
    pub(crate) fn links(&self, kind: Kind, table: usize, owners: &[EntityId]) -> Option<Query> {
        let link = &self.plan.tables[table];
        let [owner, target] = &link.order[..] else { return None };
        let mut query = self
            .query(format!("SELECT {}, {} FROM {}", quoted(owner), quoted(target), quoted(&link.name)), link);
        query.push(" AND ");
        query.one_of(owner, owners, self.plan.kind(kind).ids.column_type());
        Some(query)
    }

    /// Writes one row.
    pub(crate) fn insert(&self, table: &PlanTable, cells: &[Cell]) -> Query {
        let mut query =
            Query::new(format!("INSERT INTO {} ({}) VALUES (", quoted(&table.name), list(&table.columns)));
        query.cells(cells.iter().cloned());
        query.push(")");
        query
    }

    /// Writes these columns of one row anew.
    pub(crate) fn update(&self, kind: Kind, id: EntityId, columns: &[(usize, Cell)]) -> Query {
        let table = self.plan.table(kind);
        let mut query = Query::new(format!("UPDATE {} SET ", quoted(&table.name)));
        for (number, (place, cell)) in columns.iter().enumerate() {
            if number > 0 {
                query.push(", ");
            }
            query.push(&quoted(&table.columns[*place]));
            query.push(" = ");
            query.cell(cell.clone());
        }
        self.only(query, kind, id)
    }

    /// Deletes one row.
    pub(crate) fn delete(&self, kind: Kind, id: EntityId) -> Query {
        let query = Query::new(format!("DELETE FROM {}", quoted(&self.plan.table(kind).name)));
        self.only(query, kind, id)
    }

    /// Deletes the rows of a link table that one owns.
    pub(crate) fn unlink(&self, table: usize, owner: EntityId) -> Query {
        let link = &self.plan.tables[table];
        let mut query = self.query(format!("DELETE FROM {}", quoted(&link.name)), link);
        if let Some(column) = link.order.first() {
            query.push(" AND ");
            query.is(column, owner);
        }
        query
    }

    fn only(&self, mut query: Query, kind: Kind, id: EntityId) -> Query {
        let (table, how) = (self.plan.table(kind), self.plan.kind(kind));
        query.push(" WHERE ");
        query.is(&table.island, Cell::Uuid(self.island.0));
        query.push(" AND ");
        query.is(&table.columns[how.id], id);
        query
    }

    fn filter(&self, query: &mut Query, kind: Kind, filter: &Filter) -> Result<(), StoreError> {
        match filter {
            Filter::All(all) => self.joined(query, kind, all, " AND ", "1 = 1"),
            Filter::Any(any) => self.joined(query, kind, any, " OR ", "1 = 0"),
            Filter::Not(filter) => {
                query.push("NOT (");
                self.filter(query, kind, filter)?;
                query.push(")");
                Ok(())
            }
            Filter::Id(ids) => {
                let how = self.plan.kind(kind);
                query.one_of(&self.plan.table(kind).columns[how.id], ids, how.ids.column_type());
                Ok(())
            }
            Filter::Refers(field, ids) => {
                if let Some((link, target)) = self.link(kind, field) {
                    self.linked(query, kind, link, target, ids);
                    return Ok(());
                }
                let (column, ty) = self.column(kind, field)?;
                query.one_of(column, ids, ty);
                Ok(())
            }
            Filter::Is(field, value) => {
                let (column, ty) = self.column(kind, field)?;
                query.is(column, self.encoded(value, ty));
                Ok(())
            }
            Filter::Between(field, from, until) => {
                let (column, ty) = self.column(kind, field)?;
                query.push(&quoted(column));
                query.push(" BETWEEN ");
                query.cell(self.encoded(from, ty));
                query.push(" AND ");
                query.cell(self.encoded(until, ty));
                Ok(())
            }
            // PostgreSQL's texts cannot have it.
            Filter::Contains(_, text) if text.contains('\0') => {
                query.push("1 = 0");
                Ok(())
            }
            Filter::Contains(field, text) => {
                let (column, _) = self.column(kind, field)?;
                query.push(&format!("lower({}{}) LIKE lower(", quoted(column), self.collation));
                query.cell(format!("%{}%", escaped(text)));
                query.push(self.collation);
                query.push(") ESCAPE '\\'");
                Ok(())
            }
        }
    }

    fn encoded(&self, value: &FieldValue<'_>, ty: ColumnType) -> Cell {
        cell::encode(value, ty, self.island)
    }

    fn joined(
        &self,
        query: &mut Query,
        kind: Kind,
        filters: &[Filter],
        with: &str,
        none: &str,
    ) -> Result<(), StoreError> {
        if filters.is_empty() {
            query.push(none);
            return Ok(());
        }
        query.push("(");
        for (number, filter) in filters.iter().enumerate() {
            if number > 0 {
                query.push(with);
            }
            self.filter(query, kind, filter)?;
        }
        query.push(")");
        Ok(())
    }

    /// The link table of a field that is a list, and the kind of what it holds.
    fn link(&self, kind: Kind, name: &str) -> Option<(&PlanTable, Kind)> {
        let mut fields = Entities::fields(kind).iter().zip(&self.plan.kind(kind).fields);
        fields.find_map(|(field, place)| match (place, field.ty) {
            (Place::Link(table), FieldType::Refs(target)) if field.name == name => {
                Some((&self.plan.tables[*table], target))
            }
            _ => None,
        })
    }

    /// Holds for the owners of rows of a link table with one of these targets.
    fn linked(&self, query: &mut Query, kind: Kind, link: &PlanTable, target: Kind, ids: &[EntityId]) {
        let [owner, column] = &link.order[..] else { return query.push("1 = 0") };
        let id = &self.plan.table(kind).columns[self.plan.kind(kind).id];
        let text = format!("{} IN (SELECT {} FROM {} WHERE ", quoted(id), quoted(owner), quoted(&link.name));
        query.push(&text);
        query.is(&link.island, Cell::Uuid(self.island.0));
        query.push(" AND ");
        query.one_of(column, ids, self.plan.kind(target).ids.column_type());
        query.push(")");
    }

    /// The column of a field.
    fn column(&self, kind: Kind, name: &str) -> Result<(&Name, ColumnType), StoreError> {
        let fields = Entities::fields(kind).iter().zip(&self.plan.kind(kind).fields);
        let found = fields.into_iter().find_map(|(field, place)| match place {
            Place::Column(at, ty)
                if field.name == name && !matches!(field.ty, FieldType::Object | FieldType::Choices) =>
            {
                Some((&self.plan.table(kind).columns[*at], *ty))
            }
            _ => None,
        });
        found.ok_or_else(|| {
            let problem = format!("there is no field {name} by which entities could be found");
            LayoutError { kind: kind.singular(), problem }.into()
        })
    }
}

/// What a search text means inside `LIKE`: itself.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::Layout;

    const ISLAND: IslandId = IslandId(uuid::Uuid::nil());

    fn text(find: &Find) -> String {
        let plan = Plan::new(&Layout::insula()).unwrap();
        let text =
            Queries { plan: &plan, island: ISLAND, collation: SQLITE_COLLATION }.rows(find).unwrap().text;
        text[text.find(" WHERE ").unwrap()..].to_owned()
    }

    #[test]
    fn every_statement_names_its_island_first() {
        assert_eq!(text(&Find::all(Kind::Patient)), r#" WHERE "island_id" = $1 AND 1 = 1 ORDER BY "id""#);
        let any = Filter::Any(vec![
            Filter::Contains("full_name", "an".to_owned()),
            Filter::Is("phone", FieldValue::Text("1".into())),
        ]);
        assert_eq!(
            text(&Find::new(Kind::Patient, any).by(&["full_name"]).page(0, 10)),
            r#" WHERE "island_id" = $1 AND (lower("full_name") LIKE lower($2) ESCAPE '\' OR "phone" = $3) ORDER BY "full_name", "id" LIMIT $4 OFFSET $5"#
        );
        assert_eq!(
            text(&Find::new(Kind::Patient, Filter::Any(Vec::new()))),
            r#" WHERE "island_id" = $1 AND 1 = 0 ORDER BY "id""#
        );
    }

    #[test]
    fn a_search_text_has_no_wildcards() {
        assert_eq!(escaped(r"100%_\"), r"100\%\_\\");
    }

    #[test]
    fn an_id_of_another_type_names_nothing() {
        let find = Find::one(Kind::Patient, EntityId::Int(7));
        assert_eq!(text(&find), r#" WHERE "island_id" = $1 AND 1 = 0 ORDER BY "id""#);
    }

    #[test]
    fn a_field_that_is_not_there_is_named() {
        let plan = Plan::new(&Layout::insula()).unwrap();
        let queries = Queries { plan: &plan, island: ISLAND, collation: SQLITE_COLLATION };
        for wrong in ["nickname", "id\" OR 1=1", "assigned_practitioner_ids"] {
            let find = Find::new(Kind::Patient, Filter::Is(wrong, FieldValue::Null));
            assert!(queries.rows(&find).unwrap_err().to_string().contains(wrong));
        }
    }
}
