//! A PostgreSQL that goes away, and hosts that share one.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use insula_domain::IslandId;
use insula_store::{Store, StoreConfig, StoreError};
use insula_test_postgres::Server;

use crate::load::Load;
use crate::support::{Place, added, empty, end, keyed, onto, standard_commit};

/// One that is this test's own to stop.
fn server() -> (Server, StoreConfig) {
    let server = Server::start();
    server.sql("postgres", "CREATE DATABASE tests");
    let config = StoreConfig::new(server.url("tests"));
    (server, config)
}

#[tokio::test]
async fn one_that_is_away_says_so_and_comes_back_by_itself() {
    let (server, config) = server();
    let store = Store::open(config).await.unwrap();
    let island = store.commit(standard_commit()).await.unwrap().island;
    server.stop();
    let away = |error: StoreError| {
        assert!(matches!(error, StoreError::Away { .. }), "{error}");
        assert!(error.to_string().contains("tests"), "{error}");
    };
    away(store.commit(standard_commit()).await.unwrap_err());
    away(store.island(island.id).await.unwrap_err());
    away(store.ping().await.unwrap_err());
    away(end(&store, island.id).await.unwrap_err());
    server.start_again();
    store.commit(standard_commit()).await.unwrap();
    assert_eq!(store.island(island.id).await.unwrap().island, island);
    store.ping().await.unwrap();
    assert_eq!(store.stats().await.unwrap().active, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn stopped_and_started_in_mid_load_it_loses_nothing() {
    let (server, config) = server();
    let load = Load::start(&[Store::open(config.clone()).await.unwrap()]);
    let server = Arc::new(server);
    for end in [Server::stop, Server::kill, Server::stop] {
        load.go_on(40).await;
        let server = Arc::clone(&server);
        let restart = move || {
            end(&server);
            server.start_again();
        };
        tokio::task::spawn_blocking(restart).await.unwrap();
    }
    load.go_on(40).await;
    load.end(config).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_are_cut_in_mid_load_lose_nothing() {
    let (server, config) = server();
    let load = Load::start(&[Store::open(config.clone()).await.unwrap()]);
    let server = Arc::new(server);
    for _ in 0..8 {
        load.go_on(20).await;
        let server = Arc::clone(&server);
        let cut = move || {
            server.sql(
                "postgres",
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'insula'",
            )
        };
        tokio::task::spawn_blocking(cut).await.unwrap();
    }
    load.go_on(20).await;
    load.end(config).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hosts_on_one_database_agree_on_keys_and_on_who_adds() {
    let place = Place::postgres();
    let hosts = [place.open().await, place.open().await];
    let racers = (0..40).map(|number: usize| {
        let store = hosts[number % 2].clone();
        tokio::spawn(async move { store.commit(keyed(empty(), "race")).await })
    });
    let mut won = Vec::new();
    let mut told: Vec<IslandId> = Vec::new();
    for racer in join_all(racers).await {
        match racer.unwrap() {
            Ok(committed) => won.push(committed.island.id),
            Err(StoreError::KeyUsed { used, .. }) => told.push(used.island),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won.len(), told.len()), (1, 39));
    assert!(told.iter().all(|island| *island == won[0]));

    let first = hosts[0].commit(standard_commit()).await.unwrap();
    let (one, other) = tokio::join!(
        hosts[0].commit(added(onto(first.island.clone()), &first)),
        hosts[1].commit(added(onto(first.island.clone()), &first)),
    );
    let (won, lost) = if one.is_ok() { (one, other) } else { (other, one) };
    assert!(won.is_ok() && matches!(lost.unwrap_err(), StoreError::Changed { .. }));

    // One removes what the other adds to: whichever comes first, nothing is left of it.
    let (removed, added) = tokio::join!(
        end(&hosts[1], first.island.id),
        hosts[0].commit(added(onto(first.island.clone()), &won.unwrap())),
    );
    assert!(!removed.unwrap().already);
    assert!(matches!(added, Ok(_) | Err(StoreError::Gone { .. })), "{added:?}");
    assert!(!place.rows().await.contains_key("clinics"));
}

/// What is wrong, what it is told of, and what to do about it.
#[tokio::test]
async fn one_that_cannot_be_reached_says_what_to_do() {
    let server = Server::start();
    let socket = server.socket().display().to_string();
    server.sql("postgres", "CREATE DATABASE closed");
    server.sql("postgres", "CREATE ROLE guest LOGIN; CREATE ROLE locked LOGIN PASSWORD 'right'");
    let rules = server.socket().join("data/pg_hba.conf");
    let open = std::fs::read_to_string(&rules).unwrap();
    std::fs::write(&rules, format!("local all locked scram-sha-256\nlocal closed all reject\n{open}"))
        .unwrap();
    server.sql("postgres", "SELECT pg_reload_conf()");
    for (url, said) in [
        (format!("postgres://locked:wrong@localhost/postgres?host={socket}"), "Put the right password"),
        (format!("postgres://nobody_here@localhost/postgres?host={socket}"), "createuser nobody_here"),
        (format!("postgres://insula@localhost/none?host={socket}"), "createdb NAME"),
        (
            format!("postgres://guest@localhost/postgres?host={socket}"),
            "GRANT CREATE ON SCHEMA public TO USER",
        ),
        (format!("postgres://insula@localhost/postgres?host={socket}/none"), "no server answers there"),
        ("postgres://insula:secret@127.0.0.1:1/tests".to_owned(), "no server answers there"),
        ("postgres://insula:secret@127.0.0.1:none/tests".to_owned(), "Write it as postgres://"),
    ] {
        let url = url.replace("localhost/", "localhost:5432/");
        let config = StoreConfig { patience: Duration::from_secs(2), ..StoreConfig::new(&url) };
        let error = Store::open(config).await.unwrap_err();
        assert!(matches!(error, StoreError::CannotOpen { .. }), "{url}: {error:?}");
        let text = error.to_string();
        assert!(text.contains(said) && !text.contains("secret"), "{url}: {text}");
    }
    let error = Store::open(StoreConfig::new(server.url("closed"))).await.unwrap_err();
    assert!(error.to_string().contains("pg_hba.conf"), "{error}");
}

#[tokio::test]
async fn one_without_the_mark_is_refused_and_left_alone_until_it_is_adopted() {
    let database = insula_test_postgres::Database::fresh();
    database.sql("CREATE TABLE customers (id int); INSERT INTO customers VALUES (1)");
    let config = StoreConfig::new(database.url());
    let error = Store::open(config.clone()).await.unwrap_err();
    assert!(matches!(&error, StoreError::NotMarked { tables, .. } if tables == "customers"), "{error}");
    assert_eq!(database.sql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), "1");

    let adopted = Store::open(StoreConfig { adopt: true, ..config.clone() }).await.unwrap();
    adopted.commit(standard_commit()).await.unwrap();
    // A table of the team's that refers to one of Insula's: it cannot be emptied as a whole then.
    database.sql("CREATE TABLE visits (island uuid REFERENCES insula_island)");
    adopted.reset("a test".into()).await.unwrap();
    assert_eq!(database.sql("SELECT count(*) FROM customers"), "1", "a reset empties Insula's tables alone");
    Store::open(config).await.unwrap();
}

/// What PostgreSQL says when its disk is full, said by a trigger: to fill a disk takes the rights of root.
#[tokio::test]
async fn a_full_disk_is_told_and_nothing_is_half_written() {
    let place = Place::postgres();
    let store = place.open().await;
    let first = store.commit(standard_commit()).await.unwrap().island.id;
    place
        .sql(
            "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN
                 RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
             END$$;
             CREATE TRIGGER full_disk BEFORE INSERT OR DELETE ON patients FOR EACH STATEMENT EXECUTE FUNCTION fill();",
        )
        .await
        .unwrap();
    let before = place.rows().await;
    let outcomes = join_all((0..8).map(|_| store.commit(standard_commit()))).await;
    for outcome in outcomes {
        assert!(matches!(outcome, Err(StoreError::Full { .. })), "{outcome:?}");
    }
    let error = end(&store, first).await.unwrap_err();
    assert!(
        matches!(error, StoreError::Full { .. }) && error.to_string().contains("No space left"),
        "{error}"
    );
    assert_eq!(place.rows().await, before);
    place.sql("DROP TRIGGER full_disk ON patients").await.unwrap();
    assert!(
        end(&store, first).await.unwrap().certificate.clean,
        "it is not stuck: nobody is to blame but the disk"
    );
    store.commit(standard_commit()).await.unwrap();
}
