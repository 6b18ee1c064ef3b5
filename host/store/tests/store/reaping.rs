//! Who ends islands whose time is over, and what is told and remembered of it.

use insula_domain::IslandId;
use insula_store::{Event, Events, IslandState, Store, StoreError};

use crate::ending::{App, filled};
use crate::support::{Place, both, empty, end};

both!(
    only_what_is_overdue_is_reaped,
    of_two_reapers_one_has_the_lease_until_it_is_over,
    events_are_written_with_what_they_tell_of_and_stay,
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

async fn events_are_written_with_what_they_tell_of_and_stay(place: Place) {
    let app = App::new(
        place,
        "CREATE TABLE invoices (email TEXT REFERENCES users (email) ON DELETE RESTRICT);",
        "SELECT 1",
    )
    .await;
    let [one, other] = [app.islands[0].id, app.islands[1].id];
    let store = &app.store;
    store.renew(one, None, "ana".into()).await.unwrap();
    store.renew(IslandId(uuid::Uuid::nil()), None, "ana".into()).await.unwrap_err();
    end(store, one).await.unwrap();
    end(store, one).await.unwrap();
    app.place.sql("INSERT INTO invoices SELECT email FROM users LIMIT 1").await.unwrap();
    let reset = store.reset("ben".into()).await.unwrap();
    assert_eq!(reset.rows["invoices"], 1, "what referred to islands is emptied as well");

    let all = store.events(Events::Last, 100).await.unwrap();
    let told: Vec<_> = all.iter().map(|event| (event.kind.word(), event.actor.as_str())).collect();
    let expected = [
        ("seeded", "a test"),
        ("seeded", "a test"),
        ("renewed", "ana"),
        ("ended", "a test"),
        ("reset", "ben"),
    ];
    assert_eq!(told, expected);
    assert_eq!(all[0].details["rows"], 16);
    assert_eq!(store.events(Events::Of(other, i64::MIN), 100).await.unwrap(), [all[1].clone()]);
    assert_eq!(store.events(Events::After(all[2].id), 1).await.unwrap(), [all[3].clone()]);
    assert_eq!(store.events(Events::Last, 2).await.unwrap(), all[3..]);
    assert_eq!(settled(store, all[0].id, 4).await, all[1..]);
    assert!(store.settled().await.unwrap() >= all[4].id);
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

/// So many events after a number, once no other can come before them: tests beside this one write on the same server.
async fn settled(store: &Store, after: i64, count: usize) -> Vec<Event> {
    loop {
        let events = store.events(Events::Settled(after), 100).await.unwrap();
        if events.len() >= count {
            return events;
        }
        tokio::task::yield_now().await;
    }
}

/// Numbers are given before commits. Who listens must not pass over one that is committed later than one with a larger number.
#[tokio::test]
async fn no_event_is_told_before_one_that_may_still_be_committed() {
    let place = Place::postgres();
    let Place::Postgres(database) = &place else { panic!("it is on PostgreSQL") };
    let store = place.open().await;
    let before = store.settled().await.unwrap();
    let mut slow = <sqlx::PgConnection as sqlx::Connection>::connect(&database.url()).await.unwrap();
    let event = "BEGIN; INSERT INTO insula_event (at, kind, actor, outcome, details) VALUES (now(), 'ended', 'slow', 'done', '{}')";
    sqlx::raw_sql(event).execute(&mut slow).await.unwrap();

    let island = store.commit(crate::support::standard_commit()).await.unwrap().island.id;
    let seeded = store.events(Events::After(before), 10).await.unwrap();
    assert_eq!(seeded.len(), 1, "what is looked up is there at once");
    assert_eq!(seeded, store.events(Events::Of(island, before), 10).await.unwrap());
    assert_eq!(store.events(Events::Settled(before), 10).await.unwrap(), [], "it is not told yet");
    assert!(store.settled().await.unwrap() < seeded[0].id);

    sqlx::raw_sql("COMMIT").execute(&mut slow).await.unwrap();
    let told = settled(&store, before, 2).await;
    let actors: Vec<_> = told.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["slow", "a test"]);
    assert!(store.settled().await.unwrap() >= told[1].id);
}

/// As after a restore: numbers of the other server would stand beyond all that this one gives for years.
#[tokio::test]
async fn events_of_another_server_come_before_all_new_ones() {
    let place = Place::postgres();
    let event = "INSERT INTO insula_event (id, at, kind, actor, outcome, details) VALUES";
    let row = |id| format!("({id}, now(), 'reset', '{id}', 'done', '{{}}')");
    place.open().await.close().await.unwrap();
    place.sql(&format!("{event} {}, {}", row("900000000000001"), row("900000000000003"))).await.unwrap();
    let store = place.open().await;
    store.commit(crate::support::standard_commit()).await.unwrap();
    let told = settled(&store, i64::MIN, 3).await;
    let actors: Vec<_> = told.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["900000000000001", "900000000000003", "a test"]);
}

both!(an_island_whose_time_is_over_is_as_good_as_removed, an_edit_is_told_with_who_did_it);

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

async fn an_edit_is_told_with_who_did_it(place: Place) {
    let store = place.open().await;
    let mut draft = empty();
    crate::support::busy(&mut draft, 2);
    let island = store.commit(crate::support::commit(draft)).await.unwrap().island;
    let (kind, id) = (insula_domain::Kind::Appointment, island.ids.of(insula_domain::Kind::Appointment)[0]);
    let decide = move |part: insula_store::Part| {
        let mut draft = crate::support::onto(part.island);
        crate::support::clinic(&mut draft, "Second");
        let changes = insula_store::Changes::of(draft);
        Ok::<_, ()>(insula_store::Changes { removed: vec![(kind, id)], ..changes })
    };
    store.edit(island.id, Vec::new(), "user 7".into(), decide).await.unwrap().unwrap();
    let told = store.events(Events::Of(island.id, i64::MIN), 10).await.unwrap();
    assert_eq!((told[1].kind.word(), told[1].actor.as_str()), ("edited", "user 7"));
    let details =
        serde_json::json!({ "new": { "clinics": 1 }, "changed": {}, "removed": { "appointments": 1 } });
    assert_eq!(told[1].details, details);
}
