//! Renewal, expiry, removal and reset.

use insula_domain::{IslandId, Kind};
use insula_store::{IslandState, Removal, ResetReport, Stats, Store, StoreError};
use jiff::{SignedDuration, Timestamp};

use crate::support::{Place, both, commit, empty, end, expiring, full, onto, standard, standard_commit};

both!(
    removal_takes_every_row_of_the_island_and_no_other,
    removing_twice_says_so,
    a_removed_island_is_gone_for_all_who_ask,
    an_expired_island_is_not_added_to_nor_renewed,
    renewal_moves_the_expiry,
    the_longest_expired_come_first,
    islands_are_counted_by_state,
    reset_empties_every_table_and_the_store_goes_on,
    reset_keeps_what_is_remembered_of_islands_that_had_ended,
);

async fn full_island(store: &Store) -> IslandId {
    let mut draft = empty();
    full(&mut draft);
    store.commit(commit(draft)).await.unwrap().island.id
}

async fn removal_takes_every_row_of_the_island_and_no_other(place: Place) {
    let store = place.open().await;
    let kept = full_island(&store).await;
    let before = place.rows().await;
    let removed = full_island(&store).await;
    assert_eq!(place.rows().await.keys().len(), before.len(), "every table has rows of both");

    let removal = end(&store, removed).await.unwrap();
    let mut after = place.rows().await;
    // The memory of it stays.
    assert_eq!(after.insert("insula_island".to_owned(), 1), Some(2));
    assert_eq!(after.remove("insula_certificate"), Some(1));
    // Two beginnings and an end.
    assert_eq!(after.insert("insula_event".to_owned(), 1), Some(3));
    assert_eq!(after, before);

    // It took exactly what the other one, its twin, has.
    let mut twin = before;
    twin.remove("insula_island");
    twin.retain(|table, _| {
        !["insula_clock", "insula_event", "insula_mark", "_sqlx_migrations"].contains(&table.as_str())
    });
    assert_eq!(removal.certificate.rows, twin);
    assert!(!removal.already);
    assert_eq!(removal.record.state, IslandState::Removed);
    store.island(kept).await.unwrap();
}

async fn removing_twice_says_so(place: Place) {
    let store = place.open().await;
    let id = full_island(&store).await;
    let first = end(&store, id).await.unwrap();
    let again = end(&store, id).await.unwrap();
    assert!(again.already && again.certificate == first.certificate);
    assert_eq!(again.record, first.record);
    let error = end(&store, IslandId(uuid::Uuid::nil())).await.unwrap_err();
    assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
}

async fn a_removed_island_is_gone_for_all_who_ask(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    standard(&mut draft);
    let island = store.commit(commit(draft)).await.unwrap().island;
    let id = island.id;
    let more = onto(island);
    let removed = end(&store, id).await.unwrap().record.removed_at.unwrap();

    let page = insula_store::Page { after: None, limit: 10 };
    for error in [
        store.island(id).await.unwrap_err(),
        store.entities(id, Kind::User, page).await.unwrap_err(),
        store.renew(id, None, "a test".into()).await.unwrap_err(),
        store.commit(commit(more)).await.unwrap_err(),
    ] {
        let gone =
            matches!(error, StoreError::Gone { id: gone, at, expired: false } if gone == id && at == removed);
        assert!(gone, "{error}");
    }
}

async fn an_expired_island_is_not_added_to_nor_renewed(place: Place) {
    let store = place.open().await;
    let past = "2026-01-01T00:00:00Z".parse().unwrap();
    let island = store.commit(expiring(empty(), past)).await.unwrap().island;
    for error in [
        store.renew(island.id, None, "a test".into()).await.unwrap_err(),
        store.commit(commit(onto(island.clone()))).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Gone { expired: true, at, .. } if at == past), "{error}");
    }
    assert_eq!(store.expired(Timestamp::now(), 10).await.unwrap(), [island.id]);
}

async fn renewal_moves_the_expiry(place: Place) {
    let store = place.open().await;
    let soon = Timestamp::from_second(Timestamp::now().as_second() + 3600).unwrap();
    let later = soon.checked_add(SignedDuration::from_hours(2)).unwrap();
    let id = store.commit(expiring(empty(), soon)).await.unwrap().island.id;
    let between = soon.checked_add(SignedDuration::from_hours(1)).unwrap();
    assert_eq!(store.expired(between, 10).await.unwrap(), [id]);

    assert_eq!(store.renew(id, Some(later), "a test".into()).await.unwrap().expires_at, Some(later));
    assert_eq!(store.expired(between, 10).await.unwrap(), []);
    assert_eq!(store.island(id).await.unwrap().record.expires_at, Some(later));

    store.renew(id, None, "a test".into()).await.unwrap();
    assert_eq!(store.expired(Timestamp::MAX, 10).await.unwrap(), []);
}

