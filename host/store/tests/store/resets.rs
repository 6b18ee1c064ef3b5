//! What a reset says that the database refuses.

use insula_store::StoreError;

use crate::ending::App;
use crate::support::{Place, both};

both!(a_reset_names_the_trigger_that_forbids_it);

async fn a_reset_names_the_trigger_that_forbids_it(place: Place) {
    for table in ["patients", "letters"] {
        let keep = place.either(
            "CREATE TRIGGER keep BEFORE DELETE ON $table BEGIN SELECT RAISE(ABORT, 'it is kept for seven years'); END;",
            "CREATE FUNCTION keep_it() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                 RAISE EXCEPTION 'it is kept for seven years';
             END$$;
             CREATE TRIGGER keep BEFORE DELETE ON $table FOR EACH ROW EXECUTE FUNCTION keep_it();",
        );
        let letters = "CREATE TABLE letters (email TEXT REFERENCES users (email));";
        let app = App::new(
            place.another(),
            &format!("{letters} {}", keep.replace("$table", table)),
            "INSERT INTO letters SELECT min(email) FROM users WHERE island_id = $island",
        )
        .await;
        let before = app.place.rows().await;
        let error = app.store.reset("a test".into()).await.unwrap_err();
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        let said = error.to_string();
        // PostgreSQL names the trigger's function, SQLite nothing: so there the table is named.
        assert!(said.contains("it is kept for seven years"), "{said}");
        assert!(said.contains(place.either(&format!("table {table}"), "keep_it()")), "{said}");
        assert_eq!(app.place.rows().await, before);
        app.sql("DROP TRIGGER keep", &format!("DROP TRIGGER keep ON {table}")).await;
        app.store.reset("a test".into()).await.unwrap();
    }
}
