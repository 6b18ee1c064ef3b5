//! Whether a layout holds all that the domain has.

use insula_domain::{Entities, FieldDef, FieldType, Kind};

use super::{Column, ColumnType, Layout, Source, Table};

/// A layout cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the layout of {kind} cannot be used: {problem}")]
pub struct LayoutError {
    /// The entity that it is of.
    pub kind: &'static str,
    /// What is wrong.
    pub problem: String,
}

impl Layout {
    /// Checks that every kind has its table and every field its column or table, written in a way that can be
    /// read back.
    ///
    /// # Errors
    /// The first thing that is missing, twice there, or of a type that cannot hold it.
    pub fn check(&self) -> Result<(), LayoutError> {
        for (position, kind) in Kind::ALL.into_iter().enumerate() {
            let error = |problem| LayoutError { kind: kind.singular(), problem };
            match self.tables.get(position) {
                Some(table) if table.kind == kind => self.check_table(table).map_err(error)?,
                _ => return Err(error(format!("its table must stand at place {position} of the layout"))),
            }
        }
        match self.tables.get(Kind::ALL.len()) {
            Some(table) => {
                Err(LayoutError { kind: table.kind.singular(), problem: "it stands there twice".into() })
            }
            None => Ok(()),
        }
    }

    fn check_table(&self, table: &Table) -> Result<(), String> {
        for (source, ty) in [(Source::Id, table.ids.column_type()), (Source::Island, ColumnType::Uuid)] {
            match &columns_of(table, &source)[..] {
                [column] if column.ty == ty => {}
                [column] => {
                    return Err(format!("column {} must be {ty:?}, and is {:?}", column.name, column.ty));
                }
                others => return Err(format!("{source:?} must have one column, and has {}", others.len())),
            }
        }
        let fields = Entities::fields(table.kind);
        for field in fields {
            self.check_field(table, field)?;
        }
        let known = |name: &str| fields.iter().any(|field| field.name == name);
        let columns = table.columns.iter().filter_map(|column| match &column.source {
            Source::Field(name) => Some(*name),
            _ => None,
        });
        match columns.chain(table.links.iter().map(|link| link.field)).find(|name| !known(name)) {
            Some(name) => Err(format!("there is no field {name}")),
            None => Ok(()),
        }
    }

    fn check_field(&self, table: &Table, field: &FieldDef) -> Result<(), String> {
        let columns = columns_of(table, &Source::Field(field.name));
        let links = table.links.iter().filter(|link| link.field == field.name).count();
        if matches!(field.ty, FieldType::Refs(_)) {
            return match (links, columns.len()) {
                (1, 0) => Ok(()),
                _ => Err(format!(
                    "field {} is a list of references: it needs one link table, and no column",
                    field.name
                )),
            };
        }
        let types: Vec<ColumnType> = columns.iter().map(|column| column.ty).collect();
        let fits = links == 0
            && match field.ty {
                FieldType::Bool => types == [ColumnType::Bool],
                FieldType::Int => types == [ColumnType::Integer],
                FieldType::Text | FieldType::Scoped | FieldType::Choice => types == [ColumnType::Text],
                FieldType::Date => types == [ColumnType::Date],
                FieldType::Time => types == [ColumnType::Time],
                FieldType::Instant => {
                    types == [ColumnType::Micros] || types == [ColumnType::Date, ColumnType::Time]
                }
                FieldType::Cents => types == [ColumnType::Cents],
                FieldType::Object | FieldType::Choices => types == [ColumnType::Json],
                FieldType::Ref(kind) => types == [self.table(kind).ids.column_type()],
                FieldType::Refs(_) => true,
            };
        if fits {
            return Ok(());
        }
        Err(format!("field {} is a {:?}, which cannot be written as {types:?}", field.name, field.ty))
    }
}

fn columns_of<'a>(table: &'a Table, source: &Source) -> Vec<&'a Column> {
    table.columns.iter().filter(|column| column.source == *source).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_layout_holds_every_field() {
        assert_eq!(Layout::insula().check(), Ok(()));
    }

    #[test]
    fn a_field_without_a_column_is_named() {
        let mut layout = Layout::insula();
        layout.tables[Kind::Patient as usize].columns.retain(|column| column.name != "phone");
        let error = layout.check().unwrap_err();
        assert_eq!(error.kind, "patient");
        assert!(error.problem.contains("phone"), "{error}");
    }

    #[test]
    fn a_reference_must_be_written_as_the_ids_that_it_refers_to() {
        let mut layout = Layout::insula();
        layout.tables[Kind::User as usize].ids = super::super::IdStrategy::Sequence;
        let error = layout.check().unwrap_err();
        assert_eq!((error.kind, error.problem.as_str()), ("user", "column id must be Integer, and is Uuid"));
    }

    #[test]
    fn a_column_of_a_field_that_does_not_exist_is_refused() {
        let mut layout = Layout::insula();
        let mut column = layout.tables[0].columns[2].clone();
        column.source = Source::Field("nickname");
        layout.tables[0].columns.push(column);
        assert_eq!(layout.check().unwrap_err().problem, "there is no field nickname");
    }
}
