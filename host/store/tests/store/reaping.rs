//! Who ends islands whose time is over, and what is told and remembered of it.

use insula_domain::IslandId;
use insula_store::{Events, IslandState, StoreError};

use crate::ending::{App, filled};
use crate::support::{Place, both, empty, end};

both!(
    only_what_is_overdue_is_reaped,
    an_island_whose_time_is_over_is_as_good_as_removed,
    of_two_reapers_one_has_the_lease_until_it_is_over,
    what_ended_long_ago_is_forgotten_and_what_is_left_somewhere_is_found,
);
both!("multi_thread": two_reapers_and_who_renews_at_once);

async fn only_what_is_overdue_is_reaped(place: Place) {
    let store = place.open().await;
    let reap = async |island: IslandId| {
        let ending = insula_store::Ending { island, actor: "reaper".into(), overdue_only: true };
        store.end(ending).await.unwrap()
    };
    let past = "2026-01-01T00:00:00Z".parse().unwrap();
    let live = store.commit(crate::support::standard_commit()).await.unwrap().island.id;
    let overdue = store.commit(crate::support::expiring(empty(), past)).await.unwrap().island.id;
    assert_eq!(reap(live).await, None);
    let removal = reap(overdue).await.unwrap();
    assert_eq!((removal.record.state, removal.certificate.expired), (IslandState::Expired, true));
    assert!(reap(overdue).await.unwrap().already);
    let error = store.island(overdue).await.unwrap_err();
    assert!(matches!(error, StoreError::Gone { expired: true, at, .. } if at == past), "{error}");
    store.island(live).await.unwrap();
}

async fn of_two_reapers_one_has_the_lease_until_it_is_over(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    let request =
        |holder: &str, time| insula_store::LeaseRequest { name: "reaper", holder: holder.to_owned(), time };
    let long = std::time::Duration::from_secs(60);
    let lease = store.lease(request("one", long)).await.unwrap();
    assert!(lease.mine);
    let refused = other.lease(request("other", long)).await.unwrap();
    assert!(!refused.mine && refused.until == lease.until);
    assert!(store.lease(request("one", std::time::Duration::ZERO)).await.unwrap().mine);
    assert!(other.lease(request("other", long)).await.unwrap().mine, "a lease ends");
    assert!(!store.lease(request("one", long)).await.unwrap().mine);
}

/// Two hosts, each with an own connection, reap all there is at once, while everything is renewed.
async fn two_reapers_and_who_renews_at_once(place: Place) {
    let (store, other) = (place.open().await, place.open().await);
    let soon = jiff::Timestamp::now().checked_add(std::time::Duration::from_millis(300)).unwrap();
    let mut islands = Vec::new();
    for _ in 0..40 {
        islands.push(store.commit(crate::support::expiring(empty(), soon)).await.unwrap().island.id);
    }
    let later = jiff::Timestamp::now().checked_add(std::time::Duration::from_secs(3600)).unwrap();
    let all = islands.clone();
    let renewing = store.clone();
    let renew = tokio::spawn(async move {
        let mut renewed = Vec::new();
        for id in all {
            if renewing.renew(id, Some(later), "a test".into()).await.is_ok() {
                renewed.push(id);
            }
        }
        renewed
    });
    let reap = |store: insula_store::Store, islands: Vec<IslandId>| async move {
        let mut reaped = Vec::new();
        while jiff::Timestamp::now() < soon {
            tokio::task::yield_now().await;
        }
        for id in islands {
            let ending = insula_store::Ending { island: id, actor: "reaper".into(), overdue_only: true };
            if store.end(ending).await.unwrap().is_some_and(|removal| !removal.already) {
                reaped.push(id);
            }
        }
        reaped
    };
    let (one, two) = tokio::join!(
        tokio::spawn(reap(store.clone(), islands.clone())),
        tokio::spawn(reap(other.clone(), islands.clone()))
    );
    let (renewed, mut reaped) = (renew.await.unwrap(), one.unwrap());
    reaped.extend(two.unwrap());
    reaped.extend(&renewed);
    reaped.sort();
    islands.sort();
    assert_eq!(reaped, islands, "each was renewed or reaped, and none twice");
    for id in renewed {
        store.island(id).await.unwrap();
    }
}

async fn what_ended_long_ago_is_forgotten_and_what_is_left_somewhere_is_found(place: Place) {
    let app = App::new(place, "CREATE TABLE invoices (island $uuid REFERENCES insula_island (id), email TEXT REFERENCES users (email));", "SELECT 1").await;
    let [one, other] = [app.islands[0].id, app.islands[1].id];
    let store = &app.store;
    end(store, one).await.unwrap();
    assert!(store.strays(None).await.unwrap().values().all(|rows| *rows == 0));
    // Without foreign keys, as many a program is.
    let stray = app.place.either(
        "PRAGMA foreign_keys = OFF; INSERT INTO invoices VALUES ($island, 'nobody'); INSERT INTO offerings VALUES ($island, X'01', X'02', X'03', 4, 5)",
        "SET session_replication_role = replica; INSERT INTO invoices VALUES ($island, 'nobody');
         INSERT INTO offerings VALUES ($island, gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), now(), now())",
    );
    app.place.sql(&filled(&app.place, stray, &app.islands[0])).await.unwrap();
    for island in [None, Some(one)] {
        let strays = store.strays(island).await.unwrap();
        assert_eq!((strays["invoices"], strays["offerings"], strays["clinics"]), (1, 1, 0), "{island:?}");
    }
    assert_eq!(store.strays(Some(other)).await.unwrap()["invoices"], 0);

    assert_eq!(store.forget(jiff::Timestamp::UNIX_EPOCH, 10).await.unwrap(), 0);
    app.place.sql("DELETE FROM invoices").await.unwrap();
    assert_eq!(store.forget(jiff::Timestamp::now(), 10).await.unwrap(), 1);
    for error in [store.island(one).await.unwrap_err(), store.certificate(one).await.unwrap_err()] {
        assert!(matches!(error, StoreError::NotFound { .. }), "{error}");
    }
    store.island(other).await.unwrap();
    assert!(store.events(Events::Of(one, i64::MIN), 10).await.unwrap().len() < 2);
}

async fn an_island_whose_time_is_over_is_as_good_as_removed(place: Place) {
    let store = place.open().await;
    let past = store.now() - jiff::SignedDuration::from_secs(1);
    let id = store.commit(crate::support::expiring(empty(), past)).await.unwrap().island.id;
    let page = insula_store::Page { after: None, limit: 10 };
    for error in [
        store.island(id).await.unwrap_err(),
        store.entities(id, insula_domain::Kind::Clinic, page).await.unwrap_err(),
        store.part(id, &[]).await.unwrap_err(),
    ] {
        assert!(matches!(error, StoreError::Gone { id: gone, expired: true, .. } if gone == id), "{error}");
    }
    let near = store.now().duration_since(jiff::Timestamp::now()).abs();
    assert!(near < jiff::SignedDuration::from_secs(60), "the database is on this machine");
}
