//! What is told of what happened, and to whom.

use insula_domain::IslandId;
use insula_store::{Event, EventKind, Events, NewEvent, Store};
use serde_json::json;

use crate::ending::App;
use crate::support::{Place, both, empty, end};

both!(
    events_are_written_with_what_they_tell_of_and_stay,
    what_is_told_of_several_islands_is_told_to_each_of_them,
    an_edit_is_told_with_who_did_it,
);

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
    assert_eq!(settled(store, Events::Settled(all[0].id), 4).await, all[1..]);
    assert!(store.settled().await.unwrap() >= all[4].id);
}

async fn what_is_told_of_several_islands_is_told_to_each_of_them(place: Place) {
    let store = place.open().await;
    let mut islands = Vec::new();
    for _ in 0..3 {
        islands.push(store.commit(crate::support::standard_commit()).await.unwrap().island.id);
    }
    let run = |id: &IslandId| json!({ "island_id": id, "micros": { "committed": 7 } });
    let answered = async |islands: &[IslandId]| {
        let runs: Vec<_> = islands.iter().map(run).collect();
        let details = json!({ "runs": runs });
        store.tell(NewEvent::done(EventKind::Answered, None, "ana".into(), details)).await.unwrap();
    };
    answered(&islands[..2]).await;
    answered(&islands[1..]).await;
    let all = store.events(Events::After(i64::MIN), 100).await.unwrap();
    let [first, second] = &all[3..] else { panic!("{all:?}") };
    assert_eq!((first.island_id, &first.details["runs"][1]), (None, &run(&islands[1])));
    for (island, expected) in islands.iter().zip([vec![first], vec![first, second], vec![second]]) {
        let told = store.events(Events::Of(*island, i64::MIN), 100).await.unwrap();
        assert!(told.iter().all(|event| event.island_id == Some(*island)), "{told:?}");
        let ids = |events: &[&Event]| events.iter().map(|event| event.id).collect::<Vec<_>>();
        assert_eq!(ids(&told[1..].iter().collect::<Vec<_>>()), ids(&expected));
        assert!(told[1..].iter().all(|event| event.details == json!({ "runs": [run(island)] })), "{told:?}");
        assert_eq!(settled(&store, Events::SettledOf(*island, told[0].id), expected.len()).await, told[1..]);
        assert_eq!(store.events(Events::Of(*island, second.id), 100).await.unwrap(), []);
    }
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
    let told = settled(&store, Events::Settled(before), 2).await;
    let actors: Vec<_> = told.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["slow", "a test"]);
    assert!(store.settled().await.unwrap() >= told[1].id);
}

/// So many of these events, once no other can come before them: tests beside this one write on the same server.
async fn settled(store: &Store, which: Events, count: usize) -> Vec<Event> {
    loop {
        let events = store.events(which, 100).await.unwrap();
        if events.len() >= count {
            return events;
        }
        tokio::task::yield_now().await;
    }
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
    let told = settled(&store, Events::Settled(i64::MIN), 3).await;
    let actors: Vec<_> = told.iter().map(|event| event.actor.as_str()).collect();
    assert_eq!(actors, ["900000000000001", "900000000000003", "a test"]);
}
