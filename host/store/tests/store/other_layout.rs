//! The same draft goes into a team's own tables: integer ids drawn from sequences, an instant as a date and a time.

use insula_domain::{EntityId, Kind};
use insula_store::layout::{Column, ColumnType, IdStrategy, Layout, Source};
use insula_store::{Page, Store, StoreConfig};
use jiff::civil::{date, time};

use crate::support::{Place, added, at, both, commit, empty, end, full, onto};

/// Our layout, as a team with another taste would have it.
fn team() -> Layout {
    let mut layout = Layout::insula();
    for table in &mut layout.tables {
        table.name = format!("app_{}", table.name).into();
        table.ids = IdStrategy::Sequence;
        let mut columns = Vec::new();
        for column in table.columns.drain(..) {
            match (&column.source, column.ty) {
                (Source::Island, _) => columns.push(Column { name: "tenant".into(), ..column }),
                (Source::Field(_), ColumnType::Micros) => {
                    let part = |suffix, ty| Column {
                        name: format!("{}_{suffix}", column.name).into(),
                        source: column.source.clone(),
                        ty,
                    };
                    columns.extend([part("date", ColumnType::Date), part("time", ColumnType::Time)]);
                }
                (_, ColumnType::Uuid) => columns.push(Column { ty: ColumnType::Integer, ..column }),
                _ => columns.push(column),
            }
        }
        columns.push(Column {
            name: "source".into(),
            source: Source::Text("insula".into()),
            ty: ColumnType::Text,
        });
        table.columns = columns;
        for link in &mut table.links {
            link.name = format!("app_{}", link.name).into();
            link.island = "tenant".into();
        }
    }
    layout
}

both!(the_same_draft_goes_into_other_tables, a_table_without_a_sequence_cannot_number_its_rows);

/// The team's tables: made here from the layout, as plainly as a team would write them.
fn tables(layout: &Layout, place: &Place) -> String {
    let (id, uuid) = (place.either("INTEGER", "BIGINT"), place.either("BLOB", "UUID"));
    let mut text = String::new();
    for table in &layout.tables {
        let columns = table.columns.iter().map(|column| {
            let ty = match (&column.source, column.ty) {
                (Source::Id, _) => place.either(
                    "INTEGER PRIMARY KEY AUTOINCREMENT",
                    "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
                ),
                (_, ColumnType::Uuid) => uuid,
                (_, ColumnType::Bool) => "BOOLEAN",
                (_, ColumnType::Date) => "DATE",
                (_, ColumnType::Micros) => place.either("INTEGER", "TIMESTAMP"),
                (_, ColumnType::Integer | ColumnType::Cents) => "INTEGER",
                (_, ColumnType::Text) => "VARCHAR(255)",
                (_, ColumnType::Time) => place.either("TEXT", "TIME"),
                (_, ColumnType::Json) => place.either("TEXT", "JSONB"),
            };
            format!("\"{}\" {ty}", column.name)
        });
        text += &format!("CREATE TABLE \"{}\" ({});", table.name, columns.collect::<Vec<_>>().join(", "));
        for link in &table.links {
            text += &format!(
                "CREATE TABLE {} ({} {uuid}, {} {id}, {} {id});",
                link.name, link.island, link.owner, link.target
            );
        }
    }
    text
}

/// A database that holds a team's tables, and no island yet.
fn fresh(place: &Place) -> Place {
    match place {
        Place::Sqlite { .. } => Place::sqlite(),
        Place::Postgres(_) => Place::Postgres(insula_test_postgres::Database::fresh()),
    }
}

async fn the_same_draft_goes_into_other_tables(place: Place) {
    let (place, layout) = (fresh(&place), team());
    place.sql(&tables(&layout, &place)).await.unwrap();
    let own = place.either(
        "INSERT INTO app_clinics (id, name) VALUES (41, 'the team''s own')",
        "SELECT setval('app_clinics_id_seq', 40); INSERT INTO app_clinics (name) VALUES ('the team''s own')",
    );
    place.sql(own).await.unwrap();
    let store = Store::open(StoreConfig { adopt: true, layout, ..place.config() }).await.unwrap();

    let mut draft = empty();
    let names = full(&mut draft);
    let digest = draft.digest();
    let committed = store.commit(commit(draft)).await.unwrap();
    assert_eq!(committed.island.ids.of(Kind::Clinic), [EntityId::Int(42)], "after what is there");
    assert_eq!(committed.island.ids.of(Kind::Appointment), [1, 2, 3].map(EntityId::Int));
    let stored = store.island(committed.island.id).await.unwrap().island;
    assert_eq!(stored, committed.island);
    assert_eq!(onto(stored.clone()).digest(), digest);

    let mut more = onto(stored);
    more.create_appointments([at(names, date(2026, 6, 1), time(10, 0, 0, 0))]).unwrap();
    let more = store.commit(added(more, &committed)).await.unwrap().island;
    assert_eq!(more.ids.of(Kind::Appointment).last(), Some(&EntityId::Int(4)));
    let page = Page { after: Some(EntityId::Int(2)), limit: 10 };
    assert_eq!(store.entities(more.id, Kind::Appointment, page).await.unwrap().views().count(), 2);

    let found = place
        .found(
            "SELECT starts_at_date || ' ' || starts_at_time || ' ' || roles FROM app_appointments a, app_memberships m \
             WHERE m.user_id = a.practitioner_id AND m.source = 'insula' ORDER BY a.id LIMIT 1",
        )
        .await;
    let (clock, comma) = (place.either("01:00", "01:00:00"), place.either(",", ", "));
    let expected = format!(r#"2026-01-05 {clock} ["admin"{comma}"practitioner"]"#);
    assert_eq!(found, [expected], "nine in Taipei");

    let removal = end(&store, more.id).await.unwrap();
    assert_eq!(removal.certificate.rows["app_appointments"], 4);
    assert_eq!(
        place.found("SELECT name FROM app_clinics").await,
        ["the team's own"],
        "the team's own row stays"
    );
    assert!(removal.certificate.left.values().all(|left| *left == 0));
    // Ids that were drawn are not drawn again.
    let mut draft = empty();
    full(&mut draft);
    let again = store.commit(commit(draft)).await.unwrap().island;
    assert_eq!(again.ids.of(Kind::Clinic), [EntityId::Int(43)]);
}

async fn a_table_without_a_sequence_cannot_number_its_rows(place: Place) {
    let (place, layout) = (fresh(&place), team());
    let numbered = place.either("AUTOINCREMENT", "GENERATED ALWAYS AS IDENTITY");
    place.sql(&tables(&layout, &place).replace(numbered, "")).await.unwrap();
    let error = Store::open(StoreConfig { adopt: true, layout, ..place.config() }).await.unwrap_err();
    assert!(error.to_string().contains(place.either("AUTOINCREMENT", "AS IDENTITY")), "{error}");
}