async fn the_longest_expired_come_first(place: Place) {
    let store = place.open().await;
    let mut ids = Vec::new();
    for day in [3, 1, 2] {
        let end = format!("2026-01-0{day}T00:00:00Z").parse().unwrap();
        ids.push(store.commit(expiring(empty(), end)).await.unwrap().island.id);
    }
    let expired = store.expired("2026-01-03T00:00:00Z".parse().unwrap(), 2).await.unwrap();
    assert_eq!(expired, [ids[1], ids[2]]);
}

async fn islands_are_counted_by_state(place: Place) {
    let store = place.open().await;
    let past = "2026-01-01T00:00:00Z".parse().unwrap();
    store.commit(standard_commit()).await.unwrap();
    store.commit(expiring(empty(), past)).await.unwrap();
    let removed = store.commit(standard_commit()).await.unwrap().island.id;
    end(&store, removed).await.unwrap();
    assert_eq!(store.stats().await.unwrap(), Stats { active: 1, overdue: 1, removed: 1, ..Stats::default() });
}

async fn reset_keeps_what_is_remembered_of_islands_that_had_ended(place: Place) {
    let store = place.open().await;
    let [ended, stuck, there] =
        [full_island(&store).await, full_island(&store).await, full_island(&store).await];
    let removal = end(&store, ended).await.unwrap();
    place.sql(place.either(KEEP_ON_SQLITE, KEEP_ON_POSTGRES)).await.unwrap();
    assert_eq!(end(&store, stuck).await.unwrap().record.state, IslandState::Stuck);
    place.sql(place.either("DROP TRIGGER keep", "DROP TRIGGER keep ON patients")).await.unwrap();

    assert_eq!(store.reset("a test".into()).await.unwrap().rows["insula_island"], 2);
    assert_eq!(end(&store, ended).await.unwrap(), Removal { already: true, ..removal });
    assert!(matches!(store.island(ended).await.unwrap_err(), StoreError::Gone { .. }));
    for gone in [stuck, there] {
        assert!(matches!(store.certificate(gone).await.unwrap_err(), StoreError::NotFound { .. }));
        assert!(matches!(store.island(gone).await.unwrap_err(), StoreError::NotFound { .. }));
    }
    assert_eq!(store.uncertified(None).await.unwrap(), []);
    assert_eq!(store.stats().await.unwrap(), Stats { removed: 1, ..Stats::default() });
    // It is forgotten as if there had been no reset.
    assert_eq!(store.forget(Timestamp::MAX, 10).await.unwrap(), 1);
    assert!(matches!(store.certificate(ended).await.unwrap_err(), StoreError::NotFound { .. }));
}

const KEEP_ON_SQLITE: &str =
    "CREATE TRIGGER keep BEFORE DELETE ON patients BEGIN SELECT RAISE(ABORT, 'kept by law'); END";
const KEEP_ON_POSTGRES: &str = "CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS \
    $$ BEGIN RAISE EXCEPTION 'kept by law'; END $$; \
    CREATE TRIGGER keep BEFORE DELETE ON patients FOR EACH ROW EXECUTE FUNCTION keep()";

async fn reset_empties_every_table_and_the_store_goes_on(place: Place) {
    let store = place.open().await;
    let id = full_island(&store).await;
    let mut held = place.rows().await;
    held.retain(|table, _| {
        !["insula_clock", "insula_event", "insula_mark", "_sqlx_migrations"].contains(&table.as_str())
    });

    assert_eq!(store.reset("a test".into()).await.unwrap(), ResetReport { rows: held });
    let left: Vec<String> = place.rows().await.into_keys().collect();
    assert_eq!(left, ["_sqlx_migrations", "insula_clock", "insula_event", "insula_mark"]);
    assert!(matches!(store.island(id).await.unwrap_err(), StoreError::NotFound { .. }));

    // The foreign keys are on again: this island is whole, and half an island is still refused.
    full_island(&store).await;
    assert_eq!(store.reset("a test".into()).await.unwrap().rows["clinics"], 1);
    assert_eq!(store.reset("a test".into()).await.unwrap(), ResetReport::default());
}
