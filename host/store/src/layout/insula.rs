//! Insula's own layout.

use insula_domain::{Entities, FieldDef, FieldType, Kind};

use super::{Column, ColumnType, IdStrategy, Layout, Link, Source, Table};

impl Layout {
    /// Insula's own tables: those of the migrations.
    pub fn insula() -> Self {
        Self { tables: Kind::ALL.into_iter().map(own_table).collect() }
    }
}

fn own_table(kind: Kind) -> Table {
    let ids = IdStrategy::UuidV7;
    let column = |name: &'static str, source, ty| Column { name: name.into(), source, ty };
    let mut columns = vec![
        column("island_id", Source::Island, ColumnType::Uuid),
        column("id", Source::Id, ids.column_type()),
    ];
    let mut links = Vec::new();
    for field in Entities::fields(kind) {
        match own_type(field, ids) {
            Some(ColumnType::Cents) => columns.push(Column {
                name: format!("{}_cents", field.name).into(),
                source: Source::Field(field.name),
                ty: ColumnType::Cents,
            }),
            Some(ty) => columns.push(column(field.name, Source::Field(field.name), ty)),
            None => links.push(own_link(kind, field)),
        }
    }
    columns.push(column("created_at", Source::Commit, ColumnType::Micros));
    columns.push(column("updated_at", Source::Change, ColumnType::Micros));
    Table { kind, name: kind.plural().into(), ids, columns, links }
}

/// How a field is written in one column, or nothing when it has a table.
fn own_type(field: &FieldDef, ids: IdStrategy) -> Option<ColumnType> {
    Some(match field.ty {
        FieldType::Bool => ColumnType::Bool,
        FieldType::Int => ColumnType::Integer,
        FieldType::Text | FieldType::Scoped | FieldType::Choice => ColumnType::Text,
        FieldType::Date => ColumnType::Date,
        FieldType::Time => ColumnType::Time,
        FieldType::Instant => ColumnType::Micros,
        FieldType::Cents => ColumnType::Cents,
        FieldType::Object | FieldType::Choices => ColumnType::Json,
        FieldType::Ref(_) => ids.column_type(),
        FieldType::Refs(_) => return None,
    })
}

fn own_link(kind: Kind, field: &'static FieldDef) -> Link {
    // `assigned_practitioner_ids` of a patient: `patient_practitioners (patient_id, practitioner_id)`.
    let target = field.name.trim_start_matches("assigned_").trim_end_matches("_ids");
    Link {
        field: field.name,
        name: format!("{}_{target}s", kind.singular()).into(),
        island: "island_id".into(),
        owner: format!("{}_id", kind.singular()).into(),
        target: format!("{target}_id").into(),
    }
}
