//! The same draft goes into a team's own tables: integer ids drawn from sequences, an instant as a date and a time.

use insula_domain::{EntityId, Kind};
use insula_store::layout::{Column, ColumnType, IdStrategy, Layout, Source};
use insula_store::{Page, Store, StoreConfig};
use jiff::civil::{date, time};

use crate::support::{added, at, commit, config, empty, end, full, onto, raw, sql};

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

/// The team's tables: made here from the layout, as plainly as a team would write them.
fn tables(layout: &Layout) -> String {
    let mut text = String::new();
    for table in &layout.tables {
        let columns = table.columns.iter().map(|column| {
            let ty = match (&column.source, column.ty) {
                (Source::Id, _) => "INTEGER PRIMARY KEY AUTOINCREMENT",
                (_, ColumnType::Uuid) => "BLOB",
                (_, ColumnType::Bool) => "BOOLEAN",
                (_, ColumnType::Date) => "DATE",
                (_, ColumnType::Integer | ColumnType::Micros | ColumnType::Cents) => "INTEGER",
                (_, ColumnType::Text) => "VARCHAR(255)",
                (_, ColumnType::Time | ColumnType::Json) => "TEXT",
            };
            format!("\"{}\" {ty}", column.name)
        });
        text += &format!("CREATE TABLE \"{}\" ({});", table.name, columns.collect::<Vec<_>>().join(", "));
        for link in &table.links {
            text += &format!(
                "CREATE TABLE {} ({} BLOB, {} INTEGER, {} INTEGER);",
                link.name, link.island, link.owner, link.target
            );
        }
    }
    text
}

#[tokio::test]
async fn the_same_draft_goes_into_other_tables() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("team.db");
    let layout = team();
    sql(&path, &tables(&layout)).await.unwrap();
    sql(&path, "INSERT INTO app_clinics (id, name) VALUES (41, 'the team''s own')").await.unwrap();
    let store = Store::open(StoreConfig { adopt: true, layout, ..config(&path) }).await.unwrap();

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

    let (day, clock, roles): (String, String, String) = sqlx::query_as(
        "SELECT starts_at_date, starts_at_time, roles FROM app_appointments a, app_memberships m \
         WHERE m.user_id = a.practitioner_id AND m.source = 'insula' LIMIT 1",
    )
    .fetch_one(&mut raw(&path).await)
    .await
    .unwrap();
    assert_eq!((day.as_str(), clock.as_str()), ("2026-01-05", "01:00"), "nine in Taipei");
    assert_eq!(roles, r#"["admin","practitioner"]"#);

    let removal = end(&store, more.id).await.unwrap();
    assert_eq!(removal.certificate.rows["app_appointments"], 4);
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM app_clinics")
        .fetch_one(&mut raw(&path).await)
        .await
        .unwrap();
    assert_eq!(left, 1, "the team's own row stays");
}

#[tokio::test]
async fn a_table_without_a_sequence_cannot_number_its_rows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("team.db");
    let layout = team();
    sql(&path, &tables(&layout).replace("AUTOINCREMENT", "")).await.unwrap();
    let error = Store::open(StoreConfig { adopt: true, layout, ..config(&path) }).await.unwrap_err();
    assert!(error.to_string().contains("AUTOINCREMENT"), "{error}");
}
